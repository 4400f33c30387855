"""The service's voice names, each with a sound of its own in espeak-ng."""

from __future__ import annotations

from server.speech.espeak import Voice

DEFAULT_VOICE = "marin"

VOICES: dict[str, Voice] = {
    "marin": Voice("en-us+f3", rate_wpm=165, pitch=52, range=55),
    "cedar": Voice("en-us+m3", rate_wpm=160, pitch=42, range=50),
    "alloy": Voice("en-us", rate_wpm=165, pitch=50, range=50),
    "ash": Voice("en-us+m7", rate_wpm=165, pitch=38, range=45),
    "ballad": Voice("en-gb-x-rp+m2", rate_wpm=155, pitch=48, range=65),
    "coral": Voice("en-us+f2", rate_wpm=170, pitch=58, range=60),
    "echo": Voice("en-us+m1", rate_wpm=160, pitch=45, range=45),
    "sage": Voice("en-gb-x-rp+f4", rate_wpm=160, pitch=50, range=55),
    "shimmer": Voice("en-us+f5", rate_wpm=170, pitch=62, range=65),
    "verse": Voice("en-gb-x-rp+m5", rate_wpm=165, pitch=50, range=70),
    # Older names, still sent by clients of the beta dialect.
    "fable": Voice("en-gb-x-rp+m4", rate_wpm=160, pitch=52, range=65),
    "onyx": Voice("en-us+m6", rate_wpm=155, pitch=28, range=40),
    "nova": Voice("en-us+f1", rate_wpm=170, pitch=55, range=55),
}


def voice_for(name: str, text: str) -> Voice:
    """The voice of that name; Japanese text (kana) is spoken by espeak's Japanese."""
    voice = VOICES.get(name, VOICES[DEFAULT_VOICE])
    if any("\u3040" <= letter <= "\u30ff" for letter in text):
        _, _, variant = voice.name.partition("+")
        return Voice(f"ja+{variant}" if variant else "ja", 150, voice.pitch, voice.range)
    return voice
