"""The command line: what can be typed, and which module does it.

Nothing heavy is imported before it is known what is wanted: `voicetui --help` has 120 ms.
"""

from __future__ import annotations

import argparse
import importlib
import os
from collections.abc import Sequence
from datetime import date
from typing import Final, NoReturn

from tui import language
from tui.errors import ExitCode, exit_codes_text
from tui.examples import examples_text
from tui.settings_table import SETTINGS, Setting
from tui.typos import Formatter, Parser, check_words

_COMMANDS = {
    "ask": "tui.commands.ask",
    "devices": "tui.commands.devices",
    "doctor": "tui.commands.doctor",
    "serve": "tui.commands.serve",
    "config": "tui.commands.config",
    "key": "tui.commands.key",
    "history": "tui.commands.history",
    "assistants": "tui.commands.assistants",
    "usage": "tui.commands.usage",
    "setup": "tui.commands.setup",
    "web": "tui.commands.web",
    "replay": "tui.commands.replay",
    "log": "tui.commands.log",
    "completions": "tui.commands.completions",
    "man": "tui.commands.man",
    "": "tui.commands.talk",
}

_ACTION = "[ACTION ...]"


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        # Costs 20 ms, so only here.
        from importlib.metadata import PackageNotFoundError, version

        from tui.commands.output import data

        try:
            number = version("voicetui")
        except PackageNotFoundError:
            number = "(not installed)"
        data(f"voicetui {number}")
        parser.exit(0)


class _NoKeyHere(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        parser.error(
            "keys are not taken from the command line, where every user of this machine can read "
            "them: set OPENAI_API_KEY (or AZURE_OPENAI_API_KEY), or type `voicetui key set`"
        )


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = _parser("voicetui", "Talk to a speech model from the terminal.")
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    _add_service(parser)
    parser.add_argument(
        "--plain",
        action="store_true",
        default=argparse.SUPPRESS,
        help="no screen: one line per event, commands as letters with Enter",
    )
    parser.add_argument(
        "--demo-without-key",
        action="store_true",
        help="as --demo, but only if no key is set",
    )
    parser.add_argument("--resume", metavar="ID", help="go on with a conversation of the history")
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", title="commands", prog="voicetui"
    )

    ask = _command(commands, "ask", "ask one question and print the answer", "TEXT")
    ask.add_argument(
        "text", nargs="?", metavar="TEXT", help="the question; - or a pipe: from stdin"
    )
    ask.add_argument("--text", dest="words", metavar="TEXT", help="words beside a recording")
    ask.add_argument("--audio", metavar="WAV", help="a recorded question; - reads it from stdin")
    ask.add_argument(
        "--out",
        metavar="FILE",
        help="write the spoken answer here, over what is there; - is stdout "
        "(WAV; audio chat: .mp3, .flac, .opus too)",
    )
    ask.add_argument(
        "--answer", choices=("text", "audio"), metavar="FORM", help="audio chat: text or audio"
    )
    ask.add_argument(
        "--written",
        metavar="HOW",
        help="audio chat: a second, written answer, such as 'a summary in Markdown'",
    )
    ask.add_argument("--play", action="store_true", help="let the answer be heard")
    ask.add_argument("--json", action="store_true", help="one JSON object instead of the words")
    ask.add_argument(
        "--timeout", type=_seconds, default=120.0, metavar="S", help="give up after S seconds"
    )
    _add_service(ask, _OF_ASK)

    devices = _command(commands, "devices", "list microphones and loudspeakers")
    devices.add_argument("--json", action="store_true", help="one JSON object")
    _add_verbose(devices)

    doctor = _command(commands, "doctor", "check what voicetui needs")
    doctor.add_argument("--json", action="store_true", help="one JSON object")
    doctor.add_argument("--offline", action="store_true", help="skip what needs the network")
    doctor.add_argument(
        "--echo",
        dest="echo_check",
        action="store_true",
        help="play a voice, measure what the microphone hears of it, and advise",
    )
    _add_service(doctor, (*_OF_SERVICE, "audio.input", "audio.output"), without=("audio.echo",))

    replay = _command(commands, "replay", "show a report that was written in a call", "BUNDLE")
    replay.add_argument("bundle", metavar="BUNDLE", help="the .zip that the key D has written")
    replay.add_argument("--json", action="store_true", help="everything in it, as one JSON object")
    replay.add_argument("--out", metavar="DIR", help="write mic.wav and speaker.wav there")
    replay.add_argument("--play", action="store_true", help="let both be heard, in turn")
    replay.add_argument(
        "--output", dest="play_output", metavar="TEXT", default="default", help="loudspeaker"
    )

    serve = _command(commands, "serve", "run the embedded service for other programs")
    serve.add_argument("--port", type=_port, default=8765, help="0 takes a free one (%(default)s)")
    serve.add_argument(
        "--key",
        help="accept only this key (any, if none is set); better VOICETUI_SERVER_KEY",
    )
    _add_verbose(serve)

    _add_config(_command(commands, "config", "show, check and edit the settings", _ACTION))
    _add_key(_command(commands, "key", "keep a key in the keyring or a private file", _ACTION))
    _add_history(
        _command(
            commands,
            "history",
            "read, search and keep old conversations",
            _ACTION,
        )
    )
    usage = _command(commands, "usage", "show what was used and what it costs")
    usage.add_argument(
        "--by",
        choices=("day", "model", "kind", "conversation"),
        default="day",
        metavar="WHAT",
        help="day, model, kind (of session) or conversation (%(default)s)",
    )
    usage.add_argument(
        "--since", type=_day, metavar="DATE", help="such as 2026-11-01; else since the 1st"
    )
    forms = usage.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_true", help="one JSON object")
    forms.add_argument("--csv", action="store_true", help="lines of comma separated values")
    _add_verbose(usage)
    _add_assistants(
        _command(
            commands,
            "assistants",
            "list, make and change assistants",
            _ACTION,
        )
    )
    _add_web(commands)
    _add_shell(commands)
    return parser


