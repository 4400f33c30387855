"""`voicetui man`: the manual page, as roff where it is piped, else as `man` shows it."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys

from tui.errors import ExitCode


def run(_arguments: argparse.Namespace) -> int:
    """Print or show it."""
    from importlib.metadata import PackageNotFoundError, version

    from tui.command_tree import command_tree
    from tui.shell.manual import manual

    try:
        number = version("voicetui")
    except PackageNotFoundError:
        number = ""
    page = manual(command_tree(), number)
    reader = shutil.which("man")
    if reader and sys.stdout.isatty():
        return subprocess.run([reader, "-l", "-"], input=page.encode(), check=False).returncode
    sys.stdout.write(page)
    return ExitCode.OK
