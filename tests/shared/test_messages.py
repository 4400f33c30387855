"""Every message survives its way; a broken stream is noticed."""

from __future__ import annotations

import struct

import pytest

from shared import messages
from shared.framing import MAX_FRAME_BYTES, BrokenStream, Unpacker, pack

COMMANDS: list[messages.AnyCommand] = [
    messages.Open("default", "file:out.wav", "half-duplex", fast=True, voice_silence_ms=700),
    messages.Listen(True),
    messages.Gate("zeros", 7),
    messages.Play(),
    messages.Flush(8),
    messages.Close(),
]
REPORTS: list[messages.AnyReport] = [
    messages.Ready(123),
    messages.State("spk", "playing", "mic", "open", "cancelled", "words"),
    messages.Gated("closed", 7, 2**40),
    messages.Flushed(8, 2**41),
    messages.Voice(True, 2**33),
    messages.Level(-12, -96),
    messages.Counters(1, 2, 3, 4),
    messages.Echoes(True, 40, -26, -70, 44, -3),
]


@pytest.mark.parametrize("size", [1, 3, 4, 1000])
def test_messages_arrive_as_they_were_sent_however_they_are_cut(size: int) -> None:
    stream = b"".join(map(pack, COMMANDS))
    unpacker: Unpacker[messages.AnyCommand] = Unpacker(messages.AnyCommand)
    received = []
    for start in range(0, len(stream), size):
        received += unpacker.feed(stream[start : start + size])
    assert received == COMMANDS


def test_reports_arrive_as_they_were_sent() -> None:
    unpacker: Unpacker[messages.AnyReport] = Unpacker(messages.AnyReport)
    assert list(unpacker.feed(b"".join(map(pack, REPORTS)))) == REPORTS


def test_the_lists_above_are_the_whole_vocabulary() -> None:
    assert {type(c) for c in COMMANDS} == set(messages.AnyCommand.__args__)
    assert {type(r) for r in REPORTS} == set(messages.AnyReport.__args__)


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("<I", MAX_FRAME_BYTES + 1),
        struct.pack("<I", 3) + b"abc",
        struct.pack("<I", 1) + b"\xc1",
        pack({"type": "Unheard"}),
        pack(messages.Ready(1)),
    ],
)
def test_what_is_no_message_breaks_the_stream(data: bytes) -> None:
    unpacker: Unpacker[messages.AnyCommand] = Unpacker(messages.AnyCommand)
    with pytest.raises(BrokenStream):
        list(unpacker.feed(data))
