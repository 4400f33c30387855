"""Runs the scripted screen under the restoring parent, as the command line does."""

from __future__ import annotations

import os
import sys

from tui import parent

if __name__ == "__main__":
    argv = ["-P", "-m", "tests.terminal.scripted_app", *sys.argv[1:]]
    sys.exit(parent.run_command([sys.executable, *argv], dict(os.environ)))
