"""Calls one after the other, for a screen or plain lines, each of them written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.beginning import Beginning
from tui.commands.counted import Counting
from tui.commands.farewell import Farewell
from tui.device_choice import DeviceChoice
from tui.service_choice import service_flags

if TYPE_CHECKING:
    from tui.call_events import AnyCall, Ask, CallEvent
    from tui.commands.demo import DemoService
    from tui.commands.record import Record
    from tui.resolution import Resolution
    from tui.service_choice import ServiceChoice
    from tui.settings import CallSettings
    from tui.store.rows import Resumption


class Calls:
    """Makes every call of one run of the program; the embedded service stays for all of them."""

    def __init__(
        self,
        settings: Resolution,
        service: ServiceChoice,
        record: Record,
        *,
        on_screen: bool = True,
    ) -> None:
        self._on_screen = on_screen
        self._settings = settings
        self._service = service
        self._record = record
        self._demo: DemoService | None = None
        self.devices = DeviceChoice(settings)
        self.counting = Counting(settings, record)
        self.farewell = Farewell(service_flags(settings, demo=service.kind == "demo"))
        self.preview = self._made("http://127.0.0.1/v1", record.resumption)
        """What the first call will be, as far as it is known before the service runs."""

    def make(self, on_event: Callable[[CallEvent], None], beginning: Beginning) -> AnyCall:
        """A call that is written down.  Takes its time: imports, the service, the record."""
        from tui.model_remarks import model_remarks
        from tui.sessions.events import Notice

        resumption = self._record.resumption_of(beginning)
        if self._service.kind == "demo" and self._demo is None:
            from tui.commands.demo import DemoService

            self._demo = DemoService(keep=self._record.saves)
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
        names = self.devices.names
        made = replace(made, input=names["input"], output=names["output"])
        return self._record.taken_up(made, resumption)

    def _call(self, made: CallSettings, on_event: Callable[[CallEvent], None]) -> AnyCall:
        from tui.log import engine_log

        told = self.farewell.watch(on_event)
        return self.counting.call(made, told, engine_log=engine_log(), on_screen=self._on_screen)

    def close(self) -> None:
        """End the embedded service."""
        if self._demo is not None:
            self._demo.stop()


class KeptCall:
    """A call that is over in the record, too, when it has stopped."""

    def __init__(self, call: AnyCall, end: Callable[[], None]) -> None:
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
