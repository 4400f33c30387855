"""Hostile text in every field: what reaches the terminal, byte by byte."""

from __future__ import annotations

import contextlib
import io
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.program import Home, command
from tests.faults.hostile_service import LAST, SHORT, TEXTS, HostileService, hostile_service
from tests.faults.table import EVERYTHING, record
from tests.server.process import running_server
from tests.terminal.driver import Terminal
from tests.terminal.hostile import CORPUS
from tests.tui.store.scenes import exchange
from tests.tui.store.scenes import record as keep
from tests.waiting import wait_until
from tui.errors import VoicetuiError
from tui.store.store import Store
from tui.text import clean

READY_S = 40
# What the program itself writes, exactly; every other sequence came from data.
OWN = re.compile(
    r"\x1b\[(?!38;2;66;6;66m)[0-9;]*m"
    r"|\x1b\[(?!66;6H)[0-9;]*H"
    r"|\x1b\[\?(?:7|25|1000|1003|1004|1006|1015|1016|1049|2004|2026|2048)[hl]"
    r"|\x1b\[\?(?:2026|2048)\$p|\x1b\[[<>=][0-9;]*u|\x1b\[\?u|\x1b\[\?996n"
    r"|\x1b\]52;c;[A-Za-z0-9+/=]*\x07|\x1b\]22;[a-z-]*\x07"
)
CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]"
)
PROBE = "\r─\x1b[6n\r\x1b[K".encode()  # at the start alone: how wide the terminal draws a line
ONCE = ("\x1b[?1049l", "\x1b[?2004l")  # at the end, and only there
ACTING = ("hacked", "\x1b]0", "\x1b]8", "\x1b]9", "\x1b]777", "\x1b]52;c;aGFja2Vk")

checked = {"bytes": 0, "places": 0}


def check(name: str, raw: bytes, *, screen: bool = False) -> None:
    """Nothing of the data acts on a terminal."""
    raw = raw.removeprefix(PROBE) if screen else raw
    text = raw.decode("utf-8")  # strict: a lone surrogate would not even be UTF-8
    left = OWN.sub("", text) if screen else text
    found = CONTROL.search(left)
    assert found is None, f"{name}: {left[max(0, found.start() - 60) : found.end() + 60]!r}"
    for sign in ACTING:
        assert sign not in text, f"{name}: {sign!r}"
    if screen:
        for sign in ONCE:
            assert text.count(sign) <= 1, name
    checked["bytes"] += len(raw)
    checked["places"] += 1


@pytest.fixture(scope="module")
def service() -> Iterator[HostileService]:
    with hostile_service() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, service: HostileService) -> Home:
    """A person who has a hostile service, a hostile history and hostile variables."""
    home = Home(tmp_path)
    service.instead.clear()
    home.env |= {
        "OPENAI_API_KEY": "sk-hostile-test-0123",
        "OPENAI_BASE_URL": service.url,
        "VOICETUI_NONSENSE\x1b]0;x\x07": "1",
    }
    return home


def seed(home: Home) -> str:
    """Conversations in which all was hostile; their names too.  Returns an id."""
    store = Store.open(home.state / "history")
    events = [e for n, text in enumerate(TEXTS) for e in exchange(n, text, text)]
    ids = [keep(store, events, service="127.0.0.1", model=SHORT)]
    for text in TEXTS:
        ids.append(keep(store, exchange(1, text, text), service="127.0.0.1", model=text[:60]))
        with contextlib.suppress(VoicetuiError):  # nothing was left of it: it is not kept
            store.rename(ids[-1], text).result(10)
    assert store.close(60)
    return ids[0]


def open_terminal(home: Home, *arguments: str, cols: int = 100, **env: str) -> Terminal:
    return Terminal.spawn(
        command(*arguments), env={**home.env, **env}, cwd=str(home.folder), rows=30, cols=cols
    )


def typed(*texts: str) -> str:
    """What a terminal can send at all."""
    return "".join(texts).encode("utf-8", "replace").decode()


