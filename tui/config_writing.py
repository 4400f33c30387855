"""Change single values in config.toml; comments and everything else stay as they are."""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tui.config_file import lines_of
from tui.errors import ExitCode, VoicetuiError
from tui.paths import make_dirs
from tui.settings_table import Plain


def write_config(path: Path, changes: Mapping[str, Plain]) -> None:
    """Set SECTION.KEY to a value, or unset it (None); raises VoicetuiError and changes nothing."""
    path = path.resolve()  # a file that is a link into somebody's dotfiles stays one
    try:
        text = path.read_text(encoding="utf-8-sig") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise _not_written(path, f"{reason}.") from error
    new = changed(text, changes, path)
    if new != text:
        _replace(path, new)


def changed(text: str, changes: Mapping[str, Plain], path: Path) -> str:
    """`text` with the changes; `path` is for the words of a VoicetuiError."""
    try:
        wanted = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _not_written(path, f"it is not TOML: {error}.") from error
    lines = text.removesuffix("\n").split("\n") if text else []
    for name, value in changes.items():
        section, _, key = name.partition(".")
        _want(wanted, section, key, value)
        _change(lines, section, key, value)
    new = "\n".join(lines) + "\n" if lines else ""
    try:
        right = tomllib.loads(new) == wanted
    except tomllib.TOMLDecodeError:
        right = False
    if not right:
        # An inline table, a value of many lines: a person writes better than we do.
        raise _not_written(path, "its form is too unusual; `voicetui config edit` opens it.")
    return new


def toml_value(value: Plain) -> str:
    """As it stands behind the equals sign."""
    # JSON's strings are TOML's basic strings, but for DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _want(tree: dict[str, Any], section: str, key: str, value: Plain) -> None:
    table = tree.setdefault(section, {}) if value is not None else tree.get(section, {})
    if not isinstance(table, dict):
        return  # found wrong in the end
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value


_VALUE = re.compile(
    r"""(?P<before>\s*[^=]+?=\s*)(?!\[|\{|\"{3}|'{3})(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s#]+)(?P<after>\s*(?:\#.*)?)$"""
)


def _change(lines: list[str], section: str, key: str, value: Plain) -> None:
    known = dict(lines_of("\n".join(lines)))
    at = known.get(f"{section}.{key}")
    if at is not None:
        found = _VALUE.match(lines[at - 1])
        if value is None:
            del lines[at - 1]
        elif found:
            lines[at - 1] = f"{found['before']}{toml_value(value)}{found['after']}"
        return
    if value is None:
        return
    new = f"{key} = {toml_value(value)}"
    if section in known and re.match(r"\s*\[", lines[known[section] - 1]):
        own = [at for name, at in known.items() if name.startswith(f"{section}.")]
        # Behind the last value that ends on its own line.
        lines.insert(max([known[section], *(at for at in own if _VALUE.match(lines[at - 1]))]), new)
    else:
        lines += ["", f"[{section}]", new] if lines else [f"[{section}]", new]


def _replace(path: Path, text: str) -> None:
    """All or nothing: a full disk must not leave half a file."""
    temporary = ""
    try:
        make_dirs(path.parent)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise _not_written(path, f"{error.strerror or error}.") from error


def _not_written(path: Path, why: str) -> VoicetuiError:
    return VoicetuiError("Settings cannot be written", f"{path}: {why}", ExitCode.SETTINGS)
