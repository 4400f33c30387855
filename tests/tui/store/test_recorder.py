"""What a call tells is what the record holds, from the first turn to the last word."""

from __future__ import annotations

import time

import pytest

from tests.tui.store.scenes import exchange, got, record, said
from tests.waiting import wait_until
from tui.call_events import CallEvent, Clip, TurnHeard
from tui.sessions.events import (
    AudioKept,
    ConversationOpened,
    Notice,
    PastTurn,
    SessionStarted,
    StepReported,
    TokenUsage,
    ToolCalled,
    TranscriptDelta,
    TranscriptFinal,
    TurnCut,
    TurnEnded,
    TurnRemoved,
    TurnStarted,
    UsageReported,
)
from tui.store.recorder import Recorder
from tui.store.store import Store


def test_a_call_is_kept_in_the_order_of_its_turns(store: Store) -> None:
    conversation = record(
        store, [*exchange(1, "Hello there", "Hi!"), *exchange(2, "And now?", "Now this.")]
    )
    saved = got(store.load(conversation))
    assert said(saved) == [
        ("user", "Hello there"),
        ("assistant", "Hi!"),
        ("user", "And now?"),
        ("assistant", "Now this."),
    ]
    assert [turn.heard_ms for turn in saved.turns] == [None, 1000, None, 1000]
    assert {turn.status for turn in saved.turns} == {"completed"}
    row = saved.row
    assert (row.title, row.kind, row.turns, row.tokens) == ("Hello there", "realtime", 4, 120)
    assert (row.service, row.label, row.model) == ("demo", "demo · m", "m")


@pytest.mark.parametrize(
    "events",
    [
        [],
        [Notice("no microphone")],
        [TurnStarted("u", "user", "")],
        [TurnStarted("u", "user", ""), TurnRemoved("u")],
        [TurnStarted("a", "assistant"), TurnEnded("a", "interrupted")],
        [ConversationOpened("thread_1")],
        [Clip("u", "user", b"\0\0" * 100)],
    ],
)
def test_a_call_in_which_nothing_is_said_leaves_nothing(
    store: Store, events: list[CallEvent]
) -> None:
    record(store, events)
    assert got(store.list()) == []
    assert got(store.usage_since(0)) == []


def test_what_was_paid_for_is_kept_even_where_nothing_was_said(store: Store) -> None:
    record(store, [UsageReported(TokenUsage(audio_in=7), "transcription", "item")])
    assert got(store.list()) == []
    (used,) = got(store.usage_since(0))
    assert (used.conversation_id, used.usage.audio_in, used.kind) == ("", 7, "realtime")


def test_a_turn_is_there_as_soon_as_it_has_ended(store: Store) -> None:
    recorder = Recorder(store, kind="realtime", service="demo", model="m")
    for event in [TurnStarted("u", "user", ""), TranscriptFinal("u", "now"), TurnEnded("u")]:
        recorder.on_event(event)
    # Queries come after what was handed in before them.
    assert said(got(store.load(recorder.conversation_id))) == [("user", "now")]
    recorder.on_event(TurnStarted("a", "assistant", "u"))
    recorder.on_event(TranscriptDelta("a", "half a"))
    assert len(got(store.load(recorder.conversation_id)).turns) == 1
    recorder.close()
    last = got(store.load(recorder.conversation_id)).turns[-1]
    assert (last.text, last.status) == ("half a", "incomplete")


def test_a_transcript_that_comes_late_replaces_nothing_else(store: Store) -> None:
    conversation = record(
        store,
        [
            TurnStarted("u", "user", ""),
            TurnEnded("u"),
            TurnStarted("a", "assistant", "u"),
            TranscriptFinal("a", "an answer"),
            TurnEnded("a"),
            TranscriptFinal("u", "the question, late"),
        ],
    )
    saved = got(store.load(conversation))
    assert said(saved) == [("user", "the question, late"), ("assistant", "an answer")]
    assert saved.row.title == "the question, late"


