"""What every HTTP kind has in common: turns, speech, interruptions, trouble."""

from __future__ import annotations

import pytest

from tests.tui.sessions.http.driver import Driver, second_of_sound, tone
from tui.sessions.events import (
    AudioDelta,
    AudioEnded,
    BeginTurn,
    Close,
    Commit,
    Compose,
    DiscardTurn,
    FlushPlayback,
    Heard,
    HeardItem,
    InputCommitted,
    Interrupt,
    ResponseEnded,
    ResponseStarted,
    Say,
    SendAudio,
    SessionEnded,
    SessionStarted,
    TranscriptFinal,
    TurnCut,
    TurnEnded,
    TurnRemoved,
    TurnStarted,
    UsageReported,
)
from tui.sessions.http.trouble import Trouble
from tui.sessions.http.voice import AHEAD_S
from tui.sessions.http.wav import wav

TEXT_KINDS = ["assistants", "responses"]
ANSWER = "The first sentence is here. And the second one is a little longer than that."


@pytest.fixture(params=TEXT_KINDS)
def talk(request: pytest.FixtureRequest) -> Driver:
    return Driver(request.param).started()


def ask_for_answer(talk: Driver) -> None:
    """Whatever stands before the stream of the answer."""
    if talk.options.kind == "assistants":
        talk.reply("messages.create", id="msg_1")
        talk.event(talk.request("runs.stream"), "thread.run.created", id="run_1", status="queued")


def stream_of(talk: Driver):
    return talk.request("runs.stream" if talk.options.kind == "assistants" else "responses.stream")


def finish(talk: Driver) -> None:
    stream = stream_of(talk)
    if talk.options.kind == "assistants":
        talk.event(stream, "thread.run.completed", id="run_1", status="completed")
    else:
        talk.event(stream, "response.completed", response={"id": "resp_1"})
    talk.done(stream)


def test_a_typed_turn_and_its_spoken_answer(talk: Driver) -> None:
    talk.intend(Say("Hello?"))
    talk.answered(ANSWER)
    assert talk.text("user") == ["Hello?"]
    assert talk.text("assistant") == [ANSWER]
    assert talk.statuses("assistant") == ["completed"]
    assert [body["input"] for body in talk.asked("speak")] == [
        "The first sentence is here.",
        "And the second one is a little longer than that.",
    ]
    assert len(talk.sound()) == 2 * 48_000
    order = [name for name in talk.names if name.startswith(("Turn", "Response", "AudioEnded"))]
    assert order == [
        "TurnStarted",
        "TurnEnded",
        "ResponseStarted",
        "TurnStarted",
        "AudioEnded",
        "TurnEnded",
        "ResponseEnded",
    ]


def test_the_first_sentence_is_spoken_while_the_rest_is_still_written(talk: Driver) -> None:
    talk.intend(Say("Hello?"))
    ask_for_answer(talk)
    talk.deltas(stream_of(talk), "Of course. ")
    assert talk.asked("speak")[0]["input"] == "Of course."
    talk.part(talk.request("speak"), tone(100))
    assert len(talk.of(AudioDelta)) == 1


def test_sentences_keep_their_order_though_the_second_comes_first(talk: Driver) -> None:
    talk.intend(Say("Hello?"))
    ask_for_answer(talk)
    talk.deltas(stream_of(talk), ANSWER + " ")
    finish(talk)
    first, second = [r for r in talk.open.values() if r.operation == "speak"]
    talk.part(second, b"\2\2" * 100)
    talk.done(second)
    assert not talk.of(AudioDelta)
    talk.part(first, b"\1", b"\1" + b"\1\1" * 99)  # a torn sample
    talk.done(first)
    assert talk.sound() == b"\1\1" * 100 + b"\2\2" * 100
    assert talk.of(AudioEnded)


def test_speech_is_not_fetched_far_ahead(talk: Driver) -> None:
    sentences = [f"This is sentence number {n} of a very long answer." for n in range(10)]
    talk.intend(Say("Hello?"))
    ask_for_answer(talk)
    talk.deltas(stream_of(talk), " ".join(sentences))
    finish(talk)
    while "speak" in talk.waiting_for:
        request = talk.request("speak")
        talk.part(request, second_of_sound(5))
        talk.done(request)
    fetched = len(talk.asked("speak"))
    assert fetched < 5
    talk.wait(5.0)
    assert len(talk.asked("speak")) == fetched + 1
    assert talk.sound().__len__() <= (AHEAD_S + 10) * 48_000


