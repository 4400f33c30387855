"""Coroutines without an event loop, so that protocol logic reads from top to bottom.

A flow can only wait for a condition or for a time; whoever drives it (a machine) says when
something has happened and what time it is.  No I/O, no clock: a test drives a flow with values.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator


class TimeUp(Exception):
    """What was waited for did not come in time."""


class Wait:
    """Await it to pause until `ready()` is true; `TimeUp` when `until_s` comes first."""

    __slots__ = ("ready", "until_s")

    def __init__(self, ready: Callable[[], object], until_s: float | None = None) -> None:
        self.ready = ready
        self.until_s = until_s

    def __await__(self) -> Generator[Wait, None, None]:
        yield self


class Flow:
    """One running coroutine."""

    def __init__(self, coroutine: Coroutine[Wait, None, None]) -> None:
        self._coroutine = coroutine
        self._wait: Wait | None = None
        self._thrown: Exception | None = None
        self._stepping = False
        self.done = False

    @property
    def until_s(self) -> float | None:
        """The time it waits for at most."""
        return self._wait.until_s if self._wait is not None else None

    def throw(self, problem: Exception) -> None:
        """Raise `problem` where the flow waits, at its next step."""
        self._thrown = problem

    def stop(self) -> None:
        """End it where it waits; its `finally` blocks run."""
        if not self.done and not self._stepping:
            self.done = True
            self._coroutine.close()

    def step(self, now_s: float) -> bool:
        """Run on if it can; returns whether it did.  Raises what the coroutine raises."""
        if self.done or self._stepping:
            return False
        wait, problem = self._wait, self._thrown
        if wait is not None and problem is None and not wait.ready():
            if wait.until_s is None or now_s < wait.until_s:
                return False
            problem = TimeUp()
        self._thrown = None
        self._stepping = True
        try:
            self._wait = (
                self._coroutine.send(None) if problem is None else self._coroutine.throw(problem)
            )
        except StopIteration:
            self.done = True
        except BaseException:
            self.done = True
            raise
        finally:
            self._stepping = False
        return True


class Flows:
    """Runs flows until every one of them waits."""

    def __init__(self) -> None:
        self._flows: list[Flow] = []
        self.now_s = 0.0

    def start(self, coroutine: Coroutine[Wait, None, None]) -> Flow:
        """Add a flow; it begins with the next `run`."""
        flow = Flow(coroutine)
        self._flows.append(flow)
        return flow

    def run(self, now_s: float) -> None:
        """Something has happened, or time has passed."""
        self.now_s = max(now_s, self.now_s)
        moved = True
        while moved:
            moved = False
            for flow in list(self._flows):
                moved = flow.step(self.now_s) or moved
            self._flows = [flow for flow in self._flows if not flow.done]

    def stop(self) -> None:
        """End all of them."""
        for flow in list(self._flows):
            flow.stop()
        self._flows.clear()

    @property
    def deadline_s(self) -> float | None:
        """When `run` must be called again at the latest."""
        times = [flow.until_s for flow in self._flows if flow.until_s is not None]
        return min(times, default=None)
