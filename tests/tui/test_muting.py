"""A mute that is asked for while no call can take it; `tests/faults/test_mute.py` has the sound."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tests.tui.scripted import ScriptedCall
from tests.waiting import async_wait_until
from tui.app import VoicetuiApp
from tui.beginning import Beginning
from tui.call_events import CallEvent, Mute
from tui.muting import Muting


async def test_a_mute_is_not_lost_between_two_calls() -> None:
    calls: list[ScriptedCall] = []
    may_begin = [threading.Event() for _ in range(3)]

    def make(on_event: Callable[[CallEvent], None], _: Beginning) -> ScriptedCall:
        call = ScriptedCall(on_event)
        calls.append(call)
        assert may_begin[len(calls) - 1].wait(20)
        return call

    app = VoicetuiApp(make, title="somewhere", ssh=False, push_to_talk=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await async_wait_until(lambda: len(calls) == 1, 20)
        await pilot.press("m")
        for begun in (2, 3):
            app.begin(Beginning())
            await async_wait_until(lambda: len(calls) == begun, 20)  # noqa: B023
        for event in may_begin:
            event.set()
        await async_wait_until(lambda: bool(calls[2].asked), 20)
        assert [call.asked for call in calls] == [[], [], [Mute()]]
        app.begin(Beginning())
        await pilot.pause(0.1)
        assert Mute() not in app._call._waiting


def test_what_is_asked_for_is_known_at_once() -> None:
    muting = Muting()
    asked = [muting.settle(Mute(on)) for on in (None, None, True, None, False)]
    assert [ask.on for ask in asked] == [True, False, True, False, False]
    assert not muting.on
