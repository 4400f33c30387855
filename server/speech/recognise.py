"""Speech in: pocketsphinx, offline, with its own model of English."""

from __future__ import annotations

import numpy as np
import pocketsphinx

from server.speech.pcm import SESSION_RATE_HZ, SPEECH_RATE_HZ, Pcm, resample, to_bytes

EDGE_S = 0.3  # silence around the clip: the decoder expects to begin and end in it


class Recogniser:
    """Not thread safe."""

    def __init__(self) -> None:
        self._decoder = pocketsphinx.Decoder(samprate=SPEECH_RATE_HZ, loglevel="FATAL")

    def recognise(self, audio: Pcm) -> str | None:
        """The words in a clip of 24 kHz; None where there are none."""
        clip = resample(audio, SESSION_RATE_HZ, SPEECH_RATE_HZ)
        edge = np.zeros(int(EDGE_S * SPEECH_RATE_HZ), dtype=np.int16)
        self._decoder.start_utt()
        data = to_bytes(np.concatenate([edge, clip, edge]))
        self._decoder.process_raw(data, False, True)
        self._decoder.end_utt()
        hypothesis = self._decoder.hyp()
        return hypothesis.hypstr if hypothesis is not None and hypothesis.hypstr else None
