"""Speech out: libespeak-ng (from the espeakng-loader wheel) through ctypes."""

from __future__ import annotations

import ctypes
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

import espeakng_loader
import numpy as np
import numpy.typing as npt

Pcm = npt.NDArray[np.int16]

SYNCHRONOUS = 2  # espeak_AUDIO_OUTPUT: espeak_Synth returns when the text has been spoken
CHARS_UTF8 = 1
POSITION_CHARACTER = 1
PARAM_RATE, PARAM_VOLUME, PARAM_PITCH, PARAM_RANGE = 1, 2, 3, 4
_LOCK = threading.Lock()
LONGEST_DATA_PATH = 140  # espeak-ng holds the path in a buffer of 160 characters

_SynthCallback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


@dataclass(frozen=True, slots=True)
class Voice:
    """How one voice sounds."""

    name: str
    """An espeak voice with an optional variant: `en-us+f3`."""
    rate_wpm: int = 165
    pitch: int = 50
    range: int = 50
    """Liveliness of the melody, 0 to 100."""


class EspeakError(Exception):
    """libespeak-ng could not be started or refused a text."""


class Espeak:
    """A synthesiser. libespeak-ng has global state: one lock keeps all callers in line."""

    def __init__(self) -> None:
        self._pieces: list[Pcm] = []
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data_path = espeakng_loader.get_data_path()
        if len(data_path) > LONGEST_DATA_PATH:
            self._short_path = tempfile.TemporaryDirectory(prefix="espeak-")
            link = Path(self._short_path.name) / "espeak-ng-data"
            link.symlink_to(data_path)
            data_path = str(link)
        with _LOCK:
            rate = self._library.espeak_Initialize(SYNCHRONOUS, 0, data_path.encode(), 0)
        if rate <= 0:
            raise EspeakError(f"espeak-ng could not read its data folder {data_path}")
        self.rate_hz = int(rate)
        self._callback = _SynthCallback(self._receive)

    def _receive(self, samples: ctypes._Pointer[ctypes.c_short], count: int, _events: int) -> int:
        if samples and count > 0:
            size_bytes = count * 2
            data = ctypes.string_at(samples, size_bytes)
            self._pieces.append(np.frombuffer(data, dtype=np.int16))
        return 0

    def speak(self, text: str, voice: Voice, speed: float = 1.0) -> Pcm:
        """The text as samples at `rate_hz`; blocks for about 1/100 of its duration."""
        with _LOCK:
            self._pieces = []
            # Each time anew: the library would call that of another, perhaps dead, instance.
            self._library.espeak_SetSynthCallback(self._callback)
            if self._library.espeak_SetVoiceByName(voice.name.encode()) != 0:
                raise EspeakError(f"espeak-ng has no voice {voice.name}")
            rate_wpm = max(80, min(450, round(voice.rate_wpm * speed)))
            for parameter, value in (
                (PARAM_RATE, rate_wpm),
                (PARAM_VOLUME, 100),
                (PARAM_PITCH, voice.pitch),
                (PARAM_RANGE, voice.range),
            ):
                self._library.espeak_SetParameter(parameter, value, 0)
            data = text.replace("\0", " ").encode("utf-8", "replace") + b"\0"
            status = self._library.espeak_Synth(
                data, len(data), 0, POSITION_CHARACTER, 0, CHARS_UTF8, None, None
            )
            if status != 0:
                raise EspeakError(f"espeak-ng refused a text of {len(text)} characters")
            pieces, self._pieces = self._pieces, []
        return np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.int16)
