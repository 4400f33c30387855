"""Commands behind functions: their limits, and what the model is told."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import pytest

from tests.processes import alive
from tests.waiting import async_wait_until
from tui.sessions.options import FunctionTool
from tui.tools import check_arguments, run_tool

CITY = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "days": {"type": "integer"},
        "unit": {"type": "string", "enum": ["C", "F"]},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["city"],
    "additionalProperties": False,
}


def python(script: str, **changes: object) -> FunctionTool:
    command = (sys.executable, "-c", script)
    return FunctionTool("f", "", {"type": "object"}, command, **changes)  # type: ignore[arg-type]


async def test_arguments_come_on_stdin_and_the_output_goes_back() -> None:
    tool = python("import json, sys; print(json.load(sys.stdin)['city'].upper())")
    result = await run_tool(tool, json.dumps({"city": "kyōto"}))
    assert (result.output, result.ok) == ("KYŌTO", True)


async def test_a_failure_is_told_in_words() -> None:
    tool = python("import sys; print('half'); print('no such city', file=sys.stderr); sys.exit(3)")
    result = await run_tool(tool, "{}")
    assert not result.ok
    assert result.output == "Failed: the command ended with code 3.\nno such city\nhalf"


async def test_a_command_that_is_not_there() -> None:
    result = await run_tool(FunctionTool("f", "", {}, ("/no/such/command",)), "{}")
    assert result.output == "Failed: /no/such/command cannot be run: No such file or directory."


async def test_the_time_limit_kills_the_command_and_its_children(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    script = (
        "import subprocess, sys, time;"
        f"child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        f"open({str(pid_file)!r}, 'w').write(str(child.pid));"
        "print('begun', flush=True); time.sleep(60)"
    )
    began_s = time.monotonic()
    result = await run_tool(python(script, limit_s=2.0), "{}")
    assert time.monotonic() - began_s < 10
    assert result.output == "Failed: stopped after 2 s, its time limit.\nbegun"
    await async_wait_until(lambda: not alive(int(pid_file.read_text())), 5, "the child's end")


async def test_a_child_that_keeps_the_pipe_open_keeps_nobody_waiting() -> None:
    script = (
        "import subprocess, sys;"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); print('done')"
    )
    began_s = time.monotonic()
    result = await run_tool(python(script), "{}")
    assert result.output == "done"
    assert time.monotonic() - began_s < 10


async def test_output_beyond_the_limit_is_cut_and_does_not_block() -> None:
    tool = python("print('x' * 1_000_000)", output_limit_bytes=100)
    result = await run_tool(tool, "{}")
    assert result.output == "x" * 100 + "\n(output cut after 100 bytes)"


async def test_a_command_that_reads_nothing_does_not_block() -> None:
    result = await run_tool(python("print('ok')"), json.dumps({"text": "x" * 1_000_000}))
    assert result.output == "ok"


async def test_secrets_stay_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("HARMLESS", "yes")
    tool = python("import os; print(os.environ.get('OPENAI_API_KEY'), os.environ['HARMLESS'])")
    assert (await run_tool(tool, "{}")).output == "None yes"


async def test_cancelling_kills_the_command(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    script = (
        f"import os, time; open({str(pid_file)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    )
    task = asyncio.create_task(run_tool(python(script), "{}"))
    await async_wait_until(lambda: pid_file.exists() and pid_file.read_text(), 10, "its pid")
    pid = int(pid_file.read_text())
    assert os.getpid() != pid
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await async_wait_until(lambda: not alive(pid), 5, "its end")


async def test_wrong_arguments_run_nothing(tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    tool = FunctionTool("f", "", CITY, ("touch", str(touched)))
    result = await run_tool(tool, '{"days": 3}')
    assert (result.output, result.ok) == ("Not run: city is missing.", False)
    assert not touched.exists()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ('{"city": "Rome"}', ""),
        ('{"city": "Rome", "days": 3, "unit": "C", "tags": ["a"]}', ""),
        ('{"city": "Rome", "days": 3.0}', ""),
        ("", "city is missing"),
        ("{city: Rome}", "the arguments are not valid JSON"),
        ('["Rome"]', "the arguments must be a JSON object"),
        ('{"city": 7}', "city must be of type string"),
        ('{"city": "Rome", "days": "3"}', "days must be of type integer"),
        ('{"city": "Rome", "days": true}', "days must be of type integer"),
        ('{"city": "Rome", "unit": "K"}', 'unit must be one of ["C", "F"]'),
        ('{"city": "Rome", "tags": ["a", 1]}', "tags[1] must be of type string"),
        ('{"city": "Rome", "planet": "Mars"}', "planet is not known"),
        ("[" * 100_000, "the arguments are not valid JSON"),
    ],
)
def test_what_is_wrong_with_arguments(arguments: str, problem: str) -> None:
    assert check_arguments(CITY, arguments) == problem
