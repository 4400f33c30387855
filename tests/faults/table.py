"""The faults voicetui is meant to survive: every row of the table, and the figure its test found.

A test of a row calls `record("A2", "0 blocks lost in 30 s")`; the table is printed at the end of
the run and `make faults` writes it to docs/faults.md.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

DOCUMENT_VARIABLE = "VOICETUI_FAULTS_TABLE"
"""Where the table is to be written, as Markdown."""

EVERYTHING = bool(os.environ.get("VOICETUI_EVERYTHING"))
"""`make faults`: the slow variants too, which differ little from those of the suite."""

GROUPS = {
    "A": "Sound",
    "N": "Network and protocol",
    "S": "History",
    "X": "Hostile text, keys, other users",
    "T": "Terminal and process",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One fault: what is done to the program, and what is asked of it then."""

    id: str
    fault: str
    target: str
    not_here: str = ""
    """Why no test on one machine can tell."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What one test found."""

    text: str
    ok: bool


ROWS = (
    Row("A1", "the screen's process is busy 200 ms of every 300", "no gap in the sound"),
    Row("A2", "more busy processes than processors", "counted; drift below 20 ms"),
    Row("A3", "the screen's process is stopped for 5 s", "no gap while sound is queued"),
    Row("A4", "the sound process is killed", "again within 1 s; heard position within 50 ms"),
    Row("A5", "the front end is killed", "nothing left within 500 ms, terminal restored"),
    Row("A6", "the line is lost (SIGHUP, closed pty)", "ended within 1 s, 0 turns lost"),
    Row("A7", "the loudspeaker goes away", "noticed within 1 s, on within 2 s"),
    Row("A8", "the microphone goes away", "noticed within 1 s, 0 ms of old sound sent"),
    Row("A9", "a device stalls without an error", "noticed within 1.5 s"),
    Row("A10", "a device that refuses 24 kHz", "pitch within 0.1 %"),
    Row(
        "A11",
        "a Bluetooth headset changes its profile",
        "waits for sound, opens again",
        not_here="needs a Bluetooth headset",
    ),
    Row("A12", "a device clock that is 300 ppm off", "latency drifts below 1 ms a minute"),
    Row("A13", "60 s of sound within 200 ms", "all of it in order, memory bounded"),
    Row("A14", "interrupted at any moment", "silent within a block and 10 ms"),
    Row("A15", "interrupted before the first sound", "0 errors of the service"),
    Row("A16", "what was heard, as the service is told", "within 20 ms, 0 refused"),
    Row("A17", "the answer comes back through the microphone", "0 false interruptions"),
    Row("A18", "silence, noise, a tap on the talk key", "0 phantom turns"),
    Row("A19", "the shared ring is damaged", "0 samples of noise"),
    Row("N1", "the network stalls for 0.5 to 15 s", "at most 3 s of old sound sent"),
    Row("N2", "cut in the middle of an answer", "usable again within 3 s, nothing lost or twice"),
    Row("N3", "half-open connection, sleep", "noticed within 25 s by ping, 2 s after waking"),
    Row("N4", "the session's time limit", "renewed before, in a pause, without a gap"),
    Row("N5", "20 cuts in a minute", "at most 12 connections a minute"),
    Row("N6", "errors that no retry mends", "1 attempt, the cause in words"),
    Row("N7", "429 with retry-after", "1 request in that time"),
    Row("N8", "answers that fail in the middle", "0 stuck states"),
    Row("N9", "races of create, cancel and done", "at most one open response"),
    Row("N10", "events out of order, doubled, missing, unknown", "the same transcript"),
    Row("N11", "malformed events", "0 crashes, at most +64 MB"),
    Row("N12", "a 32 MB frame, a compression bomb", "refused, at most +64 MB"),
    Row("N13", "servers without cancel and truncate", "0 errors shown"),
    Row("N14", "TLS, proxy, captive portal, DNS", "the cause in words within 5 s"),
    Row("N15", "expired audio, stuck runs, Assistants gone", "0 turns lost"),
    Row("S1", "killed at any moment while it saves", "0 committed turns lost, record sound"),
    Row("S2", "the disk is full", "the call goes on, everything saved afterwards"),
    Row("S3", "the record is damaged or foreign", "0 crashes, set aside"),
    Row("S4", "several programs, one record", "0 errors, 0 turns lost"),
    Row("S5", "the clock jumps", "0 turns out of order"),
    Row("S6", "100 000 turns in 10 000 conversations", "opens in 300 ms, finds in 100 ms"),
    Row("S7", "no rights, read-only home", "works in memory and says so"),
    Row("X1", "control sequences in every text from outside", "0 control bytes at the terminal"),
    Row("X2", "links", "0 opened unasked; http and https only"),
    Row("X3", "a key that must never come out", "0 occurrences"),
    Row("X4", "umask 000", "0 files others can read"),
    Row("X5", "symbolic links and pipes put in our way", "0 writes through them"),
    Row("X6", "other users and pages of other origins", "0 accepted"),
    Row("X7", "muted", "0 frames after the acknowledgement"),
    Row("X8", "the model asks for a dangerous call", "0 calls without a yes"),
    Row("T1", "quit, ctrl+c, signals, exceptions, kill -9", "0 modes left, exit code right"),
    Row("T2", "resize storm, 20x5, no colour, dumb, tmux", "0 crashes"),
    Row("T3", "hours of conversation", "0 growth of memory, files, threads"),
    Row("T4", "no sound hardware, no PortAudio", "screen within 1.5 s, reason in words"),
    Row("T5", "ended while connecting, speaking, a function runs", "99 of 100 within 1.5 s"),
)
_CALL = re.compile(r"\brecord\(\s*\"([A-Z]\d+)\"")
BY_ID: Mapping[str, Row] = {row.id: row for row in ROWS}

