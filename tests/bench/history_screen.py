"""The history on the screen with 10,000 conversations: python -m tests.bench.history_screen.

From the key a person presses to what they see, in a real pseudo-terminal.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.stage import Stage
from tests.bench.table import Line, Result, percentile, print_result, spread
from tests.terminal.driver import Terminal, python
from tests.tui.store.seed import seed
from tui.screens.listing import PAGE
from tui.store.rows import ConversationRow
from tui.store.store import Store
from tui.text import clean

REPOSITORY = Path(__file__).resolve().parents[2]
CONVERSATIONS = 10_000
TURNS_EACH = 10
OPENING_MS = 200
KEYSTROKE_MS = 100
GROWTH_MB = 30
ROWS, COLUMNS = 40, 120
TYPED = ("weather tomorrow", "the meeting", "Xylophone", "天気予報を教えて", "東京 料理", "存在")
TITLE_CHARACTERS = 12
FIRST_ROW = 3


def measure(_stage: Stage | None = None, long: bool = False) -> Result:
    """Open it several times and type searches letter by letter."""
    with tempfile.TemporaryDirectory(prefix="voicetui-history-") as name:
        folder = Path(name) / "history"
        store = Store.open(folder)
        seed(store, CONVERSATIONS, TURNS_EACH)
        expected = {
            text[:end]: store.list(PAGE, query=text[:end]).result(60)
            for text in TYPED
            for end in range(1, len(text) + 1)
        }
        assert store.close(60)
        opening_ms: list[float] = []
        keys_ms: dict[str, float] = {}
        with Terminal.spawn(
            python("-m", "tests.bench.history_app", str(folder)),
            rows=ROWS,
            cols=COLUMNS,
            cwd=str(REPOSITORY),
        ) as terminal:
            terminal.wait_for("LISTENING", 30)
            terminal.wait_quiet()
            before_mb = memory_mb(terminal.pid)
            for _ in range(10 if long else 5):
                opening_ms.append(opened_ms(terminal))
                terminal.press("escape")
                terminal.wait_for("LISTENING")
            opened_ms(terminal)
            for text in TYPED:
                terminal.press("/")
                terminal.wait_for("to the list")
                for end in range(1, len(text) + 1):
                    query = text[:end]
                    keys_ms[query] = typed_ms(terminal, query, expected[query])
                terminal.press("escape")
                terminal.wait_for(f"{CONVERSATIONS:,} conversations")
            growth_mb = memory_mb(terminal.pid) - before_mb
            terminal.press("escape", "q")
            terminal.wait_exit()
    slow_ms = percentile(list(keys_ms.values()), 95)
    lines = (
        Line(
            "h to the list on the screen, median / slowest",
            spread(opening_ms),
            "",
            f"at most {OPENING_MS} ms",
            percentile(opening_ms, 50) <= OPENING_MS,
        ),
        Line(
            f"a letter to what it finds, 95th percentile of {len(keys_ms)}",
            f"{slow_ms:.0f} ms (slowest {max(keys_ms.values()):.0f} ms)",
            "",
            f"at most {KEYSTROKE_MS} ms",
            slow_ms <= KEYSTROKE_MS,
        ),
        Line(
            "the program's memory grows by",
            f"{growth_mb:.1f} MB",
            "",
            f"at most {GROWTH_MB} MB",
            growth_mb <= GROWTH_MB,
        ),
    )
    numbers = {"opening_ms": opening_ms, "keys_ms": keys_ms, "growth_mb": growth_mb}
    turns = CONVERSATIONS * TURNS_EACH
    return Result(
        f"The history on the screen: {CONVERSATIONS:,} conversations, {turns:,} turns",
        lines,
        numbers,
    )


def opened_ms(terminal: Terminal) -> float:
    """From h to the first rows."""
    began_s = time.monotonic()
    terminal.press("h")
    terminal.wait_until(
        lambda: (
            bool(terminal.screen()[FIRST_ROW].strip(" ⢸"))
            and f"{CONVERSATIONS:,} conversations" in terminal.text
        ),
        "the list",
    )
    return (time.monotonic() - began_s) * 1000


def typed_ms(terminal: Terminal, query: str, rows: list[ConversationRow]) -> float:
    """From the last letter of the query to its finds."""
    found = f"{len(rows)}" + ("" if len(rows) < PAGE else " or more") + " found"
    title = packed(clean(rows[0].title))[:TITLE_CHARACTERS] if rows else "title"

    def shown() -> bool:
        screen = terminal.screen()
        return (
            screen[0].endswith(found)
            and packed(query) in packed(screen[1])
            and title in packed(screen[FIRST_ROW] if rows else screen[FIRST_ROW - 1])
        )

    began_s = time.monotonic()
    terminal.type(query[-1])
    terminal.wait_until(shown, f"the finds of {query!r}")
    return (time.monotonic() - began_s) * 1000


def packed(text: str) -> str:
    """Without blanks: the emulator leaves the second cell of a wide character empty."""
    return re.sub(r"\s+", "", text)


def memory_mb(pid: int) -> float:
    """What the process holds of its own (Linux)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(("Private_Dirty:", "Anonymous:")):
            return int(line.split()[1]) / 1000
    raise LookupError("no figure")


if __name__ == "__main__":
    result = measure(None, "--long" in sys.argv)
    print_result(result)
    sys.exit(0 if all(line.met is not False for line in result.lines) else 1)
