"""Speech in: pocketsphinx, offline, with its model of English and a language model of ours."""

from __future__ import annotations

import io
import math
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pocketsphinx

from server.speech import language_model
from server.speech.pcm import SESSION_RATE_HZ, SPEECH_RATE_HZ, Pcm, resample, to_bytes

PRONUNCIATIONS = Path(__file__).with_name("pronunciations.txt")
EDGE_S = 0.3  # silence around the clip: the decoder expects to begin and end in it
FULL_SCALE = 32768.0
WANTED_PEAK = 0.55  # of full scale
LARGEST_GAIN = 20.0
NOISE_DBFS = -45.0
"""Pink noise under the clip. The model was trained in rooms; digital silence and the gaps of
a gated microphone are unknown to it. Measured: word errors fall from 67 % to 32 %."""
LANGUAGE_WEIGHT = 5.0
OTHER_WORDS = 3_000  # the commonest words of English, whether or not a phrase holds them
DOUBTFUL = 0.6
OTHER_WARPS = (1.1, 0.92)
UNSURE = 0.35
"""Mean posterior of the words below which nothing counts as understood. Measured: sentences
of the demo reach 0.38 to 1.0; nonsense and other languages stay below more often than not."""
_FILLER = re.compile(r"[<\[+]")
_VARIANT = re.compile(r"\(\d+\)$")


@dataclass(frozen=True, slots=True)
class Hypothesis:
    words: str
    confidence: float
    """0 to 1: the mean posterior probability of its words, by duration."""


@cache
def _pink_noise(seconds: int) -> npt.NDArray[np.float64]:
    """The same every time: a clip is always heard in the same way."""
    count = seconds * SPEECH_RATE_HZ
    spectrum = np.fft.rfft(np.random.default_rng(6).standard_normal(count))
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


class _English:
    """The dictionary and the general model that come with pocketsphinx."""

    def __init__(self, known: Callable[[str], bool]) -> None:
        self.known = known
        path = pocketsphinx.get_model_path("en-us/en-us.lm.bin")
        self._model = pocketsphinx.NGramModel.readfile(path)
        self._log_base = math.log(1.0001)
        self._common: dict[str, float] = {}

    def after(self, history: str, word: str) -> float:
        return math.exp(self._model.prob([word, history]) * self._log_base)

    def common_words(self) -> dict[str, float]:
        if not self._common:
            found: dict[str, float] = {}
            dictionary = Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict"))
            with dictionary.open(encoding="utf-8") as lines:
                for line in lines:
                    word = line.split(" ", 1)[0]
                    if "(" not in word:
                        found[word] = self._model.prob([word])
            common = sorted(found, key=lambda word: -found[word])[:OTHER_WORDS]
            self._common = {word: math.exp(found[word] * self._log_base) for word in common}
        return self._common


@contextmanager
def _file_of(data: bytes) -> Iterator[str]:
    """A path from which a library can read it; gone with this process however that ends, where
    an open file can be found without a name."""
    if not Path("/proc/self/fd").is_dir():
        with tempfile.TemporaryDirectory(prefix="voicetui-") as folder:
            path = Path(folder) / "data"
            path.write_bytes(data)
            yield str(path)
        return
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        yield f"/proc/self/fd/{file.fileno()}"


class _Ear:
    """One decoder with the phrases' language model, hearing voices stretched by `warp`."""

    def __init__(self, warp: float = 1.0) -> None:
        warping = {"warp_type": "inverse_linear", "warp_params": str(warp)} if warp != 1 else {}
        self._decoder = pocketsphinx.Decoder(
            samprate=SPEECH_RATE_HZ, lw=LANGUAGE_WEIGHT, lm=None, loglevel="FATAL", **warping
        )
        self._learn_pronunciations()
        self._cmn = self._decoder.get_cmn(False)

    def known(self, word: str) -> bool:
        return self._decoder.lookup_word(word) is not None

    def expect(self, arpa: bytes) -> None:
        """Use this language model; before it, nothing can be heard."""
        with _file_of(arpa) as path:
            self._decoder.add_lm_file("phrases", path)
        self._decoder.activate_search("phrases")

    def _learn_pronunciations(self) -> None:
        ways: Counter[str] = Counter()
        for line in PRONUNCIATIONS.read_text(encoding="ascii").splitlines():
            if line and not line.startswith("#"):
                word, _, phones = line.partition(" ")
                ways[word] += 1
                # The dictionary numbers its own variants from 2.
                self._decoder.add_word(f"{word}({ways[word] + 5})", phones, False)

    def hear(self, data: bytes) -> Hypothesis:
        decoder = self._decoder
        # Each clip for itself: no memory of the noise and the level of the one before.
        decoder.reinit_feat()
        decoder.set_cmn(self._cmn)
        decoder.start_utt()
        decoder.process_raw(data, False, True)
        decoder.end_utt()
        if decoder.hyp() is None:
            return Hypothesis("", 0.0)
        found = [segment for segment in decoder.seg() if not _FILLER.match(segment.word)]
        frames = [segment.end_frame - segment.start_frame + 1 for segment in found]
        weighed = sum(count * segment.prob for count, segment in zip(frames, found, strict=True))
        words = " ".join(_VARIANT.sub("", segment.word) for segment in found)
        return Hypothesis(words, weighed / max(1, sum(frames)))


class Recogniser:
    """Not thread safe. Takes about a second to make and 100 MB (200 once it was in doubt)."""

    def __init__(self) -> None:
        ear = _Ear()
        arpa = io.StringIO()
        language_model.write_arpa(arpa, _English(ear.known))
        self._arpa = arpa.getvalue().encode("ascii")
        ear.expect(self._arpa)
        self._ears = [ear]

    def hypothesis(self, audio: Pcm) -> Hypothesis:
        """The best guess for a clip of 24 kHz, however bad it is.

        Where it is doubtful, smaller and larger vocal tracts are tried too.
        """
        data = to_bytes(prepared(audio))
        first = self._ears[0].hear(data)
        if first.confidence >= DOUBTFUL or not first.words:
            return first
        if len(self._ears) == 1:
            self._ears += [_Ear(warp) for warp in OTHER_WARPS]
            for ear in self._ears[1:]:
                ear.expect(self._arpa)
        heard = [first] + [ear.hear(data) for ear in self._ears[1:]]
        best = max(heard, key=lambda one: one.confidence)
        mean = sum(one.confidence for one in heard) / len(heard)
        return Hypothesis(best.words, mean)

    def recognise(self, audio: Pcm) -> str | None:
        """The words in a clip of 24 kHz; None where they could not be made out."""
        best = self.hypothesis(audio)
        return best.words if best.words and best.confidence >= UNSURE else None
