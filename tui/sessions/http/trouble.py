"""A request that failed: what the service or the network said, and what it means in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from tui.sessions.realtime.words import Meaning, describe, quoted
from tui.sessions.realtime.words import meaning as meaning_of

_STATUS: Final = {
    401: Meaning("The service refused the key. Check OPENAI_API_KEY or `voicetui key`.", "fatal"),
    402: Meaning("The account has no credit left. Check the plan and billing.", "fatal"),
    403: Meaning("This key may not use this model or service.", "fatal"),
    407: Meaning("The proxy wants a user name and password.", "fatal"),
    408: Meaning("The service did not answer in time."),
    413: Meaning("The recording is too large for the service."),
    429: Meaning("Too many requests: the service asks to wait."),
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a request has no (whole) answer."""

    status: int = 0
    """HTTP; 0: there was no answer, or it broke off."""
    code: str = ""
    kind: str = ""
    said: str = ""
    """The service's own message."""
    param: str = ""
    retry_after_s: float | None = None
    cause: str = ""
    """Of status 0: a sentence about the network."""
    on_azure: bool = False
    broke: bool = False
    """The connection broke: the service may have the request, and may have gone on."""

    @property
    def quota(self) -> bool:
        """Waiting does not help: there is no money left."""
        return "insufficient_quota" in (self.code, self.kind)

    @property
    def locked(self) -> bool:
        """Somebody else works on the conversation this very moment."""
        return self.code == "conversation_locked"

    @property
    def passing(self) -> bool:
        """The same request may succeed a moment later."""
        return self.status == 0 or self.status in (408, 409) or self.status >= 500

    def meaning(self, *, model: str = "") -> Meaning:
        """In words, with its weight; `model` is the one the request named."""
        found = self._meaning(model)
        if self.on_azure:
            return replace(
                found, words=found.words.replace(" OPENAI_API_KEY", " AZURE_OPENAI_API_KEY")
            )
        return found

    def _meaning(self, model: str) -> Meaning:
        if not self.status and self.cause:
            code = meaning_of(self.code)
            return Meaning(self.cause, code.weight if code is not None else "passing")
        known = describe(self.code, self.kind, self.said, model=model)
        if known.weight == "fatal":
            return known
        plain = _STATUS.get(self.status)
        if plain is None:
            if self.code or self.kind or self.said:
                return known
            fault = "has an internal error" if self.status >= 500 else "refused the request"
            return Meaning(f"The service {fault} (HTTP {self.status}).")
        words = f"{plain.words} It says: {quoted(self.said)}" if self.said else plain.words
        return Meaning(words, plain.weight)


class Refused(Exception):
    """A request failed."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.said or trouble.cause or trouble.code)
        self.trouble = trouble
