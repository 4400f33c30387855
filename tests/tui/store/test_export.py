"""Exports: what is in them, and files that never hurt another file."""

from __future__ import annotations

import io
import json
import os
import stat
import wave
from pathlib import Path

import numpy as np
import pytest

from shared.wav import pcm_of, wav_header
from tests.tui.store.scenes import exchange, got, record
from tui.call_events import Clip
from tui.errors import VoicetuiError
from tui.sessions.events import TranscriptFinal, TurnCut, TurnEnded, TurnStarted
from tui.store.export import export_text, file_name, save, write_wav
from tui.store.store import Store


@pytest.fixture
def conversation(store: Store) -> str:
    return record(
        store,
        [
            *exchange(
                1, "What is *this*?", "# An answer\n\nwith 日本語 and four words", sound=True
            ),
            TurnCut("answer_1", 500, 1000),
            TurnStarted("user_2", "user", "answer_1"),
            TranscriptFinal("user_2", "", "the transcription failed"),
            TurnEnded("user_2"),
            TurnStarted("answer_2", "assistant", "user_2"),
            TurnEnded("answer_2", "failed", "the service is busy"),
        ],
        now_s=lambda: 1_800_000_000.0,
    )


def test_markdown(store: Store, conversation: str) -> None:
    heard = got(store.load(conversation)).turns[1].text_heard.strip()
    rest = got(store.load(conversation)).turns[1].text[len(heard) :].strip()
    assert heard
    assert rest
    assert export_text(store, conversation, "md") == (
        "# What is *this*?\n\n"
        "2027-01-15 08:00 UTC · realtime · demo · m\n\n"
        "## You · 2027-01-15 08:00 UTC\n\nWhat is *this*?\n\n"
        f"## Assistant · 2027-01-15 08:00 UTC\n\n{heard}\n\n"
        f"*(interrupted; not heard:)* {rest}\n\n"
        "## You · 2027-01-15 08:00 UTC\n\n*(the transcription failed)*\n\n"
        "## Assistant · 2027-01-15 08:00 UTC\n\n*(the service is busy)*\n"
    )


def test_json_has_everything(store: Store, conversation: str) -> None:
    value = json.loads(export_text(store, conversation, "json"))
    assert value["voicetui_export"] == 1
    assert value["conversation"]["id"] == conversation
    assert [turn["role"] for turn in value["turns"]] == ["user", "assistant"] * 2
    assert value["turns"][1]["cut"] is True
    assert value["usage"][0]["usage"]["audio_in"] == 20
    assert set(value) >= {"settings", "tool_calls", "steps"}


def sound_of(store: Store, conversation: str, *, stereo: bool) -> tuple[int, np.ndarray]:
    file = io.BytesIO()
    seconds = write_wav(store, conversation, file, stereo=stereo)
    file.seek(0)
    with wave.open(file) as sound:
        assert (sound.getframerate(), sound.getsampwidth()) == (24000, 2)
        frames = sound.readframes(sound.getnframes())
        assert seconds == sound.getnframes() / 24000
        return sound.getnchannels(), np.frombuffer(frames, "<i2")


def test_the_sound_of_all_turns_in_order_with_pauses(store: Store, conversation: str) -> None:
    channels, samples = sound_of(store, conversation, stereo=False)
    assert channels == 1
    assert len(samples) == 2400 + 9600 + 4800
    assert set(samples[:2400]) == {1}
    assert set(samples[2400:12000]) == {0}
    assert set(samples[12000:]) == {2}


def test_you_on_the_left_and_the_answers_on_the_right(store: Store, conversation: str) -> None:
    channels, samples = sound_of(store, conversation, stereo=True)
    assert channels == 2
    left, right = samples[0::2], samples[1::2]
    assert len(left) == len(right) == 16800
    assert (left[:2400] == 1).all()
    assert not left[2400:].any()
    assert (right[12000:] == 2).all()
    assert not right[:12000].any()


def test_sound_is_in_the_order_of_the_turns_and_not_of_its_arrival(store: Store) -> None:
    conversation = record(
        store,
        [
            TurnStarted("a", "assistant", "u"),
            TranscriptFinal("a", "answer"),
            TurnEnded("a"),
            Clip("a", "assistant", b"\2\0" * 10),
            TurnStarted("u", "user", ""),
            TranscriptFinal("u", "question"),
            TurnEnded("u"),
            Clip("u", "user", b"\1\0" * 10),
        ],
    )
    assert [clip.item_id for clip in got(store.clips(conversation))] == ["u", "a"]


