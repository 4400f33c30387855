"""Latency and faults on demand."""

from __future__ import annotations

import base64
import json
import time
import urllib.error
import urllib.request

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidStatus

from server.knobs import Knobs, decode_knobs
from tests.server.process import running_server
from tests.server.test_conversation import question
from tests.server.wire import Wire, connected, spoken_text


async def talk_until_closed(wire: Wire) -> ConnectionClosed:
    with pytest.raises(ConnectionClosed) as closed:
        await talk_forever(wire)
    return closed.value


async def ask(wire: Wire, text: str = "Hello") -> None:
    content = [{"type": "input_text", "text": text}]
    item = {"type": "message", "role": "user", "content": content}
    await wire.send("conversation.item.create", item=item)
    await wire.send("response.create")


async def test_first_delta_and_transcript_come_late() -> None:
    with running_server(latency_first_delta_ms=400, transcription_delay_ms=300) as url:
        async with connected(url) as wire:
            started = time.monotonic()
            await ask(wire)
            await wire.until("response.output_audio.delta")
            assert time.monotonic() - started >= 0.4
            await wire.until("response.done")
            await wire.update(audio={"input": {"transcription": {"model": "whisper-1"}}})
            await wire.append(question())
            await wire.until("conversation.item.input_audio_transcription.completed")


@pytest.mark.parametrize("speed", [2.0, 8.0])
async def test_audio_flows_at_the_speed_that_was_asked_for(speed: float) -> None:
    with running_server(audio_speed=speed, audio_override="counter", answer_s=6) as url:
        async with connected(url) as wire:
            started = time.monotonic()
            await ask(wire)
            done = await wire.until("response.done")
            took_s = time.monotonic() - started
            # Not faster than asked for; how much slower depends on the machine.
            assert 5.8 / speed <= took_s < 6
            audio = np.frombuffer(wire.audio(done["response"]["id"]), dtype="<i2")
            expected = np.arange(6 * 24_000) % 30_000 + 1
            assert np.array_equal(audio, expected)


async def test_the_socket_stalls_once() -> None:
    with running_server(stall_s=1.0, stall_after_audio_s=0.5, audio_speed=0) as url:
        async with connected(url) as wire:
            gaps: list[float] = []
            await ask(wire)
            last = time.monotonic()
            while (await wire.receive())["type"] != "response.done":
                gaps.append(time.monotonic() - last)
                last = time.monotonic()
            assert max(gaps) > 0.9
            await ask(wire)
            started = time.monotonic()
            await wire.until("response.done")
            assert time.monotonic() - started < 0.9, "it stalls once per connection"


async def test_the_connection_is_torn_down() -> None:
    with running_server(drop_after_events=6) as url, pytest.raises(ConnectionClosedError) as lost:
        async with connected(url) as wire:
            await talk_forever(wire)
    assert lost.value.rcvd is None
    with running_server() as url:
        async with connected(url) as wire:
            assert (await wire.say("Hello"))["status"] == "completed"


async def talk_forever(wire: Wire) -> None:
    while True:
        await wire.say("Hello")


async def test_a_polite_close_with_a_code() -> None:
    with running_server(close_code=1011, close_after_events=3, close_reason="oops") as url:
        async with connected(url) as wire:
            closed = await talk_until_closed(wire)
        assert closed.rcvd is not None
        assert (closed.rcvd.code, closed.rcvd.reason) == (1011, "oops")


@pytest.mark.parametrize("status", [401, 403, 429, 503])
async def test_a_refused_handshake(status: int) -> None:
    with running_server(refuse_connect=status) as url:
        with pytest.raises(InvalidStatus) as refused:
            async with connected(url):
                pass
        assert refused.value.response.status_code == status


async def test_beta_is_refused_as_openai_does() -> None:
    with running_server(refuse_beta=True) as url:
        async with connected(url, beta=True, greet=False) as wire:
            error = (await wire.until("error"))["error"]
            assert error["code"] == "beta_api_shape_disabled"
            assert error["message"] == (
                "The Realtime Beta API is no longer supported. "
                "Please use /v1/realtime for the GA API."
            )
            with pytest.raises(ConnectionClosed) as closed:
                await wire.receive()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4000
        async with connected(url) as wire:
            assert (await wire.say("Hello"))["status"] == "completed"


async def test_unknown_and_malformed_frames_come_once() -> None:
    with running_server(unknown_event=True, malformed=True) as url:
        async with connected(url) as wire:
            await ask(wire)
            frames = []
            while not frames or b'"response.done"' not in frames[-1]:
                frames.append(await wire.connection.recv_bytes())
            broken = []
            types = []
            for frame in frames:
                try:
                    types.append(json.loads(frame)["type"])
                except ValueError:
                    broken.append(frame)
            assert len(broken) == 1
            assert types.count("session.aurora") == 1


