"""`voicetui doctor`: what voicetui needs, and whether it is there; no key in it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator

from tui.cli import flags_of
from tui.commands.checks import (
    Check,
    history,
    installation,
    service,
    settings,
    sound,
    storage,
    terminal,
)
from tui.commands.output import data, data_json, narrate
from tui.errors import ExitCode, VoicetuiError
from tui.resolution import Resolution

_MARKS = {"ok": "ok     ", "warning": "warning", "problem": "PROBLEM"}


def run(arguments: argparse.Namespace) -> int:
    """Check everything; the exit code is that of the first failure."""
    if arguments.echo_check:
        from tui.commands.echo_check import run as check_echo

        return check_echo(arguments)
    checks: list[Check] = []
    for check in _checks(arguments):
        checks.append(check)
        if not arguments.json:
            data(f"{_MARKS[check.verdict]}  {check.name}: {check.text}")
            if check.advice:
                data(f"         what to do: {check.advice}")
    failed = [check for check in checks if check.verdict == "problem"]
    code = failed[0].exit_code if failed else ExitCode.OK
    if arguments.json:
        data_json(
            {
                "ok": not failed,
                "checks": [
                    {
                        "name": check.name,
                        "verdict": check.verdict,
                        "text": check.text,
                        "advice": check.advice,
                    }
                    for check in checks
                ],
                "last_call": _last_call(),
            }
        )
    elif failed:
        narrate(f"{len(checks)} checks; {_counted(len(failed), 'problem')}.")
    else:
        warnings = [check for check in checks if check.verdict == "warning"]
        narrate(f"{len(checks)} checks, no problem, {_counted(len(warnings), 'warning')}.")
    return code


def _counted(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def _last_call() -> dict[str, object] | None:
    """The counters of the call before, with what they prove; None without one."""
    from tui.blackbox import last_call
    from tui.blackbox.counters import from_json, verdict
    from tui.paths import state_dir

    try:
        found = last_call.read(state_dir())
    except VoicetuiError:
        return None
    if found is None:
        return None
    stages = from_json(found.get("counters"))
    return {
        "ended_at": str(found.get("ended_at", "")),
        "counters": stages.to_json(),
        "verdict": verdict(stages),
    }


def _checks(arguments: argparse.Namespace) -> Iterator[Check]:
    yield from installation()
    yield from terminal(os.environ)
    resolved: list[Resolution] = []
    yield from settings(flags_of(arguments), os.environ, resolved.append)
    yield from _guard("state folder", storage)
    yield from _guard("history", history)
    yield from _guard("sound", sound)
    if resolved:
        yield from _guard(
            "service", lambda: service(resolved[0], os.environ, offline=arguments.offline)
        )


def _guard(name: str, group: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """A group that cannot finish is a failed check, not the end of the report."""
    try:
        yield from group()
    except VoicetuiError as error:
        yield Check(name, "problem", str(error), error.exit_code)