@pytest.mark.parametrize("theme", ["", "ascii"])
def test_the_screen(home: Home, theme: str) -> None:
    """The whole program: conversation, log, help, usage, history, search, rename, paste, copy."""
    seed(home)
    env = {"LC_ALL": "C", "NO_COLOR": "1"} if theme else {}
    with open_terminal(home, **env) as terminal:
        terminal.wait_for(LAST, READY_S)
        for key in (
            "k", "k", "k", "y", "l", "end", "escape", "?", "escape", "u", "escape",
            "n", "h", "down", "down", "]", "]",
        ):  # fmt: skip
            terminal.press(key)
            terminal.wait_quiet(0.1)
        terminal.press("/")
        terminal.paste(typed(*TEXTS[:12]))
        terminal.wait_quiet(0.1)
        terminal.press("escape", "r")
        terminal.paste(typed(*TEXTS[12:24]))
        terminal.press("enter")
        terminal.wait_quiet(0.1)
        terminal.press("e", "enter", "escape", "escape", "i")
        for text in TEXTS:
            terminal.paste(typed(text[:200]))
        terminal.wait_quiet(0.2)
        terminal.press("enter", "escape")
        terminal.wait_quiet(0.2)
        terminal.resize(12, 40)
        terminal.wait_quiet(0.2)
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
        check(f"screen {theme}", terminal.raw, screen=True)
    for path in home.folder.rglob("*"):
        assert path.name.isprintable(), path
        if path.suffix == ".log":
            check(path.name, path.read_bytes())
    record(
        "X1",
        f"{len(TEXTS)} texts in every field, {checked['places']} places, "
        f"{checked['bytes']:,} bytes at the terminal: 0 control bytes of data",
    )


def test_a_service_that_refuses_with_hostile_words(home: Home, service: HostileService) -> None:
    service.instead += ["broken", "refused"]
    with open_terminal(home) as terminal:
        terminal.wait_until(lambda: not service.instead, "both asked for", READY_S)
        terminal.wait_for("ENDED", READY_S)
        terminal.press("l")
        terminal.wait_quiet(0.2)
        terminal.press("escape", "q")
        terminal.wait_exit()
        check("refused", terminal.raw, screen=True)


def test_every_printed_line(home: Home, service: HostileService) -> None:
    """Commands in a terminal, where a shell user reads them: what they print is all theirs."""
    first = seed(home)
    nasty = SHORT.replace("\x00", "")
    commands: list[tuple[str, ...]] = [
        ("history", "list", "--limit", "1000"),
        ("history", "show", first[:8]),
        ("history", "search", "link"),
        ("history", "export", first[:8], "--out", "."),
        ("history", "import", "thread_1", "--title", nasty),
        ("usage", "--by", "model", "--since", "2020-01-01"),
        ("usage", "--by", "conversation", "--since", "2020-01-01"),
        ("assistants",),
        ("doctor",),
        ("ask", "--timeout", "5", "Hello"),
        (nasty,),
    ]
    rare: list[tuple[str, ...]] = [
        ("history", "list", "--json"),
        ("history", "show", first[:8], "--json"),
        ("history", "search", nasty),
        ("history", "export", first[:8]),
        ("history", "export", first[:8], "--format", "json"),
        ("history", "rename", first[:8], nasty),
        ("history", "show", nasty),
        ("history", "import", "conv_1"),
        ("usage", "--by", "model", "--csv", "--since", "2020-01-01"),
        ("assistants", "list", "--json"),
        ("config", "show"),
        ("key", "show"),
        ("key", "set", "--service", nasty),
        ("ask", "--json", "--timeout", "5", "Hello"),
        ("ask", "--audio", nasty),
        ("ask", "--out", "a/" + nasty, "x"),
        ("--" + nasty,),
        ("--theme", nasty),
        ("--base-url", "http://" + nasty),
        ("--model", nasty, "config", "show"),
        ("--resume", nasty),
    ]
    for arguments in [*commands, *(rare if EVERYTHING else ())]:
        with open_terminal(home, *arguments) as terminal:
            terminal.wait_exit(60)
            check(" ".join(arguments), terminal.raw.replace(b"\r\n", b"\n"))
    for path in home.folder.iterdir():
        assert path.name.isprintable(), path


def test_plain_mode(home: Home) -> None:
    with open_terminal(home, "--plain") as terminal:
        terminal.wait_for(LAST, READY_S)
        terminal.type("c\r?\r")
        terminal.type("q\r")
        terminal.wait_exit()
        check("plain", terminal.raw.replace(b"\r\n", b"\n"))


