"""A small parent that puts the terminal back in order when the front end is killed.

Imports nothing heavy: it must be there before and after everything else.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

try:
    import termios
except ImportError:  # Windows: the console restores itself
    termios = None  # type: ignore[assignment]

CHILD_MARK = "VOICETUI_PARENT"
"""Set for the child, so that it does not start one more: our process id, a colon, and the
descriptor on which it says which commands it runs (see tui.child.announced)."""

RESTORE = (
    b"\x1b\\"  # ends a string sequence that was cut short
    b"\x1b[?2026l"  # synchronised output
    b"\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"  # mouse
    b"\x1b[?1004l\x1b[?2004l\x1b[?2048l"  # focus reports, bracketed paste, resize reports
    b"\x1b[<u"  # kitty keyboard, before the alternate screen goes
    b"\x1b[?1049l"  # alternate screen
    b"\x1b[?7h\x1b[?25h\x1b[0m\r"  # autowrap, cursor, colours
)
FORWARDED = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


def run(argv: Sequence[str]) -> int:
    """Run `python -P -m tui argv...` as a child and return its exit code (128+n for a signal)."""
    command = [sys.executable, "-P", "-m", "tui", *argv]
    return run_command(command, dict(os.environ))


def run_command(command: list[str], env: dict[str, str]) -> int:
    """Run any command so; `run` for the one that matters."""
    if termios is None:
        import subprocess

        return subprocess.call(command, env={**env, CHILD_MARK: str(os.getpid())})
    running, told = os.pipe()
    os.set_inheritable(told, True)
    env = {**env, CHILD_MARK: f"{os.getpid()}:{told}"}
    screen = 2  # Textual draws on stderr
    saved = _modes()
    child = 0

    def forward(number: int, frame: FrameType | None) -> None:
        if child:
            try:
                os.kill(child, number)
            except ProcessLookupError:
                pass

    before = {number: signal.signal(number, forward) for number in FORWARDED}
    # The terminal's ctrl+c goes to the child as well, and the child decides.
    before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.SIG_IGN)
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)
    try:
        child = os.posix_spawn(
            command[0],
            command,
            env,
            setsigdef=[signal.SIGINT, *FORWARDED],
            setsigmask=blocked,
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        os.close(told)
    try:
        status = _wait(child)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if os.WIFSIGNALED(status) or (saved is not None and _modes() != saved):
        _restore(screen, saved)
    if os.WIFSIGNALED(status):
        _end_commands(running)
        return 128 + os.WTERMSIG(status)
    return os.WEXITSTATUS(status)


def _end_commands(running: int) -> None:
    """Kill what the front end was running when it was killed, each with whatever it started."""
    os.set_blocking(running, False)
    groups: dict[str, str] = {}
    """By the numbers of the commands that run."""
    try:
        words = os.read(running, 1 << 20).decode("ascii", "replace").split()
    except OSError:
        return
    for word in words:
        serial, _, group = word[1:].partition("=")
        if word[0] == "-":
            groups.pop(serial, None)
        elif group.isdecimal():
            groups[serial] = group
    for group in groups.values():
        try:
            os.killpg(int(group), signal.SIGKILL)
        except OSError:
            continue


def _wait(child: int) -> int:
    """Wait for the end; when the child is stopped, stop too, or the shell would not notice."""
    while True:
        _, status = os.waitpid(child, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            return status
        _stop()
        try:
            os.kill(child, signal.SIGCONT)
        except ProcessLookupError:
            pass


def _stop() -> None:
    """Until somebody goes on with us; with us stops what the shell sees instead of us: make, sh."""
    if a_shell_waits():
        os.killpg(0, signal.SIGTSTP)
    else:
        os.kill(os.getpid(), signal.SIGSTOP)  # as whoever stopped the child wants it


def a_shell_waits() -> bool:
    """Whether a shell would see that our process group is stopped, and could go on with it.

    The system knows: where nobody would, a process of the group is not stopped by this signal.
    """
    try:
        tried = os.posix_spawnp("sh", ["sh", "-c", "kill -TSTP $$"], dict(os.environ))
        stopped = os.WIFSTOPPED(os.waitpid(tried, os.WUNTRACED)[1])
        if stopped:
            os.kill(tried, signal.SIGKILL)
            os.waitpid(tried, 0)
    except OSError:
        return False
    return stopped


def _modes() -> list[object] | None:
    """The terminal's settings; None when there is no terminal."""
    try:
        return termios.tcgetattr(0)
    except (termios.error, OSError, ValueError):
        return None


def _restore(screen: int, saved: list[object] | None) -> None:
    try:
        # In the background a write or a change would stop this process.
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        if os.isatty(screen):
            os.write(screen, RESTORE)
        if saved is not None:
            termios.tcsetattr(0, termios.TCSANOW, saved)  # type: ignore[arg-type]
    except (termios.error, OSError):
        return  # the terminal is gone: nothing is left to restore
