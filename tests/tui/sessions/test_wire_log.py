"""What may stand in a log of the wire."""

from __future__ import annotations

import base64
import json

import pytest

from tui.sessions.wire_log import masked, to_line

SOUND = base64.b64encode(bytes(range(240))).decode()
KEY = "canary7f3a9e0c5b1d"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def written(body: object) -> str:
    return to_line({"body": masked(body)}).decode()


@pytest.mark.parametrize(
    "body",
    [
        {"type": "input_audio_buffer.append", "audio": SOUND},
        {"type": "response.output_audio.delta", "delta": SOUND},
        {"type": "response.audio.delta", "delta": SOUND},
        {"type": "x", "item": {"content": [{"type": "input_audio", "audio": SOUND}]}},
        {"content": [{"type": "input_audio", "input_audio": {"data": SOUND, "format": "wav"}}]},
        {"choices": [{"delta": {"audio": {"id": "a", "data": SOUND}}}]},
        {"image_url": f"data:audio/wav;base64,{SOUND}"},
        {"anything": SOUND * 2},
    ],
)
def test_sound_becomes_its_length(body) -> None:
    text = written(json.dumps(body).encode())
    assert SOUND[:16] not in text
    assert " bytes of sound>" in text or " characters>" in text


def test_sound_as_bytes_becomes_its_length() -> None:
    assert "<240 bytes>" in written({"file": ("question.wav", bytes(240), "audio/wav")})


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": f"Incorrect API key provided: {KEY}"}},
        {KEY: "as a name"},
        {"headers": {"Authorization": "Bearer short-one", "api-key": "0815"}},
        {"client_secret": {"value": "0815-abc", "expires_at": 1}},
        {"arguments": '{"password": "0815-abc", "x": "Authorization: Bearer 0815-abc"}'},
        {"output": "{'ACCESS_TOKEN': '0815-abc', 'HOME': '/root'}"},
        {"url": "https://h/v1?api-key=0815-abc&model=m"},
        {"text": "sk-proj-0815abcdefgh"},
    ],
)
def test_keys_are_masked_in_any_place(body) -> None:
    text = written(json.dumps(body).encode())
    assert "***" in text
    for secret in (KEY, "0815", "short-one"):
        assert secret not in text


def test_words_stay_whole() -> None:
    words = "これはとても長い文章です。" * 500 + " and the token count: 5, max_output_tokens=inf"
    assert words in written({"type": "x", "text": words, "max_output_tokens": "inf"})
    assert '"max_output_tokens":"inf"' in written({"max_output_tokens": "inf"})


def test_what_cannot_be_read_stays_text_without_keys() -> None:
    assert masked(b'{"type": "broken' + KEY.encode()) == '{"type": "broken***'
    assert masked(b"[" * 20_000) == "[" * 20_000
    assert masked(b"[" + b"1," * 100_000 + b"1]") == "<200003 bytes in too many parts>"


def test_a_line_never_acts_on_a_terminal_and_never_fails() -> None:
    deep: object = "x"
    for _ in range(200):
        deep = [deep]
    line = to_line({"body": masked({"a": "\x1b[31m\x9b\u202e\ud800", "b": 1 << 80, "c": deep})})
    assert line.count(b"\n") == 1
    text = line.decode()
    assert not {"\x1b", "\x9b", "\u202e"} & set(text)
    assert json.loads(text)["body"]["a"] == "\x1b[31m\x9b\u202e\ufffd"
