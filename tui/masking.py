"""Keys: where they come from, and that they never come out again."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit, urlunsplit

MASK = "***"

SERVER_KEY_VARIABLE = "VOICETUI_SERVER_KEY"
KEY_VARIABLES = ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", SERVER_KEY_VARIABLE)

# A second net under the exact values: anything that looks like a key of the known kinds.
_KEY_SHAPES = re.compile(
    r"(?<![A-Za-z0-9])(?:sk|ek|rk)[-_][A-Za-z0-9_-]{8,}"
    r"|(?i:(?<=bearer )[A-Za-z0-9._~+/=-]{8,})"
    r"|(?i:(?<=api-key=)[^\s&\"']{4,})"
)
_SHORTEST_EXACT = 8  # local services take "none" or "ollama": masking that chews up ordinary text


_remembered: set[str] = set()


def remember(key: str) -> None:
    """Mask this key too: it is in no variable."""
    if len(key) >= _SHORTEST_EXACT:
        _remembered.add(key)


def current_keys(environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """The key values this process knows."""
    yield from sorted(_remembered)
    known = os.environ if environment is None else environment
    for name in KEY_VARIABLES:
        value = known.get(name, "").strip()
        if len(value) >= _SHORTEST_EXACT:
            yield value


def mask(text: str, environment: Mapping[str, str] | None = None) -> str:
    """`text` without any key."""
    for value in current_keys(environment):
        text = text.replace(value, MASK)
    return _KEY_SHAPES.sub(MASK, text)


def public_url(url: str) -> str:
    """`url` without what may be secret in it: user, password, values of the query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return MASK
    host = parts.netloc.rpartition("@")[2]
    query = "&".join(
        name if not value else f"{name}={value if name in _PUBLIC_QUERY else MASK}"
        for name, _, value in (pair.partition("=") for pair in parts.query.split("&") if pair)
    )
    return mask(urlunsplit((parts.scheme, host, parts.path, query, "")))


_PUBLIC_QUERY = ("model", "deployment", "api-version", "intent")
