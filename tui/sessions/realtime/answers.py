"""The model's answers: responses, their items, what is stale after an interruption."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from tui.sessions.events import ResponseEnded, ResponseStarted, TurnStatus, UsageReported
from tui.sessions.realtime.message import Message, count, part, parts, text
from tui.sessions.realtime.outbox import Outbox
from tui.sessions.realtime.playback import Playback
from tui.sessions.realtime.sequencer import NAMELESS, TAG, Sequencer
from tui.sessions.realtime.tools import Tools
from tui.sessions.realtime.turns import Turns
from tui.sessions.realtime.usage import response_usage
from tui.sessions.realtime.wire_audio import AudioDecoder
from tui.sessions.realtime.words import CANCEL_REASONS, describe, meaning

Handler = Callable[[Message, float], None]

SILENT_WITHIN_S: Final = 60.0
"""An open answer of which nothing has come for so long has been forgotten by the service."""

_STATUS: Final[Mapping[str, TurnStatus]] = {
    "completed": "completed",
    "cancelled": "interrupted",
    "failed": "failed",
    "incomplete": "incomplete",
}


@dataclass(slots=True)
class Answer:
    """One response."""

    response_id: str
    seen_s: float
    interrupted: bool = False
    """Whatever still arrives of it is stale."""
    ended: bool = False
    counted: bool = False
    """Its usage was reported."""
    items: list[str] = field(default_factory=list)


class Answers:
    """Keeps responses and their items apart and drops what is stale."""

    def __init__(
        self,
        outbox: Outbox,
        turns: Turns,
        playback: Playback,
        sequencer: Sequencer,
        tools: Tools,
        *,
        spoken: bool,
        decoder: Callable[[], AudioDecoder],
    ) -> None:
        self._outbox = outbox
        self._turns = turns
        self._playback = playback
        self._sequencer = sequencer
        self._tools = tools
        self._spoken = spoken
        self._decoder = decoder
        self._answers: dict[str, Answer] = {}
        self._running: dict[str, Answer] = {}
        """Those that have not ended."""
        self._owner: dict[str, Answer] = {}
        self._sounding: set[str] = set()
        """Items of which sound was received."""
        self.broken_audio = 0
        """Deltas that were not base64."""

    @property
    def kept(self) -> int:
        """How much is remembered."""
        return len(self._answers) + len(self._owner)

    @property
    def waiting(self) -> int:
        """How many answers are open."""
        return len(self._running)

    def handlers(self) -> dict[str, Handler]:
        """What this region handles."""
        return {
            "response.created": self._on_created,
            "response.done": self._on_done,
            "response.output_item.added": self._on_item,
            "response.output_item.done": self._on_item,
            "response.output_audio.delta": self._on_audio,
            "response.output_audio.done": self._on_audio_done,
            "response.output_audio_transcript.delta": self._on_words,
            "response.output_audio_transcript.done": self._on_words_done,
            "response.output_text.delta": self._on_words,
            "response.output_text.done": self._on_words_done,
            "response.content_part.added": self._on_part,
            "response.content_part.done": self._on_part,
        }

    # ------------------------------------------------------------ interruption

    def interrupt(self, now_s: float, *, cancel: bool = True, flush: bool = True) -> None:
        """Silence now; what runs is stale from here on.

        `cancel=False`: the server has heard the user and cancels by itself.
        `flush=False`: what has come plays on.
        """
        if flush:
            self._playback.flush()
        self._sequencer.stop(now_s, cancel=cancel)
        for answer in self._running.values():
            self._spoil(answer)

    def _spoil(self, answer: Answer) -> None:
        if answer.interrupted:
            return
        answer.interrupted = True
        self._tools.interrupt(answer.response_id)
        for item_id in answer.items:
            # Announced but without a sound yet: nothing of it was heard.
            if self._spoken and item_id not in self._sounding and self._turns.visible(item_id):
                self._playback.delete(item_id)
                self._turns.remove(item_id)

    def stale(self, item_id: str) -> bool:
        """Whether the item belongs to an interrupted answer."""
        owner = self._owner.get(item_id)
        return owner is not None and owner.interrupted

    def refuse(self, item_id: str) -> None:
        """A new item of an interrupted answer: it must not stay in the conversation."""
        if not self._turns.known(item_id):
            self._playback.delete(item_id)
            self._turns.hide(item_id)

    # ------------------------------------------------------------ events

    def _of(self, message: Message, now_s: float) -> Answer:
        """The answer a message belongs to; opened if its response.created was lost."""
        response_id = text(message, "response_id")
        if not response_id:
            owner = self._owner.get(text(message, "item_id"))
            if owner is None and len(self._running) == 1:
                owner = next(iter(self._running.values()))
            if owner is not None:
                owner.seen_s = now_s
                return owner
        answer = self._answers.get(response_id) or self._named_late(response_id)
        if answer is None:
            answer = self._open(response_id, "", now_s)
        answer.seen_s = now_s
        return answer

    def _named_late(self, response_id: str) -> Answer | None:
        """The running answer whose response.created did not say its name: this is it."""
        nameless = next((name for name in self._running if self._is_ours(name)), "")
        if not response_id or not nameless:
            return None
        answer = self._answers[response_id] = self._running[nameless]
        return answer

    def _is_ours(self, response_id: str) -> bool:
        return self._outbox.is_own(response_id, NAMELESS)

    def _open(self, response_id: str, tag: str, now_s: float) -> Answer:
        """A response exists; one that the service gave no name gets one of ours."""
        response_id = response_id or self._outbox.new_id(NAMELESS)
        answer = self._answers[response_id] = Answer(response_id, now_s)
        self._running[response_id] = answer
        self._outbox.emit(ResponseStarted(response_id))
        if self._sequencer.created(response_id, tag, now_s):
            self._spoil(answer)
        return answer

    def _on_created(self, message: Message, now_s: float) -> None:
        response = part(message, "response")
        response_id = text(response, "id")
        if not response_id and any(map(self._is_ours, self._running)):
            return  # told twice
        if response_id not in self._answers:
            self._open(response_id, text(part(response, "metadata"), TAG), now_s)

    def _on_item(self, message: Message, now_s: float) -> None:
        answer = self._of(message, now_s)
        item = part(message, "item")
        self._take(answer, item, done=text(message, "type").endswith(".done"))

    def _take(self, answer: Answer, item: Message, *, done: bool) -> None:
        item_id = text(item, "id")
        if not item_id:
            return
        if text(item, "type") == "function_call":
            self._turns.hide(item_id)
            self._tools.item(answer.response_id, item, done=done)
            return
        if text(item, "type") != "message":
            self._turns.hide(item_id)
            return
        self._adopt(answer, item_id)
        if answer.interrupted:
            self.refuse(item_id)
            return
        if done:
            self._announce(item_id)
            self.contents(item_id, item)
            self._playback.end(item_id)
            if text(item, "status") in ("completed", ""):
                self._turns.end(item_id)

    def contents(self, item_id: str, item: Message) -> None:
        """Words a finished item holds, for those whose own events were lost."""
        for index, content in enumerate(parts(item, "content")):
            said = text(content, "transcript") or text(content, "text")
            if said and not self._turns.has_text(item_id, index):
                self._turns.final(item_id, index, said)

    def _adopt(self, answer: Answer, item_id: str) -> None:
        if item_id not in self._owner:
            self._owner[item_id] = answer
            answer.items.append(item_id)

    def _announce(self, item_id: str) -> None:
        self._turns.announce(item_id, "assistant", spoken=self._spoken)

    def _fresh(self, message: Message, now_s: float) -> str:
        """The item a delta belongs to; empty when the delta is stale."""
        answer = self._of(message, now_s)
        item_id = text(message, "item_id")
        if answer.interrupted or not item_id or self.stale(item_id):
            return ""
        self._adopt(answer, item_id)
        self._announce(item_id)
        return item_id if self._turns.visible(item_id) else ""

    def _on_audio(self, message: Message, now_s: float) -> None:
        item_id = self._fresh(message, now_s)
        if not item_id:
            return
        index = count(message, "content_index")
        try:
            self._playback.receive(item_id, index, text(message, "delta"), self._decoder)
        except ValueError:
            self.broken_audio += 1
            self._outbox.notice_once(
                "broken-audio",
                "Some of the answer's sound arrived damaged and is left out.",
                "warning",
            )
            return
        self._sounding.add(item_id)

    def _on_audio_done(self, message: Message, now_s: float) -> None:
        item_id = self._fresh(message, now_s)
        if item_id:
            self._playback.end(item_id, count(message, "content_index"))

    def _on_words(self, message: Message, now_s: float) -> None:
        item_id = self._fresh(message, now_s)
        if item_id:
            self._turns.delta(item_id, count(message, "content_index"), text(message, "delta"))

    def _on_words_done(self, message: Message, now_s: float) -> None:
        item_id = self._fresh(message, now_s)
        said = text(message, "transcript") or text(message, "text")
        if item_id and said:
            self._turns.final(item_id, count(message, "content_index"), said)

    def _on_part(self, message: Message, now_s: float) -> None:
        self._of(message, now_s)

    # ------------------------------------------------------------ the end of one

    def _on_done(self, message: Message, now_s: float) -> None:
        response = part(message, "response")
        response_id = text(response, "id") or text(message, "response_id")
        answer = self._answers.get(response_id)
        if answer is None and not response_id:
            if not self._sequencer.busy:
                return  # it is about nothing
            # Whose end is not said: the only one's, or of one whose beginning was lost.
            answer = next(iter(self._running.values()), None)
        if answer is None:
            answer = self._open(response_id, text(part(response, "metadata"), TAG), now_s)
        if answer.ended:
            self._report_usage(answer, response)  # it was given up for lost, but it costs
            return
        unsaid: TurnStatus = "interrupted" if answer.interrupted else "completed"
        status = _STATUS.get(text(response, "status"), unsaid)
        if status == "interrupted" and not answer.interrupted:
            # The server interrupted without telling that it heard somebody.
            self._playback.flush()
            self._spoil(answer)
        for item in parts(response, "output"):
            self._take(answer, item, done=True)
        self._report_usage(answer, response)
        self._end(answer, status, _detail(status, part(response, "status_details")))
        self._tools.ended(answer.response_id, now_s, asks=status == "completed")
        self._sequencer.done(answer.response_id, now_s)

    def _report_usage(self, answer: Answer, response: Message) -> None:
        usage = response_usage(part(response, "usage"))
        if usage.total and not answer.counted:
            answer.counted = True
            self._outbox.emit(UsageReported(usage, "response", answer.response_id))

    def _end(self, answer: Answer, status: TurnStatus, detail: str) -> None:
        answer.ended = True
        self._running.pop(answer.response_id, None)
        for item_id in answer.items:
            self._playback.end(item_id, complete=not answer.interrupted)
            if answer.interrupted:
                self._turns.end(item_id, "interrupted", detail)
            else:
                self._turns.end(item_id, status, detail)
        self._outbox.emit(ResponseEnded(answer.response_id, status, detail))
        if status in ("failed", "incomplete") and not any(map(self._turns.visible, answer.items)):
            self._outbox.notice(detail, "error")  # no turn shows why

    @property
    def deadline_s(self) -> float | None:
        """When `tick` is needed."""
        return min(
            (answer.seen_s + SILENT_WITHIN_S for answer in self._running.values()), default=None
        )

    def tick(self, now_s: float) -> None:
        """End answers that the service has forgotten."""
        for response_id in self._sequencer.tick(now_s):
            answer = self._running.get(response_id)
            if answer is not None:
                self._end(answer, "interrupted", CANCEL_REASONS["client_cancelled"])
        for answer in list(self._running.values()):
            if answer.seen_s + SILENT_WITHIN_S <= now_s:
                self._end(
                    answer,
                    "failed",
                    f"Nothing more of the answer has come for {SILENT_WITHIN_S:.0f} s.",
                )
                self._sequencer.done(answer.response_id, now_s)

    def close(self, detail: str) -> None:
        """The session is over: so are the answers that were running."""
        for answer in list(self._running.values()):
            self._end(answer, "interrupted", detail)


def _detail(status: TurnStatus, details: Message) -> str:
    """Why an answer did not complete, in words."""
    if status == "completed":
        return ""
    reason = text(details, "reason")
    if status == "interrupted":
        return CANCEL_REASONS.get(reason, "stopped")
    error = part(details, "error")
    if error:
        return describe(text(error, "code"), text(error, "type"), text(error, "message")).words
    known = meaning(reason)
    if known is not None:
        return known.words
    return f"The service gave up the answer{f': {reason}' if reason else ' without a reason'}."
