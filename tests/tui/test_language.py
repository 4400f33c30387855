"""The interface's languages: what is chosen, and that no text is forgotten."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui import language
from tui.language.japanese import JAPANESE

TUI = Path(language.__file__).parents[1]


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    language.use("en")


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _shown() -> Iterator[tuple[str, str]]:
    """Every text given to `tr` as it stands, and where."""
    for path in sorted(TUI.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="tr"), args=[ast.Constant(value=str() as text), *_]):
                    yield text, f"{path.relative_to(TUI)}:{node.lineno}"
                case _:
                    pass


def test_every_text_shown_has_its_japanese() -> None:
    missing = [f"{where}: {text!r}" for text, where in _shown() if text not in JAPANESE]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("english", JAPANESE)
def test_a_translation_keeps_the_placeholders(english: str) -> None:
    assert _placeholders(JAPANESE[english]) == _placeholders(english)


@pytest.mark.parametrize(
    ("wanted", "environment", "chosen"),
    [
        ("auto", {}, "en"),
        ("auto", {"LANG": "ja_JP.UTF-8"}, "ja"),
        ("auto", {"LC_ALL": "C.UTF-8", "LANG": "ja_JP.UTF-8"}, "en"),
        ("auto", {"LC_MESSAGES": "ja_JP.utf8", "LANG": "en_US.UTF-8"}, "ja"),
        ("auto", {"LANG": "ja_JP.eucJP"}, "en"),
        ("ja", {"LANG": "C"}, "ja"),
        ("en", {"LANG": "ja_JP.UTF-8"}, "en"),
    ],
)
def test_the_language_follows_the_setting_then_the_locale(
    wanted: str, environment: dict[str, str], chosen: str
) -> None:
    assert language.choose(wanted, environment) == chosen


def test_a_text_without_translation_stays_english() -> None:
    language.use("ja")
    assert language.tr("no such text {n}", n=3) == "no such text 3"
    assert language.tr("MUTED") == "ミュート"
    language.use("en")
    assert language.tr("MUTED") == "MUTED"
