"""The screen of `voicetui`: calls one after the other, and the history behind them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from tui.beginning import Beginning
from tui.commands.calls import Calls
from tui.paths import EXPORTS

if TYPE_CHECKING:
    from tui.commands.record import Record
    from tui.resolution import Resolution
    from tui.service_choice import ServiceChoice
    from tui.store.export import Format
    from tui.store.rows import ConversationRow
    from tui.store.store import Store
    from tui.usage.prices import Prices

T = TypeVar("T")
COST_WAIT_S = 10.0


def hold_on_screen(settings: Resolution, service: ServiceChoice, record: Record) -> int:
    """Until the person leaves; returns the exit code."""
    from tui.commands.demo import need_parts
    from tui.commands.output import narrate
    from tui.config_file import own_keys
    from tui.paths import config_file, log_file, state_dir
    from tui.settings import is_push_to_talk, screen_settings
    from tui.width_probe import WidthProbe

    look = screen_settings(settings, os.environ)
    with WidthProbe(ask=look.probe) as probe:
        from tui.app import VoicetuiApp  # takes its time
    if service.kind == "demo":
        need_parts()
    calls = Calls(settings, service, record)
    preview = calls.preview
    begin = Beginning(record.resumption.conversation_id) if record.resumption else Beginning()
    try:
        app = VoicetuiApp(
            calls.make,
            title=preview.endpoint.label,
            push_to_talk=is_push_to_talk(preview),
            history=lambda: KeptHistory(record, service, lambda: calls.counting.prices),
            usage=calls.counting.viewer.view,
            devices=calls.devices,
            beginning=begin,
            voice=preview.options.voice,
            ssh=look.ssh,
            ascii_only=look.ascii_only or probe.wide,
            typed=probe.typed,
            hold=look.hold,
            theme=look.theme,
            keymap=own_keys(config_file()),
            state_dir=state_dir(),
            log_path=log_file(),
        )
        code = app.hold_calls(look.mouse)
    finally:
        calls.close()
    for line in calls.farewell.lines():
        narrate(line)
    return code or calls.counting.exit_code or calls.farewell.exit_code


class KeptHistory:
    """What the screen may do with the record."""

    def __init__(
        self, record: Record, service: ServiceChoice, prices: Callable[[], Prices] | None = None
    ) -> None:
        from tui.commands.history import host_label

        self._kept = record
        self._prices = prices
        self._service = service
        self.service = service.kind
        self.label = host_label(service.kind, service.base_url)

    @property
    def record(self) -> Store:
        """Opened when it is first needed."""
        return self._kept.store

    def move(self, row: ConversationRow) -> str:
        """Words for it, if going on with this one sends it to another service."""
        from tui.commands.elsewhere import held_elsewhere, words_of_move

        before = held_elsewhere(row.label, self._service)
        return words_of_move(before, self._service) if before else ""

    def costs(self, conversation_ids: Sequence[str]) -> Future[dict[str, str]]:
        """What each came to, in words; empty where nothing was used."""
        return _on_a_thread("costs", lambda: self._costs(conversation_ids))

    def _costs(self, conversation_ids: Sequence[str]) -> dict[str, str]:
        from tui.usage.money import cost_words
        from tui.usage.periods import conversation_cost

        if self._prices is None:
            return {}
        prices, store = self._prices(), self._kept.store
        found = {}
        for conversation_id in conversation_ids:
            rows = store.usage(conversation_id).result(COST_WAIT_S)
            sum_ = conversation_cost(rows, prices)
            found[conversation_id] = cost_words(sum_.cost) if sum_.uses else ""
        return found

    def export(self, conversation_id: str, form: str) -> Future[str]:
        """Into the state folder; on a thread, it blocks."""
        return _on_a_thread("export", lambda: self._export(conversation_id, cast("Format", form)))

    def _export(self, conversation_id: str, form: Format) -> str:
        from tui.paths import private_dir, state_dir
        from tui.store.export import save

        path = save(self._kept.store, conversation_id, form, private_dir(state_dir() / EXPORTS))
        home = Path.home()
        return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def _on_a_thread(name: str, work: Callable[[], T]) -> Future[T]:
    import threading

    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except Exception as error:
            future.set_exception(error)

    threading.Thread(target=run, name=name, daemon=True).start()
    return future
