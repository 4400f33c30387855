"""The screen in a real browser: it is the same, and nobody else gets in."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.e2e.browser import Browser
from tests.e2e.program import CANARY, Home, descendants
from tests.waiting import wait_until
from tui.web.door import refusal

# ---------------------------------------------------------------- the door

TOKEN = "a-token-that-nobody-guesses"


@pytest.mark.parametrize("host", ["127.0.0.1:8766", "localhost:9000", "[::1]:8766"])
@pytest.mark.parametrize("path", ["/", "/ws", "/static/js/textual.js"])
def test_whoever_has_the_address_is_let_in(host: str, path: str) -> None:
    for origin in (None, f"http://{host}"):
        assert refusal(f"/{TOKEN}{path}", host, origin, TOKEN) == ""


@pytest.mark.parametrize(
    ("path", "host", "origin"),
    [
        ("/", "127.0.0.1:1", None),
        ("", "127.0.0.1:1", None),
        (f"/{TOKEN}x/", "127.0.0.1:1", None),
        (f"/{TOKEN[:-1]}/", "127.0.0.1:1", None),
        (f"/other/{TOKEN}/", "127.0.0.1:1", None),
        ("/t\udcffken/", "127.0.0.1:1", None),
        (f"/{TOKEN}/", "evil.example:1", None),
        (f"/{TOKEN}/", "127.0.0.1.evil.example", None),
        (f"/{TOKEN}/", "", None),
        (f"/{TOKEN}/", "[", None),
        (f"/{TOKEN}/ws", "127.0.0.1:1", "http://evil.example"),
        (f"/{TOKEN}/ws", "127.0.0.1:1", "http://127.0.0.1:2"),
        (f"/{TOKEN}/ws", "127.0.0.1:1", "null"),
        (f"/{TOKEN}/ws", "127.0.0.1:1", ""),
    ],
)
def test_everybody_else_is_refused_in_words(path: str, host: str, origin: str | None) -> None:
    assert refusal(path, host, origin, TOKEN).endswith(".")


# ---------------------------------------------------------------- the program


@contextmanager
def serving(home: Home, *flags: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    process = home.start("web", "--port", "0", *flags)
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().decode().strip()
    finally:
        process.terminate()
        process.communicate(timeout=30)


def status(url: str, **headers: str) -> tuple[int, str]:
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.netloc, timeout=10)
    line.request("GET", parts.path or "/", headers=headers)
    reply = line.getresponse()
    return reply.status, reply.read().decode(errors="replace")


def test_only_the_whole_address_opens_the_page(keyed: Home) -> None:
    with serving(keyed) as (process, url):
        parts = urlsplit(url)
        assert parts.hostname == "127.0.0.1"
        assert len(parts.path) > 30
        code, page = status(url)
        assert code == 200
        assert f'"ws://{parts.netloc}{parts.path}ws"' in page
        base = f"http://{parts.netloc}"
        for wrong in (base, f"{base}/ws", f"{base}/static/js/textual.js", url.rstrip("/")[:-1]):
            code, words = status(wrong)
            assert (code, "address is not whole" in words) == (403, True), wrong
        assert status(url, Host="evil.example")[0] == 403
        assert status(f"{url}ws", Origin="http://evil.example")[0] == 403
        assert status(f"{url}static/../../serving.py")[0] in (403, 404)
        with pytest.raises(InvalidStatus):
            connect(f"ws://{parts.netloc}/ws")
        assert not descendants(process.pid), "nothing runs before somebody is let in"


def test_without_a_key_it_says_so_where_it_was_started(home: Home) -> None:
    done = home.run("web")
    assert done.code == 3, done
    assert "No key found" in done.err
    missing = home.folder / "sitecustomize.py"
    missing.write_text("import sys\nsys.modules['aiohttp'] = None\n")
    done = home.run("web", "--demo", env={"PYTHONPATH": str(home.folder)})
    assert done.code == 3, done
    assert "'.[web]'" in done.err


def test_a_browser_shows_the_same_screen(keyed: Home, tmp_path: Path) -> None:
    with serving(keyed) as (process, url), Browser(tmp_path) as browser:
        page = browser.open(url)
        page.wait_for("no microphone")
        page.type("i")
        page.wait_for("enter send")
        page.type("What is the capital of Japan?")
        page.press("Enter", 13, "\r")
        page.wait_for("The capital of Japan is Tokyo.")
        assert len(set(page.picture())) > 200, "something is drawn"
        page.resize(500, 400)
        page.wait_for("The capital of Japan is Tokyo.")
        assert "Tokens" not in page.text, "no room for it beside the conversation any more"
        assert all(asked.startswith(url) for asked in page.requested), page.requested
        assert page.complaints == []
        wait_until(lambda: len(descendants(process.pid)) >= 2, 10, "the screen and the engine")
        children = descendants(process.pid)
        page.press("Escape", 27)
        time.sleep(0.5)  # a key right behind would be alt and this key
        page.type("q")
        page.wait_until(lambda: page.closed, "the page is told of the end")
        wait_until(lambda: not any(runs(child) for child in children), 15, "nothing goes on")
    log = (keyed.state / "voicetui.log").read_bytes()
    assert CANARY.encode() not in log
    assert urlsplit(url).path.encode() not in log


def test_a_newer_page_takes_over_and_a_closed_one_hangs_up(keyed: Home, tmp_path: Path) -> None:
    with serving(keyed) as (process, url), Browser(tmp_path) as browser:
        older = browser.open(url)
        older.wait_for("no microphone")
        first = set(descendants(process.pid))
        newer = browser.open(url)
        newer.wait_for("no microphone")
        older.wait_until(lambda: older.closed, "the older page is told")
        second = set(descendants(process.pid))
        assert second
        assert not first & second, "two calls at once would fight for the microphone"
        newer.close()
        wait_until(lambda: not any(runs(child) for child in second), 15, "it has hung up")


def test_another_page_cannot_reach_it(keyed: Home, tmp_path: Path) -> None:
    with serving(keyed) as (process, url), Browser(tmp_path) as browser:
        page = browser.open("data:text/html,<p>elsewhere</p>")
        opened = page.run(
            "new Promise(done => { const line = new WebSocket("
            f"'{url.replace('http', 'ws')}ws'); line.onopen = () => done('open');"
            " line.onerror = () => done('refused'); })"
        )
        assert opened == "refused"
        assert not descendants(process.pid)


def test_no_call_goes_on_when_the_server_is_killed(keyed: Home) -> None:
    with (
        serving(keyed) as (process, url),
        connect(f"{url.replace('http', 'ws')}ws?width=80&height=24") as line,
    ):
        seen = b""
        while b"PAUSED" not in seen:
            piece = line.recv(30)
            seen += piece if isinstance(piece, bytes) else b""
        wait_until(lambda: len(descendants(process.pid)) >= 2, 10, "the screen and the engine")
        children = descendants(process.pid)
        os.kill(process.pid, signal.SIGKILL)
        wait_until(lambda: not any(runs(child) for child in children), 15, "all are gone")


def runs(pid: int) -> bool:
    """And is no process that has ended and was not waited for."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