def test_a_spoken_turn(talk: Driver) -> None:
    talk.intend(BeginTurn(), SendAudio(tone(700)), SendAudio(tone(300)), Commit())
    item_id = talk.of(TurnStarted)[0].item_id
    assert talk.of(InputCommitted) == [InputCommitted(item_id)]
    stream = talk.request("transcribe")
    name, sound, kind = stream.body["file"]
    assert (name, kind, sound[:4], len(sound)) == ("speech.wav", "audio/wav", b"RIFF", 48_044)
    for piece in ("What is", " the time?"):
        talk.part(stream, {"event": "", "data": {"type": "transcript.text.delta", "delta": piece}})
    done = {"type": "transcript.text.done", "text": "What is the time?"}
    usage = {"type": "duration", "seconds": 1.0}
    talk.part(stream, {"event": "", "data": {**done, "usage": usage}})
    talk.done(stream)
    assert talk.text("user") == ["What is the time?"]
    assert talk.of(UsageReported)[0].usage.seconds == 1.0
    talk.answered("Noon.")
    assert talk.text("assistant") == ["Noon."]


@pytest.mark.parametrize(
    ("pcm", "said"),
    [(tone(80), "Too short"), (bytes(48_000), "No speech"), (tone(2000, 30), "No speech")],
)
def test_nothing_is_sent_for_nothing(talk: Driver, pcm: bytes, said: str) -> None:
    before = len(talk.all)
    talk.intend(BeginTurn(), SendAudio(pcm), Commit())
    assert len(talk.all) == before
    assert said in talk.notices()[-1]
    assert not talk.of(TurnStarted)
    assert talk.of(ResponseEnded)[-1].status == "incomplete"


def test_a_discarded_recording_is_gone(talk: Driver) -> None:
    talk.intend(BeginTurn(), SendAudio(tone(500)), DiscardTurn(), Commit())
    assert "transcribe" not in talk.waiting_for


def test_invented_text_is_thrown_away_and_never_a_prompt(talk: Driver) -> None:
    faint = bytes(48_000 * 3) + tone(100)
    talk.intend(BeginTurn(), SendAudio(faint), Commit())
    assert talk.reply("transcribe", text="Thank you for watching!").body.get("prompt") is None
    assert talk.of(TurnRemoved)
    assert talk.text("assistant") == []
    assert "No speech was understood" in talk.notices()[-1]
    talk.intend(BeginTurn(), SendAudio(tone(1000)), Commit())
    assert "prompt" not in talk.request("transcribe").body
    talk.reply("transcribe", text="Thank you for watching!")
    assert talk.text("user")[-1] == "Thank you for watching!"


def test_a_transcription_that_fails_keeps_the_session(talk: Driver) -> None:
    talk.intend(BeginTurn(), SendAudio(tone(1000)), Commit())
    talk.refuse("transcribe", 500, "oops")
    talk.wait(1.0)  # once more
    talk.refuse("transcribe", 500, "oops")
    assert talk.statuses("user") == ["failed"]
    assert "oops" in talk.of(TranscriptFinal)[0].problem
    talk.intend(Say("typed then"))
    talk.answered("Fine.")
    assert talk.text("assistant") == ["Fine."]


def test_an_unknown_transcription_model_falls_back_once(talk: Driver) -> None:
    talk.intend(BeginTurn(), SendAudio(tone(1000)), Commit())
    assert talk.asked("transcribe")[0]["model"] == "gpt-transcribe"
    talk.refuse("transcribe", 404, "The model does not exist", code="model_not_found")
    body = talk.request("transcribe").body
    assert (body["model"], body["response_format"]) == ("whisper-1", "verbose_json")
    talk.reply("transcribe", text="Hello there.")
    assert talk.text("user") == ["Hello there."]
    assert "whisper-1" in talk.notices()[0]


def test_a_server_that_cannot_stream_transcripts_is_asked_without(talk: Driver) -> None:
    talk.intend(BeginTurn(), SendAudio(tone(1000)), Commit())
    talk.refuse("transcribe", 400, "Unknown parameter: 'stream'", param="stream")
    assert "stream" not in talk.request("transcribe").body


