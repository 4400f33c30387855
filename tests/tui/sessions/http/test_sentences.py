"""Cutting text that is still being written into sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.sessions.http.sentences import COMFORTABLE_CHARS, SHORT_CHARS, Sentences
from tui.sessions.http.speakable import Speakable, plain


def cut(text: str, step: int = 1) -> list[str]:
    """The sentences of a text that comes `step` characters at a time."""
    splitter = Sentences()
    found = []
    for at in range(0, len(text), step):
        found += splitter.feed(text[at : at + step])
    return [sentence.text for sentence in found + splitter.close()]


LONG = "This sentence is long enough to stand for itself."


@pytest.mark.parametrize(
    "text",
    [
        f"Dr. Smith met Mr. Jones at 5 p.m. on Jan. 3, and paid $3.50 for it. {LONG}",
        f"See example.com or https://example.com/a.b?c=d. for more on version 3.11.2! {LONG}",
        f"The cat, e.g. a tabby, i.e. striped, vs. a dog. {LONG}",
        f"J. R. R. Tolkien wrote it in the U.S. army's time. {LONG}",
        f'She said "Stop." {LONG}',
        f"Wait... what is this?! {LONG}",
        f"Das sind ca. 5 km, z. B. nach Bonn. {LONG}",
    ],
)
@pytest.mark.parametrize("step", [1, 3, 1000])
def test_dots_that_end_nothing(text: str, step: int) -> None:
    first, *rest = cut(text, step)
    assert [first, *rest] == [text.removesuffix(LONG).strip(), LONG]


@pytest.mark.parametrize("step", [1, 2, 1000])
def test_japanese(step: int) -> None:
    text = "今日は晴れです。気温は二十五度くらいになるでしょう。"
    text += "「本当ですか？」と彼女は聞きました。はい！"
    found = cut(text, step)
    assert found[0] == "今日は晴れです。"
    assert "".join(found) == text


def test_a_japanese_sentence_is_certain_at_its_mark() -> None:
    splitter = Sentences()
    assert [s.text for s in splitter.feed("今日は晴れです。")] == ["今日は晴れです。"]


def test_an_english_sentence_is_certain_with_the_blank_behind_it() -> None:
    splitter = Sentences()
    assert splitter.feed("It is 3.") == []
    assert splitter.feed("5 degrees.") == []
    assert [s.text for s in splitter.feed(" ")] == ["It is 3.5 degrees."]


def test_the_first_sentence_goes_out_at_once_however_short() -> None:
    assert cut(f"Yes. {LONG} No. Ah. {LONG}") == ["Yes.", LONG, f"No. Ah. {LONG}"]


def test_short_sentences_are_said_together() -> None:
    found = cut("First one is here. " + "One. Two. Three. Four. Five. Six. Seven. Eight. " * 3)
    assert all(len(sentence) >= SHORT_CHARS for sentence in found[1:-1])


def test_list_items_and_headings_end_at_their_lines() -> None:
    found = cut("Here it comes:\n1. First you open the window and breathe in.\n2. Then close it.\n")
    assert found[0] == "Here it comes:"
    assert found[1].startswith("1. First you open")


def test_text_without_an_end_is_cut_at_a_comma_or_a_blank() -> None:
    text = "word " * 150 + "and, finally, " + "word " * 150
    found = cut(text, 7)
    assert all(len(sentence) <= COMFORTABLE_CHARS for sentence in found)
    assert " ".join(found).split() == text.split()


def test_japanese_without_an_end_is_cut() -> None:
    text = "あいうえお、" * 300
    found = cut(text, 5)
    assert all(len(sentence) <= COMFORTABLE_CHARS for sentence in found)
    assert all(sentence.endswith("、") for sentence in found)
    assert "".join(found) == text


@given(st.text(alphabet="ab .!?。！？」「\n,3e.g", max_size=400), st.integers(1, 50))
def test_nothing_is_lost_and_places_are_right(text: str, step: int) -> None:
    splitter = Sentences(longest=60)
    found = []
    for at in range(0, len(text), step):
        found += splitter.feed(text[at : at + step])
    found += splitter.close()
    assert "".join("".join(s.text.split()) for s in found) == "".join(text.split())
    for sentence in found:
        assert text[sentence.start : sentence.end].strip() == sentence.text
        assert len(sentence.text) <= 60


@given(st.text(max_size=300), st.integers(1, 40))
def test_the_way_text_comes_in_changes_nothing(text: str, step: int) -> None:
    # But for cuts of endless sentences, which depend on how much is there.
    if len(text) <= COMFORTABLE_CHARS:
        assert cut(text, step) == cut(text, 1)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("**Bold** and *soft* `code`.", "Bold and soft code."),
        ("# Heading", "Heading"),
        ("- item one", "item one"),
        ("See [the docs](https://example.com/very/long?x=1).", "See the docs."),
        ("Go to https://example.com/a/b?c=d now.", "Go to example.com now."),
        ("Blue 【4:0†notes.md】 whales.", "Blue whales."),
        ("snake_case_name stays", "snake_case_name stays"),
        ("2 * 3 * 4 stays", "2 * 3 * 4 stays"),
        ("---", ""),
        ("🎉", ""),
        ("| a | b |", "a b"),
    ],
)
def test_marks_nobody_says(written: str, said: str) -> None:
    assert plain(written) == said


def test_code_is_not_read_aloud() -> None:
    speakable = Speakable()
    lines = ["Do this:", "```python", "print('x')", "```", "Done."]
    assert [speakable.text(line) for line in lines] == ["Do this:", "", "", "", "Done."]
