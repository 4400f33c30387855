"""What a log of the wire may hold: no sound, and no headers at all (the key is in them)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

WireLog = Callable[[str, str], None]
"""Gets ">" (sent) or "<" (received) and the JSON text, with audio masked."""

_AUDIO: Final = re.compile(r'"[A-Za-z0-9+/=]{256,}"')
"""Base64 long enough to be sound."""


def masked(raw: bytes) -> str:
    """A message for the log, with audio replaced by its length."""
    text = raw.decode("utf-8", "replace")
    return _AUDIO.sub(lambda found: f'"<{len(found[0]) - 2} characters>"', text)
