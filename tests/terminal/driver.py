"""Runs a program in a real pseudo-terminal, types keys as bytes and reads the screen with pyte.

with Terminal.spawn([sys.executable, "-m", "tui"], rows=24, cols=80) as terminal:
    terminal.wait_for("LISTENING")
    terminal.press("m")
    assert any("MUTED" in line for line in terminal.screen())
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

import pyte

KEYS = {
    "enter": b"\r",
    "escape": b"\x1b",
    "space": b" ",
    "tab": b"\t",
    "backspace": b"\x7f",
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "right": b"\x1b[C",
    "left": b"\x1b[D",
    "home": b"\x1b[H",
    "end": b"\x1b[F",
    "pageup": b"\x1b[5~",
    "pagedown": b"\x1b[6~",
    "f1": b"\x1bOP",
    "f2": b"\x1bOQ",
    "f3": b"\x1bOR",
    "f4": b"\x1bOS",
    **{f"ctrl+{chr(code)}": bytes([code - 96]) for code in range(ord("a"), ord("z") + 1)},
}
# pyte does not know these and would print their tails.
_UNKNOWN_TO_PYTE = re.compile(
    rb"\x1b\[[<>=][0-9;]*[a-z]|\x1b\[\?[0-9;]*\$p|\x1b\](?:[^\x07\x1b]*)(?:\x07|\x1b\\)"
)


class Terminal:
    """One program in one pseudo-terminal; a thread reads what it writes."""

    def __init__(self, pid: int, fd: int, rows: int, cols: int) -> None:
        self.pid = pid
        self._fd = fd
        self._screen = pyte.Screen(cols, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._lock = threading.Lock()
        self._raw = bytearray()
        self._rest = b""
        self._reading = threading.Event()
        self._reading.set()
        self._over = threading.Event()
        self._status: int | None = None
        self._thread = threading.Thread(target=self._read, name="pty-reader", daemon=True)
        self._thread.start()

    @classmethod
    def spawn(
        cls,
        argv: Sequence[str],
        env: Mapping[str, str] | None = None,
        rows: int = 24,
        cols: int = 80,
        cwd: str | None = None,
    ) -> Terminal:
        """Start a program as the leader of a session of its own; `env` is the whole environment."""
        environment = dict(os.environ if env is None else env)
        environment.setdefault("TERM", "xterm-256color")
        for name in ("SSH_CONNECTION", "SSH_TTY", "NO_COLOR", "COLUMNS", "LINES"):
            if env is None:
                environment.pop(name, None)
        pid, fd = pty.fork()
        if pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
                if cwd is not None:
                    os.chdir(cwd)
                os.execvpe(argv[0], list(argv), environment)
            finally:
                os._exit(127)
        return cls(pid, fd, rows, cols)

    # ------------------------------------------------------------ the keyboard

    def type(self, text: str | bytes) -> None:
        """Type characters as they are; "\\r" is Enter."""
        os.write(self._fd, text.encode() if isinstance(text, str) else text)

    def press(self, *names: str) -> None:
        """Press keys by name (see KEYS) or by character, one after the other."""
        for name in names:
            self.type(KEYS.get(name, name.encode()))
            if name == "escape":
                time.sleep(0.15)  # a lone escape is known as one only after Textual's ESCDELAY

    def paste(self, text: str) -> None:
        """Paste as a terminal with bracketed paste does: line ends arrive as carriage returns."""
        self.type("\x1b[200~" + text.replace("\n", "\r") + "\x1b[201~")

    def resize(self, rows: int, cols: int) -> None:
        """Another window size."""
        with self._lock:
            self._screen.resize(rows, cols)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns, by the kernel's account."""
        columns, rows = os.get_terminal_size(self._fd)
        return rows, columns

    # ------------------------------------------------------------ the screen

    def screen(self) -> list[str]:
        """The lines a person would see, without blanks at their ends."""
        with self._lock:
            # Not `display`: it stumbles over a cell that holds nothing.
            cells = [self._screen.buffer[row] for row in range(self._screen.lines)]
            columns = range(self._screen.columns)
            return ["".join(line[x].data for x in columns).rstrip() for line in cells]

    @property
    def text(self) -> str:
        """The screen as one string."""
        return "\n".join(self.screen())

    @property
    def cursor(self) -> tuple[int, int]:
        """Row and column of the real cursor."""
        with self._lock:
            return self._screen.cursor.y, self._screen.cursor.x

    @property
    def raw(self) -> bytes:
        """Every byte the program has written."""
        with self._lock:
            return bytes(self._raw)

    @property
    def bytes_written(self) -> int:
        """How many bytes the program has written."""
        with self._lock:
            return len(self._raw)

    def wait_until(self, condition: Callable[[], bool], what: str, timeout_s: float = 15.0) -> None:
        """Wait until the condition holds; fail with the screen otherwise."""
        end_s = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > end_s:
                raise AssertionError(f"{what}: not within {timeout_s} s\n{self.text}")
            if self._over.is_set() and not condition():
                raise AssertionError(f"{what}: the program has ended\n{self.text}")
            time.sleep(0.02)

    def wait_for(self, text: str, timeout_s: float = 15.0) -> None:
        """Wait until the text stands on the screen."""
        self.wait_until(lambda: text in self.text, f"{text!r} on the screen", timeout_s)

    def wait_gone(self, text: str, timeout_s: float = 15.0) -> None:
        """Wait until the text stands there no more."""
        self.wait_until(lambda: text not in self.text, f"{text!r} off the screen", timeout_s)

    def wait_quiet(self, quiet_s: float = 0.4, timeout_s: float = 15.0) -> None:
        """Wait until nothing was written for a while."""
        end_s = time.monotonic() + timeout_s
        count, since_s = self.bytes_written, time.monotonic()
        while time.monotonic() - since_s < quiet_s:
            if time.monotonic() > end_s:
                raise AssertionError(f"still writing after {timeout_s} s\n{self.text}")
            time.sleep(0.02)
            if self.bytes_written != count:
                count, since_s = self.bytes_written, time.monotonic()

    # ------------------------------------------------------------ the line and the process

    def stall(self) -> None:
        """Stop reading: the terminal of a lost or paused connection."""
        self._reading.clear()

    def resume(self) -> None:
        """Read again."""
        self._reading.set()

    def hang_up(self) -> None:
        """Close the line; the kernel sends SIGHUP."""
        self._reading.set()
        self._over.set()
        os.close(self._fd)
        self._fd = -1

    def signal(self, number: int) -> None:
        """Send a signal to the program."""
        os.kill(self.pid, number)

    @property
    def modes(self) -> list[object]:
        """The line's termios settings."""
        return list(termios.tcgetattr(self._fd))

    def wait_exit(self, timeout_s: float = 15.0) -> int:
        """Wait for the end; exit code, or -n for a signal."""
        end_s = time.monotonic() + timeout_s
        while self._status is None:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                self._status = status
                break
            if time.monotonic() > end_s:
                raise AssertionError(f"still running after {timeout_s} s\n{self.text}")
            time.sleep(0.02)
        if self._fd >= 0:
            self._thread.join(2.0)
        return os.waitstatus_to_exitcode(self._status)

    def close(self) -> None:
        """End the program if it still runs, and close the line."""
        self._reading.set()
        if self._status is None:
            for number, wait_s in ((signal.SIGTERM, 4.0), (signal.SIGKILL, 4.0)):
                try:
                    os.kill(self.pid, number)
                except ProcessLookupError:
                    break
                try:
                    self.wait_exit(wait_s)
                    break
                except AssertionError:
                    continue
                except ChildProcessError:
                    break
        self._over.set()
        self._thread.join(2.0)
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _read(self) -> None:
        while not self._over.is_set():
            if not self._reading.wait(0.1):
                continue
            try:
                ready, _, _ = select.select([self._fd], [], [], 0.1)
                data = os.read(self._fd, 65536) if ready else b""
            except (OSError, ValueError):
                break
            if ready and not data:
                break
            if data:
                self._feed(data)
        self._over.set()

    def _feed(self, data: bytes) -> None:
        with self._lock:
            self._raw += data
            data = self._rest + data
            # A sequence cut in two by the read is kept for the next one.
            cut = data.rfind(b"\x1b")
            keep = (
                cut >= 0
                and len(data) - cut < 64
                and not re.match(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[^\[\]])", data[cut:])
            )
            self._rest = data[cut:] if keep else b""
            if keep:
                data = data[:cut]
            self._stream.feed(_UNKNOWN_TO_PYTE.sub(b"", data))


def python(*argv: str) -> list[str]:
    """A command line that runs this Python."""
    return [sys.executable, *argv]
