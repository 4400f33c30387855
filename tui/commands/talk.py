"""`voicetui` without a command: the screen, plain lines, or one exchange where nobody can type."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tui.resolution import Resolution
    from tui.service_choice import ServiceChoice

Mode = Literal["screen", "plain", "exchange"]


def run(arguments: argparse.Namespace) -> int:
    """Hold a conversation in the way that is possible here."""
    mode = choose_mode(plain="plain" in arguments)
    if mode == "screen":
        # A parent that imports nothing else: it restores the terminal if the screen is killed.
        from tui import parent

        if parent.CHILD_MARK not in os.environ:
            return parent.run(arguments.argv)

    from tui.cli import flags_of
    from tui.commands.output import narrate
    from tui.commands.record import Record
    from tui.log import start_log
    from tui.paths import log_file
    from tui.settings import load_settings

    start_log(verbose="verbose" in arguments)
    if "verbose" in arguments:
        narrate(f"Log: {log_file()}")
    settings = load_settings(flags_of(arguments), os.environ)
    with Record(settings, resume=arguments.resume or "") as record:
        service = pick_service(settings, arguments)
        if mode == "screen":
            from tui.commands.screen import hold_on_screen

            return hold_on_screen(settings, service, record)
        if mode == "plain":
            from tui.commands.plain import hold_plainly

            return hold_plainly(settings, service, record)
        from tui.commands.once import hold_once

        return hold_once(settings, service, record)


def choose_mode(*, plain: bool) -> Mode:
    """What this terminal, or its absence, allows."""
    if plain:
        return "plain"
    # Textual draws on stderr.
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        return "exchange"
    return "plain" if os.environ.get("TERM", "") in ("", "dumb") else "screen"


def pick_service(settings: Resolution, arguments: argparse.Namespace) -> ServiceChoice:
    """The service that was set up; without a key the demo, if that is wanted or chosen now."""
    from tui.commands.output import narrate
    from tui.service_choice import NoKey, demo_instead, need_key, set_up_service

    service = set_up_service(settings)
    try:
        need_key(service)
    except NoKey as error:
        if arguments.demo_without_key:
            narrate("No key found (OPENAI_API_KEY): talking to the embedded service.")
            return demo_instead(service)
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise
        narrate(f"{error}")
        if not _offer_demo():
            raise SystemExit(int(error.exit_code)) from None  # all was said
        return demo_instead(service)
    return service


_SETUP = """\
OpenAI:      export OPENAI_API_KEY=...
Azure:       export AZURE_OPENAI_ENDPOINT=https://NAME.openai.azure.com
             export AZURE_OPENAI_API_KEY=... AZURE_OPENAI_DEPLOYMENT=...
Compatible:  voicetui --base-url http://HOST:PORT/v1 --model NAME
Everything else: `voicetui --help`, and the file that `voicetui config path` names."""


def _offer_demo() -> bool:
    """Ask before the screen is drawn; False: the person wants to quit."""
    from tui.commands.output import narrate, prompt

    while True:
        prompt("[d]emo with the embedded service, [s]et up, [q]uit? ")
        answer = sys.stdin.readline()
        match answer.strip().lower()[:1]:
            case "d":
                return True
            case "s":
                narrate(_SETUP)
            case "q":
                return False
            case _ if not answer:
                return False  # the end of stdin
