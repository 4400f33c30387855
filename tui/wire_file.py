"""A log of the wire in a file: JSON lines, 0600, of bounded size, only where somebody asked for it.

    log = WireFile(path, on_problem)        # raises WireFileProblem; open_wire_file says it
    log("sent", raw)                        # a `WireLog`
    log.close()

It is written on a thread of its own: a slow disk delays no sound.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tui.call_events import CallEvent, WireLogged
from tui.paths import open_private
from tui.sessions.events import Notice
from tui.sessions.wire_log import Way, masked, to_line

LARGEST_BYTES: Final = 32 << 20
"""A longer file is put aside as FILE.1, over the one that was put aside before."""
MOST_WAITING_BYTES: Final = 8 << 20
"""What the disk has not taken yet; more is left out, and counted."""
_SMALL_BYTES: Final = 200
_CLOSE_WITHIN_S: Final = 0.5
_FIRST: Final = b'{"wire_log":1,'

_Entry = tuple[float, Way, object, str, str]


class WireFileProblem(Exception):
    """Why there is no log of the wire, in words."""


class WireFile:
    """One file; a folder gets one with the date."""

    def __init__(self, wanted: str, on_problem: Callable[[str], None]) -> None:
        path = Path(wanted).expanduser().absolute()
        if path.is_dir():
            path /= time.strftime("voicetui-wire-%Y%m%d-%H%M%S.jsonl")
        self.path = path
        self._on_problem = on_problem
        try:
            self._need_ours(path)
            self._need_ours(self._aside)
            self._file = self._open()
        except OSError as error:
            raise WireFileProblem(f"{path}: {error.strerror or error}") from error
        self._entries: queue.SimpleQueue[_Entry | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._waiting_bytes = 0
        self._left_out = 0
        self._failed = False
        self._thread = threading.Thread(target=self._write, name="wire-log", daemon=True)
        self._thread.start()

    def __call__(self, way: Way, body: object, kind: str = "", over: str = "") -> None:
        """Write it down, later."""
        size_bytes = _size_bytes(body)
        with self._lock:
            if self._failed or self._waiting_bytes + size_bytes > MOST_WAITING_BYTES:
                self._left_out += 1
                return
            self._waiting_bytes += size_bytes
        self._entries.put((time.time(), way, body, kind, over))

    def close(self) -> None:
        """Write the rest."""
        self._entries.put(None)
        self._thread.join(_CLOSE_WITHIN_S)

    # ------------------------------------------------------------ files

    @property
    def _aside(self) -> Path:
        return self.path.with_name(f"{self.path.name}.1")

    @staticmethod
    def _need_ours(path: Path) -> None:
        """Nothing that somebody else wrote is written to or put away."""
        with contextlib.suppress(FileNotFoundError):
            flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
            descriptor = os.open(path, flags)
            try:
                first = os.read(descriptor, len(_FIRST))
            finally:
                os.close(descriptor)
            if first and first != _FIRST:
                raise WireFileProblem(
                    f"{path} holds something else, which stays; choose another name"
                )

    def _open(self) -> int:
        descriptor = open_private(self.path, os.O_WRONLY | os.O_APPEND)
        began = {"wire_log": 1, "time": _time(time.time()), "process": os.getpid()}
        _put(descriptor, to_line(began))
        return descriptor

    def _put_aside(self) -> None:
        """The file is long enough; another process may have done it."""
        os.close(self._file)
        with contextlib.suppress(FileNotFoundError):
            if self.path.stat().st_size >= LARGEST_BYTES:
                self.path.replace(self._aside)
        self._file = self._open()

    # ------------------------------------------------------------ the writing thread

    def _write(self) -> None:
        try:
            while (entry := self._entries.get()) is not None:
                self._one(entry)
        except OSError as error:
            with self._lock:
                self._failed = True
            self._on_problem(f"{error.strerror or error}".rstrip("."))
        finally:
            with contextlib.suppress(OSError):
                os.close(self._file)

    def _one(self, entry: _Entry) -> None:
        at_s, way, body, kind, over = entry
        with self._lock:
            self._waiting_bytes -= _size_bytes(body)
            left_out, self._left_out = self._left_out, 0
        if left_out:
            note: dict[str, object] = {"time": _time(at_s), "way": "note", "kind": "left out"}
            _put(self._file, to_line({**note, "body": {"messages": left_out}}))
        shown = masked(body)
        if not kind and isinstance(shown, dict):
            kind = str(shown.get("type") or shown.get("object") or "")
        line = {"time": _time(at_s), "way": way, "over": over, "kind": kind, "body": shown}
        _put(self._file, to_line(line))
        if os.fstat(self._file).st_size > LARGEST_BYTES:
            self._put_aside()


def open_wire_file(wanted: str, tell: Callable[[CallEvent], None]) -> WireFile | None:
    """For a call, on its loop, where somebody asked for one; said in any case."""
    if not wanted:
        return None
    loop = asyncio.get_running_loop()

    def failed(why: str) -> None:
        words = f"The wire log has stopped: {why}. The call goes on."
        with contextlib.suppress(RuntimeError):  # the call is over
            loop.call_soon_threadsafe(tell, WireLogged(""))
            loop.call_soon_threadsafe(tell, Notice(words, "error"))

    try:
        file = WireFile(wanted, failed)
    except WireFileProblem as problem:
        tell(Notice(f"No wire log: {problem}", "error"))
        return None
    tell(WireLogged(str(file.path)))
    words = f"Wire log: all words of this call are written to {file.path}, without keys and sound."
    tell(Notice(words, "warning"))
    return file


def _size_bytes(body: object) -> int:
    return _SMALL_BYTES + (len(body) if isinstance(body, bytes | str) else 0)


def _put(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _time(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds")