found: dict[str, list[Figure]] = {}
"""What the tests of this run recorded, by row."""


def record(row_id: str, figure: str, *, ok: bool = True) -> None:
    """Note what a test found for a row; `ok` is whether that reaches the target.

    One short clause, without dates and machine names.  A row may have several.
    """
    if row_id not in BY_ID:
        raise KeyError(f"{row_id} is no row of the table")
    figures = found.setdefault(row_id, [])
    if (new := Figure(figure, ok)) not in figures:
        figures.append(new)


def with_tests() -> set[str]:
    """The rows that tests beside this file record."""
    folder = Path(__file__).parent
    return {
        row_id
        for path in folder.glob("test_*.py")
        if path.name != "test_table.py"
        for row_id in _CALL.findall(path.read_text(encoding="utf-8"))
    }


def without_figure() -> list[str]:
    """Rows that a test could have recorded, and none has in this run."""
    wanted = with_tests()
    return [row.id for row in ROWS if row.id in wanted and row.id not in found]


def lines(rows: Iterable[Row] = ROWS) -> list[str]:
    """The table for a terminal."""
    shown: list[str] = []
    for row in rows:
        mark, text = _outcome(row)
        shown.append(f"{row.id:<4} {mark:<6} {row.fault}: {row.target}")
        shown.append(f"{'':<11} {text}")
    return shown


def markdown() -> str:
    """The table for docs/faults.md."""
    parts = [
        "# What voicetui survives",
        "",
        "Made by `make faults`, which runs one test for every row and writes down what it found:",
        "figures of one machine with two cores and a virtual sound card.",
    ]
    for letter, title in GROUPS.items():
        parts += [
            "",
            f"## {title}",
            "",
            "| row | fault | target | found | |",
            "|---|---|---|---|---|",
        ]
        for row in ROWS:
            if row.id[0] == letter:
                mark, text = _outcome(row)
                cells = (row.id, row.fault, row.target, text, mark)
                parts.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(parts) + "\n"


def write(path: Path) -> None:
    """Write the table for readers; raises OSError."""
    path.write_text(markdown(), encoding="utf-8")


def _outcome(row: Row) -> tuple[str, str]:
    """A word, and the figures or the reason why there are none."""
    figures = found.get(row.id)
    if figures:
        good = all(figure.ok for figure in figures)
        return "ok" if good else "missed", "; ".join(figure.text for figure in figures)
    return "-", f"not tested here: {row.not_here}" if row.not_here else "no test yet"