def run(argv: Sequence[str]) -> int:
    """Do what `argv` (without the program's name) asks; returns the exit code."""
    _use_language()
    parser = build_parser()
    if language.table():
        from tui.shell.translated import translate

        translate(parser)
    check_words(parser, argv)
    arguments = parser.parse_args(argv)
    if "demo" in arguments and {"service.kind", "service.base_url"} & set(vars(arguments)):
        parser.error("--demo brings its own service: leave out --service and --base-url")
    arguments.argv = list(argv)
    module = importlib.import_module(_COMMANDS[arguments.command or ""])
    code: int = module.run(arguments)
    return code


def _use_language() -> None:
    """Before the first word is said; the settings, when they are read, say the same."""
    from tui.paths import config_file

    wish = language.wished(os.environ, config_file)
    language.use(language.choose(wish, os.environ))


def flags_of(arguments: argparse.Namespace) -> dict[str, str | float]:
    """The settings that were given as flags, by setting name; switches as True or False."""
    given = vars(arguments)
    flags: dict[str, str | float] = {
        setting.name: given[setting.name] for setting in SETTINGS if setting.name in given
    }
    if given.get("demo"):
        flags["service.kind"] = "demo"
    return flags


def _parser(name: str, what: str) -> argparse.ArgumentParser:
    return Parser(
        prog=name,
        usage=f"{name} [OPTION ...] [COMMAND ...]",
        description=what,
        epilog=_epilog(""),
        formatter_class=Formatter,
        allow_abbrev=False,
    )


