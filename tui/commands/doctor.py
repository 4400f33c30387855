"""`voicetui doctor`: what voicetui needs, and whether it is there; no key in it."""

from __future__ import annotations

import argparse
import os
import re
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
from tui.language import tr
from tui.language.sentences import told
from tui.resolution import Resolution
from tui.text import pad_cells

_MARKS = {"ok": "ok", "warning": "warning", "problem": "PROBLEM"}
_MARK_CELLS = 7


def run(arguments: argparse.Namespace) -> int:
    """Check everything; the exit code is that of the first failure."""
    if arguments.echo_check:
        from tui.commands.echo_check import run as check_echo

        return check_echo(arguments)
    checks: list[Check] = []
    for check in _checks(arguments):
        checks.append(check)
        if not arguments.json:
            mark = pad_cells(tr(_MARKS[check.verdict]), _MARK_CELLS)
            name = tr("log file" if check.name == "log" else check.name)
            data(f"{mark}  {name}: {_shown(check)}")
            if check.advice:
                data(f"{' ' * (_MARK_CELLS + 2)}{tr('what to do')}: {told(check.advice)}")
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
        narrate(_summary(len(checks), tr("1 problem"), tr("{count} problems"), len(failed)))
    else:
        warnings = [check for check in checks if check.verdict == "warning"]
        words = tr("no problem") + tr(", ")
        narrate(
            _summary(
                len(checks), words + tr("1 warning"), words + tr("{count} warnings"), len(warnings)
            )
        )
    return code


def _shown(check: Check) -> str:
    # A list of names, each with where its value is from.
    if check.name == "changed" and "(" in check.text:
        return re.sub(r"(?<=\()[^()]+(?=\))", lambda source: told(source[0]), check.text)
    return told(check.text)


def _summary(checks: int, one: str, several: str, number: int) -> str:
    found = one if number == 1 else several.format(count=number or tr("no"))
    return tr("{count} checks: {found}.", count=checks, found=found)


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
