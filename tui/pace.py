"""How long words take to say, to tell how much of a text can have been heard."""

from __future__ import annotations

from typing import Final

_LETTER_MS: Final = 65.0
"""Of scripts with letters."""
_IDEOGRAPH_MS: Final = 150.0
_WIDE: Final = 0x2E80
"""The first character of the scripts that write a syllable or a word in one."""
_LEARNT_MS: Final = 3000.0
"""Of a voice that was heard for less, nothing is known yet."""
_TOGETHER: Final = 0.7
"""A text that needs less time than this share more than its sound lasts came together with it."""


def _usual_ms(text: str) -> float:
    return sum(_IDEOGRAPH_MS if ord(char) >= _WIDE else _LETTER_MS for char in text)


class Pace:
    """Learns from answers that were heard to the end."""

    def __init__(self) -> None:
        self._said_ms = 0.0
        self._usual_ms = 0.0

    def learn(self, text: str, lasted_ms: float) -> None:
        """A whole answer and how long it lasted."""
        if text.strip() and lasted_ms > 0:
            self._said_ms += lasted_ms
            self._usual_ms += _usual_ms(text)

    def length_ms(self, text: str, sound_ms: int) -> int:
        """How long a text lasts of which `sound_ms` have come; no less than that.

        Many services send words long before their sound, others word by word with it.
        """
        known = self._said_ms >= _LEARNT_MS
        needed_ms = _usual_ms(text) * (self._said_ms / self._usual_ms if known else 1.0)
        return sound_ms if sound_ms >= needed_ms * _TOGETHER else round(needed_ms)
