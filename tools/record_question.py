"""Make tui/assets/question.wav, the recorded question that is sent where there is no microphone.

    .venv/bin/python tools/record_question.py

PCM16 mono 24 kHz, spoken by espeak-ng; needs the demo extra.  The embedded service must understand
it word for word: tests/e2e holds that.
"""

from __future__ import annotations

import sys
import wave
from pathlib import Path

import numpy as np
import soxr

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from server.speech.espeak import Espeak, Voice  # noqa: E402

QUESTION = "What is the capital of Japan?"
VOICE = Voice("en-us+f5", rate_wpm=155, pitch=54, range=40)  # the recogniser hears it best
RATE_HZ = 24_000
LEAD_MS = 200  # a voice detector wants to see silence before speech
TAIL_MS = 300
PEAK = 0.5


def main() -> None:
    """Write the file."""
    espeak = Espeak()
    spoken = espeak.speak(QUESTION, VOICE).astype(np.float64)
    speech = soxr.resample(spoken, espeak.rate_hz, RATE_HZ, quality="VHQ")
    speech *= PEAK * 32767 / np.abs(speech).max()
    lead = np.zeros(RATE_HZ * LEAD_MS // 1000)
    tail = np.zeros(RATE_HZ * TAIL_MS // 1000)
    samples = np.concatenate((lead, speech, tail)).round().astype("<i2")
    path = ROOT / "tui" / "assets" / "question.wav"
    path.parent.mkdir(exist_ok=True)
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(RATE_HZ)
        wav.writeframes(samples.tobytes())


if __name__ == "__main__":
    main()