def test_keywords_and_language_by_model() -> None:
    options = {"language": "ja", "keywords": ("Ainu", "Ezo"), "transcription_prompt": "History."}
    new = Driver("responses", **options).started()
    new.intend(BeginTurn(), SendAudio(tone(500)), Commit())
    body = new.request("transcribe").body
    assert (body["languages"], body["keywords"], body["prompt"]) == (
        ["ja"],
        ["Ainu", "Ezo"],
        "History.",
    )
    old = Driver("responses", transcription_model="gpt-4o-transcribe", **options).started()
    old.intend(BeginTurn(), SendAudio(tone(500)), Commit())
    body = old.request("transcribe").body
    assert (body["language"], body["prompt"]) == ("ja", "History. Ainu, Ezo")
    assert "keywords" not in body


# ---------------------------------------------------------------- interruptions


def speaking(talk: Driver, text: str = ANSWER) -> str:
    """An answer whose two sentences of one second each are on their way to the listener."""
    talk.intend(Say("Hello?"))
    ask_for_answer(talk)
    talk.deltas(stream_of(talk), text + " ")
    for _ in range(2):
        request = talk.request("speak")
        talk.part(request, second_of_sound())
        talk.done(request)
    return talk.of(AudioDelta)[0].item_id


def release(talk: Driver) -> None:
    """Whatever the kind does to stop its service."""
    if "runs.cancel" in talk.waiting_for:
        talk.reply("runs.cancel", id="run_1", status="cancelled")
    if "items.list" in talk.waiting_for:
        talk.reply("items.list", data=[])


def test_an_interruption_is_silent_at_once_and_marks_what_was_heard(talk: Driver) -> None:
    item_id = speaking(talk)
    talk.events.clear()
    talk.intend(Interrupt())
    assert isinstance(talk.events[0], FlushPlayback)
    assert talk.statuses("assistant") == []  # its start was cleared away above
    assert talk.of(TurnEnded)[0].status == "interrupted"
    assert talk.of(ResponseEnded)[0].status == "interrupted"
    talk.intend(Heard((HeardItem(item_id, 0, heard_ms=1500, received_ms=2000),)))
    (cut,) = talk.of(TurnCut)
    first = len("The first sentence is here.")
    expected = first + (len(ANSWER) - first) / 2
    share = cut.heard_ms / cut.received_ms
    assert cut.heard_ms == 1500
    assert share == pytest.approx(expected / (len(ANSWER) + 1), abs=0.03)


def test_stale_text_is_dropped(talk: Driver) -> None:
    item_id = speaking(talk)
    stream = stream_of(talk)
    talk.intend(Interrupt(), Heard((HeardItem(item_id, 0, 500, 2000),)))
    talk.events.clear()
    talk.deltas(stream, " Late words.")
    assert not talk.events


def test_the_model_is_told_what_was_heard(talk: Driver) -> None:
    item_id = speaking(talk)
    talk.intend(Interrupt(), Heard((HeardItem(item_id, 0, heard_ms=1000, received_ms=2000),)))
    release(talk)
    talk.intend(Say("And now?"))
    release(talk)
    if talk.options.kind == "assistants":
        talk.reply("messages.create", id="msg_9")
        told = talk.asked("runs.stream")[-1]["additional_instructions"]
    else:
        told = str(talk.asked("responses.stream")[-1]["input"])
    assert "The first sentence is here." in told
    assert "And the second" not in told


def test_an_answer_of_which_nothing_was_heard_stays_as_cut(talk: Driver) -> None:
    item_id = speaking(talk)
    talk.intend(Interrupt(), Heard((HeardItem(item_id, 0, heard_ms=0, received_ms=2000),)))
    (cut,) = talk.of(TurnCut)
    assert cut.heard_ms == 0
    assert not talk.of(TurnRemoved)


def test_an_interruption_before_any_sound(talk: Driver) -> None:
    talk.intend(Say("Hello?"))
    ask_for_answer(talk)
    talk.deltas(stream_of(talk), "Only text so far, no")
    talk.intend(Interrupt())
    assert not talk.of(FlushPlayback)
    assert talk.statuses("assistant") == ["interrupted"]
    assert talk.of(TurnCut)[0].heard_ms == 0


