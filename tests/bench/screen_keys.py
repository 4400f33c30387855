"""From a key to bytes in the terminal: python -m tests.bench.screen_keys.

While an answer is spoken, and in a conversation of ten thousand turns, in a real pseudo-terminal.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.bench.stage import Stage
from tests.bench.table import Line, Result, percentile, print_result, spread
from tests.terminal.conftest import environment
from tests.terminal.driver import Terminal, python
from tests.tui.store.seed import seed
from tui.store.store import Store
from tui.text import clean

REPOSITORY = Path(__file__).resolve().parents[2]
TURNS = 10_000
TALKING_KEY_MS = 30
OPEN_MS = 500
SCROLL_MS = 33
FIRST_PICTURE_S = 0.6
SSH_BYTES_PER_S = 2_000
TALKING_S = 10.0
ROWS, COLUMNS = 24, 80


def measure(_stage: Stage | None = None, long: bool = False) -> Result:
    """Keys while talking, bytes over SSH, and a long conversation."""
    presses = 100 if long else 30
    with tempfile.TemporaryDirectory(prefix="voicetui-screen-") as name:
        folder = Path(name)
        pictures_s = [first_picture_s(folder) for _ in range(10 if long else 5)]
        talking_ms, bytes_per_s = talking(folder, presses)
        opened_ms, scroll_ms = long_conversation(folder, presses)
    scrolled_ms = percentile(scroll_ms, 95)
    lines = (
        Line(
            "the scripted screen's first picture, median / slowest",
            spread([1000 * one for one in pictures_s]),
            "",
            f"at most {FIRST_PICTURE_S} s",
            percentile(pictures_s, 50) <= FIRST_PICTURE_S,
        ),
        Line(
            "a key while an answer is spoken, median / slowest",
            spread(talking_ms),
            "",
            f"at most {TALKING_KEY_MS} ms",
            percentile(talking_ms, 50) <= TALKING_KEY_MS,
        ),
        Line(
            f"both talking over SSH, {TALKING_S:.0f} s",
            f"{bytes_per_s:.0f} bytes/s",
            "",
            f"at most {SSH_BYTES_PER_S}",
            bytes_per_s <= SSH_BYTES_PER_S,
        ),
        Line(
            f"{TURNS:,} turns, enter to the last of them",
            f"{opened_ms:.0f} ms",
            "",
            f"at most {OPEN_MS} ms",
            opened_ms <= OPEN_MS,
        ),
        Line(
            f"there, a scroll key to bytes, 95th percentile of {len(scroll_ms)}",
            f"{scrolled_ms:.0f} ms (slowest {max(scroll_ms):.0f} ms)",
            "",
            f"at most {SCROLL_MS} ms",
            scrolled_ms <= SCROLL_MS,
        ),
    )
    numbers = {
        "first_picture_s": pictures_s,
        "talking_key_ms": talking_ms,
        "ssh_bytes_per_s": bytes_per_s,
        "open_ms": opened_ms,
        "scroll_ms": scroll_ms,
    }
    return Result(f"Keys and the screen ({COLUMNS}x{ROWS})", lines, numbers)


def scripted(folder: Path, *argv: str) -> Terminal:
    """The scripted screen in a terminal."""
    return Terminal.spawn(
        python("-P", "-m", "tests.terminal.scripted_app", *argv, "--state", str(folder / "own")),
        env=environment(folder),
        rows=ROWS,
        cols=COLUMNS,
    )


def first_picture_s(folder: Path) -> float:
    """From the start of the process."""
    began_s = time.monotonic()
    with scripted(folder, "quiet") as terminal:
        terminal.wait_for("voicetui")
        return time.monotonic() - began_s


def talking(folder: Path, presses: int) -> tuple[list[float], float]:
    """Milliseconds of the mute key, and bytes per second, over SSH."""
    with scripted(folder, "talking", "--ssh") as terminal:
        terminal.wait_for("hills")
        before, began_s = terminal.bytes_written, time.monotonic()
        time.sleep(TALKING_S)
        rate = (terminal.bytes_written - before) / (time.monotonic() - began_s)
        took_ms = []
        for number in range(presses):
            muted = number % 2 == 0
            time.sleep(0.05 + 0.013 * (number % 7))
            took_ms.append(until_ms(terminal, "f3", "MUTED", muted))
        return took_ms, rate


def until_ms(terminal: Terminal, key: str, word: str, there: bool) -> float:
    """Milliseconds from a key until a word is there, or gone."""
    began_s = time.monotonic()
    terminal.press(key)
    while (word in terminal.text) != there:
        if time.monotonic() - began_s > 5:
            raise AssertionError(f"{key} has no effect\n{terminal.text}")
        time.sleep(0.0005)
    return (time.monotonic() - began_s) * 1000


def long_conversation(folder: Path, presses: int) -> tuple[float, list[float]]:
    """Opening it from the history, and scrolling in it."""
    store = Store.open(folder / "history")
    seed(store, 1, TURNS)
    row = store.list(1).result(60)[0]
    last = clean(store.load(row.id, 1).result(60).turns[-1].text)[:20]
    assert store.close(60)
    with Terminal.spawn(
        python("-m", "tests.bench.history_app", str(folder / "history")),
        rows=ROWS,
        cols=COLUMNS,
        cwd=str(REPOSITORY),
    ) as terminal:
        terminal.wait_for("LISTENING", 30)
        terminal.press("h")
        terminal.wait_for("enter resume")
        terminal.wait_quiet()
        began_s = time.monotonic()
        terminal.press("enter")
        terminal.wait_until(
            lambda: "History" not in terminal.text and last in terminal.text, "the last turn"
        )
        opened_ms = (time.monotonic() - began_s) * 1000
        terminal.wait_quiet()
        scroll_ms = []
        for number in range(presses):
            key = ("pageup", "pageup", "pagedown", "up", "home", "end")[number % 6]
            scroll_ms.append(to_bytes_ms(terminal, key))
        terminal.press("q")
        terminal.wait_exit()
    return opened_ms, scroll_ms


def to_bytes_ms(terminal: Terminal, key: str) -> float:
    """From a key to the first bytes it makes the screen write."""
    terminal.wait_quiet(0.1)
    before, began_s = terminal.bytes_written, time.monotonic()
    terminal.press(key)
    while terminal.bytes_written == before:
        if time.monotonic() - began_s > 5:
            raise AssertionError(f"{key} has no effect\n{terminal.text}")
        time.sleep(0.0002)
    return (time.monotonic() - began_s) * 1000


if __name__ == "__main__":
    result = measure(None, "--long" in sys.argv)
    print_result(result)
    sys.exit(0 if all(line.met is not False for line in result.lines) else 1)
