"""Silence before the first word is left out; nothing of a word is."""

from __future__ import annotations

import random
from array import array

import pytest

from tests.tui.sessions.http.driver import Driver, tone
from tui.sessions.events import Say
from tui.sessions.http.lead_in import KEPT_MS, LONGEST_MS, QUIET, LeadIn

MS = 48
"""Bytes."""


def played(pcm: bytes, size: int) -> bytes:
    """What comes of it when it arrives in pieces of `size` bytes."""
    lead = LeadIn()
    pieces = [lead.take(pcm[at : at + size]) for at in range(0, len(pcm), size)]
    return b"".join(pieces) + lead.rest()


def swelling(ms: int) -> bytes:
    """Speech that begins softly: from nothing to loud in a tenth of a second."""
    noise = random.Random(1)
    return array("h", [int(noise.uniform(-1, 1) * n * 3) for n in range(ms * 24)]).tobytes()


@pytest.mark.parametrize("size", [2, 96, 1000, 4800, 10**6])
@pytest.mark.parametrize("silence_ms", [0, 5, 40, 200, LONGEST_MS])
def test_no_sound_is_lost_and_most_silence_is(silence_ms: int, size: int) -> None:
    if size == 2 and silence_ms > 40:
        pytest.skip("says nothing new")
    speech = swelling(120)
    out = played(bytes(silence_ms * MS) + speech, size)
    assert out.endswith(speech)
    assert len(out) - len(speech) <= min(silence_ms, KEPT_MS + 4) * MS


def test_so_much_is_left_out_at_most() -> None:
    out = played(bytes(1000 * MS) + tone(50), 4800)
    assert len(out) == (1000 - LONGEST_MS + 50) * MS


def test_silence_alone_stays_short_silence_and_behind_a_sound_it_stays_whole() -> None:
    assert len(played(bytes(100 * MS), 4800)) == KEPT_MS * MS
    assert len(played(array("h", [QUIET] * 100 * 24).tobytes(), 4800)) == KEPT_MS * MS
    whole = tone(20) + bytes(900 * MS) + tone(20)
    assert played(whole, 4800) == whole


def test_only_the_first_sentence_of_an_answer_is_shortened() -> None:
    talk = Driver("responses").started()
    talk.intend(Say("Hello?"))
    stream = talk.request("responses.stream")
    talk.deltas(stream, "One sentence that is long enough. ", "And here is another sentence. ")
    talk.event(stream, "response.completed", response={"id": "r", "output": []})
    talk.done(stream)
    for _ in range(2):
        request = talk.request("speak")
        talk.part(request, bytes(100 * MS) + tone(300))
        talk.done(request)
    assert len(talk.sound()) == (KEPT_MS + 300 + 100 + 300) * MS
