"""Speech in: pocketsphinx, offline, with its model of English and a language model of ours."""

from __future__ import annotations

import math
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pocketsphinx

from server.speech import language_model
from server.speech.pcm import SESSION_RATE_HZ, SPEECH_RATE_HZ, Pcm, resample, to_bytes

EDGE_S = 0.3  # silence around the clip: the decoder expects to begin and end in it
FULL_SCALE = 32768.0
WANTED_PEAK = 0.55  # of full scale
LARGEST_GAIN = 20.0
NOISE_DBFS = -47.0
"""Pink noise under the clip. The model was trained in rooms; digital silence and the gaps of
a gated microphone are unknown to it. Measured: word errors fall from 67 % to 32 %."""
LANGUAGE_WEIGHT = 5.0
OTHER_WORDS = 3_000  # the commonest words of English, whether or not a phrase holds them
FILLERS = ("<sil>", "[NOISE]", "[COUGH]", "[SMACK]", "[UM]", "[UH]", "++")


@cache
def _pink_noise(seconds: int) -> npt.NDArray[np.float64]:
    """The same every time: a clip is always heard in the same way."""
    count = seconds * SPEECH_RATE_HZ
    spectrum = np.fft.rfft(np.random.default_rng(5).standard_normal(count))
    frequency_hz = np.arange(spectrum.size) * SPEECH_RATE_HZ / count + 20.0
    noise = np.fft.irfft(spectrum / np.sqrt(frequency_hz / 20.0), count)
    return np.asarray(noise / np.sqrt(np.mean(noise**2)))


def prepared(audio: Pcm) -> Pcm:
    """A clip of 24 kHz as the model likes it: 16 kHz, even level, some room around it."""
    clip = resample(audio, SESSION_RATE_HZ, SPEECH_RATE_HZ).astype(np.float64)
    clip -= clip.mean() if clip.size else 0.0
    peak = float(np.abs(clip).max(initial=0.0))
    if peak > 0:
        clip *= min(LARGEST_GAIN, WANTED_PEAK * FULL_SCALE / peak)
    edge = np.zeros(int(EDGE_S * SPEECH_RATE_HZ))
    clip = np.concatenate([edge, clip, edge])
    noise = _pink_noise(math.ceil(clip.size / SPEECH_RATE_HZ))[: clip.size]
    clip += noise * FULL_SCALE * 10 ** (NOISE_DBFS / 20)
    return np.clip(clip, -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


class Recogniser:
    """Not thread safe. Takes about half a second to make and 50 MB."""

    def __init__(self) -> None:
        self._decoder = pocketsphinx.Decoder(
            samprate=SPEECH_RATE_HZ, lw=LANGUAGE_WEIGHT, loglevel="FATAL"
        )
        self._cmn = self._decoder.get_cmn(False)
        with tempfile.TemporaryDirectory(prefix="voicetui-lm-") as folder:
            path = Path(folder) / "phrases.arpa"
            with path.open("w", encoding="ascii") as out:
                language_model.write_arpa(out, self._is_known, self._common_words())
            self._decoder.add_lm_file("phrases", str(path))
        self._decoder.activate_search("phrases")

    def _is_known(self, word: str) -> bool:
        return self._decoder.lookup_word(word) is not None

    def _common_words(self) -> dict[str, float]:
        """Word and probability, from the general model that comes with pocketsphinx."""
        general = self._decoder.get_lm()
        log_base = math.log(1.0001)
        found: dict[str, float] = {}
        dictionary = Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict"))
        with dictionary.open(encoding="utf-8") as lines:
            for line in lines:
                word = line.split(" ", 1)[0]
                if "(" not in word:
                    found[word] = general.prob([word])
        common = sorted(found, key=lambda word: -found[word])[:OTHER_WORDS]
        return {word: math.exp(found[word] * log_base) for word in common}

    def recognise(self, audio: Pcm) -> str | None:
        """The words in a clip of 24 kHz; None where there are none."""
        decoder = self._decoder
        decoder.set_cmn(self._cmn)  # each clip for itself: no memory of the one before
        decoder.start_utt()
        decoder.process_raw(to_bytes(prepared(audio)), False, True)
        decoder.end_utt()
        hypothesis = decoder.hyp()
        words = hypothesis.hypstr.split() if hypothesis is not None else []
        words = [word for word in words if not word.startswith(FILLERS)]
        return " ".join(words) or None
