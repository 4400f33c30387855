"""The screen of `voicetui`: calls one after the other, and the history behind them."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tui.beginning import Beginning
from tui.commands.counted import Counting
from tui.commands.farewell import Farewell

if TYPE_CHECKING:
    from tui.app import CallLike
    from tui.call_events import Ask, CallEvent
    from tui.commands.demo import DemoService
    from tui.commands.record import Record
    from tui.resolution import Resolution
    from tui.service_choice import ServiceChoice
    from tui.settings import CallSettings
    from tui.store.export import Format
    from tui.store.rows import Resumption
    from tui.store.store import Store

EXPORTS = "exports"
"""Folder in the state folder."""


def hold_on_screen(settings: Resolution, service: ServiceChoice, record: Record) -> int:
    """Until the person leaves; returns the exit code."""
    from tui.app import run_screen
    from tui.commands.demo import need_parts
    from tui.commands.output import narrate
    from tui.paths import log_file, state_dir
    from tui.settings import is_push_to_talk, screen_settings

    look = screen_settings(settings, os.environ)
    if service.kind == "demo":
        need_parts()
    calls = Calls(settings, service, record)
    preview = calls.preview
    begin = Beginning(record.resumption.conversation_id) if record.resumption else Beginning()
    try:
        code = run_screen(
            calls.make,
            title=preview.endpoint.label,
            push_to_talk=is_push_to_talk(preview),
            history=lambda: KeptHistory(record, service),
            usage=calls.counting.viewer.view,
            beginning=begin,
            voice=preview.options.voice,
            ssh=look.ssh,
            mouse=look.mouse,
            ascii_only=look.ascii_only,
            hold=look.hold,
            theme=look.theme or "voicetui",
            state_dir=state_dir(),
            log_path=log_file(),
        )
    finally:
        calls.close()
    for line in calls.farewell.lines():
        narrate(line)
    return code or calls.counting.exit_code or calls.farewell.exit_code


class Calls:
    """Makes every call of one run of the program; the embedded service stays for all of them."""

    def __init__(self, settings: Resolution, service: ServiceChoice, record: Record) -> None:
        self._settings = settings
        self._service = service
        self._record = record
        self._demo: DemoService | None = None
        self.counting = Counting(settings, record)
        self.farewell = Farewell(demo=service.kind == "demo")
        self.preview = self._made("http://127.0.0.1/v1", record.resumption)
        """What the first call will be, as far as it is known before the service runs."""

    def make(self, on_event: Callable[[CallEvent], None], beginning: Beginning) -> CallLike:
        """A call that is written down.  Takes its time: imports, the service, the record."""
        from tui.model_remarks import model_remarks
        from tui.sessions.events import Notice

        resumption = self._record.resumption_of(beginning)
        if self._service.kind == "demo" and self._demo is None:
            from tui.commands.demo import DemoService

            self._demo = DemoService()
        url = self._demo.url if self._demo is not None else ""
        made = self._made(url, resumption, beginning)
        for remark in model_remarks(made):
            on_event(Notice(remark, "warning"))
        return KeptCall(self._call(made, on_event), self._record.end_calls)

    def _made(
        self, demo_url: str, resumption: Resumption | None, beginning: Beginning | None = None
    ) -> CallSettings:
        from tui.settings import call_settings

        chosen = beginning.kind if beginning is not None else None
        kind = chosen or self._record.kind_for(resumption)
        made = call_settings(self._settings, self._service, demo_url=demo_url, kind=kind)
        return self._record.taken_up(made, resumption)

    def _call(self, made: CallSettings, on_event: Callable[[CallEvent], None]) -> CallLike:
        from tui.log import engine_log

        told = self.farewell.watch(on_event)
        return self.counting.call(made, told, engine_log=engine_log(), on_screen=True)

    def close(self) -> None:
        """End the embedded service."""
        if self._demo is not None:
            self._demo.stop()


class KeptCall:
    """A call that is over in the record, too, when it has stopped."""

    def __init__(self, call: CallLike, end: Callable[[], None]) -> None:
        self._call = call
        self._end = end

    def start(self) -> None:
        """Begin; returns at once."""
        self._call.start()

    def submit(self, ask: Ask) -> None:
        """From any thread; returns at once."""
        self._call.submit(ask)

    def stop(self, timeout_s: float = 2.0) -> None:
        """End and wait; safe to call twice."""
        self._call.stop(timeout_s)
        self._end()


class KeptHistory:
    """What the screen may do with the record."""

    def __init__(self, record: Record, service: ServiceChoice) -> None:
        from tui.commands.history import host_label

        self._kept = record
        self.service = service.kind
        self.label = host_label(service.kind, service.base_url)

    @property
    def record(self) -> Store:
        """Opened when it is first needed."""
        return self._kept.store

    def export(self, conversation_id: str, form: str) -> Future[str]:
        """Into the state folder; on a thread, it blocks."""
        import threading

        future: Future[str] = Future()

        def write() -> None:
            try:
                future.set_result(self._export(conversation_id, cast("Format", form)))
            except Exception as error:
                future.set_exception(error)

        threading.Thread(target=write, name="export", daemon=True).start()
        return future

    def _export(self, conversation_id: str, form: Format) -> str:
        from tui.paths import private_dir, state_dir
        from tui.store.export import save

        path = save(self._kept.store, conversation_id, form, private_dir(state_dir() / EXPORTS))
        home = Path.home()
        return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
