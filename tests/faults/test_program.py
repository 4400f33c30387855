"""Terminals of every kind, machines without sound, functions a model should not have called."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.program import Home, command, descendants
from tests.faults.table import EVERYTHING, record
from tests.server.process import running_server
from tests.terminal.driver import Terminal
from tests.waiting import wait_until

READY_S = 60


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_server(audio_speed=0) as url:
        yield url


@pytest.fixture
def home(tmp_path: Path, url: str) -> Home:
    home = Home(tmp_path)
    home.env |= {"OPENAI_API_KEY": "sk-test-0123456789", "OPENAI_BASE_URL": url}
    return home


def open_terminal(
    home: Home, *arguments: str, rows: int = 24, cols: int = 80, **env: str
) -> Terminal:
    return Terminal.spawn(
        command(*arguments), env={**home.env, **env}, cwd=str(home.folder), rows=rows, cols=cols
    )


def say(terminal: Terminal) -> None:
    terminal.press("i")
    terminal.type("What is the capital of Japan?\r")
    terminal.wait_for("Tokyo", READY_S)
    terminal.press("escape")


# ---------------------------------------------------------------- T2


def test_a_storm_of_sizes(home: Home) -> None:
    """As fast as a dragged window tells them; what was typed and said is there afterwards."""
    chance = random.Random(2)
    with open_terminal(home) as terminal:
        terminal.wait_for("PAUSED", READY_S)
        say(terminal)
        terminal.press("i")
        terminal.type("not sent")
        for _ in range(150):
            terminal.resize(chance.randint(1, 60), chance.randint(1, 200))
            time.sleep(chance.uniform(0, 0.02))
        terminal.resize(24, 80)
        terminal.wait_for("not sent")
        terminal.wait_for("Tokyo")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
    record("T2", "150 sizes from 1x1 to 60x200: 0 crashes, what was typed is there")


TERMINALS: list[tuple[str, dict[str, str], int, int]] = [
    ("20x5", {}, 5, 20),
    ("no UTF-8", {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0"}, 24, 80),
    ("40x12", {}, 12, 40),
    ("no colour", {"NO_COLOR": "1"}, 24, 80),
    ("linux console", {"TERM": "linux"}, 24, 80),
    ("ssh", {"SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22", "SSH_TTY": "/dev/pts/0"}, 24, 80),
]


@pytest.mark.parametrize(
    ("name", "env", "rows", "cols"), TERMINALS if EVERYTHING else TERMINALS[:2]
)
def test_every_terminal_holds_a_conversation(
    home: Home, name: str, env: dict[str, str], rows: int, cols: int
) -> None:
    with open_terminal(home, rows=rows, cols=cols, **env) as terminal:
        terminal.wait_until(lambda: "\x1b[?1049h" in terminal.raw.decode(), "a screen", READY_S)
        terminal.wait_until(lambda: len(descendants(terminal.pid)) >= 2, "an engine", READY_S)
        terminal.wait_quiet()
        terminal.press("i")
        terminal.type("What is the capital of Japan?\r")
        database = home.state / "history"
        wait_until(lambda: any(database.glob("*.db")), READY_S)
        wait_until(
            lambda: "Tokyo" in home.run("history", "search", "Tokyo").out, READY_S, "the answer"
        )
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
    record("T2", f"{name}: a conversation held")


def test_a_dumb_terminal_gets_lines(home: Home) -> None:
    with open_terminal(home, TERM="dumb") as terminal:
        terminal.wait_for("[connected to", READY_S)
        terminal.type("What is the capital of Japan?\r")
        terminal.wait_for("Tokyo", READY_S)
        terminal.type("q\r")
        assert terminal.wait_exit() == 0
        assert b"\x1b" not in terminal.raw
    record("T2", "TERM=dumb: plain lines, 0 escape sequences")


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_tmux_detached_the_conversation_goes_on(home: Home, tmp_path: Path) -> None:
    """Nobody looks, the client is gone; the call and its process live on, and are there again."""
    socket = str(tmp_path / "tmux")

    def tmux(*words: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", socket, "-f", "/dev/null", *words],
            env=home.env,
            capture_output=True,
            text=True,
            check=True,
            cwd=home.folder,
        )
        return done.stdout

    def shows(text: str) -> bool:
        return text in tmux("capture-pane", "-p", "-t", "call")

    tmux("new-session", "-d", "-s", "call", "-x", "80", "-y", "24", *command())
    try:
        wait_until(lambda: shows("PAUSED"), READY_S)
        client = Terminal.spawn(
            ["tmux", "-S", socket, "attach", "-t", "call"], env=home.env, rows=24, cols=80
        )
        with client:
            client.wait_for("PAUSED", READY_S)
            client.type("\x02d")  # detach
            client.wait_exit()
        tmux("send-keys", "-t", "call", "i")
        tmux("send-keys", "-t", "call", "What is the capital of Japan?", "Enter")
        wait_until(lambda: shows("Tokyo"), READY_S)
        client = Terminal.spawn(
            ["tmux", "-S", socket, "attach", "-t", "call"], env=home.env, rows=24, cols=80
        )
        with client:
            client.wait_for("Tokyo", READY_S)
            client.hang_up()  # the ssh connection of the one who looked is lost
            client.wait_exit()
        assert shows("Tokyo")
        tmux("send-keys", "-t", "call", "Escape")
        tmux("send-keys", "-t", "call", "C-q")
        wait_until(lambda: not alive(socket), 20)
    finally:
        subprocess.run(["tmux", "-S", socket, "kill-server"], capture_output=True, check=False)
    record("T2", "tmux detached, its client lost: the conversation goes on")


def alive(socket: str) -> bool:
    done = subprocess.run(["tmux", "-S", socket, "ls"], capture_output=True, check=False)
    return done.returncode == 0


def test_a_screen_that_is_stopped_leaves_the_call_alone(home: Home) -> None:
    """ctrl+s, a stalled ssh: the terminal takes nothing for seconds, the answer is saved."""
    with open_terminal(home) as terminal:
        terminal.wait_for("PAUSED", READY_S)
        terminal.press("i")
        terminal.stall()
        terminal.type("What is the capital of Japan?\r")
        wait_until(
            lambda: "Tokyo" in home.run("history", "search", "Tokyo").out, READY_S, "the answer"
        )
        terminal.resume()
        terminal.wait_for("Tokyo", READY_S)
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
    record("T2", "a terminal that takes nothing: the answer came and was saved meanwhile")


# ---------------------------------------------------------------- T1


def test_an_exception_restores_the_terminal(tmp_path: Path) -> None:
    from tests.faults.ending import left_on
    from tests.terminal.conftest import environment

    with Terminal.spawn(
        [sys.executable, "-P", "-m", "tests.terminal.parented", "crash"],
        env=environment(tmp_path),
    ) as terminal:
        before = terminal.modes
        terminal.wait_for("LISTENING", READY_S)
        terminal.press("space")
        assert terminal.wait_exit() == 1
        assert terminal.modes == before
        assert left_on(terminal.raw) == []
        assert b"Traceback" not in terminal.raw
    record("T1", "an exception: 0 modes left, exit code 1, no traceback")


# ---------------------------------------------------------------- T4

NO_PORTAUDIO = """
import sys
class Gone:
    def find_spec(self, name, path=None, target=None):
        if name == "sounddevice" or name == "_sounddevice":
            raise OSError("PortAudio library not found")
