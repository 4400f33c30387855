"""Chat Completions with sound: chunks, ids that expire, modalities, two answers."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.tui.sessions.http.driver import WALL_S, Driver, tone
from tests.tui.sessions.http.test_turns import ANSWER
from tui.sessions.events import (
    AnswerTool,
    AudioKept,
    BeginTurn,
    Commit,
    Compose,
    FileReceived,
    Heard,
    HeardItem,
    Interrupt,
    PastTurn,
    ResponseEnded,
    Say,
    SendAudio,
    SessionStarted,
    ToolCalled,
    TurnStarted,
    UsageReported,
)
from tui.sessions.http.service import BROKE_OFF, ONCE_MORE
from tui.sessions.http.trouble import Trouble
from tui.sessions.http.wav import wav
from tui.sessions.options import FunctionTool

HOUR_S = 3600


def talk(**options: Any) -> Driver:
    return Driver("audio", **options).begin()


def chunk(driver: Driver, stream: Any, *, finish: str | None = None, **delta: Any) -> None:
    driver.event(stream, "", choices=[{"index": 0, "delta": delta, "finish_reason": finish}])


def b64(pcm: bytes) -> str:
    return base64.b64encode(pcm).decode()


def answer(
    driver: Driver, words: str = "Hi.", audio_id: str = "audio_1", seconds: float = HOUR_S
) -> None:
    """A whole spoken answer."""
    stream = driver.request("chat.stream")
    chunk(driver, stream, role="assistant", audio={"id": audio_id, "transcript": words})
    chunk(driver, stream, audio={"data": b64(b"\1\1" * 2400)})
    chunk(driver, stream, audio={"expires_at": driver.wall_s + seconds})
    chunk(driver, stream, finish="stop")
    driver.event(stream, "", choices=[], usage={"prompt_tokens": 10, "completion_tokens": 20})
    driver.done(stream)
    item_id = [turn.item_id for turn in driver.of(TurnStarted) if turn.role == "assistant"][-1]
    driver.intend(Heard((HeardItem(item_id, 0, 100, 100),)))


def messages(driver: Driver) -> list[dict[str, Any]]:
    return driver.asked("chat.stream")[-1]["messages"]


def test_text_in_and_sound_out() -> None:
    driver = talk(instructions="Be brief.", temperature=0.5, max_output_tokens=200, voice="ash")
    assert driver.of(SessionStarted)
    driver.intend(Say("Hello?"))
    body = driver.request("chat.stream").body
    assert body["modalities"] == ["text", "audio"]
    assert body["audio"] == {"voice": "ash", "format": "pcm16"}
    assert (body["temperature"], body["max_completion_tokens"]) == (0.5, 200)
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello?"},
    ]
    answer(driver, ANSWER)
    assert driver.text("assistant") == [ANSWER]
    assert driver.sound() == b"\1\1" * 2400
    assert driver.of(AudioKept)[0].expires_at_s == WALL_S + HOUR_S
    assert driver.statuses("assistant") == ["completed"]
    assert not driver.asked("speak")


def test_chunks_are_decoded_one_by_one_and_torn_samples_joined() -> None:
    driver = talk()
    driver.intend(Say("Hello?"))
    stream = driver.request("chat.stream")
    for piece in (b"\1", b"\1\2\2\3", b"\3", b"", b"\4\4"):
        chunk(driver, stream, audio={"data": b64(piece)})
    chunk(driver, stream, audio={"data": "!!!"})
    chunk(driver, stream, finish="stop")
    driver.done(stream)
    assert driver.sound() == b"\1\1\2\2\3\3\4\4"
    assert "cannot be read" in driver.notices()[0]


def test_usage_by_modality() -> None:
    driver = talk()
    driver.intend(Say("Hello?"))
    stream = driver.request("chat.stream")
    usage = {
        "prompt_tokens": 23,
        "completion_tokens": 570,
        "prompt_tokens_details": {"text_tokens": 23, "audio_tokens": 0, "cached_tokens": 0},
        "completion_tokens_details": {"text_tokens": 124, "audio_tokens": 446},
    }
    chunk(driver, stream, finish="stop")
    driver.event(stream, "", id="chatcmpl_1", model="gpt-audio-1.5", choices=[], usage=usage)
    driver.done(stream)
    (report,) = driver.of(UsageReported)
    assert (report.usage.text_in, report.usage.audio_in) == (23, 0)
    assert (report.usage.text_out, report.usage.audio_out) == (124, 446)
    assert (report.id, report.model) == ("chatcmpl_1", "gpt-audio-1.5")


# ---------------------------------------------------------------- memory


def test_the_next_turn_names_the_sound_while_it_is_kept() -> None:
    driver = talk()
    driver.intend(Say("One"))
    answer(driver, "First answer.")
    driver.intend(Say("Two"))
    assert {"role": "assistant", "audio": {"id": "audio_1"}} in messages(driver)


@pytest.mark.parametrize("seconds", [30, -5, 0])
def test_a_sound_about_to_expire_is_told_by_its_words(seconds: int) -> None:
    driver = talk()
    driver.intend(Say("One"))
    answer(driver, "First answer.", seconds=seconds)
    driver.intend(Say("Two"))
    assert {"role": "assistant", "content": "First answer."} in messages(driver)


def test_time_passes_between_turns() -> None:
    driver = talk()
    driver.intend(Say("One"))
    answer(driver, "First answer.")
    driver.wall_s += HOUR_S
    driver.intend(Say("Two"))
    assert {"role": "assistant", "content": "First answer."} in messages(driver)


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(400, "invalid_value", said="Audio with id 'audio_1' has expired."),
        Trouble(404, said="Audio not found."),
        Trouble(400, said="Invalid value: 'audio_1'.", param="messages[1].audio.id"),
    ],
)
def test_a_refused_sound_is_told_by_its_words_at_once(trouble: Trouble) -> None:
    driver = talk()
    driver.intend(Say("One"))
    answer(driver, "First answer.")
    driver.intend(Say("Two"))
    driver.done(driver.request("chat.stream"), trouble)
    assert {"role": "assistant", "content": "First answer."} in messages(driver)
    answer(driver, "Second answer.", "audio_2")
    assert driver.text("assistant") == ["First answer.", "Second answer."]
    assert driver.notices() == []


def test_another_refusal_is_not_tried_again() -> None:
    driver = talk()
    driver.intend(Say("One"))
    answer(driver, "First answer.")
    driver.intend(Say("Two"))
    driver.done(driver.request("chat.stream"), Trouble(400, said="Too many tokens."))
    assert driver.of(ResponseEnded)[-1].status == "failed"
    assert len(driver.asked("chat.stream")) == 2


def spoken(driver: Driver, text: str) -> None:
    driver.intend(BeginTurn(), SendAudio(tone(500)), Commit())
    driver.reply("transcribe", text=text)
    answer(driver, f"Answer to {text}")


def test_the_users_sound_goes_itself_and_is_transcribed_beside() -> None:
    driver = talk()
    driver.intend(BeginTurn(), SendAudio(tone(500)), Commit())
    assert sorted(driver.waiting_for) == ["chat.stream", "transcribe"]
    (part,) = messages(driver)[-1]["content"]
    sound = base64.b64decode(part["input_audio"]["data"])
    assert (part["input_audio"]["format"], sound[:4]) == ("wav", b"RIFF")
    answer(driver)
    driver.reply("transcribe", text="What time is it?")
    assert driver.text("user") == ["What time is it?"]


def test_old_sound_of_the_user_is_replaced_by_its_words() -> None:
    driver = talk(keep_audio_turns=2)
    for text in ("one", "two", "three"):
        spoken(driver, text)
    driver.intend(BeginTurn(), SendAudio(tone(500)), Commit())
    said = [m["content"] for m in messages(driver) if m["role"] == "user"]
    assert said[:2] == ["one", "two"]
    assert [part["type"] for content in said[2:] for part in content] == ["input_audio"] * 2


def test_sound_without_words_is_kept() -> None:
    driver = talk(keep_audio_turns=1, transcribe_user=False)
    for _ in range(2):
        driver.intend(BeginTurn(), SendAudio(tone(500)), Commit())
        answer(driver)
    said = [m["content"] for m in messages(driver) if m["role"] == "user"]
    assert [part["type"] for content in said for part in content] == ["input_audio"] * 2
    assert not driver.asked("transcribe")


def test_past_turns_with_their_sounds() -> None:
    past = [
        PastTurn("user", "Earlier"),
        PastTurn("assistant", "Yes.", "audio_7", WALL_S + HOUR_S),
        PastTurn("assistant", "Old.", "audio_8", WALL_S - HOUR_S),
    ]
    driver = talk(past=past)
    driver.intend(Say("Now"))
    assert messages(driver) == [
        {"role": "user", "content": "Earlier"},
        {"role": "assistant", "audio": {"id": "audio_7"}},
        {"role": "assistant", "content": "Old."},
        {"role": "user", "content": "Now"},
    ]


def test_an_interrupted_answer_is_told_as_far_as_it_was_heard() -> None:
    driver = talk()
    driver.intend(Say("Tell me a story"))
    stream = driver.request("chat.stream")
    chunk(driver, stream, audio={"id": "audio_1", "transcript": "Once upon a time there was"})
    chunk(driver, stream, audio={"data": b64(bytes(48_000 * 2))})
    driver.intend(Interrupt())
    item_id = driver.of(TurnStarted)[-1].item_id
    driver.intend(Heard((HeardItem(item_id, 0, 1000, 2000),)), Say("Stop it"))
    assert driver.abandoned == ["chat.stream"]
    told = messages(driver)
    assert told[1] == {"role": "assistant", "content": "Once upon a"}
    assert told[2]["role"] == "system"
    assert told[-1]["content"] == "Stop it"


# ---------------------------------------------------------------- forms of answers


def test_a_text_answer_to_a_recording() -> None:
    driver = talk()
    driver.intend(Compose("What is being said?", wav(tone(300)), answer="text"))
    body = driver.request("chat.stream").body
    assert body["modalities"] == ["text"]
    assert "audio" not in body
    assert [part["type"] for part in messages(driver)[-1]["content"]] == ["text", "input_audio"]
    stream = driver.request("chat.stream")
    chunk(driver, stream, content="A tone.")
    chunk(driver, stream, finish="stop")
    driver.done(stream)
    assert driver.text("assistant") == ["A tone."]
    assert driver.of(TurnStarted)[-1].spoken is False


@pytest.mark.parametrize("form", ["wav", "mp3", "flac", "opus"])
def test_a_whole_answer_as_a_file(form: str) -> None:
    driver = talk()
    driver.intend(Compose("A podcast, please.", file_format=form))  # type: ignore[arg-type]
    request = driver.request("chat.whole")
    assert request.body["audio"]["format"] == form
    assert "stream" not in request.body
    data = wav(tone(200)) if form == "wav" else b"compressed"
    audio = {"id": "a", "data": b64(data), "transcript": "Here.", "expires_at": WALL_S + 60}
    message = {"role": "assistant", "content": None, "audio": audio}
    driver.reply("chat.whole", choices=[{"finish_reason": "stop", "message": message}])
    (received,) = driver.of(FileReceived)
    assert (received.format, received.data) == (form, data)
    assert driver.text("assistant") == ["Here."]
    assert driver.sound() == (tone(200) if form == "wav" else b"")


def test_a_spoken_and_a_written_answer() -> None:
    driver = talk()
    driver.intend(Compose("Explain tides.", written="Write a Markdown summary."))
    spoken_, written = sorted(driver.open.values(), key=lambda r: -len(r.body["modalities"]))
    assert written.body["modalities"] == ["text"]
    assert written.body["messages"][-1]["content"] == "Write a Markdown summary."
    assert spoken_.body["messages"][-1]["content"] == "Explain tides."
    chunk(driver, spoken_, audio={"transcript": "The moon pulls."})
    chunk(driver, written, content="# Tides")
    chunk(driver, spoken_, finish="stop")
    driver.done(spoken_)
    assert not driver.of(ResponseEnded)
    chunk(driver, written, finish="stop")
    driver.done(written)
    assert driver.text("assistant") == ["The moon pulls.", "# Tides"]
    assert driver.statuses("assistant") == ["completed", "completed"]
    driver.intend(Say("More"))
    assert [m["content"] for m in messages(driver)][-3:] == ["The moon pulls.", "# Tides", "More"]


def test_an_interruption_stops_both_answers() -> None:
    driver = talk()
    driver.intend(Compose("Explain tides.", written="Write it."))
    (written,) = [r for r in driver.open.values() if r.body["modalities"] == ["text"]]
    chunk(driver, written, content="# Ti")
    driver.intend(Interrupt())
    assert driver.abandoned == ["chat.stream", "chat.stream"]
    assert driver.statuses("assistant") == ["interrupted"]


# ---------------------------------------------------------------- ends


@pytest.mark.parametrize(
    ("finish", "words"), [("length", "longest allowed"), ("content_filter", "content filter")]
)
def test_bad_ends_in_words(finish: str, words: str) -> None:
    driver = talk()
    driver.intend(Say("Hello?"))
    stream = driver.request("chat.stream")
    chunk(driver, stream, audio={"transcript": "Part"})
    chunk(driver, stream, finish=finish)
    driver.done(stream)
    assert words in driver.of(ResponseEnded)[0].detail
    assert driver.statuses("assistant") == ["incomplete"]


def test_a_refusal_is_shown() -> None:
    driver = talk()
    driver.intend(Say("Hello?"))
    stream = driver.request("chat.stream")
    chunk(driver, stream, refusal="I cannot.")
    chunk(driver, stream, finish="stop")
    driver.done(stream)
    assert driver.text("assistant") == ["I cannot."]
    assert driver.of(ResponseEnded)[0].detail == "the model refused"


@pytest.mark.parametrize(
    "trouble", [None, Trouble(cause="Reset."), Trouble(cause="Reset.", broke=True)]
)
def test_a_stream_cut_in_the_middle_keeps_what_came(trouble: Trouble | None) -> None:
    driver = talk()
    driver.intend(Say("Hello?"))
    stream = driver.request("chat.stream")
    chunk(driver, stream, audio={"id": "audio_1", "transcript": "Half an"})
    chunk(driver, stream, audio={"data": b64(b"\1\1" * 100)})
    driver.done(stream, trouble)
    assert driver.text("assistant") == ["Half an"]
    assert driver.statuses("assistant") == ["incomplete"]
    assert driver.of(ResponseEnded)[0].detail.startswith("cut: ")
    item_id = driver.of(TurnStarted)[-1].item_id
    driver.intend(Heard((HeardItem(item_id, 0, 4, 4),)), Say("Go on"))
    told = messages(driver)
    at = told.index({"role": "assistant", "content": "Half an"})
    marked = trouble is None or trouble.broke
    assert (told[at + 1] == {"role": "system", "content": BROKE_OFF}) is marked


def test_a_connection_that_broke_before_the_answer_is_tried_once_more() -> None:
    driver = talk()
    driver.intend(Say("Hello?"))
    first = driver.request("chat.stream")
    driver.done(first, Trouble(cause="Reset.", broke=True))
    assert driver.of(ResponseEnded) == []
    driver.wait(1.0)
    again = driver.request("chat.stream")
    assert again.body["messages"] == first.body["messages"]
    driver.done(again, Trouble(cause="Reset.", broke=True))
    driver.wait(1.0)
    assert driver.of(ResponseEnded)[0].status == "failed"
    assert driver.notices() == [ONCE_MORE, "Reset."]
    driver.intend(Say("Once more"))
    asked = messages(driver)
    assert [message["content"] for message in asked] == ["Hello?", "Once more"]


def test_functions() -> None:
    tool = FunctionTool("weather", "", {"type": "object"}, ("true",))
    driver = talk(tools=(tool,))
    driver.intend(Say("Weather?"))
    stream = driver.request("chat.stream")
    function = {"name": "weather", "arguments": '{"ci'}
    chunk(driver, stream, tool_calls=[{"index": 0, "id": "call_0", "function": function}])
    chunk(driver, stream, tool_calls=[{"index": 0, "function": {"arguments": 'ty": "Rome"}'}}])
    chunk(driver, stream, finish="tool_calls")
    driver.done(stream)
    (call,) = driver.of(ToolCalled)
    assert (call.name, call.arguments) == ("weather", '{"city": "Rome"}')
    driver.intend(AnswerTool("call_0", "sunny"))
    asked, told = messages(driver)[-2:]
    assert asked["tool_calls"][0]["function"]["arguments"] == '{"city": "Rome"}'
    assert told == {"role": "tool", "tool_call_id": "call_0", "content": "sunny"}
    answer(driver, "Sunny.")
    assert driver.text("assistant") == ["Sunny."]


def test_an_interrupted_function_call_gets_a_result() -> None:
    tool = FunctionTool("weather", "", {"type": "object"}, ("true",))
    driver = talk(tools=(tool,))
    driver.intend(Say("Weather?"))
    stream = driver.request("chat.stream")
    function = {"name": "weather", "arguments": "{}"}
    chunk(driver, stream, tool_calls=[{"index": 0, "id": "call_0", "function": function}])
    chunk(driver, stream, finish="tool_calls")
    driver.done(stream)
    driver.intend(Interrupt(), Say("Never mind"))
    told = messages(driver)[-2]
    assert (told["role"], "not run" in told["content"]) == ("tool", True)
