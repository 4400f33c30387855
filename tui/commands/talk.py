"""`voicetui` without a command: the screen, plain lines, or one exchange where nobody can type."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Literal

from tui.language import tr
from tui.language.sentences import told

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

    from tui.commands.output import narrate
    from tui.commands.record import Record
    from tui.log import start_log
    from tui.paths import log_file

    start_log(verbose="verbose" in arguments)
    if "verbose" in arguments:
        narrate(tr("Log: {path}", path=log_file()))
    settings, service = settle(arguments, on_screen=mode == "screen")
    with Record(settings, resume=arguments.resume or "") as record:
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
    from tui.web import BROWSER_MARK

    if plain:
        return "plain"
    if BROWSER_MARK in os.environ:
        return "screen"
    # Textual draws on stderr.
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        return "exchange"
    return "plain" if os.environ.get("TERM", "") in ("", "dumb") else "screen"


def settle(arguments: argparse.Namespace, *, on_screen: bool) -> tuple[Resolution, ServiceChoice]:
    """What was set up; without a key the demo, or setting up, as the person chooses now."""
    from tui.cli import flags_of
    from tui.commands.elsewhere import agree
    from tui.commands.output import narrate
    from tui.commands.record import row_of
    from tui.commands.setup import set_up
    from tui.service_choice import NoKey, demo_instead, need_key, set_up_service
    from tui.settings import load_settings

    # An id that is wrong is told before a key is asked for.
    held = row_of(arguments.resume) if arguments.resume else None
    while True:
        settings = load_settings(flags_of(arguments), os.environ)
        _need_place_to_record(settings)
        service = set_up_service(settings)
        try:
            need_key(service)
        except NoKey as error:
            if held is not None and held.service == "demo":
                error.message = (
                    "This conversation was held with the embedded service: add --demo to go on "
                    f"there. {error.message}"
                )
            if arguments.demo_without_key:
                narrate(tr("No key found (OPENAI_API_KEY): talking to the embedded service."))
                return settings, demo_instead(service)
            if not (sys.stdin.isatty() and sys.stderr.isatty()):
                raise
            narrate(told(f"{error}"))
            match _ask_what_now():
                case "demo":
                    return settings, demo_instead(service)
                case "setup":
                    set_up(settings, on_screen=on_screen)
                case _:
                    raise SystemExit(int(error.exit_code)) from None  # all was said
        else:
            if held is not None:
                agree(held.label, settings, service)
            return settings, service


def _need_place_to_record(settings: Resolution) -> None:
    """Raise VoicetuiError where a recording was asked for that cannot be made."""
    from tui.recording import check_place

    wanted = settings.text("audio.record")
    if wanted and settings.from_flag("audio.record"):
        check_place(wanted)


def _ask_what_now() -> Literal["demo", "setup", "quit"]:
    """Before the screen is drawn."""
    from tui.commands.output import prompt

    while True:
        prompt(tr("[d]emo with the embedded service, [s]et up, [q]uit? Then Enter:") + " ")
        answer = sys.stdin.readline()
        match answer.strip().lower()[:1]:
            case "d":
                return "demo"
            case "s":
                return "setup"
            case "q":
                return "quit"
            case _ if not answer:
                return "quit"  # the end of stdin
