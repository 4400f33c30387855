"""The inbox: every event in order, of levels only the newest, one wake-up at a time."""

from __future__ import annotations

import threading

from shared.messages import Level
from tui.call_events import StateChanged
from tui.screens.inbox import Inbox
from tui.sessions.events import AudioDelta, Notice


def test_levels_replace_each_other() -> None:
    inbox = Inbox()
    assert inbox.put(Level(-50, -50))
    assert not inbox.put(Level(-40, -40))
    assert not inbox.put(StateChanged("speaking"))
    assert not inbox.put(Level(-30, -30))
    assert inbox.take() == ([StateChanged("speaking")], Level(-30, -30))
    assert inbox.take() == ([], None)
    assert inbox.put(Level(-20, -20))


def test_sound_is_not_for_the_screen() -> None:
    inbox = Inbox()
    assert not inbox.put(AudioDelta("a", 0, b"\0\0"))
    assert inbox.take() == ([], None)


def test_threads_lose_nothing() -> None:
    inbox = Inbox()
    threads = [
        threading.Thread(target=lambda n=n: [inbox.put(Notice(f"{n}-{i}")) for i in range(500)])
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    taken: list[str] = []
    while any(thread.is_alive() for thread in threads):
        taken += [event.text for event in inbox.take()[0] if isinstance(event, Notice)]
    for thread in threads:
        thread.join()
    taken += [event.text for event in inbox.take()[0] if isinstance(event, Notice)]
    assert sorted(taken) == sorted(f"{n}-{i}" for n in range(4) for i in range(500))
    for n in range(4):
        mine = [text for text in taken if text.startswith(f"{n}-")]
        assert mine == [f"{n}-{i}" for i in range(500)]
