"""Speech in and out: espeak-ng, pocketsphinx, silero VAD, G.711."""
