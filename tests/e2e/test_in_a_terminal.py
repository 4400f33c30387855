"""The program in a real terminal: the offer without a key, the screen, plain mode, the demo."""

from __future__ import annotations

import re
import signal
import socket
from pathlib import Path

import pytest

from tests.e2e.program import CANARY, Home, command, descendants
from tests.terminal.driver import Terminal
from tests.waiting import wait_until

FIRST_PICTURE_S = 30  # of a loaded machine; tests/bench measures it


def open_terminal(home: Home, *arguments: str, **env: str) -> Terminal:
    return Terminal.spawn(
        command(*arguments), env={**home.env, **env}, cwd=str(home.folder), cols=120
    )


def gone(pids: list[int]) -> bool:
    return not any(Path(f"/proc/{pid}/exe").exists() for pid in pids)


def test_without_a_key_setup_and_demo_are_offered_and_q_quits(home: Home) -> None:
    with open_terminal(home) as terminal:
        terminal.wait_for("[q]uit?", FIRST_PICTURE_S)
        assert "OPENAI_API_KEY" in terminal.text
        terminal.type("what?\r")
        assert b"\x1b[?1049h" not in terminal.raw  # no screen was drawn
        terminal.type("s\r")
        terminal.wait_for("F2 save", FIRST_PICTURE_S)
        terminal.press("escape")
        terminal.wait_for("Nothing was changed.")
        terminal.type("q\r")
        assert terminal.wait_exit() == 3


def test_the_demo_can_be_chosen_and_answers_the_recorded_question(home: Home) -> None:
    with open_terminal(home) as terminal:
        terminal.wait_for("[q]uit?", FIRST_PICTURE_S)
        terminal.type("d\r")
        terminal.wait_for("demo", FIRST_PICTURE_S)
        terminal.wait_for("PAUSED", FIRST_PICTURE_S)
        children = descendants(terminal.pid)
        assert len(children) >= 3  # front end, engine, service
        terminal.press("space")
        terminal.wait_for("what is the capital of japan", FIRST_PICTURE_S)
        terminal.wait_for("Tokyo")
        terminal.press("q")
        assert terminal.wait_exit() == 0
        left = b" ".join(terminal.raw.rpartition(b"\x1b[?1049l")[2].split()).decode()
        assert re.search(
            r"\d turns, \d+ tokens.* Go on with: \S*voicetui --demo --resume [0-9a-f]{8}", left
        )
        wait_until(lambda: gone(children), 5, "nothing is left running")


def test_what_is_typed_before_the_screen_is_there_counts(keyed: Home) -> None:
    with open_terminal(keyed) as terminal:
        terminal.wait_until(lambda: b"\x1b[6n" in terminal.raw, "it asks the terminal")
        terminal.type("q")
        assert terminal.wait_exit(FIRST_PICTURE_S) == 0


def test_a_killed_front_end_leaves_nothing_running(keyed: Home) -> None:
    with open_terminal(keyed) as terminal:
        terminal.wait_for("127.0.0.1", FIRST_PICTURE_S)
        terminal.wait_until(lambda: len(descendants(terminal.pid)) >= 2, "the engine runs")
        children = descendants(terminal.pid)
        terminal.signal(signal.SIGTERM)
        terminal.wait_exit()
        wait_until(lambda: gone(children), 5, "nothing is left running")
        assert CANARY.encode() not in terminal.raw
    assert CANARY.encode() not in keyed.everything_written()


def test_a_wrong_key_is_said_on_the_screen_without_the_key(keyed: Home) -> None:
    wrong = "sk-wrong-and-very-secret"
    with open_terminal(keyed, OPENAI_API_KEY=wrong) as terminal:
        terminal.wait_for("key", FIRST_PICTURE_S)
        terminal.wait_for("ENDED", FIRST_PICTURE_S)
        terminal.press("q")
        assert terminal.wait_exit() == 4
        left = terminal.raw.rpartition(b"\x1b[?1049l")[2]
        assert b"The call has ended: The service refused the key." in left
        assert b"--resume" not in left
        assert wrong.encode() not in terminal.raw
    assert wrong.encode() not in keyed.everything_written()


def test_a_service_that_was_never_reached_ends_with_5(keyed: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with open_terminal(keyed, "--base-url", f"http://127.0.0.1:{port}/v1") as terminal:
        terminal.wait_for("refused the", FIRST_PICTURE_S)
        terminal.press("q")
        assert terminal.wait_exit() == 5
        left = terminal.raw.rpartition(b"\x1b[?1049l")[2]
        assert b"The call has ended: " in left


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_dumb_terminal_gets_plain_lines(keyed: Home, term: str) -> None:
    with open_terminal(keyed, TERM=term) as terminal:
        terminal.wait_for("[connected to", FIRST_PICTURE_S)
        terminal.type("What is the capital of Japan?\r")
        terminal.wait_for("Assistant: The capital of Japan is Tokyo.", FIRST_PICTURE_S)
        terminal.type("q\r")
        assert terminal.wait_exit() == 0
    assert b"\x1b" not in terminal.raw


@pytest.mark.parametrize(
    ("language", "help_", "first", "then"),
    [
        ("en", "?", "s or /state: say what is going on, and with", "which devices"),
        ("ja", "?", "t か /talk: 聞き取りの休止と再開。プッシュ", "トークでは録音開始と送信"),
    ],
)
def test_plain_lines_break_between_words(
    keyed: Home, language: str, help_: str, first: str, then: str
) -> None:
    with open_terminal(keyed, "--plain", VOICETUI_UI_LANGUAGE=language) as terminal:
        terminal.wait_for("gpt-realtime", FIRST_PICTURE_S)
        terminal.resize(40, 44)
        terminal.type(f"{help_}\r")
        terminal.wait_for("/quit")
        lines = [line.rstrip() for line in terminal.raw.decode().splitlines()]
        assert lines[lines.index(first) + 1] == then
        assert b"\x1b" not in terminal.raw
        terminal.type("q\r")
        assert terminal.wait_exit() == 0


def test_ctrl_c_ends_plain_mode(keyed: Home) -> None:
    with open_terminal(keyed, "--plain") as terminal:
        terminal.wait_for("[connected to", FIRST_PICTURE_S)
        children = descendants(terminal.pid)
        terminal.press("ctrl+c")
        assert terminal.wait_exit() == 130
        wait_until(lambda: gone(children), 5, "nothing is left running")
    assert "Traceback" not in terminal.text


def test_a_config_typo_is_said_before_the_screen(keyed: Home) -> None:
    keyed.config.write_text('[session]\nvoise = "cedar"\n')
    with open_terminal(keyed) as terminal:
        terminal.wait_for("config.toml:2:", FIRST_PICTURE_S)
        assert terminal.wait_exit() == 3
    assert b"\x1b[?1049h" not in terminal.raw
