"""The table at the end of the run; disks that can be filled and made read-only (as root)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import table


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    """Print what was found; write it where `make faults` says, if the run was whole and good."""
    if not table.found:
        return
    terminalreporter.section("faults")
    rows = [row for row in table.ROWS if row.id in table.found or row.not_here]
    for line in table.lines(rows):
        terminalreporter.write_line(line)
    path = os.environ.get(table.DOCUMENT_VARIABLE)
    if missing := table.without_figure():
        terminalreporter.write_line(f"without a figure: {' '.join(missing)}")
    if path and (missing or exitstatus):
        terminalreporter.write_line(f"{path} was not written: the run was not whole and good")
    elif path:
        table.write(Path(path))
        terminalreporter.write_line(f"written: {path}")


class SmallDisk:
    """A file system of its own of three megabytes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / "filler"

    def fill(self) -> None:
        """Not a byte is left."""
        with self._filler.open("ab", buffering=0) as file:
            for size in (65536, 4096, 1):
                try:
                    while file.write(bytes(size)) == size:
                        pass
                except OSError:
                    continue

    def free(self) -> None:
        """Room again."""
        self._filler.unlink()

    def read_only(self, on: bool) -> None:
        """As a disk with errors, or a home that is mounted so."""
        option = "remount,ro" if on else "remount,rw"
        subprocess.run(["mount", "-o", option, str(self.path)], check=True, capture_output=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root can make a small disk")
    path = tmp_path / "disk"
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m,mode=0700", "tmpfs", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no small disk here: {done.stderr.strip()}")
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)
