"""What a service's codes mean, in sentences for a person, and which of them end a session."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from tui.sessions.models import replacement

Weight = Literal["passing", "drop", "fatal"]
"""passing: the session goes on.  drop: it ends, a new one helps.  fatal: a new one cannot help."""

_SECRET: Final = re.compile(r"\b(?:sk|ek|sess)[-_][\w*.\-]{4,}")
_LONGEST: Final = 300
"""Characters of a service's own message that are quoted."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A code in words."""

    words: str
    weight: Weight = "passing"


_KEY: Final = Meaning(
    "The service refused the key. Check OPENAI_API_KEY or `voicetui key`.", "fatal"
)
_QUOTA: Final = Meaning(
    "The account has no credit left or has reached its limit. Check the plan and billing.", "fatal"
)
_ACCOUNT: Final = Meaning("The account is deactivated. Ask the service's support.", "fatal")
_FORBIDDEN: Final = Meaning("This key may not use this model or service.", "fatal")
_MODEL: Final = Meaning("The service does not know the model", "fatal")
_EXPIRED: Final = Meaning("The session reached the service's time limit.", "drop")

MEANINGS: Final[Mapping[str, Meaning]] = {
    "invalid_api_key": _KEY,
    "authentication_error": _KEY,
    "unauthorized": _KEY,
    "invalid_authentication": _KEY,
    "401": _KEY,
    "insufficient_quota": _QUOTA,
    "billing_hard_limit_reached": _QUOTA,
    "billing_not_active": _QUOTA,
    "account_deactivated": _ACCOUNT,
    "access_terminated": _ACCOUNT,
    "permission_error": _FORBIDDEN,
    "permissiondenied": _FORBIDDEN,
    "unsupported_country_region_territory": Meaning(
        "The service is not offered in this country or region.", "fatal"
    ),
    "invalid_model": _MODEL,
    "model_not_found": _MODEL,
    "unsupported_model": _MODEL,
    "deploymentnotfound": _MODEL,
    "operationnotsupported": _MODEL,
    "beta_api_shape_disabled": Meaning(
        "The service has switched the beta dialect off. Use the GA dialect: set dialect to ga.",
        "fatal",
    ),
    "session_expired": _EXPIRED,
    "rate_limit_exceeded": Meaning("The service's rate limit is reached; wait a little."),
    "server_error": Meaning("The service had an internal error."),
    "internal_error": Meaning("The service had an internal error."),
    "content_filter": Meaning("The service's content filter stopped the answer."),
    "max_output_tokens": Meaning("The answer reached its longest allowed length."),
    "audio_unintelligible": Meaning("The speech could not be understood."),
    "input_audio_buffer_commit_empty": Meaning("Too short: no speech was sent."),
}


def quoted(message: str) -> str:
    """A service's own message, shortened, on one line, with anything like a key removed."""
    text = _SECRET.sub("***", " ".join(message.split()))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def meaning(*codes: str) -> Meaning | None:
    """The meaning of the first code that has one."""
    for code in codes:
        found = MEANINGS.get(code.lower())
        if found is not None:
            return found
    return None


def describe(code: str, kind: str, message: str, *, model: str = "") -> Meaning:
    """An error's code, type and message in one sentence or two, with its weight."""
    known = meaning(code, kind)
    said = quoted(message)
    if known is _MODEL or (known is None and _unknown_model(message)):
        return Meaning(_model_sentence(model, said), "fatal")
    if known is None:
        return Meaning(f"The service says: {said or code or kind or 'an error without words'}")
    if said and known.weight != "drop":
        return Meaning(f"{known.words} It says: {said}", known.weight)
    return known


def _unknown_model(message: str) -> bool:
    lower = message.lower()
    return "model" in lower and ("does not exist" in lower or "has been shut down" in lower)


def _model_sentence(model: str, said: str) -> str:
    name = f" {model}" if model else ""
    sentence = f"{_MODEL.words}{name}."
    instead = replacement(model)
    if instead:
        sentence = f"The model{name} has been shut down. Use {instead} instead."
    return f"{sentence} It says: {said}" if said else sentence


CANCEL_REASONS: Final[Mapping[str, str]] = {
    "turn_detected": "interrupted by speech",
    "client_cancelled": "stopped",
}

_CLOSES: Final[Mapping[int, Meaning]] = {
    1000: Meaning("The service closed the connection.", "drop"),
    1001: Meaning("The service ended the session.", "drop"),
    1002: Meaning("The service broke the WebSocket protocol.", "drop"),
    1005: Meaning("The service closed the connection without a reason.", "drop"),
    1006: Meaning("The connection was lost.", "drop"),
    1007: Meaning("A message could not be read as text.", "drop"),
    1008: Meaning("The service closed the connection: against its rules.", "drop"),
    1009: Meaning("A message was too large.", "drop"),
    1011: Meaning("The connection was lost: an error or no sign of life.", "drop"),
    1012: Meaning("The service is restarting.", "drop"),
    1013: Meaning("The service is overloaded.", "drop"),
    1015: Meaning("The encrypted connection failed.", "drop"),
    3000: _KEY,
    3003: _FORBIDDEN,
    4000: Meaning("The service refused the session.", "fatal"),
    4001: _KEY,
    4003: _FORBIDDEN,
    4401: _KEY,
    4403: _FORBIDDEN,
}


def close_meaning(code: int, reason: str, *, model: str = "") -> Meaning:
    """What the end of a WebSocket means; a code in its reason counts more than its number."""
    for word in re.findall(r"[A-Za-z_]{4,}", reason):
        known = MEANINGS.get(word.lower())
        if known is not None and known.weight != "passing":
            return describe(word, "", "" if known is _EXPIRED else reason, model=model)
    if _unknown_model(reason):
        return describe("model_not_found", "", reason, model=model)
    found = _CLOSES.get(code) or Meaning(
        f"The service closed the connection with code {code}.", "drop"
    )
    said = quoted(reason)
    return Meaning(f"{found.words} It says: {said}", found.weight) if said else found
