"""The ring between two processes, with flushes at random moments: is a word ever wrong?

    python -m tests.bench.ring            100 million words; about three minutes
    python -m tests.bench.ring --long     a thousand million

A word is wrong when the reader sees another sample than was written at its position, or one below
the flush that was in force when it looked.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shared.pcm import FRAME_BYTES
from shared.ring import PLAY_FLUSH, PLAY_READ, PLAY_WRITTEN, SEGMENT_BYTES, AudioRings
from shared.segment import Segment
from tests.bench.command import run_alone
from tests.bench.stage import Stage
from tests.bench.table import Line, Result

ROOT = Path(__file__).resolve().parents[2]
WORDS = 100_000_000
LARGEST = 4800
"""Frames written at once."""
BLOCK = 960
"""Frames read at once."""
PERIOD = 32_749
"""Samples repeat after so many positions: a prime, no ring's size is a multiple of it."""
QUIET_S = 60.0


@dataclass(frozen=True, slots=True)
class Read:
    """What the reader found."""

    words: int
    wrong: int
    flushes: int
    """That it skipped at."""
    skipped: int
    """Words it never saw, because of them."""


def samples(position: int, count: int) -> np.ndarray:
    """The samples that belong at these positions."""
    return (np.arange(position, position + count) % PERIOD).astype("<i2")


def read(token: str, total: int) -> Read:
    """The engine's side: read until position `total`."""
    segment = Segment.attach(token)
    rings = AudioRings(segment.view)
    words, ring = rings.words, rings.playback
    block = memoryview(bytearray(BLOCK * FRAME_BYTES))
    position = seen = wrong = flushes = skipped = 0
    moved_s = time.monotonic()
    while position < total:
        written, flush = words[PLAY_WRITTEN], words[PLAY_FLUSH]
        if flush > position:
            flushes += 1
            skipped += flush - position
            position = flush
            words[PLAY_READ] = position
        count = min(BLOCK, written - position)
        if count <= 0:
            if time.monotonic() - moved_s > QUIET_S:
                break
            continue
        moved_s = time.monotonic()
        part = block[: count * FRAME_BYTES]
        ring.copy_to(position, part)
        wrong += int(np.count_nonzero(np.frombuffer(part, "<i2") != samples(position, count)))
        seen += count
        position += count
        words[PLAY_READ] = position
    return Read(seen, wrong, flushes, skipped)


def run(total: int, seed: int = 1) -> Read:
    """Write `total` words with random sizes and flushes; a process of its own reads them."""
    chance = random.Random(seed)
    segment = Segment.create(SEGMENT_BYTES)
    rings = AudioRings(segment.view)
    reader = subprocess.Popen(
        [sys.executable, "-P", "-m", "tests.bench.ring", "read", segment.token, str(total)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        pass_fds=segment.descriptors,
        stdout=subprocess.PIPE,
        text=True,
    )
    ring, words = rings.playback, rings.words
    table = np.tile(samples(0, PERIOD), 2)
    position = 0
    while position < total and reader.poll() is None:
        count = min(chance.randrange(1, LARGEST), total - position)
        first = position % PERIOD
        pcm = memoryview(table[first : first + count].tobytes())
        # At the edge nearly always: a little ahead, now and then as far as the ring goes.
        ahead = LARGEST if chance.random() < 0.999 else ring.capacity_frames
        while position - words[PLAY_READ] > ahead and reader.poll() is None:
            pass
        position += ring.write(pcm)
        if chance.random() < 0.02 and position < total:
            words[PLAY_FLUSH] = position
    out, _ = reader.communicate(timeout=QUIET_S * 2)
    rings.release()
    segment.close()
    if reader.returncode:
        raise RuntimeError(f"the reader failed with {reader.returncode}")
    return Read(*map(int, out.split()))


def measure(stage: Stage, long: bool) -> Result:
    """A hundred million words, or ten times as many."""
    total = WORDS * (10 if long else 1)
    started_s = time.monotonic()
    found = run(total)
    took_s = time.monotonic() - started_s
    return Result(
        "Ring between two processes",
        (
            Line("words wrong", f"{found.wrong:,}", "", "0", found.wrong == 0),
            Line("words written, read", f"{total:,}, {found.words:,}"),
            Line("flushes met, words skipped", f"{found.flushes:,}, {found.skipped:,}"),
            Line("words per second", f"{total / took_s:,.0f}"),
        ),
        {"total": total, "words": found.words, "wrong": found.wrong, "flushes": found.flushes},
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["read"]:
        found_ = read(sys.argv[2], int(sys.argv[3]))
        sys.stdout.write(f"{found_.words} {found_.wrong} {found_.flushes} {found_.skipped}\n")
    else:
        run_alone(measure)