def test_no_sound_is_said(store: Store) -> None:
    conversation = record(store, exchange(1, "a", "b"))
    with pytest.raises(VoicetuiError, match="No sound is kept"):
        write_wav(store, conversation, io.BytesIO(), stereo=False)


def test_a_clip_whose_file_is_gone_is_left_out(
    store: Store, conversation: str, folder: Path
) -> None:
    got(store.count())
    sizes = {path.stat().st_size: path for path in (folder / "clips").iterdir()}
    sizes[min(sizes)].unlink()
    _, samples = sound_of(store, conversation, stereo=False)
    assert set(samples) == {2}
    assert got(store.clip(conversation, "user_1")) is None


def test_clips_are_files_any_player_opens(store: Store, conversation: str, folder: Path) -> None:
    got(store.clips(conversation))
    for path in (folder / "clips").iterdir():
        with wave.open(str(path)) as sound:
            assert sound.getnframes() in (2400, 4800)


@pytest.mark.parametrize("form", ["md", "json", "wav"])
def test_a_new_file_is_private(store: Store, conversation: str, tmp_path: Path, form: str) -> None:
    old = os.umask(0)
    try:
        path = save(store, conversation, form, tmp_path)  # type: ignore[arg-type]
    finally:
        os.umask(old)
    assert path.parent == tmp_path
    assert path.name == f"What-is-this-{conversation[:8]}.{form}"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = save(store, conversation, form, tmp_path)  # type: ignore[arg-type]
    assert again.name == f"What-is-this-{conversation[:8]}-2.{form}"
    assert again.read_bytes() == path.read_bytes()


def test_nothing_is_overwritten_and_no_link_is_followed(
    store: Store, conversation: str, tmp_path: Path
) -> None:
    target = tmp_path / "target"
    target.write_text("precious")
    link = tmp_path / "link.md"
    link.symlink_to(target)
    dangling = tmp_path / "dangling.md"
    dangling.symlink_to(tmp_path / "nowhere")
    for path in (target, link, dangling):
        with pytest.raises(VoicetuiError, match="nothing is overwritten"):
            save(store, conversation, "md", path)
    assert target.read_text() == "precious"
    assert not (tmp_path / "nowhere").exists()


def test_a_failed_export_leaves_no_file(store: Store, tmp_path: Path) -> None:
    conversation = record(store, exchange(1, "a", "b"))
    with pytest.raises(VoicetuiError, match="No sound"):
        save(store, conversation, "wav", tmp_path / "out.wav")
    with pytest.raises(VoicetuiError, match="No such file"):
        save(store, conversation, "md", tmp_path / "no" / "folder.md")
    assert not (tmp_path / "out.wav").exists()


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("", "conversation-01234567.md"),
        ("../../etc/passwd", "etc-passwd-01234567.md"),
        ('a/b\\c:d*e?f"g<h>i|j', "a-b-c-d-e-f-g-h-i-j-01234567.md"),
        ("-rf ~", "rf-01234567.md"),
        ("東京の天気 (明日)", "東京の天気-明日-01234567.md"),
        ("...", "conversation-01234567.md"),
        ("\x1b[31mred\x1b[0m", "red-01234567.md"),
        ("CON", "CON-01234567.md"),
    ],
)
def test_file_names_are_harmless(title: str, name: str) -> None:
    assert file_name(title, "0123456789abcdef", "md") == name


def test_long_titles_fit_into_a_file_name() -> None:
    name = file_name("日本語のとても長い題名" * 20, "0123456789abcdef", "json")
    assert len(name.encode()) < 120
    name.encode().decode()


def test_wav_headers_are_read_back() -> None:
    pcm = bytes(range(100))
    assert pcm_of(wav_header(len(pcm)) + pcm) == pcm
    assert pcm_of((wav_header(len(pcm)) + pcm)[:-31]) == pcm[:68]
    for broken in (b"", b"RIFF", b"x" * 100):
        with pytest.raises(ValueError, match="no WAV"):
            pcm_of(broken)
