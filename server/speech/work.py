"""Who synthesises and recognises, so that the event loop never waits for them."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np

from server.speech.espeak import Espeak, EspeakError
from server.speech.pcm import SESSION_RATE_HZ, Pcm, resample, to_bytes
from server.speech.recognise_worker import read_frame, write_frame
from server.speech.voices import voice_for

LOG = logging.getLogger("voicetui.server.speech")
PAUSE_MS = 120  # between sentences
SILENT_SENTENCE_MS = 300  # instead of a sentence that espeak refuses


class RecogniserProcess:
    """The recogniser in a child process; started anew should it die."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "server.speech.recognise_worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        return self._process

    def recognise(self, audio: Pcm) -> str | None:
        """Blocks; None: no words could be made out."""
        process = self.start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            write_frame(process.stdin, to_bytes(audio))
            answer = read_frame(process.stdout)
        except BrokenPipeError:
            answer = None
        if answer is None:
            LOG.error("the recogniser ended (exit code %s)", process.wait())
        return answer.decode() if answer else None

    def close(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()


class SpeechWork:
    """One thread speaks (espeak-ng has global state), one waits for the recogniser."""

    def __init__(self) -> None:
        self._speaker = ThreadPoolExecutor(1, "speak")
        self._listener = ThreadPoolExecutor(1, "recognise")
        self._recogniser = RecogniserProcess()

    def warm_up(self) -> None:
        """Load both in the background, so that the first turn does not wait for it."""
        self._speaker.submit(_espeak)
        self._listener.submit(self._recogniser.start)

    def speak(self, text: str, voice: str, speed: float, done: Callable[[Pcm], None]) -> None:
        """`done` is called on the worker's thread, with 24 kHz."""
        self._speaker.submit(_run, lambda: done(synthesise(text, voice, speed)))

    def understand(self, audio: Pcm, done: Callable[[str | None], None]) -> None:
        """`done` is called on the worker's thread; None: no words could be made out."""
        self._listener.submit(_run, lambda: done(self._recogniser.recognise(audio)))

    def close(self) -> None:
        self._speaker.shutdown(wait=False, cancel_futures=True)
        self._recogniser.close()
        self._listener.shutdown(wait=False, cancel_futures=True)


def _run(task: Callable[[], None]) -> None:
    try:
        task()
    except Exception:
        LOG.exception("speech work failed")
        raise


@cache
def _espeak() -> Espeak:
    return Espeak()


def synthesise(text: str, voice: str, speed: float = 1.0) -> Pcm:
    """One sentence at 24 kHz, with a short pause behind it."""
    espeak = _espeak()
    try:
        spoken = espeak.speak(text, voice_for(voice, text), speed)
    except EspeakError as error:
        LOG.warning("%s; silence instead", error)
        return np.zeros(SILENT_SENTENCE_MS * SESSION_RATE_HZ // 1000, dtype=np.int16)
    pause = np.zeros(PAUSE_MS * SESSION_RATE_HZ // 1000, dtype=np.int16)
    return np.concatenate([resample(spoken, espeak.rate_hz, SESSION_RATE_HZ), pause])
