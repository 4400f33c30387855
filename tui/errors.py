"""The one exception a person is meant to read, and the exit codes of every command."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from tui.language import tr


class ExitCode(IntEnum):
    """What a process tells the shell."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    SETTINGS = 3
    REFUSED = 4
    NETWORK = 5
    DEVICE = 6
    NO_ANSWER = 7
    BUDGET = 8
    INTERRUPTED = 130


EXIT_CODES: Final[dict[ExitCode, str]] = {
    ExitCode.OK: "all well",
    ExitCode.FAILURE: "something failed",
    ExitCode.USAGE: "wrong command line: a word, an option or its value",
    ExitCode.SETTINGS: "no key, or a value in config.toml or the environment that cannot be used",
    ExitCode.REFUSED: "the service refused: key, quota, model",
    ExitCode.NETWORK: "the service cannot be reached",
    ExitCode.DEVICE: "a sound device or a file cannot be used",
    ExitCode.NO_ANSWER: "the service answered with nothing, or its answer failed",
    ExitCode.BUDGET: "the budget is used up",
    ExitCode.INTERRUPTED: "interrupted with ctrl+c",
}
"""In words: help, manual page, README and documentation say the same."""


def exit_codes_text() -> str:
    """For the end of `--help`."""
    lines = [f"  {int(code):>3}  {tr(words)}" for code, words in EXIT_CODES.items()]
    return "\n".join([tr("exit codes:"), *lines])


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
