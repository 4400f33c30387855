"""The interface's languages: what is chosen, and that no text is forgotten."""

from __future__ import annotations

import argparse
import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path
from unicodedata import east_asian_width, normalize

import pytest

from tui import keys, language
from tui.cli import build_parser
from tui.commands import plain_words, usage
from tui.commands.exchange import NOT_ALLOWED
from tui.commands.spoken_lines import NO_MICROPHONE
from tui.device_choice import NOUNS
from tui.errors import EXIT_CODES
from tui.examples import EXAMPLES, NOTES
from tui.language.japanese import JAPANESE
from tui.language.sentences import told
from tui.panes import remarks, words
from tui.panes.spending import SPAN_WORDS
from tui.setting_up import SERVICES
from tui.settings_table import SETTINGS
from tui.shell.translated import translate
from tui.text import cells

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
    *EXIT_CODES.values(),
    *(remark for examples in EXAMPLES.values() for _, remark in examples if remark),
    *NOTES.values(),
    *(setting.what for setting in SETTINGS),
    *("good", "fair", "bad", "no echo", "no sound", NOT_ALLOWED, NO_MICROPHONE),
)
"""Shown by `tr` under a name."""


def test_every_text_of_a_table_has_its_japanese() -> None:
    assert not [text for text in TABLES if text not in JAPANESE]


def _parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _parsers(command)


IN_KANA_OR_KANJI = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")


def test_help_is_japanese_in_columns_that_fit() -> None:
    language.use("ja")
    parser = build_parser()
    translate(parser)
    for command in _parsers(parser):
        told_of = [command.description or ""]
        told_of += [group.title or "" for group in command._action_groups]
        told_of += [
            action.help or ""
            for action in command._actions
            if action.help != argparse.SUPPRESS and action.help != "asst_..."
        ]
        english = [words for words in told_of if words and not IN_KANA_OR_KANJI.search(words)]
        assert not english, (command.prog, english)
        text = command.format_help()
        assert text.startswith("使い方: ")
        head = text.partition("\n例:")[0].splitlines()
        assert max(map(cells, head)) <= 80, command.prog


CALLS_OF_SENTENCES = {
    **dict.fromkeys(("VoicetuiError", "NoKey"), (0, 1)),
    **dict.fromkeys(("Check",), (2,)),
    **dict.fromkeys(("Mistake",), (1,)),
    **dict.fromkeys(("narrate", "say", "prompt", "ArgumentTypeError", "error"), (0,)),
    **dict.fromkeys(("_refusal", "_no_editor", "_not_up", "EndpointError"), (0,)),
}
"""What a person reads in the shell, by the arguments that are sentences."""
AROUND = {"_refusal": "x1 {}.", "_no_editor": "{}; set EDITOR, such as to nano."}
"""What stands around it when it is read."""
OF_PARTS = {
    *("chmod 700 x1", "Say what: ."),
    "What was given x1. Nothing was stored.",
    "port x1 x1; choose another with --port.",
    *("x1 is unknown herex1", "x1 is no x1x1"),
}
"""A command, or made of parts that tests/e2e/test_japanese.py sees together."""


def _texts(node: ast.expr) -> Iterator[str]:
    """What a text may be, with x1 for what stands in it."""
    match node:
        case ast.Constant(value=str() as text):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(str(p.value) if isinstance(p, ast.Constant) else "x1" for p in parts)
        case ast.IfExp(body=one, orelse=other):
            yield from _texts(one)
            yield from _texts(other)
        case ast.BoolOp(values=values):
            for value in values:
                yield from _texts(value)
        case ast.BinOp(left=left, right=right):
            yield from (a + b for a in _texts(left) for b in _texts(right))
        case _:
            pass


def _shell_sentences() -> Iterator[tuple[str, str]]:
    for path in sorted(TUI.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=name)) if name in CALLS_OF_SENTENCES:
                    at = CALLS_OF_SENTENCES[name]
                case ast.Call(func=ast.Attribute(value=value, attr=name)) if (
                    name in CALLS_OF_SENTENCES
                    and getattr(value, "id", "") in ("parser", "argparse")
                ):
                    at = CALLS_OF_SENTENCES[name]
                case _:
                    continue
            given = [node.args[number] for number in at if number < len(node.args)]
            given += [word.value for word in node.keywords if word.arg == "advice"]
            for text in (text for argument in given for text in _texts(argument)):
                if sum(map(str.isalpha, text.replace("x1", ""))) > 3:
                    yield AROUND.get(name, "{}").format(text), f"{path.name}:{node.lineno}"


def test_every_sentence_of_the_shell_is_recognised() -> None:
    language.use("ja")
    unknown = [
        f"{where}: {text}"
        for text, where in _shell_sentences()
        if not IN_KANA_OR_KANJI.search(told(text)) and text not in OF_PARTS
    ]
    assert not unknown, "\n".join(unknown)


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
