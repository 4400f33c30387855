"""Who may run a function, and what the model is told: with real commands."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import async_wait_until
from tui.call_events import ToolAsked, ToolEnded, ToolStarted
from tui.sessions.events import ToolCalled
from tui.sessions.options import FunctionTool
from tui.tool_desk import FAULT, NOBODY, WITHDRAWN, ToolDesk
from tui.tools import REFUSED, UNKNOWN, ToolResult, run_tool

SCHEMA: dict[str, object] = {"type": "object", "properties": {"city": {"type": "string"}}}
ECHO = "import sys; print('got', sys.stdin.read())"


def tool(name: str = "weather", script: str = ECHO, **changes: Any) -> FunctionTool:
    return FunctionTool(name, "", SCHEMA, (sys.executable, "-c", script), **changes)


class Desk:
    """A desk, and all it said and answered."""

    def __init__(self, *tools: FunctionTool, run: Any = run_tool, **options: Any) -> None:
        self.told: list[ToolAsked | ToolStarted | ToolEnded] = []
        self.answers: list[tuple[str, str]] = []
        self.desk = ToolDesk(
            tools, run, self.told.append, lambda *answer: self.answers.append(answer), **options
        )

    def call(self, call_id: str = "c1", name: str = "weather", **arguments: object) -> None:
        self.desk.called(ToolCalled(call_id, name, json.dumps(arguments)))

    async def answered(self, count: int = 1) -> list[tuple[str, str]]:
        await async_wait_until(lambda: len(self.answers) >= count, 10, "answers")
        assert len(self.answers) == count
        return self.answers


async def test_nothing_runs_before_a_person_allows_it(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    on = Desk(tool(script=f"open({str(mark)!r}, 'w'); print('done')"))
    on.call(city="Tokyo")
    assert on.told == [ToolAsked("c1", "weather", '{"city": "Tokyo"}')]
    await asyncio.sleep(0.2)
    assert not mark.exists()
    assert not on.answers
    on.desk.decide("c1", True)
    assert await on.answered() == [("c1", "done")]
    assert mark.exists()
    assert on.told[1:] == [ToolStarted("c1"), ToolEnded("c1", "done", "done")]
    assert not on.desk.busy


async def test_what_was_allowed_beforehand_runs_at_once() -> None:
    on = Desk(tool(allowed=True))
    on.call(city="Kyoto")
    ((_, output),) = await on.answered()
    assert output == 'got {"city": "Kyoto"}'
    assert not any(isinstance(event, ToolAsked) for event in on.told)


async def test_a_refusal_goes_back_in_words_and_the_first_answer_counts() -> None:
    on = Desk(tool())
    on.call()
    on.desk.decide("c1", False)
    on.desk.decide("c1", True)
    assert await on.answered() == [("c1", REFUSED)]
    assert on.told[-1] == ToolEnded("c1", "refused", REFUSED)


async def test_a_question_nobody_answers_ends() -> None:
    on = Desk(tool(), decision_s=0.05)
    on.call()
    assert await on.answered() == [("c1", NOBODY)]


async def test_a_failure_and_a_time_limit_go_back_in_words() -> None:
    on = Desk(
        tool("bad", "import sys; sys.exit('it broke')", allowed=True),
        tool("slow", "import time; time.sleep(60)", allowed=True, limit_s=0.2),
    )
    on.call("c1", "bad")
    on.call("c2", "slow")
    answers = dict(await on.answered(2))
    assert "it broke" in answers["c1"]
    assert "time limit" in answers["c2"]
    assert {event.outcome for event in on.told if isinstance(event, ToolEnded)} == {"failed"}


async def test_an_unknown_function_is_said_at_once() -> None:
    on = Desk(tool())
    on.call(name="rm")
    assert on.answers == [("c1", UNKNOWN)]


async def test_a_fault_of_ours_is_an_answer_too() -> None:
    async def broken(_: FunctionTool, __: str) -> ToolResult:
        raise RuntimeError("boom")

    on = Desk(tool(allowed=True), run=broken)
    on.call()
    assert await on.answered() == [("c1", FAULT)]


async def test_the_same_call_told_twice_is_one() -> None:
    on = Desk(tool())
    on.call()
    on.call()
    assert len(on.told) == 1
    on.desk.decide("c1", False)
    await on.answered()


async def test_going_on_withdraws_questions_but_not_what_runs() -> None:
    on = Desk(tool(), tool("slow", "import time; time.sleep(0.4); print('late')", allowed=True))
    on.call("c1")
    on.call("c2", "slow")
    await async_wait_until(lambda: ToolStarted("c2") in on.told, 10)
    on.desk.withdraw()
    assert on.answers == [("c1", WITHDRAWN)]
    assert await on.answered(2) == [("c1", WITHDRAWN), ("c2", "late")]


async def test_the_end_of_the_session_answers_nobody_and_kills_what_runs(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    script = f"import time; time.sleep(1.5); open({str(mark)!r}, 'w')"
    on = Desk(tool(script=script, allowed=True))
    on.call()
    await async_wait_until(lambda: ToolStarted("c1") in on.told, 10)
    await on.desk.close()
    assert not on.answers
    assert on.told[-1] == ToolEnded("c1", "withdrawn", "")
    await asyncio.sleep(1.6)
    assert not mark.exists()


@pytest.mark.parametrize("arguments", ["", "not json", "[]", '{"city": 5}', "\x00"])
async def test_bad_arguments_never_reach_the_command(arguments: str, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    on = Desk(tool(script=f"open({str(mark)!r}, 'w')", allowed=True))
    on.desk.called(ToolCalled("c1", "weather", arguments))
    ((_, output),) = await on.answered()
    assert output.startswith("Not run") is (arguments != "")
    assert mark.exists() is (arguments == "")
