"""With the interface in Japanese no command says an English sentence."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.program import REPOSITORY, Home
from tests.server.process import running_server

QUESTION = REPOSITORY / "tui" / "assets" / "question.wav"
JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
WORDS = re.compile(r"[A-Za-z]{2,} [a-z]{2,}|[a-z]{4,}")
DATA = (
    re.compile(r"\S+"),  # a path, an id, an address
    re.compile(r"\[\w+\]|(# )?\w+ = .*"),  # config show: a config file
    re.compile(r'\s*[{}\[\]"].*'),  # JSON
    re.compile(
        r"(# )?(Hello|what is the).*|The capital.*|You said.*|.*chmod 700.*"
    ),  # what was asked and answered
    re.compile(r"\S+ +\S+( +[\d,-]+){2,}"),  # a row of figures
    re.compile(r"[-\d]+ [:\d]+( UTC)? · .*"),  # when, kind and service of a conversation
    re.compile(r"( +--|voicetui .*: (ok|正常)).*"),
)
"""Lines that are no sentences of ours."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.env |= {"VOICETUI_UI_LANGUAGE": "ja", "LC_ALL": "C.UTF-8"}
    return home


def english(text: str) -> Iterator[str]:
    """Lines a person reads that are not Japanese."""
    for line in text.splitlines():
        if JAPANESE.search(line) or not WORDS.search(line):
            continue
        if not any(form.fullmatch(line) for form in DATA):
            yield line


def check(home: Home, *arguments: str, stdin: bytes = b"", code: int | None = None) -> str:
    """Run it; everything it says is Japanese; returns stdout."""
    done = home.run(*arguments, stdin=stdin)
    assert code is None or done.code == code, done
    left = [*english(done.out), *english(done.err)]
    assert not left, (arguments, left, done)
    return done.out


def test_what_needs_no_service(home: Home) -> None:
    check(home, "config", "validate", code=0)
    check(home, "config", "show", code=0)
    check(home, "key", code=0)
    check(home, "log", code=0)
    check(home, "history", code=0)
    check(home, "history", "show", "3f2a", code=2)
    check(home, "history", "search", "rain", code=1)
    check(home, "usage", code=0)
    check(home, "devices")
    check(home, "doctor", "--offline")
    check(home, "key", "set", stdin=b"\n", code=3)
    check(home, "key", "set", stdin=b"two words\n", code=3)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        check(home, "serve", "--port", str(taken.getsockname()[1]), code=1)
    check(home, "key", "set", stdin=b"sk-test-not-a-key\n", code=0)
    check(home, "key", code=0)
    check(home, "key", "delete", code=0)
    check(home, "key", "delete", code=1)
    check(home, "replay", "nosuch.zip", code=6)
    check(home, "replay", str(QUESTION), code=6)
    check(home, "ask", "hello", code=3)


@pytest.mark.parametrize(
    "line",
    [
        "fly", "histroy", "ask --modle x y", "ask what is this", "--port", "history shwo",
        "history show", "usage --since never", "serve --port 99999", "ask --timeout 0 hi",
        "completions tcsh", "log show --lines none", "usage --by hour", "usage --json --csv",
        "--key sk-1", "--demo --service openai", "ask --voice", "ask --speed quick hi",
        "ask --turn semantic hi", "ask --answer sound hi", "history export 3f2a --stereo",
        "assistants edit", "assistants create --temperature hot", "config fly",
    ],
)  # fmt: skip
def test_a_wrong_command_line(home: Home, line: str) -> None:
    check(home, *line.split(), code=2)


CONFIGS = (
    '[session]\nvoise = "cedar"\nspeed = 9\nturn = "vad"\n',
    '[sesion]\nvoice = "cedar"\n[service]\nvoice = "x"\napi_key = "x"\n',
    '[keys]\nmute = "j"\nfly = "x"\nhelp = 3\ncompose = "hyper+x"\n',
    "[session\n",
    '[[tools]]\nname = "two words"\n',
    '[[tools]]\nname = "clock"\n',
    "session = 3\n",
)


@pytest.mark.parametrize("text", CONFIGS)
def test_a_config_that_is_wrong(home: Home, text: str) -> None:
    home.config.write_text(text)
    check(home, "config", "validate", code=3)


def test_the_language_of_the_config_counts_before_its_mistakes(home: Home) -> None:
    del home.env["VOICETUI_UI_LANGUAGE"]
    home.config.write_text('[ui]\nlanguage = "ja"\n[session]\nvoise = "x"\n')
    check(home, "ask", "hello", code=3)


def test_what_a_call_says(home: Home) -> None:
    with running_server(audio_speed=0) as url:
        home.env |= {"OPENAI_BASE_URL": url, "VOICETUI_MODEL": "demo"}
        check(home, "ask", "--audio", str(QUESTION), "--out", "a.wav", code=0)
        check(home, "ask", "--audio", "nosuch.wav", code=6)
        check(home, "ask", "--answer", "audio", "Hello", code=2)
        check(home, "usage", "--by", "model", code=0)
        shown = check(home, "history", code=0)
        (*_, kept) = re.findall(r"(?m)^(\w{8})  ", shown)
        check(home, "history", "show", kept, code=0)
        check(home, "history", "export", kept, code=0)
        check(home, "history", "rename", kept, "天気", code=0)
        check(home, "history", "delete", kept, code=0)
        check(home, "history", "undelete", kept, code=0)
        check(home, "assistants", "show", "asst_nosuch")
        check(home, "doctor", code=None)
        check(home, "--plain", stdin=b"Hello\ns\nl\nc\nd\nh\n?\n/fly\n", code=0)
    check(home, "ask", "Hello", code=5)


def test_without_sound_the_echo_cannot_be_measured(home: Home) -> None:
    home.env |= {"ALSA_CONFIG_PATH": "/dev/null", "PULSE_SERVER": "unix:/nowhere"}
    check(home, "doctor", "--echo", code=6)
    home.env["VOICETUI_UI_LANGUAGE"] = "en"
    done = home.run("doctor", "--echo")
    assert "verdict: no sound" in done.out
    assert "nine seconds" not in done.err


def test_by_the_locale_alone_the_doctor_finds_no_setting(home: Home) -> None:
    del home.env["VOICETUI_UI_LANGUAGE"]
    home.env |= {"LC_ALL": "", "LANG": "ja_JP.UTF-8"}
    shown = check(home, "doctor", "--offline")
    assert "なし。すべて既定のままです" in shown
