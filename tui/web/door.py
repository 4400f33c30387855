"""Who may come in: whoever has the secret address, from a page of ours, on this machine."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

OWN_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
"""A name of somebody's that leads here (DNS rebinding) is none of them."""


def refusal(path: str, host: str, origin: str | None, token: str) -> str:
    """Why this request is refused, in a sentence; empty: it is welcome."""
    if _name(f"//{host}") not in OWN_NAMES:
        return "Only this machine may ask, by 127.0.0.1 or localhost."
    if origin is not None and origin.rstrip("/") != f"http://{host}":
        return "Another page may not ask for this one."
    given = path.lstrip("/").partition("/")[0]
    if not hmac.compare_digest(given.encode("utf-8", "replace"), token.encode()):
        return "The address is not whole: copy all of what `voicetui web` prints."
    return ""


def _name(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
