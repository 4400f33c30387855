"""One run of the real program in a terminal, brought to a moment and ended in one way."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tests.e2e.program import Home, command, descendants
from tests.e2e.proxy import Proxy
from tests.terminal.driver import Terminal

Stage = Literal["connecting", "idle", "speaking", "tool", "reconnecting"]
Way = Literal["q", "ctrl+q", "ctrl+c", "SIGTERM", "SIGHUP", "lost line", "kill -9"]
STAGES: tuple[Stage, ...] = ("connecting", "idle", "speaking", "tool", "reconnecting")
WAYS: tuple[Way, ...] = ("q", "ctrl+q", "ctrl+c", "SIGTERM", "SIGHUP", "lost line", "kill -9")
KEYS: tuple[Way, ...] = ("q", "ctrl+q", "ctrl+c")
CODES: dict[Way, tuple[int, ...]] = {
    # A process that has not come as far as to listen ends by the signal itself.
    "SIGTERM": (143, -15),
    "SIGHUP": (129, -1),
    "kill -9": (137,),
    "lost line": (129, -1, 1, 137),
}
"""What else than 0, or 5 where there was no connection."""

READY_S = 60  # of a loaded machine
GIVE_UP_S = 20.0
TELL = "Tell me a story."
CALL = "Please call the function weather for Tokyo."
SAID = "My name is Ada."

_MODES = re.compile(rb"\x1b\[\?([0-9]+)([hl])")
_ON_AT_REST = {b"7", b"25"}  # autowrap, cursor
_KITTY = re.compile(rb"\x1b\[(>[0-9]+|<)u")


@dataclass
class Ended:
    """What was left."""

    stage: Stage
    way: Way
    took_ms: float
    code: int
    modes: list[str] = field(default_factory=list)
    """Terminal modes that were not put back."""


def set_up(home: Home) -> None:
    """A function that takes longer than anybody waits."""
    home.config.write_text(
        f"""[[tools]]
name = "weather"
description = "Weather in a city right now"
command = {json.dumps([sys.executable, "-c", "import time; time.sleep(60)"])}
allowed = true
[tools.parameters]
type = "object"
required = ["city"]
properties.city = {{ type = "string" }}
"""
    )


def run(home: Home, proxy: Proxy, url: str, stage: Stage, way: Way, chance: random.Random) -> Ended:
    """Start, come to the moment, end, look."""
    proxy.refuse(False)
    terminal = Terminal.spawn(
        command("--base-url", url), env=home.env, cwd=str(home.folder), rows=24, cols=100
    )
    with terminal:
        before = terminal.modes
        _come_to(terminal, proxy, stage, chance, keys=way in KEYS)
        pids = [terminal.pid, *descendants(terminal.pid)]
        front = _front_end(terminal.pid)
        began_s = time.monotonic()
        _end(terminal, way, front)
        while alive(pids) and time.monotonic() - began_s < GIVE_UP_S:
            time.sleep(0.005)
        took_ms = (time.monotonic() - began_s) * 1000
        orphans = [_name(pid) for pid in alive(pids)]
        assert not orphans, f"{stage}, {way}: still there: {orphans}\n{terminal.text}"
        code = terminal.wait_exit(GIVE_UP_S)
        ended = Ended(stage, way, took_ms, code)
        if way != "lost line":
            ended.modes = left_on(terminal.raw)
            if terminal.modes != before:
                ended.modes.append("termios")
    return ended


def _come_to(
    terminal: Terminal, proxy: Proxy, stage: Stage, chance: random.Random, *, keys: bool
) -> None:
    if stage == "connecting" and keys:  # there is nobody to take them before the first picture
        terminal.wait_for("voicetui", READY_S)
        time.sleep(chance.uniform(0, 0.5))
        return
    if stage == "connecting":
        # From before the first import to the first words.
        end_s = time.monotonic() + READY_S
        while not descendants(terminal.pid) and time.monotonic() < end_s:
            time.sleep(0.005)
        time.sleep(chance.uniform(0.05, 1.5))
        return
    terminal.wait_for("PAUSED", READY_S)
    if stage == "idle":
        time.sleep(chance.uniform(0, 0.3))
        return
    terminal.press("i")
    terminal.type(SAID + "\r")
    terminal.wait_for("Nice to meet you", READY_S)
    terminal.wait_for("PAUSED", READY_S)
    if stage == "reconnecting":
        terminal.press("escape")
        proxy.refuse(True)
        proxy.cut()
        terminal.wait_for("RECONNECTING", READY_S)
    else:
        terminal.type((TELL if stage == "speaking" else CALL) + "\r")
        terminal.press("escape")
        sign = "SPEAKING" if stage == "speaking" else "weather"
        terminal.wait_for(sign, READY_S)
    time.sleep(chance.uniform(0, 0.5))


def _end(terminal: Terminal, way: Way, front: int) -> None:
    match way:
        case "q" | "ctrl+q":
            terminal.press(way)
        case "ctrl+c":
            terminal.press("ctrl+c")
            time.sleep(0.05)
            terminal.press("ctrl+c")
        case "SIGTERM":
            terminal.signal(signal.SIGTERM)
        case "SIGHUP":
            terminal.signal(signal.SIGHUP)
        case "lost line":
            terminal.hang_up()
        case "kill -9":
            os.kill(front, signal.SIGKILL)


def _front_end(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0]) if children else pid


def alive(pids: list[int]) -> list[int]:
    """Those that still run; a zombie does not."""
    return [pid for pid in pids if Path(f"/proc/{pid}/exe").exists() and _state(pid) not in "ZX"]


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return "X"


def _name(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        words = "?"
    return f"{pid} {words}".strip()


def left_on(raw: bytes) -> list[str]:
    """Private modes that differ from those of a fresh terminal, by what was written."""
    state: dict[bytes, bytes] = {}
    for mode, letter in _MODES.findall(raw):
        state[mode] = letter
    wrong = [
        mode.decode()
        for mode, letter in state.items()
        if (letter == b"h") is not (mode in _ON_AT_REST)
    ]
    depth = 0
    for sequence in _KITTY.findall(raw):
        depth = depth + 1 if sequence.startswith(b">") else max(0, depth - 1)
    return [*wrong, *(["kitty keyboard"] if depth else [])]
