"""A conversation with everything in it that a screen must show."""

from __future__ import annotations

from shared.messages import Level, State
from tui.call_events import CallEvent, Latency, StateChanged, TurnHeard
from tui.sessions.events import (
    SessionStarted,
    TokenUsage,
    TranscriptDelta,
    TranscriptFinal,
    TurnCut,
    TurnEnded,
    TurnStarted,
    UsageReported,
)

OPENING: tuple[CallEvent, ...] = (
    StateChanged("connecting"),
    State(
        output="Built-in Audio Analog Stereo",
        input="USB microphone",
        input_phase="open",
        echo="cancelled",
    ),
    SessionStarted("gpt-realtime-2", "marin"),
    StateChanged("listening"),
)
QUESTION = "What is a good way to learn a song by heart?"
ANSWER = (
    "Sing it one line at a time: first read the line aloud, then sing it with the paper in front "
    "of you, then without. When a line holds, add the next one and go back to the start. Sleep "
    "helps more than one more hour of practice, so come back to it tomorrow."
)
TALK: tuple[CallEvent, ...] = (
    TurnStarted("u1", "user", ""),
    TurnStarted("a1", "assistant", "u1"),
    StateChanged("speaking"),
    TranscriptDelta("a1", ANSWER[:100]),
    TranscriptFinal("u1", QUESTION),
    TranscriptDelta("a1", ANSWER[100:]),
    Latency("a1", 310.0, 412.0),
    TranscriptFinal("a1", ANSWER),
    TurnEnded("a1"),
    UsageReported(TokenUsage(12, 84, 0, 0, 64, 0, 62, 340), id="r1"),
    TurnHeard("a1", 14_200),
    TurnStarted("u2", "user", "a1"),
    TranscriptFinal("u2", "日本語でも話せますか。できれば、ゆっくり話してください。"),
    TurnStarted("a2", "assistant", "u2"),
    TranscriptDelta(
        "a2",
        "はい、もちろんです。日本語でもお話しできます。ゆっくり、はっきり話しますので、"
        "いつでも声をかけてください。たとえば今日の天気や、",
    ),
    TurnCut("a2", 3_100, 6_400),
    TurnEnded("a2", "interrupted"),
    UsageReported(TokenUsage(118, 640, 0, 64, 320, 0, 58, 210), id="r2"),
    TurnStarted("u3", "user", "a2", spoken=False),
    TranscriptFinal("u3", "Thanks. One last thing: how long should I practise each day?"),
    TurnStarted("a3", "assistant", "u3"),
    Latency("a3", 280.0, 390.0),
    TranscriptDelta("a3", "Twenty minutes is plenty, if you do it every day and"),
    Level(-23, -14),
)