def _epilog(command: str) -> str:
    return f"{examples_text(command)}{exit_codes_text()}"


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    what: str,
    words: str = "",
) -> argparse.ArgumentParser:
    prog = f"{commands._prog_prefix} {name}"
    return commands.add_parser(
        name,
        prog=prog,
        usage=f"{prog} [OPTION ...] {words}".rstrip(),
        help=what,
        description=what[0].upper() + what[1:] + ".",
        epilog=_epilog(prog.removeprefix("voicetui ")),
        formatter_class=Formatter,
        allow_abbrev=False,
    )


def _add_history(history: argparse.ArgumentParser) -> None:
    history.set_defaults(action="list", json=False, limit=20, deleted=False)
    actions = history.add_subparsers(
        dest="action", metavar="ACTION", title="actions", prog="voicetui history"
    )

    def action(name: str, what: str, words: str = "") -> argparse.ArgumentParser:
        return _command(actions, name, what, words)

    listing = action("list", "list conversations, newest first")
    listing.add_argument("--deleted", action="store_true", help="those that can be taken back")
    finding = action("search", "find where something was said", "TEXT ...")
    finding.add_argument("text", nargs="+", metavar="TEXT", help="all words must be in one turn")
    for parser in (listing, finding):
        parser.add_argument(
            "--limit", type=_count, default=20, metavar="N", help="at most so many (%(default)s)"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object")
    show = action("show", "print a conversation", "ID")
    show.add_argument("--json", action="store_true", help="everything that is known, as JSON")
    resume = action("resume", "go on with a conversation", "ID")
    resume.add_argument("--plain", action="store_true", default=argparse.SUPPRESS, help="no screen")
    export = action("export", "write a conversation as Markdown, JSON or WAV", "ID")
    export.add_argument(
        "--format", choices=("md", "json", "wav"), metavar="FORMAT", help="md, json or wav"
    )
    export.add_argument(
        "--out", metavar="PATH", help="a new file or a folder; - is stdout (the default)"
    )
    export.add_argument(
        "--stereo", action="store_true", help="WAV: you on the left, the answers on the right"
    )
    rename = action("rename", "give a conversation a title", "ID TITLE")
    delete = action("delete", "delete conversations", "ID ...")
    delete.add_argument("--now", action="store_true", help="for good, with their sound")
    undelete = action("undelete", "take deletions back", "ID ...")
    for parser in (show, resume, export, rename):
        parser.add_argument("id", metavar="ID", help="the beginning of its id is enough")
    for parser in (delete, undelete):
        parser.add_argument("ids", nargs="+", metavar="ID", help="the beginning is enough")
    rename.add_argument("title", nargs="+", metavar="TITLE", help="its new title")
    taking = action("import", "take up a thread or conversation the service keeps", "ID")
    taking.add_argument("remote_id", metavar="ID", help="such as thread_... or conv_...")
    taking.add_argument(
        "--kind",
        choices=("assistants", "responses"),
        metavar="KIND",
        help="assistants (a thread) or responses (a conversation); else by the id",
    )
    taking.add_argument("--title", default="", help="a title for the list")
    _add_service(resume)
    _add_service(taking, _OF_SERVICE)


def _add_assistants(assistants: argparse.ArgumentParser) -> None:
    assistants.set_defaults(action="list", json=False)
    actions = assistants.add_subparsers(
        dest="action", metavar="ACTION", title="actions", prog="voicetui assistants"
    )
    listing = _command(actions, "list", "list the assistants the service keeps")
    show = _command(actions, "show", "print one assistant", "ID")
    create = _command(actions, "create", "make an assistant; prints its id")
    edit = _command(actions, "edit", "change what is given, keep the rest", "ID")
    delete = _command(actions, "delete", "delete assistants", "ID ...")
    for parser in (show, edit):
        parser.add_argument("id", metavar="ID", help="asst_...")
    delete.add_argument("ids", nargs="+", metavar="ID", help="asst_...")
    for parser in (create, edit):
        parser.add_argument("--name", help="what it is called")
        parser.add_argument("--description", help="what it is for")
        parser.add_argument("--temperature", type=float, metavar="N", help="0 to 2")
    for parser in (listing, show, create, edit):
        parser.add_argument("--json", action="store_true", help="one JSON object")
    for parser in (create, edit):
        _add_service(parser, _OF_ASSISTANTS)
    for parser in (assistants, listing, show, delete):
        _add_service(parser, _OF_ADDRESS)


def _add_config(config: argparse.ArgumentParser) -> None:
    config.set_defaults(action="show", json=False)
    actions = config.add_subparsers(
        dest="action", metavar="ACTION", title="actions", prog="voicetui config"
    )
    path = _command(actions, "path", "print where config.toml is looked for")
    show = _command(
        actions, "show", "print every setting as TOML, with where it came from (the default)"
    )
    validate = _command(actions, "validate", "check config.toml, with the lines of mistakes")
    edit = _command(actions, "edit", "open config.toml in your editor, then check it")
    writing = _command(actions, "set", "write one setting into config.toml")
    writing.add_argument(
        "setting", metavar="SECTION.KEY", help="as `voicetui config show` names it"
    )
    writing.add_argument(
        "value", nargs="?", metavar="VALUE", help="without one it has its default again"
    )
    for parser, words in ((show, "one JSON object"), (config, argparse.SUPPRESS)):
        parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=words)
    _add_service(show)
    for parser in (config, path, validate, edit, writing):
        _add_service(parser, ())