def test_an_interruption_while_the_complete_answer_plays(talk: Driver) -> None:
    talk.intend(Say("Hello?"))
    talk.answered(ANSWER)
    item_id = talk.of(AudioDelta)[0].item_id
    talk.intend(Interrupt())
    assert talk.of(FlushPlayback)
    talk.intend(Heard((HeardItem(item_id, 0, heard_ms=700, received_ms=2000),)))
    assert talk.of(TurnCut)[0].heard_ms == 700
    assert talk.statuses("assistant") == ["completed"]


def test_an_answer_that_played_out_is_not_cut(talk: Driver) -> None:
    talk.intend(Say("Hello?"))
    talk.answered(ANSWER)
    item_id = talk.of(AudioDelta)[0].item_id
    talk.intend(Heard((HeardItem(item_id, 0, 2000, 2000),)), Interrupt())
    assert not talk.of(FlushPlayback)
    assert not talk.of(TurnCut)


def test_a_loudspeaker_that_never_answers_holds_nobody_up(talk: Driver) -> None:
    speaking(talk)
    talk.intend(Say("Next"))
    release(talk)
    talk.wait(3.0)
    assert talk.of(TurnCut)[0].heard_ms == 0
    release(talk)
    assert talk.asked("messages.create" if talk.options.kind == "assistants" else "items.list")


def test_speaking_again_before_the_answer_says_both(talk: Driver) -> None:
    talk.intend(BeginTurn(), SendAudio(tone(500)), Commit())
    talk.intend(BeginTurn(), SendAudio(tone(600)), Commit())
    talk.reply("transcribe", text="What is the weather")
    if talk.options.kind == "assistants":
        assert talk.reply("messages.create", id="m").body["content"] == "What is the weather"
    talk.reply("transcribe", text="in Tokyo?")
    if talk.options.kind == "assistants":
        assert talk.reply("messages.create", id="m").body["content"] == "in Tokyo?"
        assert len(talk.asked("runs.stream")) == 1
    else:
        (body,) = talk.asked("responses.stream")
        assert [item["content"] for item in body["input"]] == ["What is the weather", "in Tokyo?"]


# ---------------------------------------------------------------- trouble


def refuse_answer(talk: Driver, status: int, said: str = "", **fields: object) -> None:
    if talk.options.kind == "assistants" and "messages.create" in talk.waiting_for:
        talk.reply("messages.create", id="m")
    talk.refuse(stream_of(talk).operation, status, said, **fields)


def test_a_rate_limit_is_waited_for_and_said(talk: Driver) -> None:
    talk.intend(Say("Hello?"))
    refuse_answer(talk, 429, "slow down", retry_after_s=7.0)
    assert talk.notices() == ["The service asks to wait: 7 s."]
    talk.wait(6.9)
    assert not talk.waiting_for
    talk.wait(0.2)
    assert stream_of(talk)


def test_a_rate_limit_beyond_patience_fails_the_turn(talk: Driver) -> None:
    talk.intend(Say("Hello?"))
    refuse_answer(talk, 429, "slow down", retry_after_s=3600.0)
    assert talk.of(ResponseEnded)[0].status == "failed"
    assert not talk.of(SessionEnded)


@pytest.mark.parametrize(
    ("status", "fields", "words"),
    [
        (401, {"code": "invalid_api_key"}, "refused the key"),
        (403, {}, "may not use"),
        (429, {"code": "insufficient_quota"}, "no credit"),
        (404, {"code": "model_not_found", "said": "The model does not exist"}, "the model gpt-x"),
    ],
)
def test_what_cannot_be_helped_ends_the_session(
    talk: Driver, status: int, fields: dict[str, str], words: str
) -> None:
    talk.intend(Say("Hello?"))
    refuse_answer(talk, status, **fields)
    assert talk.end.fatal
    assert words in talk.end.reason
    assert isinstance(talk.events[-1], SessionEnded)
    assert talk.of(ResponseEnded)[0].status == "failed"


def test_a_lost_network_fails_the_turn_and_not_the_session(talk: Driver) -> None:
    talk.intend(Say("Hello?"))
    if talk.options.kind == "assistants":
        talk.reply("messages.create", id="m")
    talk.done(stream_of(talk), Trouble(cause="The network is down."))
    assert talk.of(ResponseEnded)[0].detail == "The network is down."
    assert not talk.of(SessionEnded)
    talk.intend(Say("Hello again?"))
    release(talk)
    talk.answered("Back.")
    assert talk.text("assistant") == ["Back."]


