"""The record of one run of the program: every call that is made here is written down.

with Record(settings, resume="3f2a") as record:
    made = record.resumed(call_settings(settings, service))
    call = Call(made, record.feed(made, on_event))
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Final, cast

from tui.call_events import ConversationKept, SavingFails
from tui.errors import VoicetuiError
from tui.masking import mask, public_url
from tui.paths import wanted_state_dir
from tui.sessions.events import Notice
from tui.sessions.options import Endpoint, TextOptions

if TYPE_CHECKING:
    from tui.beginning import Beginning, Kind
    from tui.call_events import CallEvent
    from tui.resolution import Resolution
    from tui.settings import CallSettings
    from tui.store.recorder import Recorder
    from tui.store.rows import ConversationRow, Resumption
    from tui.store.store import Store

OPEN_S: Final = 30.0
"""Longest wait for an answer of the record, in commands."""


def open_store() -> Store:
    """This person's record; it says itself where its folder cannot be used."""
    from tui.store.store import Store

    return Store.open(wanted_state_dir() / "history")


def row_of(prefix: str) -> ConversationRow:
    """What is known of a conversation, by the beginning of its id; raises VoicetuiError."""
    store = open_store()
    try:
        conversation_id = store.find(prefix).result(OPEN_S)
        return store.row(conversation_id).result(OPEN_S)
    finally:
        store.close()


class Record:
    """Opened when it is first needed, closed once."""

    def __init__(self, settings: Resolution, *, resume: str = "") -> None:
        self.saves = settings.switch("history.save")
        """False: calls leave nothing; the history can be read all the same."""
        self._audio = settings.switch("history.audio")
        self._limit_bytes = settings.whole("history.audio_limit_mb") * 1_000_000
        self._recorders: list[Recorder] = []
        self._opened = False
        self._tell: Callable[[CallEvent], None] | None = None
        """The newest call's: what happens to the record is told there."""
        self._session_flag = settings.source("session.kind").startswith("flag")
        self.resumption: Resumption | None = None
        """The conversation that is taken up again."""
        if resume:
            self.resumption = self.find(resume)

    @cached_property
    def store(self) -> Store:
        """All conversations."""
        self._opened = True
        return open_store()

    def find(self, prefix: str) -> Resumption:
        """A conversation by the beginning of its id; raises VoicetuiError."""
        conversation_id = self.store.find(prefix).result(OPEN_S)
        return self.store.resumption(conversation_id).result(OPEN_S)

    def resumption_of(self, beginning: Beginning) -> Resumption | None:
        """What a call needs that begins so; raises VoicetuiError."""
        if not beginning.conversation_id:
            return None
        resumption = self.store.resumption(beginning.conversation_id).result(OPEN_S)
        return replace(resumption, remote_id="") if beginning.by_text else resumption

    def kind_for(self, resumption: Resumption | None) -> Kind | None:
        """A conversation goes on as it was held, unless a flag says otherwise."""
        return None if resumption is None or self._session_flag else resumption.kind

    def resumed(self, made: CallSettings) -> CallSettings:
        """The settings, with what the call needs to go on where it is to go on."""
        return self.taken_up(made, self.resumption)

    def taken_up(self, made: CallSettings, resumption: Resumption | None) -> CallSettings:
        """The same for a conversation that was chosen later."""
        if resumption is None:
            return made
        resumption = fitting(resumption, made)
        options = made.options
        if isinstance(options, TextOptions):
            options = replace(options, remote_id=resumption.remote_id)
        return replace(made, options=options, resume=resumption, past=resumption.past_turns)

    def feed(
        self, made: CallSettings, on_event: Callable[[CallEvent], None]
    ) -> Callable[[CallEvent], None]:
        """What a call with these settings is to call: it is written down, then passed on.

        Trouble with saving comes as a `Notice`, from another thread than the call's.
        """
        if not self.saves:
            return on_event
        from tui.store.recorder import Recorder

        options = made.options
        recorder = Recorder(
            self.store,
            kind=kind_of(options),
            service=made.endpoint.service,
            label=made.endpoint.label,
            model=options.model,
            settings_json=settings_json(made),
            conversation_id=made.resume.conversation_id if made.resume else None,
            audio=self._audio,
            audio_limit_bytes=self._limit_bytes,
            models={"transcription": options.transcription_model},
        )
        self._recorders.append(recorder)
        on_event(ConversationKept(recorder.conversation_id))

        first, self._tell = self._tell is None, on_event
        if first:
            self.store.listen(on_problem=self._on_problem, on_notice=self._on_notice)
        elif self.store.problem:
            self._on_problem(self.store.problem)

        def both(event: CallEvent) -> None:
            recorder.on_event(event)
            on_event(event)

        return both

    def _on_problem(self, problem: str) -> None:
        assert self._tell is not None
        self._tell(SavingFails(bool(problem)))
        if problem:
            self._tell(Notice(problem, "warning"))
        else:
            self._tell(Notice("Saving works again: the conversation is kept."))

    def _on_notice(self, notice: str) -> None:
        assert self._tell is not None
        self._tell(Notice(notice, "warning"))

    def end_calls(self) -> None:
        """The calls so far are over."""
        recorders, self._recorders = self._recorders, []
        for recorder in recorders:
            recorder.close()

    def forget_calls(self) -> None:
        """The same, and conversations that began with them are taken back."""
        began = [recorder for recorder in self._recorders if recorder.is_new]
        self.end_calls()
        for recorder in began:
            with contextlib.suppress(VoicetuiError, TimeoutError):  # it was never written
                self.store.purge(recorder.conversation_id).result(OPEN_S)

    def close(self) -> str:
        """Save what is still open; returns why something could not be saved, or nothing."""
        self.end_calls()
        if not self._opened:
            return ""
        saved = self.store.close()
        if saved:
            return ""
        problem = self.store.problem or "The conversation could not be saved in time."
        return problem.replace("is not being saved", "was not saved")

    def __enter__(self) -> Record:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        from tui.commands.output import narrate
        from tui.language.sentences import told

        problem = self.close()
        if problem and error is None:
            narrate(told(problem))


def kind_of(options: object) -> Kind:
    """The session kind these options are for."""
    return cast("Kind", getattr(options, "kind", "realtime"))


def fitting(resumption: Resumption, made: CallSettings) -> Resumption:
    """Without the remote id where another service, or another kind, would not know it."""
    from tui.store.drafts import host_of

    endpoint = made.endpoint
    same = (
        resumption.service == endpoint.service
        and host_of(resumption.label) == host_of(endpoint.label)
        and resumption.kind == kind_of(made.options)
    )
    return resumption if same else replace(resumption, remote_id="")


def settings_json(made: CallSettings) -> str:
    """What is kept of the settings: no key, no header, no command of a tool."""
    kept: dict[str, object] = {
        name: value for name, value in asdict(made.options).items() if name != "tools"
    }
    tools = getattr(made.options, "tools", ())
    if tools:
        kept["tools"] = [tool.name for tool in tools]
    if made.endpoint.service != "demo":  # the demo's port is another one each time
        endpoint = made.endpoint
        kept["url"] = public_url(
            endpoint.url if isinstance(endpoint, Endpoint) else endpoint.base_url
        )
    return mask(json.dumps(kept, ensure_ascii=False, default=str))
