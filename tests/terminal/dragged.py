"""The scripted screen in a window that has another size again while the one before is read."""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
import sys
import termios

from tests.terminal.scripted_app import main

FIRST, LAST = os.terminal_size((80, 24)), os.terminal_size((40, 12))

_read = shutil.get_terminal_size


def read_and_drag(fallback: tuple[int, int] = (80, 24)) -> os.terminal_size:
    """The size there is; when it is the first one, the window is made smaller meanwhile."""
    size = _read(fallback)
    if size == FIRST:
        new = struct.pack("HHHH", LAST.lines, LAST.columns, 0, 0)
        fcntl.ioctl(sys.__stdout__, termios.TIOCSWINSZ, new)  # signals us
    return size


if __name__ == "__main__":
    shutil.get_terminal_size = read_and_drag
    sys.exit(main())
