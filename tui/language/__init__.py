"""The language of the interface: English stands in the code, other languages in one table each.

`tr` is called where a text is shown, never where a module is loaded: the language is chosen when
the program starts.  A text that is not in the table is shown in English.

Sentences of sessions, the engine and the record are made in English, are logged and saved so, and
come with their figures in them: `tui.language.sentences` recognises them where they are shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

LANGUAGES: Final = ("en", "ja")

_table: Mapping[str, str] = {}


def use(language: str) -> None:
    """Show everything in `language` from now on: one of LANGUAGES."""
    global _table
    if language == "ja":
        from tui.language.japanese import JAPANESE

        _table = JAPANESE
    else:
        _table = {}


def choose(wanted: str, environment: Mapping[str, str]) -> str:
    """What `auto` means here; a terminal that cannot show Japanese gets English."""
    if wanted in LANGUAGES:
        return wanted
    names = (environment.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next((name for name in names if name), "").lower().replace("-", "")
    return "ja" if locale.startswith("ja") and "utf8" in locale else "en"


def wished(environment: Mapping[str, str], config_file: Callable[[], Path]) -> str:
    """What `[ui] language` is, before anything else is known of the settings; they check it."""
    wish = environment.get("VOICETUI_UI_LANGUAGE", "").strip()
    if wish:
        return wish
    try:
        text = config_file().read_text(encoding="utf-8-sig")
        if "language" not in text:
            return "auto"
        import tomllib

        return str(tomllib.loads(text)["ui"]["language"])
    except (OSError, ValueError, KeyError, TypeError):
        return "auto"


def table() -> Mapping[str, str]:
    """Of the language in use, by the English text; empty for English."""
    return _table


def tr(english: str, /, **values: object) -> str:
    """`english` in the language in use, its {placeholders} filled from `values`."""
    text = _table.get(english, english)
    return text.format(**values) if values else text
