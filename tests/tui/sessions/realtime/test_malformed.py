"""Whatever arrives, the session lives, and a person is told once."""

from __future__ import annotations

import json
import tracemalloc

import pytest

from tests.tui.sessions.realtime.driver import Driver, encoded, sound
from tui.sessions.events import AudioDelta, Notice, Say, TranscriptDelta


@pytest.fixture
def driver() -> Driver:
    started = Driver().start()
    started.begin_answer()
    started.outputs.clear()
    return started


FRAMES = [
    "",
    "{",
    "nonsense",
    "[]",
    "null",
    "17",
    '"text"',
    "{}",
    '{"type": 5}',
    '{"type": null}',
    "[" * 1_000_000,
    '{"type":' * 100_000,
    '{"type":"error","error":' + "9" * 5000 + "}",
    b"\xff\xfe\x00",
    b'{"type":"\xff"}',
    '{"type":"response.done","response":{"id":NaN}}',
    '{"type":"response.done","response":{"usage":{"input_tokens":1e999}}}',
    '{"type":"response.output_audio.delta","delta":{"a":1}}',
    '{"type":"response.output_audio.delta","response_id":[],"item_id":{},"content_index":"x"}',
    '{"type":"conversation.item.added","item":[1,2]}',
    '{"type":"conversation.item.added","item":{"id":"x","content":[1,null,{"text":5}]}}',
    '{"type":"session.updated","session":"no"}',
    '{"type":"input_audio_buffer.committed","item_id":7}',
    '{"type":"response.function_call_arguments.done"}',
    '{"type":"from.the.future","item":1}',
]


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: repr(frame[:24]))
def test_nonsense_does_not_end_the_session(driver, frame) -> None:
    for _ in range(3):
        driver.raw(frame)
    assert driver.ended is None
    assert len(driver.all(Notice)) <= 1
    driver.audio(100)
    assert driver.all(AudioDelta)[-1].pcm == sound(100)


def test_one_notice_for_many_unreadable_frames(driver) -> None:
    for number in range(100):
        driver.raw(f"{{{number}")
    assert len(driver.all(Notice)) == 1
    assert driver.machine.dropped["malformed"] == 100


def test_one_notice_for_many_unknown_events(driver) -> None:
    for number in range(100):
        driver.get(f"event.of.tomorrow.{number}")
    assert [notice.level for notice in driver.all(Notice)] == ["info"]
    assert driver.machine.dropped["unknown"] == 100


@pytest.mark.parametrize("data", ["****", "AAA", "AA=A", "AAAA\n", "AAAA====", "Ω", "A A A A "])
def test_wrong_base64_drops_the_delta_only(driver, data) -> None:
    fields = {"response_id": "r1", "item_id": "a1", "content_index": 0}
    for _ in range(3):
        driver.get("response.output_audio.delta", delta=data, **fields)
    assert driver.all(AudioDelta) == []
    assert [notice.level for notice in driver.all(Notice)] == ["warning"]
    driver.audio(20)
    assert driver.all(AudioDelta)[0].pcm == sound(20)


def test_odd_byte_counts_are_carried_over_per_item(driver) -> None:
    pcm = bytes(range(200))
    fields = {"response_id": "r1", "content_index": 0}
    for start in range(0, len(pcm), 7):
        driver.get(
            "response.output_audio.delta",
            item_id="a1",
            delta=encoded(pcm[start : start + 7]),
            **fields,
        )
        driver.get("response.output_audio.delta", item_id="a2", delta=encoded(b"\1\2"), **fields)
    of_item = {
        item: b"".join(event.pcm for event in driver.all(AudioDelta) if event.item_id == item)
        for item in ("a1", "a2")
    }
    assert of_item["a1"] == pcm
    assert of_item["a2"] == b"\1\2" * 29
    assert all(len(event.pcm) % 2 == 0 for event in driver.all(AudioDelta))


def test_lone_surrogates_cannot_hurt_anybody_later(driver) -> None:
    driver.raw(
        '{"type":"response.output_audio_transcript.delta","response_id":"r1","item_id":"a1",'
        '"content_index":0,"delta":"a\\ud800b \\ud83d\\ude00"}'
    )
    text = driver.all(TranscriptDelta)[0].text
    assert text == "a\ufffdb \U0001f600"
    text.encode()
    driver.want(Say("x\udfffy"))
    json.dumps(driver.sent, ensure_ascii=False).encode()


def test_an_event_sent_twice_counts_once(driver) -> None:
    frame = json.dumps(
        {
            "type": "response.output_audio.delta",
            "event_id": "e9",
            "response_id": "r1",
            "item_id": "a1",
            "content_index": 0,
            "delta": encoded(sound(50)),
        }
    )
    driver.raw(frame)
    driver.raw(frame)
    assert len(driver.all(AudioDelta)) == 1


def test_event_ids_that_never_change_lose_nothing(driver) -> None:
    for text in ("one ", "two ", "one "):
        driver.raw(
            json.dumps(
                {
                    "type": "response.output_audio_transcript.delta",
                    "event_id": "same",
                    "response_id": "r1",
                    "item_id": "a1",
                    "content_index": 0,
                    "delta": text,
                }
            )
        )
    assert [event.text for event in driver.all(TranscriptDelta)] == ["one ", "two ", "one "]


def test_huge_deltas_pass_and_are_not_kept(driver) -> None:
    pcm = sound(60_000)
    frame = json.dumps(
        {
            "type": "response.output_audio.delta",
            "event_id": "big_0",
            "response_id": "r1",
            "item_id": "a1",
            "content_index": 0,
            "delta": encoded(pcm),
        }
    )
    tracemalloc.start()
    for number in range(5):
        outputs = driver.machine.receive(frame.replace("big_0", f"big_{number}"), driver.now_s)
        assert outputs[0].pcm == pcm
    del outputs
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 2_000_000