def test_turns_stand_where_their_predecessors_say_and_not_where_they_arrived(store: Store) -> None:
    conversation = record(
        store,
        [
            TurnStarted("c", "user", "b"),
            TranscriptFinal("c", "third"),
            TurnEnded("c"),
            TurnStarted("a", "user", ""),
            TranscriptFinal("a", "first"),
            TurnEnded("a"),
            TurnStarted("b", "assistant", "a"),
            TranscriptFinal("b", "second"),
            TurnEnded("b"),
        ],
    )
    saved = got(store.load(conversation))
    assert [turn.text for turn in saved.turns] == ["first", "second", "third"]
    assert len({turn.position for turn in saved.turns}) == 3


def test_order_does_not_come_from_the_clock(store: Store) -> None:
    times = iter([2_000_000_000.0, 1_000_000_000.0, 1_500_000_000.0] * 200)
    first = record(
        store,
        [e for n in range(5) for e in exchange(n, f"question {n}", f"answer {n}")],
        now_s=lambda: next(times),
    )
    second = record(store, exchange(1, "later call", "yes"), now_s=lambda: 5.0)
    saved = got(store.load(first))
    assert [turn.text for turn in saved.turns] == [
        text for n in range(5) for text in (f"question {n}", f"answer {n}")
    ]
    assert [row.id for row in got(store.list())] == [second, first]


def test_what_was_not_heard_of_a_cut_turn_is_known(store: Store) -> None:
    conversation = record(
        store,
        [
            *exchange(1, "Tell me everything", "One two three four five six seven eight"),
            TurnCut("answer_1", 500, 1000),
        ],
    )
    turn = got(store.load(conversation)).turns[1]
    assert turn.cut
    assert (turn.heard_ms, turn.received_ms) == (500, 1000)
    assert turn.text == "One two three four five six seven eight"
    assert turn.text_heard.strip() == "One two three four"
    assert got(store.past_turns(conversation)) == [
        PastTurn("user", "Tell me everything"),
        PastTurn("assistant", turn.text_heard),
    ]


def test_a_turn_of_which_nothing_was_heard_goes_with_its_sound(
    store: Store, folder: object
) -> None:
    conversation = record(store, [*exchange(1, "a", "b", sound=True), TurnRemoved("answer_1")])
    assert said(got(store.load(conversation))) == [("user", "a")]
    assert [clip.item_id for clip in got(store.clips(conversation))] == ["user_1"]


def test_the_sound_of_every_turn_is_kept(store: Store) -> None:
    conversation = record(store, exchange(1, "a", "b", sound=True))
    clips = got(store.clips(conversation))
    assert [(clip.item_id, clip.role, clip.duration_ms) for clip in clips] == [
        ("user_1", "user", 100),
        ("answer_1", "assistant", 200),
    ]
    assert got(store.clip(conversation, "user_1")) == b"\x01\x00" * 2400
    assert got(store.clip(conversation, "nothing")) is None
    assert all(turn.has_clip for turn in got(store.load(conversation)).turns)


def test_a_call_without_transcripts_is_kept_for_its_sound(store: Store) -> None:
    conversation = record(
        store, [Clip("u", "user", b"\1\0" * 50), TurnStarted("u", "user", ""), TurnEnded("u")]
    )
    assert got(store.list())[0].title == ""
    assert got(store.clip(conversation, "u")) == b"\1\0" * 50


def test_sound_can_be_switched_off(store: Store) -> None:
    conversation = record(store, exchange(1, "a", "b", sound=True), audio=False)
    assert got(store.clips(conversation)) == []


def test_the_oldest_sound_goes_first(store: Store) -> None:
    made = [
        record(store, exchange(1, f"call {n}", "b", sound=True), audio_limit_bytes=30_000)
        for n in range(3)
    ]
    # 4800 + 9600 bytes a call: two calls fit.
    assert got(store.clips(made[0])) == []
    assert len(got(store.clips(made[1]))) == len(got(store.clips(made[2]))) == 2
    assert [len(got(store.load(one)).turns) for one in made] == [2, 2, 2]


