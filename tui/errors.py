"""The one exception a person is meant to read, and the exit codes of every command."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a process tells the shell; the README lists these."""

    OK = 0
    FAILURE = 1
    """Something else went wrong, a fault of voicetui included."""
    USAGE = 2
    """The command line is wrong (argparse's own code)."""
    SETTINGS = 3
    """No key, or a setting that cannot be used."""
    REFUSED = 4
    """The service said no: key, quota, model."""
    NETWORK = 5
    """The service could not be reached, or the line broke."""
    DEVICE = 6
    """A sound device or a file could not be used."""
    NO_ANSWER = 7
    """The service answered with nothing, or its answer failed."""
    BUDGET = 8
    """The budget was used up."""
    INTERRUPTED = 130
    """Ctrl+C."""


class VoicetuiError(Exception):
    """Something a person can act on: what happened, where, and what to do about it.

    Raised where it happens, caught once per process.
    """

    def __init__(
        self, title: str, message: str = "", exit_code: ExitCode = ExitCode.FAILURE
    ) -> None:
        super().__init__(title)
        self.title = title
        self.message = message
        self.exit_code = exit_code

    def __str__(self) -> str:
        return f"{self.title}: {self.message}" if self.message else self.title
