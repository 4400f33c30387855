"""Conversations in which the machine sends every message it can send."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.tui.sessions.realtime.driver import Driver, sound
from tui.sessions.events import (
    AnswerTool,
    BeginTurn,
    Commit,
    DiscardTurn,
    Heard,
    HeardItem,
    Interrupt,
    PastTurn,
    Say,
    SendAudio,
)
from tui.sessions.options import Dialect, RealtimeOptions

PAST = (
    PastTurn("user", "My name is Ada."),
    PastTurn("assistant", "Hello Ada."),
    PastTurn("system", "Speak slowly."),
)


def all_options() -> Iterator[RealtimeOptions]:
    """Every value of every setting, and the settings that touch each other in all combinations."""
    plain = RealtimeOptions("gpt-realtime-2.1")
    yield plain
    singles: dict[str, tuple[Any, ...]] = {
        "voice": ("", "cedar"),
        "instructions": ("Be brief. \U0001f600",),
        "vad_threshold": (0.0, 1.0),
        "vad_prefix_padding_ms": (0, 1000),
        "vad_silence_ms": (200, 2000),
        "vad_idle_timeout_ms": (5000, 30_000),
        "transcription_model": ("whisper-1", "my-deployment"),
        "language": ("en", "ja"),
        "noise_reduction": ("near_field", "far_field"),
        "speed": (0.25, 1.5),
        "max_output_tokens": (1, 4096),
        "temperature": (0.6, 1.2),
    }
    for name, values in singles.items():
        for value in values:
            yield replace(plain, **{name: value})
    for output, detection, format_, transcriber, eagerness in itertools.product(
        ("audio", "text"),
        ("server_vad", "semantic_vad", "none"),
        ("pcm", "pcmu", "pcma"),
        ("", "gpt-transcribe"),
        ("low", "medium", "high", "auto"),
    ):
        if detection == "semantic_vad" or eagerness == "auto":
            yield replace(
                plain,
                output=output,
                turn_detection=detection,
                wire_format=format_,
                transcription_model=transcriber,
                vad_eagerness=eagerness,
            )


def settings_messages(dialect: Dialect) -> Iterator[dict[str, Any]]:
    """The session.update of all options."""
    for options in all_options():
        yield from Driver(options, dialect).start().sent_of("session.update")


def conversation_messages(dialect: Dialect) -> list[dict[str, Any]]:
    """Everything sent in one conversation that does all there is to do."""
    options = RealtimeOptions("gpt-realtime-2.1", turn_detection="none")
    driver = Driver(options, dialect, replay=PAST, continuing=True).start()
    driver.want(Say("Hello"))
    driver.begin_answer("r1", "a1")
    driver.audio(500, "r1", "a1")
    driver.want(Interrupt())
    driver.want(Heard((HeardItem("a1", 0, 120, 500),)))
    driver.end_answer("r1", "cancelled")
    driver.want(BeginTurn())
    driver.want(SendAudio(sound(300)))
    driver.want(DiscardTurn())
    driver.want(SendAudio(sound(300)))
    driver.want(Commit())
    driver.begin_answer("r2", "a2")
    driver.audio(500, "r2", "a2")
    driver.want(Interrupt())
    driver.want(Heard((HeardItem("a2", 0, 0, 500),)))
    item = {
        "id": "f1",
        "type": "function_call",
        "call_id": "c1",
        "name": "weather",
        "status": "completed",
        "arguments": "{}",
    }
    driver.end_answer("r2", "cancelled")
    driver.end_answer("r3", output=[item])
    driver.want(AnswerTool("c1", "sunny"))
    return driver.sent


SENT = {
    "session.update",
    "conversation.item.create",
    "conversation.item.truncate",
    "conversation.item.delete",
    "input_audio_buffer.append",
    "input_audio_buffer.commit",
    "input_audio_buffer.clear",
    "response.create",
    "response.cancel",
}
"""All the machine ever sends."""
