"""Functions the model calls: asked on the screen and in lines, run as commands, answered aloud."""

from __future__ import annotations

import json
import sys
import time

import pytest

from tests.e2e.program import Home, command
from tests.terminal.driver import Terminal
from tests.waiting import wait_until

READY_S = 40  # of a loaded machine
SCRIPT = (
    "import json, pathlib, sys; city = json.load(sys.stdin)['city'];"
    " pathlib.Path('ran.txt').write_text(city); print('19 degrees and dry in ' + city)"
)
ASK = "Please call the function weather for Tokyo."


@pytest.fixture
def tooled(home: Home) -> Home:
    """A person with a function that leaves a mark where it ran."""
    script = home.folder / "weather.py"
    script.write_text(SCRIPT.replace("'ran.txt'", repr(str(home.folder / "ran.txt"))))
    set_tool(home, allowed=False)
    return home


def set_tool(home: Home, *, allowed: bool) -> None:
    home.config.write_text(
        f"""[[tools]]
name = "weather"
description = "Weather in a city right now"
command = {json.dumps([sys.executable, str(home.folder / "weather.py")])}
allowed = {json.dumps(allowed)}
[tools.parameters]
type = "object"
required = ["city"]
properties.city = {{ type = "string" }}
"""
    )


def ran(home: Home) -> bool:
    return (home.folder / "ran.txt").exists()


@pytest.mark.parametrize("session", ["realtime", "responses", "assistants"])
def test_y_on_the_screen_runs_it_and_the_model_goes_on(tooled: Home, session: str) -> None:
    with Terminal.spawn(
        command("--demo", "--session", session), env=tooled.env, cwd=str(tooled.folder), cols=100
    ) as terminal:
        terminal.wait_for("PAUSED", READY_S)
        terminal.press("i")
        terminal.type(ASK)
        terminal.press("enter", "escape")
        terminal.wait_for("y runs it, n refuses", READY_S)
        assert 'Run weather {"city": "Tokyo"}?' in terminal.text
        terminal.wait_quiet()
        assert not ran(tooled)
        terminal.press("y")
        terminal.wait_until(lambda: terminal.text.count("19 degrees") >= 2, "result and answer")
        assert ran(tooled)
        assert "y runs it" not in terminal.text
        terminal.press("q")
        assert terminal.wait_exit() == 0


def test_n_on_the_screen_refuses_and_typing_never_answers(tooled: Home) -> None:
    with Terminal.spawn(
        command("--demo"), env=tooled.env, cwd=str(tooled.folder), cols=100
    ) as terminal:
        terminal.wait_for("PAUSED", READY_S)
        terminal.press("i")
        terminal.type(ASK)
        terminal.press("enter")
        terminal.wait_for(", typed")
        terminal.type("yyyyyyyy")  # goes on typing while the question comes
        terminal.wait_for("y runs it, n refuses", READY_S)
        terminal.type("yes")
        terminal.wait_for("yyyyyyyyyes")
        assert not ran(tooled)
        terminal.press("escape")
        terminal.wait_for("n no")
        time.sleep(0.5)  # a key right behind is taken as typed through, and alt+n by the terminal
        terminal.press("n")
        terminal.wait_for("not run")
        terminal.wait_gone("y runs it")
        terminal.press("q")
        assert terminal.wait_exit() == 0
    assert not ran(tooled)


def test_plain_lines_ask_too(tooled: Home) -> None:
    said = tooled.run("--demo", "--plain", stdin=f"{ASK}\ny\n".encode())
    assert 'run weather {"city": "Tokyo"}? y or n' in said.out, said
    assert "[weather: 19 degrees and dry in Tokyo]" in said.out
    assert "Assistant:" in said.out.partition("[weather: 19")[2]
    assert ran(tooled)


@pytest.mark.parametrize("rest", ["n\n", "", "What is the capital of Japan?\n"])
def test_plain_lines_that_do_not_say_yes_run_nothing(tooled: Home, rest: str) -> None:
    said = tooled.run("--demo", "--plain", stdin=f"{ASK}\n{rest}".encode())
    assert "[weather: not run]" in said.out, said
    assert ("Japan is Tokyo." in said.out) is ("Japan" in rest)
    assert not ran(tooled)


def test_a_person_at_plain_lines_answers(tooled: Home) -> None:
    with Terminal.spawn(
        command("--demo", "--plain"), env=tooled.env, cwd=str(tooled.folder), cols=100
    ) as terminal:
        terminal.wait_for("[connected to", READY_S)
        terminal.type(f"{ASK}\r")
        terminal.wait_for("y or n]", READY_S)
        terminal.wait_quiet()
        terminal.type("y\r")
        terminal.wait_for("[weather: 19 degrees")
        terminal.type("q\r")
        assert terminal.wait_exit() == 0


def test_ask_runs_only_what_was_allowed(tooled: Home) -> None:
    said = tooled.run("ask", "--demo", ASK)
    assert "allowed = true" in said.err, said
    assert not ran(tooled)
    set_tool(tooled, allowed=True)
    said = tooled.run("ask", "--demo", ASK)
    assert said.code == 0, said
    assert "19 degrees" in said.out
    wait_until(lambda: ran(tooled))
