"""Read config.toml; every mistake is named with file, line and what would be right."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tui.errors import ExitCode, VoicetuiError
from tui.settings_table import BY_NAME, SECTIONS, Plain, Setting

TOOLS = "tools"
KEYS = "keys"
_SECRET_NAMES = re.compile(r"(?i)(^|_)(api_?)?(key|token|secret|password)s?$")


@dataclass(frozen=True, slots=True)
class FromFile:
    """A value and the line it stands on."""

    value: Plain
    line: int


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong in the file, in words."""

    line: int
    text: str


def read_config(path: Path) -> dict[str, FromFile]:
    """The settings in `path`, empty if there is no such file; raises VoicetuiError."""
    found, mistakes = inspect_config(path)
    if mistakes:
        raise VoicetuiError(
            "Settings cannot be used",
            "\n".join(f"{path}:{mistake.line}: {mistake.text}" for mistake in mistakes),
            ExitCode.SETTINGS,
        )
    return found


def inspect_config(path: Path) -> tuple[dict[str, FromFile], list[Mistake]]:
    """What is right in `path`, and all that is wrong; raises VoicetuiError if unreadable."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}, []
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise VoicetuiError(
            "Settings cannot be read", f"{path}: {reason}.", ExitCode.SETTINGS
        ) from error
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(at[1]) if at else len(text.splitlines())
        words = re.sub(r"\s*\(at .*\)$", "", str(error))
        return {}, [Mistake(line, f"not TOML: {words}")]
    lines = dict(lines_of(text))
    found: dict[str, FromFile] = {}
    mistakes: list[Mistake] = []
    for section, content in tree.items():
        line = lines.get(section, 1)
        if section == TOOLS:
            continue  # tui/tool_table.py reads them
        if section == KEYS and isinstance(content, dict):
            mistakes += _own_keys(content, lines)
            continue
        if section not in SECTIONS:
            mistakes.append(Mistake(line, _unknown_section(section)))
        elif not isinstance(content, dict):
            mistakes.append(Mistake(line, f"{section} is a section: write [{section}]"))
        else:
            for key, value in content.items():
                name = f"{section}.{key}"
                line = lines.get(name, lines.get(section, 1))
                setting = BY_NAME.get(name)
                if setting is None:
                    mistakes.append(Mistake(line, _unknown_key(section, key)))
                    continue
                problem = wrong_with(setting, value)
                if problem:
                    mistakes.append(Mistake(line, f"{key} in [{section}] {problem}"))
                else:
                    found[name] = FromFile(value, line)
    return found, sorted(mistakes, key=lambda mistake: mistake.line)


def own_keys(path: Path) -> dict[str, str]:
    """Chords of the table [keys] by id; empty where it, or the file, cannot be used."""
    from tui.keymap import check

    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig")).get(KEYS)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}
    return check(table)[0] if isinstance(table, dict) else {}


def _own_keys(table: dict[str, object], lines: dict[str, int]) -> list[Mistake]:
    from tui.keymap import check

    at = lines.get(KEYS, 1)
    return [Mistake(lines.get(f"{KEYS}.{name}", at), text) for name, text in check(table)[1]]


def wrong_with(setting: Setting, value: object) -> str:
    """Why `value` will not do for `setting`; empty when it will."""
    shown = repr(value) if isinstance(value, str) else str(value).lower()
    if setting.kind in ("text", "choice"):
        if not isinstance(value, str):
            return f"must be {setting.allowed}, not {shown}"
        if setting.choices and value not in setting.choices:
            return f"must be {setting.allowed}, not {shown}{nearest(value, setting.choices)}"
        return ""
    if setting.kind == "switch":
        return "" if isinstance(value, bool) else f"must be {setting.allowed}, not {shown}"
    numeric = int if setting.kind == "whole" else (int, float)
    if isinstance(value, bool) or not isinstance(value, numeric):
        return f"must be {setting.allowed}, not {shown}"
    # Written so that NaN fails too.
    if not (setting.lowest is None or value >= setting.lowest):
        return f"must be {setting.allowed}, not {shown}"
    if not (setting.highest is None or value <= setting.highest):
        return f"must be {setting.allowed}, not {shown}"
    return ""


def nearest(word: str, choices: tuple[str, ...]) -> str:
    """`; did you mean "x"?` when something is near, else empty."""
    near = difflib.get_close_matches(word.lower(), choices, n=1, cutoff=0.6)
    return f'; did you mean "{near[0]}"?' if near else ""


def _unknown_section(section: str) -> str:
    homes = [name for name in BY_NAME if name.endswith(f".{section}")]
    if homes:
        return f"{section} belongs into [{homes[0].partition('.')[0]}]"
    hint = nearest(section, SECTIONS)
    if not hint and _SECRET_NAMES.search(section):
        return _no_keys_here(section)
    return f"unknown section [{section}]{hint or '; there are ' + ', '.join(SECTIONS)}"


def _unknown_key(section: str, key: str) -> str:
    if _SECRET_NAMES.search(key):
        return _no_keys_here(key)
    keys = tuple(n.partition(".")[2] for n in BY_NAME if n.startswith(f"{section}."))
    elsewhere = [name.partition(".")[0] for name in BY_NAME if name.endswith(f".{key}")]
    if elsewhere:
        hint = f"; it belongs into [{elsewhere[0]}]"
    else:
        hint = nearest(key, keys) or f"; there are {', '.join(keys)}"
    return f'unknown setting "{key}" in [{section}]{hint}'


def _no_keys_here(name: str) -> str:
    return (
        f"{name}: keys are not kept in this file; "
        "put them into the environment (OPENAI_API_KEY or AZURE_OPENAI_API_KEY)"
    )


_TABLE = re.compile(r"^\s*\[\[?\s*([^\[\]]+?)\s*\]")
_PAIR = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*[\w"'-]+)*)\s*=""")


def lines_of(text: str) -> Iterator[tuple[str, int]]:
    """Name and line of every table and pair: tomllib keeps no positions.

    Only called on valid TOML; lines within multi-line texts are skipped, and a later mention of a
    name cannot happen, since TOML forbids it.
    """
    table = ""
    closing = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if closing:
            if closing in line:
                closing = ""
            continue
        found = _TABLE.match(line)
        if found:
            table = _plain_name(found[1])
            yield table, number
            continue
        found = _PAIR.match(line)
        if found:
            name = _plain_name(found[1])
            full = f"{table}.{name}" if table else name
            yield full, number
            if not table:
                yield full.partition(".")[0], number
        for quotes in ('"""', "'''"):
            if line.count(quotes) % 2:
                closing = quotes


def _plain_name(name: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in name.split("."))
