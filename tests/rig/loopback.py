"""A client of the sound card in a process of its own, for the rig's own tests.

python -m tests.rig.loopback play FILE.pcm      plays PCM16 mono with sounddevice
python -m tests.rig.loopback record FRAMES OUT  records so many frames from the microphone
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import sounddevice

from tests.rig.signal import RATE_HZ

BLOCK_FRAMES = 480
LATENCY_S = 0.1
LEAD_FRAMES = RATE_HZ // 10
TAIL_FRAMES = RATE_HZ * 3 // 10
"""Zeros after the end: on ALSA a stop throws away what the device still holds."""


def play(path: Path) -> None:
    """Play a file of raw PCM16 mono to its end."""
    pcm = bytes(2 * LEAD_FRAMES) + path.read_bytes() + bytes(2 * TAIL_FRAMES)
    with sounddevice.RawOutputStream(
        samplerate=RATE_HZ, channels=1, dtype="int16", blocksize=BLOCK_FRAMES, latency=LATENCY_S
    ) as stream:
        for start in range(0, len(pcm), 2 * BLOCK_FRAMES):
            stream.write(pcm[start : start + 2 * BLOCK_FRAMES])


def record(frames: int, path: Path) -> None:
    """Record from the default microphone; says `recording` once sound comes in."""
    captured = bytearray()
    enough = threading.Event()

    def capture(data: object, count: int, times: object, status: object) -> None:
        captured.extend(bytes(data))  # type: ignore[call-overload]
        if len(captured) >= 2 * frames:
            enough.set()

    with sounddevice.RawInputStream(
        samplerate=RATE_HZ,
        channels=1,
        dtype="int16",
        blocksize=BLOCK_FRAMES,
        latency="low",
        callback=capture,
    ):
        print("recording", flush=True)
        enough.wait(60)
    path.write_bytes(captured)


def main() -> None:
    what, *rest = sys.argv[1:]
    if what == "play":
        play(Path(rest[0]))
    else:
        record(int(rest[0]), Path(rest[1]))


if __name__ == "__main__":
    main()
