"""The talk key that is held, on a clock of the test's own."""

from __future__ import annotations

import random

import pytest

from tui.hold import HoldKey


class Keyboard:
    """Presses the key as a terminal without releases sends it, and lets time pass."""

    def __init__(self, first_s: float = 0.5, interval_s: float = 0.03) -> None:
        self.key = HoldKey()
        self.now_s = 100.0
        self.done: list[tuple[str, float]] = []
        self._first_s, self._interval_s = first_s, interval_s

    def wait(self, seconds: float) -> None:
        """With ticks when they are due, as a timer gives them."""
        end_s = self.now_s + seconds
        while (due_s := self.key.due_s) is not None and due_s <= end_s:
            self.now_s = max(self.now_s, due_s)
            self._note(self.key.tick(self.now_s))
        self.now_s = end_s

    def press(self) -> None:
        self._note(self.key.pressed(self.now_s))

    def hold(self, seconds: float, jitter_s: float = 0.0, seed: int = 1) -> float:
        """Returns when the last press came."""
        random_ = random.Random(seed)
        end_s = self.now_s + seconds
        self.press()
        last_s = self.now_s
        next_s = self.now_s + self._first_s
        while next_s <= end_s:
            self.wait(max(0.0, next_s + random_.uniform(0, jitter_s) - self.now_s))
            self.press()
            last_s = self.now_s
            next_s += self._interval_s
        self.wait(max(0.0, end_s - self.now_s))
        return last_s

    @property
    def changes(self) -> list[str]:
        return [change for change, _ in self.done]

    def _note(self, change: str) -> None:
        if change:
            self.done.append((change, self.now_s))


@pytest.mark.parametrize(
    ("first_s", "interval_s"), [(0.25, 0.03), (0.5, 0.033), (0.66, 0.04), (0.2, 0.011), (0.8, 0.09)]
)
def test_repeats_that_end_are_a_release(first_s: float, interval_s: float) -> None:
    keyboard = Keyboard(first_s, interval_s)
    for _ in range(3):
        keyboard.done.clear()
        started_s = keyboard.now_s
        last_s = keyboard.hold(3.0)
        assert keyboard.changes == ["begin"]
        assert keyboard.done[0][1] == started_s
        keyboard.wait(2.0)
        assert keyboard.changes == ["begin", "send"]
        assert keyboard.done[1][1] - last_s <= 0.6
    # What was learned makes the end quick.
    assert keyboard.done[1][1] - last_s <= max(0.121, 4.01 * interval_s)


def test_a_slow_line_does_not_cut() -> None:
    keyboard = Keyboard(0.5, 0.03)
    keyboard.hold(20.0, jitter_s=0.1)
    assert keyboard.changes == ["begin"]
    keyboard.wait(2.0)
    assert keyboard.changes == ["begin", "send"]


def test_a_tap_begins_and_the_next_one_sends() -> None:
    keyboard = Keyboard()
    keyboard.press()
    keyboard.wait(10.0)
    assert keyboard.changes == ["begin"]
    assert keyboard.key.latched
    keyboard.press()
    keyboard.wait(1.0)
    assert keyboard.changes == ["begin", "send"]


def test_the_tap_that_sends_may_be_long() -> None:
    keyboard = Keyboard()
    keyboard.press()
    keyboard.wait(3.0)
    keyboard.hold(0.5 + 0.03 * 4)
    keyboard.wait(2.0)
    keyboard.press()
    keyboard.wait(3.0)
    assert keyboard.changes == ["begin", "send", "begin"]


def test_a_terminal_that_reports_releases_is_exact() -> None:
    keyboard = Keyboard()
    key = keyboard.key
    key.releases = True
    assert key.pressed(1.0) == "begin"
    assert key.pressed(1.5, repeated=True) == ""
    assert key.due_s is None
    assert key.released(1.6) == "send"
    assert key.pressed(2.0) == "begin"  # never repeated: held for less than the first delay
    assert key.released(2.4) == "send"


def test_a_tap_with_releases_goes_on_until_the_next() -> None:
    key = HoldKey()
    key.releases = True
    assert key.pressed(1.0) == "begin"
    assert key.released(1.1) == ""
    assert key.latched
    assert key.pressed(5.0) == "send"
    assert key.released(5.1) == ""
    assert key.pressed(6.0) == "begin"


def test_a_release_that_was_lost_does_not_lock_the_key() -> None:
    key = HoldKey()
    key.releases = True
    assert key.pressed(1.0) == "begin"
    assert key.pressed(1.5, repeated=True) == ""
    # The release went to another window; the next press is no repeat.
    assert key.pressed(9.0) == "send"
    assert key.released(9.1) == ""
    assert key.pressed(10.0) == "begin"


def test_a_repeat_alone_begins_nothing() -> None:
    key = HoldKey()
    key.releases = True
    assert key.pressed(1.0, repeated=True) == ""
    assert key.released(1.5) == ""
    assert key.pressed(2.0) == "begin"