async def test_odd_byte_counts_join_to_whole_samples() -> None:
    with running_server(odd_audio=True, audio_override="counter", answer_s=1) as url:
        async with connected(url) as wire:
            await ask(wire)
            done = await wire.until("response.done")
            sizes = [
                len(base64.b64decode(one["delta"]))
                for one in wire.of("response.output_audio.delta")
            ]
            assert sizes[0] % 2 == 1
            audio = np.frombuffer(wire.audio(done["response"]["id"]), dtype="<i2")
            assert np.array_equal(audio, np.arange(24_000) % 30_000 + 1)


async def test_a_delta_that_is_not_base64() -> None:
    with running_server(bad_base64=True) as url:
        async with connected(url) as wire:
            await ask(wire)
            await wire.until("response.done")
            deltas = [one["delta"] for one in wire.of("response.output_audio.delta")]
            assert deltas[1] == "*** this is not base64 ***"


async def test_failed_and_incomplete_responses() -> None:
    with running_server(fail_response=True) as url:
        async with connected(url) as wire:
            response = await wire.say("Hello")
            assert response["status"] == "failed"
            assert response["status_details"]["error"]["code"] == "server_error"
    with running_server(incomplete_response=True) as url:
        async with connected(url) as wire:
            response = await wire.say("Tell me a long story.")
            assert response["status"] == "incomplete"
            assert response["status_details"]["reason"] == "max_output_tokens"
            assert spoken_text(response)


async def test_a_token_limit_makes_an_answer_incomplete(server_url: str) -> None:
    async with connected(server_url) as wire:
        response = await wire.say("Tell me a long story.", max_output_tokens=60)
        assert response["status_details"]["reason"] == "max_output_tokens"
        assert 60 <= response["usage"]["output_tokens"] <= 80


async def test_a_server_that_can_do_less() -> None:
    with running_server(no_truncate=True, no_cancel=True) as url:
        async with connected(url) as wire:
            error = await wire.refusal("response.cancel")
            assert "not implemented" in error["message"]
            error = await wire.refusal(
                "conversation.item.truncate", item_id="x", content_index=0, audio_end_ms=1
            )
            assert "not implemented" in error["message"]


async def test_a_session_ends() -> None:
    with running_server(expires_in_s=1.5) as url:
        async with connected(url) as wire:
            error = (await wire.until("error"))["error"]
            assert error["code"] == "session_expired"
            with pytest.raises(ConnectionClosed) as closed:
                await wire.receive()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1001
            assert "60 minutes" in closed.value.rcvd.reason


async def test_a_fixed_answer_and_no_automatic_ones() -> None:
    with running_server(fixed_answer="Blue is a colour.", auto_respond=False) as url:
        async with connected(url) as wire:
            assert spoken_text(await wire.say("Hello")) == "Blue is a colour."
            await wire.append(question())
            await wire.until("input_audio_buffer.committed")
            await wire.send("conversation.item.retrieve", item_id=wire.seen[-1]["item_id"])
            await wire.until("conversation.item.retrieved")
            assert len(wire.of("response.created")) == 1


async def test_transcription_can_fail() -> None:
    with running_server(fail_transcription=True) as url:
        async with connected(url) as wire:
            await wire.update(audio={"input": {"transcription": {"model": "whisper-1"}}})
            await wire.append(question())
            failed = await wire.until("conversation.item.input_audio_transcription.failed")
            assert failed["error"]["code"] == "audio_unintelligible"
            done = await wire.until("response.done")
            assert "Tokyo" in spoken_text(done["response"])


async def test_an_idle_user_is_spoken_to() -> None:
    with running_server() as url:
        async with connected(url) as wire:
            detection = {"type": "server_vad", "idle_timeout_ms": 5000}
            await wire.update(audio={"input": {"turn_detection": detection}})
            await wire.append(np.zeros(24_000, dtype=np.int16))
            await wire.say("Hello")
            triggered = await wire.until("input_audio_buffer.timeout_triggered")
            done = await wire.until("response.done")
            assert done["response"]["status"] == "completed"
            assert wire.of("input_audio_buffer.committed")[-1]["item_id"] == triggered["item_id"]


def test_knobs_can_be_turned_while_it_runs() -> None:
    with running_server(fixed_answer="One.") as url:
        address = url.removesuffix("/v1") + "/knobs"
        with urllib.request.urlopen(address) as answer:
            assert json.load(answer) == {"fixed_answer": "One."}
        posted = urllib.request.Request(address, data=b'{"fixed_answer": "Two."}')
        with urllib.request.urlopen(posted) as answer:
            assert json.load(answer) == {"fixed_answer": "Two."}
        wrong = urllib.request.Request(address, data=b'{"fixed": 1}')
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(wrong)
        assert refused.value.code == 400


def test_a_misspelt_knob_is_named() -> None:
    with pytest.raises(ValueError, match="audio_sped"):
        decode_knobs('{"audio_sped": 3}')
    assert decode_knobs("{}") == Knobs()