def test_hostile_settings_are_named_safely(home: Home) -> None:
    for text in (
        '[session]\nvoice = "\\u001b]0;x\\u0007"\n',
        '["\\u001b]0;x\\u0007"]\na = 1\n',
        "[session]\nvoice = \x1b]0;x\x07\n",
        '[[tools]]\nname = "\\u001b]52;c;aGFja2Vk\\u0007"\n',
    ):
        home.config.write_text(text)
        slow = (("ask", "x"), ("doctor", "--offline")) if EVERYTHING else ()
        for arguments in (("config", "validate"), *slow):
            with open_terminal(home, *arguments) as terminal:
                terminal.wait_exit(60)
                check(" ".join(arguments), terminal.raw.replace(b"\r\n", b"\n"))


def test_a_fault_of_ours_with_hostile_words(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last net: an exception whose message is hostile."""
    from tui import __main__ as main
    from tui import cli, log

    for name in ("VOICETUI_STATE_DIR", "VOICETUI_CONFIG"):
        monkeypatch.setenv(name, home.env[name])
    monkeypatch.setattr(log, "start_log", lambda verbose: None)
    for text in CORPUS:
        stream = io.TextIOWrapper(io.BytesIO(), "utf-8")
        monkeypatch.setattr(sys, "stderr", stream)

        def fail(argv: object, text: str = text) -> int:
            raise RuntimeError(text)

        monkeypatch.setattr(cli, "run", fail)
        assert main._guarded([]) == 1
        stream.flush()
        check("fault", stream.buffer.getvalue())  # type: ignore[attr-defined]


def test_marks_without_end_cost_no_time() -> None:
    began_s = time.monotonic()
    for text in ("z" + "\u0301" * 1_000_000, "\x1b]" * 500_000, "\x1b[" + "1;" * 500_000):
        shown = clean(text)
        assert len(shown) < 10
        assert clean(shown) == shown
    took_s = time.monotonic() - began_s
    record("X1", f"a million marks on one letter: {took_s:.1f} s", ok=took_s < 5)
    assert took_s < 20


LINKS = """Read [the docs](https://docs.example/a), not [bank.example](https://evil.example/login)
or [run](javascript:alert(1)) or [file](file:///etc/passwd), and https://аpple.com/ too."""


def test_links_are_shown_and_never_opened_unasked(home: Home, tmp_path: Path) -> None:
    """A real program, a real browser command that leaves a mark."""
    tools = tmp_path / "tools"
    tools.mkdir()
    opened = tmp_path / "opened"
    (tools / "xdg-open").write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {opened}\n')
    (tools / "xdg-open").chmod(0o755)
    home.env |= {"DISPLAY": ":99", "PATH": f"{tools}:{home.env['PATH']}"}
    with running_server(fixed_answer=LINKS, audio_speed=0) as url:
        home.env["OPENAI_BASE_URL"] = url
        with open_terminal(home, "--session", "responses") as terminal:
            terminal.wait_for("PAUSED", READY_S)
            terminal.press("i")
            terminal.type("Where?\r")
            terminal.wait_for("evil.example", READY_S)
            terminal.press("escape", "o")
            terminal.wait_for("3 links in this turn")
            for shown in (
                "https://docs.example/a",
                "called: bank.example",
                "the text says bank.example, it leads to evil.example",
                "https://xn--pple-43d.com/",
            ):
                terminal.wait_for(shown)
            assert "javascript" not in terminal.text
            terminal.press("y")
            terminal.wait_for("enter asks first")
            terminal.press("down", "enter")
            terminal.wait_for("Open https://evil.example/login in the browser?")
            terminal.press("n", "enter", "up", "y")
            terminal.wait_for("enter asks first")
            assert not opened.exists()
            terminal.press("enter")
            terminal.wait_for("Open https://docs.example/a in the browser?")
            terminal.press("y")
            terminal.wait_for("Handed to the browser")
            wait_until(opened.exists, 10)
            terminal.press("escape", "q")
            assert terminal.wait_exit() == 0
            assert b"\x1b]8" not in terminal.raw
    assert opened.read_text() == "https://docs.example/a\n"
    record("X2", "6 kinds of links: 0 opened unasked, 0 but http and https, every target shown")