def test_speech_that_fails_leaves_the_text(talk: Driver) -> None:
    talk.intend(Say("Hello?"))
    ask_for_answer(talk)
    talk.deltas(stream_of(talk), ANSWER + " ")
    for _ in range(2):
        talk.refuse("speak", 400, "bad voice")
    finish(talk)
    assert talk.text("assistant") == [ANSWER + " "]
    assert talk.statuses("assistant") == ["completed"]
    assert talk.notices() == ["Not spoken: The service says: bad voice"]


def test_a_voice_that_is_gone_is_replaced_in_the_middle_of_an_answer() -> None:
    talk = Driver("responses", read_aloud=True).started()
    talk.intend(Say("Hello?"))
    talk.deltas(stream_of(talk), ANSWER + " ")
    talk.refuse("speak", 404, "The model has been shut down", code="model_not_found")
    talk.refuse("speak", 404, "The model has been shut down", code="model_not_found")
    finish(talk)
    for sound in (b"\1\1", b"\2\2"):
        request = talk.request("read_aloud")
        talk.part(request, sound)
        talk.done(request)
    assert talk.sound() == b"\1\1\2\2"
    (notice,) = talk.notices()
    assert "Speaking with gpt-realtime-2.1-mini from now on." in notice
    item_id = talk.of(AudioDelta)[0].item_id
    talk.intend(Heard((HeardItem(item_id, 0, 1, 1),)), Say("Again?"))
    talk.deltas(stream_of(talk), "Yes. ")
    assert "read_aloud" in talk.waiting_for


def test_text_only_when_speech_is_off() -> None:
    talk = Driver("responses", speak=False).started()
    assert talk.of(SessionStarted)[0].voice == ""
    talk.intend(Say("Hello?"))
    stream = talk.request("responses.stream")
    talk.deltas(stream, ANSWER)
    talk.intend(Interrupt())
    assert not talk.asked("speak")
    assert not talk.of(TurnCut)  # it was read
    assert talk.of(TurnStarted)[-1].spoken is False


def test_closing_ends_everything_once(talk: Driver) -> None:
    item_id = speaking(talk)
    talk.intend(Close())
    assert talk.end.asked
    assert isinstance(talk.events[-1], SessionEnded)
    assert talk.of(TurnEnded)[-1] == TurnEnded(item_id, "interrupted", "the session ended")
    talk.intend(Say("too late"), Close(), Interrupt())
    talk.wait(10)
    assert isinstance(talk.events[-1], SessionEnded)


def test_intents_before_the_start_are_held(talk: Driver) -> None:
    early = Driver(talk.options.kind)
    early.intend(Say("First"), Interrupt(), BeginTurn(), SendAudio(tone(500)))
    early.started()
    assert early.names.index("SessionStarted") < early.names.index("TurnStarted")
    early.intend(Commit())
    early.request("transcribe" if early.options.kind == "responses" else "messages.create")
    assert early.text("user")[0] == "First"


@pytest.mark.parametrize("kind", TEXT_KINDS)
def test_a_composed_file_is_transcribed_and_its_text_goes_along(kind: str) -> None:
    talk = Driver(kind).started()
    mp3 = b"ID3" + bytes(500)
    talk.intend(Compose("Summarise this.", mp3))
    assert talk.request("transcribe").body["file"][0] == "speech.mp3"
    talk.reply("transcribe", text="It was a dark night.")
    assert talk.text("user") == ["Summarise this.\nIt was a dark night."]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"fLaC" + bytes(100), "is FLAC; WAV and MP3 can be sent"),
        (b"OggS" + bytes(100), "is Ogg"),
        (b"plain text", "unknown kind"),
        (wav(b""), "no sound in the WAV file"),
        (b"ID3" + bytes(26 << 20), "27 MB; services take 25 MB"),
    ],
)
def test_files_that_cannot_be_sent(talk: Driver, data: bytes, words: str) -> None:
    before = len(talk.all)
    talk.intend(Compose("What is it?", data))
    assert words in talk.notices()[0]
    assert len(talk.all) == before


def test_responses_started_and_ended_come_in_pairs(talk: Driver) -> None:
    talk.intend(Say("Hello?"))
    talk.answered(ANSWER)
    started = [event.response_id for event in talk.of(ResponseStarted)]
    ended = [event.response_id for event in talk.of(ResponseEnded)]
    assert started == ended
