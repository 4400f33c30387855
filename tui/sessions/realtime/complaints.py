"""Error events: which are races nobody needs to hear of, which teach, which a person must read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from tui.sessions.events import SessionEnded
from tui.sessions.realtime.message import Message, part, text
from tui.sessions.realtime.microphone import Microphone
from tui.sessions.realtime.opening import Opening
from tui.sessions.realtime.outbox import Asked, Outbox
from tui.sessions.realtime.playback import Playback
from tui.sessions.realtime.replay import Replay
from tui.sessions.realtime.sequencer import Sequencer
from tui.sessions.realtime.typed import Typed
from tui.sessions.realtime.words import describe

SAME_AGAIN_S: Final = 10.0
"""The same sentence is not repeated within this time, """
AT_MOST: Final = 5
"""nor are more sentences than these said."""

_UNSUPPORTED: Final = re.compile(
    r"not (?:yet )?(?:implemented|supported)|unsupported|unknown (?:event|type)|invalid value",
    re.IGNORECASE,
)
_ACTIVE: Final = re.compile(r"already has an active response|active response in progress", re.I)
_NOT_ACTIVE: Final = re.compile(r"no active response|not active", re.I)
_SHORTER: Final = re.compile(r"already shorter|only model output audio", re.I)
_NO_ITEM: Final = re.compile(r"item\b.*(?:not found|does not exist|no item)", re.I)

_TAG: Final = re.compile(r"metadata|'response'|unexpected|extra inputs|unknown parameter", re.I)
"""What a service says that does not take metadata in a response.create."""

_LEARNT: Final[Mapping[str, str]] = {
    "response.cancel": "This service cannot stop an answer; a stopped answer is silent here but"
    " runs to its end there.",
    "conversation.item.truncate": "This service cannot cut an answer; after an interruption the"
    " model believes that it was heard to the end.",
    "conversation.item.delete": "This service cannot remove an answer; the model believes that it"
    " was heard.",
}


class Complaints:
    """Answers the service's `error` events."""

    def __init__(
        self,
        outbox: Outbox,
        opening: Opening,
        sequencer: Sequencer,
        playback: Playback,
        microphone: Microphone,
        typed: Typed,
        replay: Replay,
        *,
        model: str,
        end: Callable[[SessionEnded, float], None],
    ) -> None:
        self._outbox = outbox
        self._opening = opening
        self._sequencer = sequencer
        self._playback = playback
        self._microphone = microphone
        self._typed = typed
        self._replay = replay
        self._model = model
        self._end = end
        self._last_s: dict[str, float] = {}
        self.races = 0
        """Errors that were normal races."""

    def handlers(self) -> dict[str, Callable[[Message, float], None]]:
        """What this region handles."""
        return {"error": self._on_error}

    def _on_error(self, message: Message, now_s: float) -> None:
        error = part(message, "error") or message
        code, kind = text(error, "code"), text(error, "type")
        said, param = text(error, "message"), text(error, "param")
        asked = self._outbox.asked(text(error, "event_id"))
        settings = (asked is None or asked.event == "session.update") and self._opening.concerns(
            param, said
        )
        model = "" if settings else self._model
        found = describe(code, kind, said, model=model)
        if found.weight != "passing" and not settings:
            self._end(SessionEnded(found.words, fatal=found.weight == "fatal"), now_s)
            return
        event = asked.event if asked is not None else self._guess(code, said)
        if self._learn(event, said):
            return
        if settings or event == "session.update":
            self._opening.refused(param, said, found.words, now_s)
            return
        answer = self._answers().get(event)
        if answer is None or not answer(
            asked or Asked(event), code, said, text(error, "event_id"), now_s
        ):
            self._tell(found.words, now_s)
        else:
            self.races += 1

    def _guess(self, code: str, said: str) -> str:
        """What an error without an event id of ours is about."""
        if code == "conversation_already_has_active_response" or _ACTIVE.search(said):
            return "response.create"
        if code == "response_cancel_not_active" or _NOT_ACTIVE.search(said):
            return "response.cancel"
        if _SHORTER.search(said):
            return "conversation.item.truncate"
        if code == "input_audio_buffer_commit_empty":
            return "input_audio_buffer.commit"
        if _UNSUPPORTED.search(said):
            return next((name for name in _LEARNT if name in said), "")
        if code in ("item_not_found", "invalid_item_id") or _NO_ITEM.search(said):
            return "conversation.item.delete"
        return ""

    def _learn(self, event: str, said: str) -> bool:
        """A capability the service does not have: said once, not used again."""
        if event not in _LEARNT or not _UNSUPPORTED.search(said):
            return False
        match event:
            case "response.cancel":
                self._sequencer.cannot_cancel()
            case "conversation.item.truncate":
                self._playback.can_truncate = False
            case _:
                self._playback.can_delete = False
        self._outbox.notice_once(event, _LEARNT[event])
        return True

    def _answers(self) -> Mapping[str, Callable[[Asked, str, str, str, float], bool]]:
        """By the message complained of; each returns whether nothing needs to be said."""
        return {
            "response.create": self._on_create,
            "response.cancel": self._on_cancel,
            "conversation.item.truncate": self._on_gone,
            "conversation.item.delete": self._on_gone,
            "input_audio_buffer.clear": self._on_gone,
            "conversation.item.create": self._on_item,
            "input_audio_buffer.commit": self._on_commit,
        }

    def _on_create(self, asked: Asked, code: str, said: str, event_id: str, now_s: float) -> bool:
        active = code == "conversation_already_has_active_response" or bool(_ACTIVE.search(said))
        if not active and _TAG.search(said) and self._sequencer.tag_refused(now_s):
            return True
        if not self._sequencer.create_refused(event_id, now_s, active=active):
            self._outbox.no_answer(describe(code, "", said).words)
        return True

    def _on_cancel(self, asked: Asked, code: str, said: str, event_id: str, now_s: float) -> bool:
        self._sequencer.cancel_refused(asked.item_id, now_s)
        return True

    def _on_gone(self, asked: Asked, code: str, said: str, event_id: str, now_s: float) -> bool:
        return True  # the item is shorter or gone already: what was wanted is so

    def _on_item(self, asked: Asked, code: str, said: str, event_id: str, now_s: float) -> bool:
        words = describe(code, "", said).words
        if self._replay.refuse(asked.item_id, words):
            return True
        self._typed.refuse(asked.item_id, words)
        return False

    def _on_commit(self, asked: Asked, code: str, said: str, event_id: str, now_s: float) -> bool:
        self._microphone.commit_refused(event_id, now_s, describe(code, "", said).words)
        return True

    def _tell(self, words: str, now_s: float) -> None:
        recent = {said: at_s for said, at_s in self._last_s.items() if now_s - at_s < SAME_AGAIN_S}
        if words not in recent and len(recent) >= AT_MOST:
            self._outbox.notice_once("errors", "The service sends more errors; not all are shown.")
            return
        if words not in recent:
            self._outbox.notice(words, "error")
        self._last_s = {**recent, words: now_s}
