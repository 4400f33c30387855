"""What the screen costs: bytes per second, time to the first picture."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest

from tests.terminal.conftest import Start


def rate(start: Start, scenario: str, *flags: str, over_s: float) -> float:
    """Bytes per second of a scenario after its beginning."""
    terminal = start(scenario, *flags)
    terminal.wait_for("SPEAKING")
    if scenario == "talk":
        terminal.wait_quiet()
    else:
        terminal.wait_for("hills")
    before, since_s = terminal.bytes_written, time.monotonic()
    time.sleep(over_s)  # a rate needs a time
    return (terminal.bytes_written - before) / (time.monotonic() - since_s)


def test_an_idle_screen_writes_nothing(start: Start) -> None:
    assert rate(start, "talk", over_s=3.0) == 0


def test_an_idle_composer_writes_nothing(start: Start) -> None:
    terminal = start("talk")
    terminal.wait_for("SPEAKING")
    terminal.press("i")
    terminal.wait_for("enter send")
    terminal.wait_quiet()
    before = terminal.bytes_written
    time.sleep(2.0)
    assert terminal.bytes_written == before


def test_talking_writes_at_most_4_kb_a_second(start: Start) -> None:
    assert 200 < rate(start, "talking", over_s=10.0) <= 4000


def test_talking_over_ssh_writes_at_most_2_kb_a_second(start: Start) -> None:
    assert 100 < rate(start, "talking", "--ssh", over_s=10.0) <= 2000


def test_meters_rest_while_typing(start: Start) -> None:
    terminal = start("talking")
    terminal.wait_for("SPEAKING")
    terminal.press("i")
    terminal.wait_for("enter send")
    terminal.wait_until(
        lambda: any("out ⠤⠤⠤" in line for line in terminal.screen()), "the meter at rest"
    )
    # The real cursor, which an input method's window follows, stays in the composer.
    row = next(n for n, line in enumerate(terminal.screen()) if "type a message" in line)
    terminal.wait_until(lambda: terminal.cursor[0] == row, "the cursor in the composer")


def cpu_s(pid: int) -> float:
    """Processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")")[-1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_the_first_picture_costs_less_than_800_ms(start: Start) -> None:
    """Processor time, which other load on the machine does not change."""
    terminal = start("quiet")
    terminal.wait_for("voicetui")
    assert cpu_s(terminal.pid) <= 0.8


def test_without_colour_nothing_has_a_colour(start: Start) -> None:
    """NO_COLOR: what the colours told stands there in words."""
    terminal = start("talk", NO_COLOR="1", COLORTERM="truecolor")
    terminal.wait_for("SPEAKING")
    terminal.wait_quiet()
    styles = re.findall(rb"\x1b\[([\d;]*)m", terminal.raw)
    assert styles
    numbers = {int(number) for style in styles for number in style.split(b";") if number}
    assert not numbers & {*range(30, 39), *range(40, 49), *range(90, 98), *range(100, 108)}
    terminal.press("m")
    terminal.wait_for("MUTED")


def test_a_theme_of_the_terminals_own_colours(start: Start) -> None:
    """TERM=xterm knows sixteen: the terminal's palette is used, not something near ours."""
    terminal = start("talk", TERM="xterm")
    terminal.wait_for("SPEAKING")
    terminal.wait_quiet()
    assert not re.search(rb"[34]8;[25];", terminal.raw)
