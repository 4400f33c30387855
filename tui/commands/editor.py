"""`voicetui config edit`: the person's own editor, and then what is wrong with what was written."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui.commands.output import narrate, prompt
from tui.errors import ExitCode, VoicetuiError
from tui.language import tr
from tui.language.sentences import told
from tui.paths import make_dirs

if TYPE_CHECKING:
    from tui.config_file import FromFile, Mistake

BEGINNING: Final = """\
# Settings of voicetui. `voicetui config show` prints all there are, in this form.

"""
_USUAL: Final = ("sensible-editor", "nano", "vi", "notepad")


def edit_config(path: Path) -> int:
    """Until it is right, or the person leaves it as it is; nothing written is taken away."""
    editor = choose_editor(os.environ)
    began = _begin(path)
    try:
        while True:
            _run(editor, path)
            if not tell_mistakes(path):
                return ExitCode.OK
            if not _again():
                narrate(tr("It is kept as it is; voicetui does not start before it is right."))
                return ExitCode.SETTINGS
    finally:
        if began and _untouched(path):
            path.unlink()


def tell_mistakes(path: Path) -> bool:
    """Say what is wrong in the file, or that nothing is."""
    from tui.config_file import inspect_config

    if not path.exists():
        narrate(tr("{path} does not exist; every setting has its default.", path=path))
        return False
    found, mistakes = inspect_config(path)
    if "ui.theme" in found:
        mistakes += _wrong_theme(found["ui.theme"])
    not_toml = any(mistake.text.startswith("not TOML") for mistake in mistakes)
    tools = "" if not_toml else _wrong_tools(path)
    for mistake in mistakes:
        narrate(f"{path}:{mistake.line}: {told(mistake.text)}")
    if tools:
        narrate(told(tools))
    if not mistakes and not tools:
        counted = _counted(path, len(found))
        narrate(tr("{path}: {counted}, nothing wrong.", path=path, counted=counted))
    return bool(mistakes or tools)


def _wrong_theme(theme: FromFile) -> list[Mistake]:
    """The screen begins all the same, with another; so it is a mistake only here."""
    from tui.config_file import Mistake
    from tui.panes.themes import wrong

    problem = wrong(str(theme.value))
    return [Mistake(theme.line, problem)] if problem else []


def _counted(path: Path, settings: int) -> str:
    """What the file holds."""
    from tui.config_file import own_keys
    from tui.tool_table import read_tools

    keys, tools = len(own_keys(path)), len(read_tools(path))
    words = tr("1 setting") if settings == 1 else tr("{count} settings", count=settings)
    if keys:
        own = tr("1 key of your own") if keys == 1 else tr("{count} keys of your own", count=keys)
        words += tr(", ") + own
    if tools:
        words += tr(", ") + (
            tr("1 function") if tools == 1 else tr("{count} functions", count=tools)
        )
    return words


def choose_editor(environment: Mapping[str, str]) -> list[str]:
    """The command that edits; raises VoicetuiError."""
    for variable in ("VISUAL", "EDITOR"):
        words = environment.get(variable, "").strip()
        if words:
            try:
                return shlex.split(words)
            except ValueError as error:
                raise _no_editor(f"{variable} is no command: {words}") from error
    for name in _USUAL:
        if shutil.which(name):
            return [name]
    raise _no_editor("there is none on this machine")


def _no_editor(why: str) -> VoicetuiError:
    return VoicetuiError("No editor", f"{why}; set EDITOR, such as to nano.", ExitCode.SETTINGS)


def _begin(path: Path) -> bool:
    """A file to begin with; whether it is ours."""
    try:
        make_dirs(path.parent)
        with path.open("x", encoding="utf-8") as file:
            file.write(BEGINNING)
    except FileExistsError:
        return False
    except OSError as error:
        raise VoicetuiError(
            "Settings cannot be written", f"{path}: {error.strerror}.", ExitCode.SETTINGS
        ) from error
    return True


def _untouched(path: Path) -> bool:
    try:
        return path.read_text(encoding="utf-8") == BEGINNING
    except (OSError, UnicodeDecodeError):
        return False


def _run(editor: list[str], path: Path) -> None:
    try:
        done = subprocess.run([*editor, str(path)], check=False)
    except OSError as error:
        raise _no_editor(f"{editor[0]}: {error.strerror}") from error
    if done.returncode:
        narrate(tr("{program} ended with code {code}.", program=editor[0], code=done.returncode))


def _wrong_tools(path: Path) -> str:
    from tui.tool_table import read_tools

    try:
        read_tools(path)
    except VoicetuiError as error:
        return str(error)
    return ""


def _again() -> bool:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    prompt(tr("[e]dit again, or [l]eave it?") + " ")
    return sys.stdin.readline().strip().lower()[:1] in ("e", "y")
