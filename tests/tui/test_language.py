"""The interface's languages: what is chosen, and that no text is forgotten."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path
from unicodedata import east_asian_width, normalize

import pytest

from tui import keys, language
from tui.commands import plain_words, usage
from tui.device_choice import NOUNS
from tui.language.japanese import JAPANESE
from tui.language.sentences import told
from tui.panes import remarks, words
from tui.panes.spending import SPAN_WORDS
from tui.setting_up import SERVICES

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


TABLES = (
    *(key.label for key in keys.KEYS),
    *(key.help for key in keys.KEYS),
    *(heading for headings in keys.HELP.values() for _, heading in headings if heading),
    *words.STATE_WORDS.values(),
    *words.ECHO_WORDS.values(),
    *(text for text in remarks.STATE_WORDS.values() if text),
    *NOUNS.values(),
    *SPAN_WORDS.values(),
    *SERVICES.values(),
    *(word.what for word in plain_words.WORDS),
    *(plain_words.BEGINNING, plain_words.ANSWERS, plain_words.AS_TEXT),
    *(name for name, _ in usage._COLUMNS),
)
"""Shown by `tr` under a name."""


def test_every_text_of_a_table_has_its_japanese() -> None:
    assert not [text for text in TABLES if text not in JAPANESE]


def test_no_character_is_of_half_or_of_ambiguous_width() -> None:
    for english, text in JAPANESE.items():
        for char in set(text) - set(english):
            assert east_asian_width(char) != "A", text
            assert normalize("NFKC", char) == char or char in "!", (text, char)


SAID = ("Notice", "SessionEnded", "Tell")
"""What makes a sentence that a person reads."""


CONDITIONAL = {
    "The address sends elsewherex1; not followed, since the key would go there too. "
    "Set the base URL to it."
}
"""What x1 stands for may be nothing: both are in the table."""


def _sentences() -> Iterator[tuple[str, str]]:
    """Every sentence given to one of SAID where it is made, with x1 for what stands in it."""
    for path in sorted(TUI.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id not in SAID or not node.args:
                continue
            match node.args[0]:
                case ast.Constant(value=str() as text) if text:
                    yield text, f"{path.name}:{node.lineno}"
                case ast.JoinedStr(values=parts):
                    text = "".join(
                        str(part.value) if isinstance(part, ast.Constant) else "x1"
                        for part in parts
                    )
                    if sum(map(str.isalpha, text.replace("x1", ""))) > 4:
                        yield text, f"{path.name}:{node.lineno}"


def test_every_sentence_of_a_call_is_recognised() -> None:
    language.use("ja")
    unknown = [
        f"{where}: {text}"
        for text, where in _sentences()
        if told(text) == text and text not in CONDITIONAL
    ]
    assert not unknown, "\n".join(unknown)


@pytest.mark.parametrize(
    ("english", "japanese"),
    [
        ("Connected again after 2.5 s.", "2.5 秒で再接続しました。"),
        (
            "The service closed the connection; connecting again in 2 s.",
            "サービスが接続を閉じました。2 秒後に再接続します。",
        ),
        (
            "host refused the connection. Is the service running there? Connecting again in 2 s.",
            "host が接続を拒否しました。サービスは動いていますか? 2 秒後に再接続します。",
        ),
        (
            "The service refused the key. Check OPENAI_API_KEY or `voicetui key`. "
            "It says: No. Never. (HTTP 401)",
            "サービスがキーを拒否しました。OPENAI_API_KEY か `voicetui key` を確認してください。"
            "サービスの説明: No. Never. (HTTP 401)",
        ),
        (
            "Budget of the day used up: est. $1.00 of $2; hung up. The conversation is kept: "
            "b raises the budget, then c goes on.",
            "今日の予算を使い切りました: 見積もり $2 のうち $1.00。通話を切りました。"
            "会話は保存されています: b で予算を引き上げ、c で続けます。",
        ),
        (
            "config.toml: tool 1 (clock): command is missing: "
            "a list of the program and its arguments.",
            "config.toml: tool 1 (clock): command がありません。プログラムと引数の一覧です。",
        ),
        (
            "no microphone: no microphone on this machine; "
            "no sound output: no loudspeaker on this machine",
            "マイクなし: この機械にマイクがありません、"
            "音声出力なし: この機械にスピーカーがありません",
        ),
        (
            "the loudspeaker (USB) takes nothing: is it suspended?",
            "スピーカー (USB) が音を受け取りません。休止中ですか?",
        ),
        (
            "the microphone (default) delivers only silence: is it switched off or muted in the "
            "system's sound settings?",
            "マイク (既定) から無音しか届きません。"
            "電源が切れているか、システムの音声設定でミュート中ですか?",
        ),
        ("What nobody here says. Nor this; or {that}", None),
        ("", None),
        (" . ", None),
        ("x" * 5000, None),
    ],
)
def test_a_finished_sentence_is_recognised(english: str, japanese: str | None) -> None:
    assert told(english) == english
    language.use("ja")
    assert told(english) == (english if japanese is None else japanese)


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