def test_use_is_counted_once_and_belongs_to_its_turn(store: Store) -> None:
    used = UsageReported(TokenUsage(text_in=5, reasoning_out=3), "response", "r9")
    conversation = record(
        store,
        [
            *exchange(1, "a", "b"),
            used,
            used,
            UsageReported(TokenUsage(seconds=1.5), "transcription", "user_1", "gpt-transcribe"),
            UsageReported(TokenUsage(audio_in=4), "transcription", "x"),
        ],
        models={"transcription": "whisper-1"},
        service="openai",
    )
    rows = got(store.usage(conversation))
    assert [(row.source, row.model, row.item_id) for row in rows] == [
        ("response", "m", "answer_1"),
        ("response", "m", "answer_1"),
        ("transcription", "gpt-transcribe", "user_1"),
        ("transcription", "whisper-1", ""),
    ]
    assert rows[1].usage == TokenUsage(text_in=5, reasoning_out=3)
    assert rows[2].usage.seconds == 1.5
    assert all(abs(row.at_s - time.time()) < 60 for row in rows)


def test_the_embedded_service_bills_no_model(store: Store) -> None:
    heard = UsageReported(TokenUsage(seconds=1.5), "transcription", "user_1", "whisper-1")
    conversation = record(store, [*exchange(1, "a", "b"), heard])
    assert {row.model for row in got(store.usage(conversation))} == {"demo"}


def test_every_modality_of_use_has_its_column() -> None:
    from tui.store.schema import USAGE_COLUMNS

    assert set(TokenUsage.__dataclass_fields__) <= set(USAGE_COLUMNS)


def test_use_outlives_its_conversation(store: Store) -> None:
    conversation = record(store, exchange(1, "a", "b"))
    got(store.purge(conversation))
    (used,) = got(store.usage_since(0))
    assert (used.conversation_id, used.usage.audio_in) == ("", 20)


def test_remote_ids_tools_and_steps_are_kept(store: Store) -> None:
    recorder = Recorder(store, kind="assistants", service="compatible", model="m")
    for event in [
        ConversationOpened("thread_1"),
        *exchange(1, "a", "b"),
        AudioKept("answer_1", "audio_9", 1_800_000_000.0),
        ToolCalled("call_1", "weather", '{"city": "\x1b[31mTokyo"}', "answer_1"),
        StepReported("answer_1", "searched three files"),
    ]:
        recorder.on_event(event)
    recorder.tool_answered("call_1", "sunny")
    recorder.close()
    conversation = recorder.conversation_id
    assert got(store.load(conversation)).row.remote_id == "thread_1"
    (call,) = got(store.tool_calls(conversation))
    assert (call.name, call.arguments, call.output) == ("weather", '{"city": "Tokyo"}', "sunny")
    assert [step.text for step in got(store.steps(conversation))] == ["searched three files"]
    turn = got(store.load(conversation)).turns[1]
    assert (turn.audio_id, turn.audio_expires_at_s) == ("audio_9", 1_800_000_000.0)
    assert got(store.past_turns(conversation))[1].audio_id == "audio_9"


def test_a_later_sitting_goes_on_behind_the_first(store: Store) -> None:
    conversation = record(store, exchange(1, "monday", "one"))
    again = record(
        store, exchange(2, "tuesday", "two"), conversation_id=conversation, label="demo · other"
    )
    assert again == conversation
    saved = got(store.load(conversation))
    assert [turn.text for turn in saved.turns] == ["monday", "one", "tuesday", "two"]
    assert saved.row.title == "monday"
    assert [turn.position for turn in saved.turns] == [0, 1, 2, 3]
    assert len(got(store.list())) == 1


def test_many_sittings_of_many_conversations_keep_apart(store: Store) -> None:
    made = [record(store, exchange(1, f"{n} first", "a")) for n in range(4)]
    for round_ in range(3):
        for n, conversation in enumerate(made):
            record(store, exchange(1, f"{n} {round_}", "b"), conversation_id=conversation)
    for n, conversation in enumerate(made):
        turns = got(store.load(conversation)).turns
        assert [turn.position for turn in turns] == list(range(8))
        assert [turn.text for turn in turns[::2]] == [
            f"{n} first",
            *(f"{n} {round_}" for round_ in range(3)),
        ]


