"""Writes one call down: what was said and heard, its sound and its use, as the call tells it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

from tui.beginning import Kind
from tui.call_events import CallEvent, Clip, ToolEnded, TurnHeard
from tui.sessions.events import (
    AudioDelta,
    AudioKept,
    ConversationOpened,
    SessionStarted,
    StepReported,
    ToolCalled,
    TranscriptFinal,
    TurnCut,
    TurnEnded,
    TurnRemoved,
    TurnStarted,
    UsageReported,
)
from tui.store import writing
from tui.store.drafts import Header, TurnDraft, as_title
from tui.store.opening import Place
from tui.store.sitting import Sitting
from tui.store.store import Store, new_id
from tui.text import clean
from tui.transcript import Transcript, Turn
from tui.usage.billed import billed_model

log = logging.getLogger(__name__)

AUDIO_LIMIT_BYTES: Final = 500_000_000
HELD_CLIP_BYTES: Final = 30_000_000
"""Sound held while the conversation has no turn yet."""
LASTING: Final = ("assistants", "responses")
"""Kinds whose service keeps the conversation, item ids and all."""

Work = Callable[[Place, Header], object]


class Recorder:
    """Feed it every event of one call.  A call in which nothing is said leaves nothing.

    `models` names the model of a usage source (transcription, speech) where it is another one.
    """

    def __init__(
        self,
        store: Store,
        *,
        kind: Kind,
        service: str,
        model: str,
        settings_json: str = "{}",
        label: str = "",
        conversation_id: str | None = None,
        audio: bool = True,
        audio_limit_bytes: int = AUDIO_LIMIT_BYTES,
        models: Mapping[str, str] | None = None,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self.conversation_id = conversation_id or new_id()
        """Of this call's conversation; in the store once something was said."""
        self.is_new = conversation_id is None
        """The conversation begins with this call."""
        self._store = store
        self._kind = kind
        self._service = service
        self._label = label
        self._model = model
        self._settings = settings_json
        self._audio = audio
        self._limit_bytes = audio_limit_bytes
        self._models = dict(models or {})
        self._now_s = now_s
        self._remote_id = ""
        self._title = ""
        self._begun = conversation_id is not None
        self._held: list[tuple[Work, int, bool]] = []
        """Changes from before the first turn: what, bytes of sound, whether it was paid for."""
        self._held_bytes = 0
        self._transcript = Transcript()
        self._saved: dict[str, TurnDraft] = {}
        self._kept_audio: dict[str, AudioKept] = {}
        self._sitting = Sitting(lasting_ids=kind in LASTING)
        self._lock = threading.Lock()
        self._closed = False

    def on_event(self, event: CallEvent) -> None:
        """Take one event; returns at once.  A fault here never reaches the call."""
        if isinstance(event, AudioDelta):
            return
        try:
            with self._lock:
                if not self._closed:
                    self._take(event)
        except Exception:
            log.exception("an event was not recorded: %s", type(event).__name__)

    def tool_answered(self, call_id: str, output: str) -> None:
        """The result that was given to the model for a function call."""
        with self._lock:
            self._keep_tool_answer(call_id, output)

    def close(self) -> None:
        """Save what is still open; nothing is taken afterwards."""
        with self._lock:
            if self._closed:
                return
            self._save([turn.item_id for turn in self._transcript], ending=True)
            if not self._begun:
                self._save_use_of_nothing()
            self._closed = True

    # ------------------------------------------------------------ events

    def _take(self, event: CallEvent) -> None:
        changes = self._transcript.apply(event, at_s=self._now_s())
        match event:
            case TurnEnded() | TranscriptFinal() | TurnCut() | TurnHeard():
                self._save(changes.changed)
            case TurnStarted():
                if changes.reordered:
                    self._save_moved()
            case TurnRemoved(item_id):
                self._remove(item_id)
            case Clip():
                self._keep_clip(event)
            case UsageReported():
                self._keep_usage(event, changes.changed[0] if changes.changed else "")
            case SessionStarted(model=model):
                self._model = model or self._model
            case ConversationOpened(remote_id=remote_id):
                self._remote_id = remote_id
                self._keep(writing.save_remote)
            case AudioKept(item_id=item_id):
                self._kept_audio[item_id] = event
                if item_id in self._saved:
                    self._save([item_id])
            case ToolCalled():
                self._keep_tool_call(event)
            case ToolEnded(call_id=call_id, output=output) if output:
                self._keep_tool_answer(call_id, output)
            case StepReported():
                self._keep_step(event)
            case _:
                pass

    def _save(self, item_ids: tuple[str, ...] | list[str], *, ending: bool = False) -> None:
        """Save those of the turns that are over and not saved as they are."""
        wanted = set(item_ids)
        drafts = []
        for index, turn in enumerate(self._transcript):
            if turn.item_id not in wanted or not (_is_over(turn) or (ending and turn.text)):
                continue
            draft = self._draft(turn, index)
            old = self._saved.get(turn.item_id)
            if draft != old:
                self._saved[turn.item_id] = draft
                drafts.append(draft)
        if not drafts:
            return
        if not self._begun and not (any(map(_says_something, drafts)) or self._held_bytes):
            for draft in drafts:
                del self._saved[draft.item_id]
            return
        self._title = self._find_title()
        batch = tuple(drafts)
        self._put(lambda place, header: writing.save_turns(place, header, self._sitting, batch))
        self._begin()

    def _save_moved(self) -> None:
        """Save the turns whose place is another one now."""
        moved = []
        for index, turn in enumerate(self._transcript):
            draft = self._saved.get(turn.item_id)
            if draft is not None and draft.index != index:
                moved.append(turn.item_id)
        if moved:
            self._save(moved)

    def _draft(self, turn: Turn, index: int) -> TurnDraft:
        old = self._saved.get(turn.item_id)
        audio = self._kept_audio.get(turn.item_id)
        at_s = turn.started_at_s if turn.started_at_s is not None else self._now_s()
        return TurnDraft(
            item_id=turn.item_id,
            index=index,
            role=turn.role,
            text=turn.text,
            status="incomplete" if turn.status == "open" else turn.status,
            spoken=turn.spoken,
            heard_ms=turn.heard_ms,
            received_ms=turn.received_ms,
            text_heard=turn.text_heard if turn.cut else None,
            detail=turn.detail,
            problem=turn.problem,
            audio_id=audio.audio_id if audio else "",
            audio_expires_at_s=audio.expires_at_s if audio else 0.0,
            at_s=old.at_s if old is not None else int(at_s),
        )

    def _find_title(self) -> str:
        for role in ("user", "assistant"):
            for turn in self._transcript:
                if turn.role == role and turn.text.strip():
                    return as_title(turn.text)
        return ""

    def _remove(self, item_id: str) -> None:
        self._saved.pop(item_id, None)
        self._keep(lambda place, header: writing.remove_turn(place, header, self._sitting, item_id))

    def _keep_clip(self, event: Clip) -> None:
        if not self._audio or not event.pcm:
            return
        if not self._begun and self._held_bytes + len(event.pcm) > HELD_CLIP_BYTES:
            return
        self._keep(
            lambda place, header: writing.save_clip(
                *(place, header, self._sitting, event.item_id, event.role, event.pcm),
                self._limit_bytes,
            ),
            len(event.pcm),
        )

    def _keep_usage(self, event: UsageReported, item_id: str) -> None:
        at_s = int(self._now_s())
        self._keep(
            lambda place, header: writing.save_usage(
                place,
                header,
                self._sitting,
                item_id=item_id,
                source=event.source,
                report_id=event.id,
                model=billed_model(event, self._service, header.model, self._models),
                usage=event.usage,
                at_s=at_s,
            ),
            paid=True,
        )

    def _keep_tool_call(self, event: ToolCalled) -> None:
        at_s = int(self._now_s())
        self._keep(
            lambda place, header: writing.save_tool_call(
                place,
                header,
                self._sitting,
                call_id=event.call_id,
                item_id=event.item_id,
                name=clean(event.name, single_line=True),
                arguments=clean(event.arguments),
                at_s=at_s,
            )
        )

    def _keep_tool_answer(self, call_id: str, output: str) -> None:
        at_s = int(self._now_s())
        self._keep(
            lambda place, header: writing.save_tool_call(
                place, header, self._sitting, call_id=call_id, output=clean(output), at_s=at_s
            )
        )

    def _keep_step(self, event: StepReported) -> None:
        at_s = int(self._now_s())
        self._keep(
            lambda place, header: writing.save_step(
                place, header, self._sitting, event.item_id, clean(event.text), at_s
            )
        )

    # ------------------------------------------------------------ to the store

    def _header(self) -> Header:
        return Header(
            *(self.conversation_id, self._kind, self._service, self._label, self._model),
            *(self._settings, self._remote_id, self._title, int(self._now_s())),
        )

    def _keep(self, work: Work, size_bytes: int = 0, *, paid: bool = False) -> None:
        """Save now, or with the first turn."""
        if self._begun:
            self._put(work, size_bytes)
        elif not self._closed:
            self._held.append((work, size_bytes, paid))
            self._held_bytes += size_bytes

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            for work, size_bytes, _ in self._held:
                self._put(work, size_bytes)
            self._held.clear()
            self._held_bytes = 0

    def _put(self, work: Work, size_bytes: int = 0) -> None:
        header = self._header()
        self._store.keep(self.conversation_id, lambda place: work(place, header), size_bytes)

    def _save_use_of_nothing(self) -> None:
        """Nothing was said, yet something may have been paid for."""
        for work, _, paid in self._held:
            if paid:
                self._put(work)
        self._held.clear()


def _is_over(turn: Turn) -> bool:
    return turn.status != "open" or (turn.role == "user" and turn.complete)


def _says_something(draft: TurnDraft) -> bool:
    return bool(draft.text.strip() or draft.problem)
