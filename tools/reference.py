"""Writes docs/reference/ from the tables the program itself runs on.

Usage: python tools/reference.py [--check]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tui import keys  # noqa: E402
from tui.cli import build_parser  # noqa: E402
from tui.errors import EXIT_CODES  # noqa: E402
from tui.settings_table import SECTIONS, SETTINGS, Setting  # noqa: E402

FOLDER = ROOT / "docs" / "reference"
MADE = "<!-- Made by tools/reference.py from the program's own tables; edit those. -->\n\n"
SCOPE_WORDS = {
    "anywhere": "Everywhere, also while typing",
    "call": "In a call",
    "question": "While a function asks to run",
    "conversation": "In the conversation",
    "scrolling": "In all that is longer than the screen",
    "lines": "In usage, counters, help and lists of messages",
    "composer": "While typing",
    "history": "In the history",
    "usage": "In the usage panel",
    "devices": "While picking devices",
    "links": "While looking at links",
    "reading": "In help and lists of messages",
}


def pages() -> dict[str, str]:
    """File name to Markdown."""
    return {
        "settings.md": MADE + _settings(),
        "keys.md": MADE + _keys(),
        "commands.md": MADE + _commands(),
        "exit-codes.md": MADE + _exit_codes(),
    }


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").strip()


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "".join("| " + " | ".join(map(_cell, row)) + " |\n" for row in lines)


# ---------------------------------------------------------------- settings


def _settings() -> str:
    text = (
        "# Settings\n\n"
        "A flag goes before the environment, the environment before `config.toml`, and that before "
        "the default. `voicetui config show` says where each value came from, `voicetui config "
        "path` where the file belongs, `voicetui config validate` what is wrong in it.\n"
    )
    for section in SECTIONS:
        rows = [_setting(setting) for setting in SETTINGS if setting.section == section]
        text += f"\n## [{section}]\n\n"
        text += _table(("key", "what", "may be", "default", "flag", "environment"), rows)
    return text


def _setting(setting: Setting) -> tuple[str, ...]:
    default = setting.default
    shown = str(default).lower() if isinstance(default, bool) else str(default)
    return (
        _code(setting.key),
        setting.what,
        setting.allowed,
        _code("" if default in (None, "") else shown),
        _code(setting.flag),
        ", ".join(map(_code, setting.env)),
    )


# ---------------------------------------------------------------- keys


def _keys() -> str:
    text = (
        "# Keys\n\nThe name is what a binding is called in the `[keys]` table of `config.toml`.\n"
    )
    scopes = dict.fromkeys(key.scope for key in keys.KEYS)
    for scope in scopes:
        rows = [(_code(key.shown), key.help, _code(key.id)) for key in keys.of(scope)]
        text += f"\n## {SCOPE_WORDS.get(scope, scope.capitalize())}\n\n"
        text += _table(("key", "does", "name"), rows)
    return text


# ---------------------------------------------------------------- commands


def _commands() -> str:
    parser = build_parser()
    text = "# Commands\n\n`voicetui COMMAND --help` prints the same, with examples.\n"
    common = {_written(action) for action in parser._actions if action.option_strings}
    for name, command in _walk("voicetui", parser):
        actions = [
            action
            for action in command._actions
            if action.help is not argparse.SUPPRESS
            and not isinstance(action, argparse._SubParsersAction)
            and "-h" not in action.option_strings
        ]
        own = [a for a in actions if command is parser or _written(a) not in common]
        text += f"\n## {name}\n\n"
        text += f"{command.description.strip()}\n\n" if command.description else ""
        text += _table(("argument", "what"), [(_code(_written(a)), _help(command, a)) for a in own])
        if len(own) < len(actions):
            names = ", ".join(_code(a.option_strings[0]) for a in actions if a not in own)
            text += ("\n" if own else "") + f"As for `voicetui`: {names}.\n"
    return text


def _walk(
    name: str, parser: argparse.ArgumentParser
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    yield name, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, command in action.choices.items():
                yield from _walk(f"{name} {word}", command)


def _help(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    return parser._get_formatter()._expand_help(action) if action.help else ""


def _written(action: argparse.Action) -> str:
    value = ""
    if action.nargs != 0:
        metavar = action.metavar or (
            "{" + ",".join(map(str, action.choices)) + "}"
            if action.choices
            else action.dest.upper()
        )
        value = metavar if isinstance(metavar, str) else " ".join(metavar)
    names = ", ".join(action.option_strings)
    return f"{names} {value}".strip()


# ---------------------------------------------------------------- exit codes


def _exit_codes() -> str:
    rows = [(str(code), words) for code, words in EXIT_CODES.items()]
    return "# Exit codes\n\nOf every command.\n\n" + _table(("exit code", "meaning"), rows)


# ---------------------------------------------------------------- writing


def main() -> int:
    """Write the pages, or say which are not as they should be."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="write nothing; 1 if one differs")
    check = arguments.parse_args().check
    FOLDER.mkdir(parents=True, exist_ok=True)
    stale = [
        name
        for name, text in pages().items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_text(encoding="utf-8") != text
    ]
    for name in stale:
        if check:
            sys.stderr.write(f"docs/reference/{name} is not what the code says\n")
        else:
            (FOLDER / name).write_text(pages()[name], encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