def test_services_that_count_from_one_again_overwrite_nothing(store: Store) -> None:
    conversation = record(store, exchange(1, "monday", "one", sound=True))
    record(store, exchange(1, "tuesday", "two", sound=True), conversation_id=conversation)
    saved = got(store.load(conversation))
    assert [turn.text for turn in saved.turns] == ["monday", "one", "tuesday", "two"]
    assert [turn.item_id for turn in saved.turns] == [
        "user_1",
        "answer_1",
        "user_1~2",
        "answer_1~2",
    ]
    assert len(got(store.clips(conversation))) == 4


def test_a_kept_thread_that_tells_its_turns_again_doubles_nothing(store: Store) -> None:
    conversation = record(store, exchange(1, "monday", "one"), kind="assistants")
    record(
        store,
        [*exchange(1, "monday", "one"), *exchange(2, "tuesday", "two")],
        kind="assistants",
        conversation_id=conversation,
    )
    saved = got(store.load(conversation))
    assert [turn.text for turn in saved.turns] == ["monday", "one", "tuesday", "two"]


def test_going_on_elsewhere_keeps_the_way_back(store: Store) -> None:
    conversation = record(
        store, [ConversationOpened("thread_1"), *exchange(1, "a", "b")], kind="assistants"
    )
    record(store, exchange(2, "c", "d"), conversation_id=conversation, kind="responses")
    row = got(store.load(conversation)).row
    assert (row.kind, row.remote_id) == ("responses", "")
    assert "thread_1" in got(store.steps(conversation))[0].text


def test_titles_are_the_first_words_of_the_first_user_turn_on_one_line(store: Store) -> None:
    text = "\x1b]0;pwned\x07What\n\nis " + "長い話" * 40
    conversation = record(
        store, [TurnStarted("u", "user", ""), TranscriptFinal("u", text), TurnEnded("u")]
    )
    title = got(store.load(conversation)).row.title
    assert title.startswith("What is 長い話")
    assert title.endswith("…")
    assert "pwned" not in title
    from tui.text import cells

    assert cells(title) <= 60


def test_a_title_given_by_hand_stays(store: Store) -> None:
    conversation = record(store, exchange(1, "a", "b"))
    got(store.rename(conversation, "Mine"))
    record(store, exchange(1, "c", "d"), conversation_id=conversation)
    assert got(store.load(conversation)).row.title == "Mine"


def test_the_call_is_never_kept_waiting(store: Store) -> None:
    slow = store._owner.read(lambda place: time.sleep(1.0))
    started_s = time.perf_counter()
    record(store, [e for n in range(50) for e in exchange(n, "question", "answer", sound=True)])
    assert not slow.done()
    assert time.perf_counter() - started_s < 0.9
    wait_until(slow.done)


def test_faults_of_the_record_do_not_reach_the_call(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(store, kind="realtime", service="demo", model="m")

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(recorder._transcript, "apply", broken)
    recorder.on_event(SessionStarted("m"))


def test_changes_are_told(store: Store) -> None:
    told: list[str] = []
    store.listen(on_change=told.append)
    conversation = record(store, exchange(1, "a", "b"))
    got(store.count())
    assert set(told) == {conversation}
    told.clear()
    got(store.rename(conversation, "x"))
    wait_until(lambda: told == [conversation])


def test_nothing_is_taken_after_the_end(store: Store) -> None:
    recorder = Recorder(store, kind="realtime", service="demo", model="m")
    recorder.close()
    recorder.close()
    for event in exchange(1, "a", "b"):
        recorder.on_event(event)
    assert got(store.list()) == []


def test_a_conversation_that_was_thrown_away_while_it_goes_on_is_made_again(store: Store) -> None:
    recorder = Recorder(store, kind="realtime", service="demo", model="m")
    for event in exchange(1, "a", "b"):
        recorder.on_event(event)
    got(store.purge(recorder.conversation_id))
    for event in exchange(2, "c", "d"):
        recorder.on_event(event)
    assert said(got(store.load(recorder.conversation_id)))[-2:] == [
        ("user", "c"),
        ("assistant", "d"),
    ]


def test_heard_to_the_end_comes_after_the_end_of_the_turn(store: Store) -> None:
    recorder = Recorder(store, kind="realtime", service="demo", model="m")
    for event in [*exchange(1, "a", "b"), TurnHeard("answer_1", 2345)]:
        recorder.on_event(event)
    assert got(store.load(recorder.conversation_id)).turns[1].heard_ms == 2345
