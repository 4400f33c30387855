"""Where flows ask the service for things: requests go out, answers come back in parts."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from types import TracebackType
from typing import Final

from tui.sessions.events import Event, Notice, NoticeLevel
from tui.sessions.http.flow import Flow, Flows, Wait
from tui.sessions.http.trouble import Refused, Trouble
from tui.sessions.realtime.message import Message

ANSWER_WITHIN_S: Final = 60.0
"""For a plain request; the shell gives up earlier where nothing moves."""
LONGEST_WAIT_S: Final = 60.0
"""A service that asks for more patience than this gets an end instead."""
_TRIES: Final = 3
_LOCKED_TRIES: Final = 6

Part = Message | bytes
"""A JSON answer, one event of a stream ({"event": name, "data": object}), or sound."""


@dataclass(frozen=True, slots=True)
class Request:
    """Something the shell is to ask the service for."""

    number: int
    operation: str
    """A name from the shell's table (tui/sessions/http/client.py)."""
    body: Message


@dataclass(frozen=True, slots=True)
class Abandon:
    """Nothing more of this request is wanted: close it."""

    number: int


Output = Event | Request | Abandon


class Stream:
    """The parts of one answer, as they come."""

    def __init__(
        self,
        number: int,
        abandon: Callable[[Stream], None],
        let_go: Callable[[Stream], None],
    ) -> None:
        self.number = number
        self.parts: deque[Part] = deque()
        self.ended = False
        self.trouble: Trouble | None = None
        self._abandon = abandon
        self._let_go = let_go

    def __enter__(self) -> Stream:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    async def begun(self, until_s: float | None = None) -> None:
        """Wait for the first part, or the end.  Raises Refused, TimeUp."""
        await Wait(lambda: self.parts or self.ended, until_s)
        if not self.parts and self.trouble is not None:
            raise Refused(self.trouble)

    async def next(self, until_s: float | None = None) -> Part | None:
        """The next part, None at the end.  Raises Refused (also where it breaks off), TimeUp."""
        await self.begun(until_s)
        return self.parts.popleft() if self.parts else None

    def let_go(self) -> None:
        """Nothing that matters will come: let it run out, so that its connection can be reused."""
        self.ended = True
        self._let_go(self)
        self.parts.clear()

    def close(self) -> None:
        """Want no more of it."""
        if not self.ended:
            self.ended = True
            self._abandon(self)
        self.parts.clear()


class Desk:
    """Requests of all flows of one session; knows which answer belongs to whom."""

    def __init__(self) -> None:
        self._flows = Flows()
        self._outputs: list[Output] = []
        self._open: dict[int, Stream] = {}
        self._numbers = 0
        self._said: set[str] = set()

    # ------------------------------------------------------------ for flows

    @property
    def now_s(self) -> float:
        """The time, as the shell gave it."""
        return self._flows.now_s

    def start(self, coroutine: Coroutine[Wait, None, None]) -> Flow:
        """Let a flow run beside the others."""
        return self._flows.start(coroutine)

    def emit(self, event: Event) -> None:
        """Tell the layer above."""
        self._outputs.append(event)

    def notice(self, text: str, level: NoticeLevel = "info") -> None:
        """Tell a person."""
        self.emit(Notice(text, level))

    def notice_once(self, key: str, text: str, level: NoticeLevel = "info") -> None:
        """Tell a person, once per session and key."""
        if key not in self._said:
            self._said.add(key)
            self.notice(text, level)

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        end_s = self.now_s + seconds
        await Wait(lambda: self.now_s >= end_s, end_s)

    def open(self, operation: str, body: Message) -> Stream:
        """Ask for something that comes in parts; close what is returned."""
        self._numbers += 1
        stream = Stream(self._numbers, self._abandon, self._let_go)
        self._open[stream.number] = stream
        self._outputs.append(Request(stream.number, operation, body))
        return stream

    async def begin(
        self, operation: str, body: Message, *, again: bool = False, within_s: float | None = None
    ) -> Stream:
        """`open`, and wait for the first part; patient where the service asks for it.

        `again`: asking twice does no harm, so a passing fault is tried once more.
        Raises Refused, TimeUp.
        """
        tries = 0
        while True:
            stream = self.open(operation, body)
            try:
                await stream.begun(None if within_s is None else self.now_s + within_s)
            except Refused as refused:
                tries += 1
                wait_s = _patience(refused.trouble, tries, again=again)
                if wait_s is None:
                    raise
                if refused.trouble.status == 429:
                    self.notice(f"The service asks to wait: {wait_s:.0f} s.", "warning")
            except BaseException:
                stream.close()
                raise
            else:
                return stream
            await self.sleep(wait_s)

    async def ask(self, operation: str, body: Message, *, again: bool = False) -> Message:
        """A whole answer.  Raises Refused."""
        with await self.begin(operation, body, again=again, within_s=ANSWER_WITHIN_S) as stream:
            answer: Message = {}
            # To the very end: a connection that is not read out cannot be used again.
            while (part := await stream.next(self.now_s + ANSWER_WITHIN_S)) is not None:
                answer = part if isinstance(part, dict) else answer
            return answer

    def _abandon(self, stream: Stream) -> None:
        if self._open.pop(stream.number, None) is not None:
            self._outputs.append(Abandon(stream.number))

    def _let_go(self, stream: Stream) -> None:
        self._open.pop(stream.number, None)

    # ------------------------------------------------------------ for the machine

    def arrived(self, number: int, part: Part) -> None:
        """A part of an answer."""
        stream = self._open.get(number)
        if stream is not None:
            stream.parts.append(part)

    def ended(self, number: int, trouble: Trouble | None) -> None:
        """An answer is complete, or will never be."""
        stream = self._open.pop(number, None)
        if stream is not None:
            stream.ended, stream.trouble = True, trouble

    def run(self, now_s: float) -> None:
        """Let every flow run as far as it can."""
        self._flows.run(now_s)

    def stop(self) -> None:
        """End all flows and abandon their requests."""
        self._flows.stop()
        for stream in list(self._open.values()):
            stream.close()

    def take(self) -> list[Output]:
        """What there is to do and to tell since the last call."""
        outputs, self._outputs = self._outputs, []
        return outputs

    @property
    def deadline_s(self) -> float | None:
        """When time matters next."""
        return self._flows.deadline_s


def _patience(trouble: Trouble, tries: int, *, again: bool) -> float | None:
    """How long to wait before the same request; None: it has failed."""
    if trouble.locked:
        return min(4.0, 0.25 * 2**tries) if tries < _LOCKED_TRIES else None
    if trouble.status == 429 and not trouble.quota and tries < _TRIES:
        wait_s = trouble.retry_after_s if trouble.retry_after_s is not None else 2.0**tries
        return wait_s if wait_s <= LONGEST_WAIT_S else None
    if again and trouble.passing and tries < 2:
        return trouble.retry_after_s if (trouble.retry_after_s or 99) <= 5 else 0.3
    return None