sys.meta_path.insert(0, Gone())
"""


@pytest.mark.parametrize("portaudio", [True, False])
def test_without_sound_the_screen_comes_and_says_why(
    home: Home, tmp_path: Path, portaudio: bool
) -> None:
    if not portaudio:
        (tmp_path / "site").mkdir()
        (tmp_path / "site" / "sitecustomize.py").write_text(NO_PORTAUDIO)
        home.env["PYTHONPATH"] = str(tmp_path / "site")
    home.env |= {"PULSE_SERVER": "/nonexistent"}
    began_s = time.monotonic()
    with open_terminal(home, cols=120) as terminal:
        terminal.wait_for("voicetui", READY_S)
        took_ms = (time.monotonic() - began_s) * 1000
        terminal.wait_for("PAUSED", READY_S)
        terminal.press("l")
        terminal.wait_until(
            lambda: re.search(r"no (loudspeaker|sound)|PortAudio", terminal.text) is not None,
            "the reason",
        )
        assert "Traceback" not in terminal.text
        terminal.press("escape")
        say(terminal)
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
    what = "no sound hardware" if portaudio else "no PortAudio"
    record("T4", f"{what}: screen after {took_ms:.0f} ms, reason in words", ok=took_ms < 1500)


# ---------------------------------------------------------------- X8


def test_no_function_runs_without_a_yes(home: Home) -> None:
    """Whatever the model asks for, whatever keys come meanwhile, in every way of starting."""
    mark = home.folder / "ran"
    home.config.write_text(
        f"""[[tools]]
name = "weather"
description = "Weather in a city right now"
command = {json.dumps([sys.executable, "-c", f"open({str(mark)!r}, 'w')"])}
[tools.parameters]
type = "object"
required = ["city"]
properties.city = {{ type = "string" }}
"""
    )
    ask = "Please call the function weather for Tokyo."
    tried = 0
    with open_terminal(home, cols=100) as terminal:
        terminal.wait_for("PAUSED", READY_S)
        terminal.press("i")
        terminal.type(ask + "\r")
        terminal.wait_for(", typed", READY_S)
        terminal.type("yyyy\ryy yes y")  # typed on, into the composer
        terminal.wait_for("y runs it", READY_S)
        assert '{"city": "Tokyo"}' in terminal.text  # shown before anybody says yes
        terminal.type("yyyy")
        terminal.paste("y\ny\n")
        terminal.press("enter", "tab", "down")
        terminal.wait_quiet()
        assert not mark.exists()
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
        tried += 1
    unseen: list[tuple[tuple[str, ...], str]] = [(("ask", ask), "")]
    if EVERYTHING:
        unseen += [
            (("--plain",), f"{ask}\n"),
            (("--plain",), f"{ask}\nyes please\nY es\n"),
            (("ask", "--session", "responses", ask), ""),
            (("ask", "--session", "assistants", ask), ""),
        ]
    for arguments, lines in unseen:
        home.run(*arguments, stdin=lines.encode())
        tried += 1
        assert not mark.exists(), arguments
    record("X8", f"{tried} ways to be asked: 0 calls without a yes, arguments shown")