def _add_key(key: argparse.ArgumentParser) -> None:
    key.set_defaults(action="show", json=False)
    actions = key.add_subparsers(
        dest="action", metavar="ACTION", title="actions", prog="voicetui key"
    )
    show = _command(actions, "show", "say which keys there are, and from where (the default)")
    show.add_argument("--json", action="store_true", help="one JSON object")
    storing = _command(actions, "set", "store a key: asked without echo, or read from stdin")
    storing.add_argument(
        "typed", nargs="*", action=_NoKeyHere, default=argparse.SUPPRESS, help=argparse.SUPPRESS
    )
    delete = _command(actions, "delete", "delete a stored key")
    for parser in (storing, delete):
        parser.add_argument(
            "--service",
            default="openai",
            metavar="NAME",
            help="openai, azure, or the address of a compatible service (%(default)s)",
        )
    for parser in (key, show, storing, delete):
        _add_verbose(parser)


def _add_web(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    web = _command(commands, "web", "show the screen in a browser on this machine")
    web.add_argument("--port", type=_port, default=8766, help="0 takes a free one (%(default)s)")
    web.add_argument("--open", action="store_true", help="start the browser, too")
    web.add_argument("--resume", metavar="ID", help="go on with a conversation of the history")
    _add_service(web, _OF_ASK)


def _add_shell(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    setup = _command(commands, "setup", "choose service, key, devices and language")
    setup.add_argument(
        "--plain", action="store_true", default=argparse.SUPPRESS, help="questions, no screen"
    )
    _add_service(setup, ())
    log = _command(commands, "log", "show the log, or where it is", _ACTION)
    log.set_defaults(action="show", of="voicetui", lines=50)
    actions = log.add_subparsers(
        dest="action", metavar="ACTION", title="actions", prog="voicetui log"
    )
    path = _command(actions, "path", "print where the log is")
    show = _command(actions, "show", "print its end (the default)")
    show.add_argument(
        "--lines", type=_count, default=50, metavar="N", help="so many lines (%(default)s)"
    )
    show.add_argument(
        "--of",
        choices=("voicetui", "engine", "server", "wire"),
        default="voicetui",
        metavar="PROCESS",
        help="voicetui, engine (sound), server (the embedded service), or wire (--wire-log)",
    )
    show.add_argument(
        "--wire-log",
        dest="log.wire_file",
        default=argparse.SUPPRESS,
        metavar="FILE",
        help="the file that a call was given with --wire-log, for --of wire",
    )
    completions = _command(commands, "completions", "print completions for a shell", "SHELL")
    # The scripts themselves ask for devices and conversations.
    completions.add_argument("shell", type=_shell, metavar="SHELL", help="bash, zsh or fish")
    man = _command(commands, "man", "show the manual page")
    for parser in (log, path, show, completions, man):
        _add_verbose(parser)


_OF_ADDRESS = ("service.kind", "service.base_url")
_OF_ASSISTANTS = (*_OF_ADDRESS, "service.model", "session.instructions")
_OF_SERVICE = (*_OF_ADDRESS, "service.model", "service.dialect", "session.kind")
_OF_ASK = (
    *_OF_SERVICE,
    "session.voice",
    "session.instructions",
    "session.transcription_model",
    "session.language",
    "session.speed",
    "session.format",
    "assistants.id",
    "audio.output",
    "history.save",
    "budget.conversation_usd",
    "budget.day_usd",
)
"""Settings that matter to a command: the others are taken as well, but not shown in its help."""


def _add_service(
    parser: argparse.ArgumentParser,
    shown: Sequence[str] | None = None,
    *,
    without: Sequence[str] = (),
) -> None:
    """Flags for settings.  SUPPRESS: a flag before the command is not undone by its absence after.

    `shown`: in the help; None: all.  The values are checked later with the environment's and the
    file's, by the same rules.
    """
    group = parser.add_argument_group("settings (also in config.toml and the environment)")
    group.add_argument(
        "--demo",
        action="store_true",
        default=argparse.SUPPRESS,
        help=(
            argparse.SUPPRESS if shown == () else "talk to the embedded service: no key, no network"
        ),
    )
    for setting in SETTINGS:
        if setting.flag and setting.name not in without:
            keywords = _keywords(setting)
            if shown is not None and setting.name not in shown:
                keywords["help"] = argparse.SUPPRESS
            group.add_argument(setting.flag, **keywords)  # type: ignore[arg-type]
    _add_verbose(parser)
    for name in ("--key", "--api-key"):
        parser.add_argument(name, action=_NoKeyHere, help=argparse.SUPPRESS)


METAVARS: Final = {
    "session.instructions": "TEXT",
    "audio.input": "DEVICE",
    "audio.output": "DEVICE",
    "audio.barge_in": "HOW",
    "audio.record": "FILE",
}
"""What a value is called in the help where the setting's own name says nothing."""


def _keywords(setting: Setting) -> dict[str, object]:
    words = setting.what.replace("%", "%%")
    if setting.choices:
        words += f" ({', '.join(setting.choices)})"
    if setting.kind == "switch":
        return {
            "dest": setting.name,
            "default": argparse.SUPPRESS,
            "action": argparse.BooleanOptionalAction,
            "help": words,
        }
    return {
        "dest": setting.name,
        "default": argparse.SUPPRESS,
        "metavar": METAVARS.get(setting.name) or setting.key.rpartition("_")[2].upper(),
        "help": words,
    }


def _add_verbose(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        default=argparse.SUPPRESS,
        help="write more into the log, and say where it is",
    )


def _port(text: str) -> int:
    number = int(text) if text.isdecimal() else -1
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port (0 to 65535)")
    return number


SHELLS = ("bash", "zsh", "fish")
_ASKED_BY_SCRIPTS = ("devices", "conversations")


def _shell(text: str) -> str:
    if text not in (*SHELLS, *_ASKED_BY_SCRIPTS):
        raise argparse.ArgumentTypeError(f"{text!r} is no shell: bash, zsh or fish")
    return text


def _count(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if not 0 < number <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of lines")
    return number


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write it as 2026-11-01") from None


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is no time in seconds, such as 30")
    return number


def report_interrupt() -> int:
    """What Ctrl+C ends with."""
    from tui.commands.output import narrate

    narrate(f"\n{language.tr('Interrupted.')}")
    return ExitCode.INTERRUPTED
