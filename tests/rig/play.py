"""Play sound into the virtual sound card, by default into its microphone."""

from __future__ import annotations

import os
import subprocess
import tempfile
import wave
from pathlib import Path

from tests.rig.card import MICROPHONE_SINK, SoundCard, die_with_parent
from tests.rig.signal import RATE_HZ

LEAD_MS = 50
"""Silence before raw PCM: a stream that starts on a null sink loses its first 4 ms."""


class Playing:
    """A sound that is being played."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @property
    def done(self) -> bool:
        """It was played to its end."""
        return self._process.poll() is not None

    def wait(self, timeout_s: float = 60) -> None:
        """Wait for its end.  Raises RuntimeError when paplay failed."""
        if code := self._process.wait(timeout_s):
            raise RuntimeError(f"paplay ended with {code}")

    def stop(self) -> None:
        """Break it off."""
        if not self.done:
            self._process.terminate()
            self._process.wait(5)


def play_wav(card: SoundCard, path: Path, sink: str = MICROPHONE_SINK) -> Playing:
    """Start to play a WAV file of any format into a sink."""
    return Playing(
        subprocess.Popen(
            ["paplay", "-d", sink, str(path)],
            env=card.client_env(),
            stdin=subprocess.DEVNULL,
            preexec_fn=die_with_parent(),
        )
    )


def play_pcm(
    card: SoundCard,
    pcm: bytes,
    sink: str = MICROPHONE_SINK,
    rate_hz: int = RATE_HZ,
    lead_ms: int = LEAD_MS,
) -> Playing:
    """Start to play PCM16 mono into a sink, after `lead_ms` of silence."""
    descriptor, name = tempfile.mkstemp(suffix=".wav", dir=card.folder)
    os.close(descriptor)
    with wave.open(name, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(rate_hz)
        wav.writeframes(bytes(2 * (lead_ms * rate_hz // 1000)) + pcm)
    return play_wav(card, Path(name), sink)
