"""`voicetui web`: the same screen in a browser on this machine; the sound stays here."""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import secrets
import sys
from typing import Final

from tui.cli import flags_of
from tui.commands.output import data, narrate
from tui.commands.serve import listen
from tui.errors import ExitCode, VoicetuiError
from tui.language import tr
from tui.settings_table import BY_NAME

TOKEN_BYTES: Final = 24
_PARTS: Final = ("textual_serve", "aiohttp")


def run(arguments: argparse.Namespace) -> int:
    """Serve until ctrl+c."""
    _need_parts()
    from tui.commands.talk import settle
    from tui.log import start_log

    start_log(verbose="verbose" in arguments)
    # What is missing is asked for here, not in the page.
    arguments.demo_without_key = False
    _, service = settle(arguments, on_screen=False)
    command = [sys.executable, "-P", "-m", "tui", *_flags(arguments)]
    if service.kind == "demo":
        command.append("--service=demo")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    listener = listen(arguments.port)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/{token}/"

    def told() -> None:
        narrate(tr("Open this address in a browser on this machine; whoever has it can talk here:"))
        data(url)
        narrate(tr("Microphone and loudspeaker are those of this machine. Ctrl+C ends it."))
        if arguments.open:
            import webbrowser

            if not webbrowser.open(url):
                narrate(tr("No browser could be started from here: open the address yourself."))

    from tui.web.serving import serve

    asyncio.run(serve(command, listener, token, told))
    return ExitCode.OK  # being told to end is how this command ends


def _need_parts() -> None:
    missing = [name for name in _PARTS if importlib.util.find_spec(name) is None]
    if missing:
        raise VoicetuiError(
            "The page is not installed",
            "it comes with the extra `web`: in a checkout, pipx install --force '.[demo,web]' "
            f"(or .venv/bin/pip install -e '.[web]'). Missing: {', '.join(missing)}.",
            ExitCode.SETTINGS,
        )


def _flags(arguments: argparse.Namespace) -> list[str]:
    """What the screen is to be started with."""
    words = [f"--resume={arguments.resume}"] if arguments.resume else []
    for name, value in flags_of(arguments).items():
        flag = BY_NAME[name].flag
        if isinstance(value, bool):
            words.append(flag if value else flag.replace("--", "--no-", 1))
        else:
            words.append(f"{flag}={value}")
    return words
