"""Plain mode as a process: complete, readable line by line, only ever appended."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests.e2e.calls import QUESTION
from tests.e2e.program import CANARY, Home
from tui.errors import ExitCode

SCRIPT = """\
My name is Ada.
s
l
r
/serch Ada
/search Ada
/search nowhere to be found
h
/new
What is my name?
/resume %s
What is my name?
/show %s
c
?
/resume ffff
"""


def test_history_state_and_help_are_at_hand_while_one_talks(home: Home) -> None:
    first = home.run("--demo", "--plain", stdin=b"My name is Ada.\n")
    assert first.code == 0, first
    (kept,) = re.findall(r"Go on with: \S*voicetui --demo --resume (\w{8})", first.err)
    done = home.run("--demo", "--plain", stdin=(SCRIPT % (kept, kept)).encode())
    assert done.code == 0, done
    lines = done.out.splitlines()
    told = "\n".join(lines)
    said = [line for line in lines if line.startswith("Assistant: ")]
    assert "not told me your name" in told
    assert "Ada" in said[-1]
    assert any("not muted, model" in line for line in lines)
    assert "[/serch is no command; did you mean /search. A space" in told
    assert f"{kept}  " in told
    assert "[nothing found]" in lines
    assert lines.count("[end of the old conversation]") == 1
    assert any(line.startswith("[Tokens: ") for line in lines)
    assert "/resume ID: go on with an old conversation" in done.err
    assert "ffff" in lines[-1]
    assert done.err.count("Go on with: ") == 1
    assert f"--resume {kept}" in done.err.splitlines()[-1]


def test_lines_are_only_ever_appended(home: Home) -> None:
    spare = {"LC_ALL": "C", "PYTHONIOENCODING": "", "PYTHONUTF8": "0", "NO_COLOR": "1"}
    done = home.run("--demo", "--plain", stdin="Tokyo 天気\n?\nd\nq\n".encode(), env=spare)
    assert done.code == 0, done
    for stream in (done.stdout, done.err.encode()):
        assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", stream)
    assert "Tokyo" in done.out


def test_what_is_not_saved_is_kept_by_nobody(home: Home) -> None:
    done = home.run("--demo", "--plain", "--no-save", stdin=b"My name is Zaphod.\n")
    assert done.code == 0, done
    assert "Zaphod" in done.out
    assert b"Zaphod" not in home.everything_written()
    assert not list(Path(home.state).rglob("*.wav"))


def test_a_mute_holds_in_the_next_conversation(home: Home) -> None:
    devices = ("--input", f"file:{QUESTION}", "--output", "silent")
    script = b"m\n/new\nWhat is the capital of Japan?\ns\nm\n"
    done = home.run("--demo", "--plain", *devices, stdin=script)
    assert done.code == 0, done
    lines = done.out.splitlines()
    assert any(line.startswith("[muted, muted, model") for line in lines)
    said = lines[: lines.index("[unmuted]")]
    assert "[listening]" not in said[said.index("[muted]") :]
    assert [line for line in said if line.startswith("You: ")] == [
        "You: What is the capital of Japan?"
    ]


def test_words_go_to_another_service_only_where_somebody_said_so(
    home: Home, locked_url: str
) -> None:
    home.env["OPENAI_API_KEY"] = CANARY
    elsewhere = ("--plain", "--base-url", locked_url, "--input", "silent")
    first = home.run(*elsewhere, stdin=b"My name is Ada.\n")
    assert first.code == 0, first
    (way_on,) = re.findall(r"Go on with: \S*voicetui (.*)", first.err)
    again = home.run("--plain", *shlex.split(way_on), stdin=b"What is my name?\n")
    assert again.code == 0, again
    assert "Ada" in again.out
    assert "This conversation was held with" not in again.err
    kept = shlex.split(way_on)[-1]
    refused = home.run("--plain", "--resume", kept, stdin=b"What is my name?\n")
    assert refused.code == ExitCode.USAGE, refused
    assert "sends its words to api.openai.com" in refused.err
    demo = home.run("--demo", "--plain", stdin=b"My name is Bob.\n")
    (bob,) = re.findall(r"--resume (\w+)", demo.err)
    script = f"/resume {bob}\n/resume {bob}\nWhat is my name?\n".encode()
    twice = home.run(*elsewhere, stdin=script)
    assert twice.out.count("This conversation was held with the embedded service") == 1
    assert "Bob" in twice.out
