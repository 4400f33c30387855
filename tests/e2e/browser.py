"""A real Chromium without a window, driven through its DevTools protocol.

with Browser(folder) as browser:
    page = browser.open(url)
    page.wait_for("LISTENING")
    page.type("m")
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import pyte
import pytest
from websockets.sync.client import connect

from tests.terminal.driver import _UNKNOWN_TO_PYTE

START_S = 60.0
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--no-first-run", "--disable-background-networking", "--disable-extensions",
    "--enable-unsafe-swiftshader", "--remote-debugging-port=0", "--window-size=1000,700",
)  # fmt: skip


def chromium() -> str:
    """Its path; skips the test where there is none, and fails it where CI=true."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    reason = "no Chromium on this machine (Debian: apt-get install chromium)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


class Browser:
    """One browser with a profile of its own."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [chromium(), *FLAGS, f"--user-data-dir={folder / 'profile'}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._line = connect(self._address(), max_size=None).__enter__()
        self._number = 0
        self._events: list[dict[str, Any]] = []

    def _address(self) -> str:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            found = re.search(rb"DevTools listening on (ws://\S+)", line)
            if found:
                return found[1].decode()
        raise RuntimeError("Chromium has ended")

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._line.__exit__(kind, error, trace)
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        assert self._process.stderr is not None
        self._process.stderr.close()

    def open(self, url: str) -> Page:
        """A new page, in front."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session, target)
        for domain in ("Page", "Network", "Runtime", "Log"):
            page.ask(f"{domain}.enable")
        page.ask("Emulation.setFocusEmulationEnabled", enabled=True)
        page.ask("Page.navigate", url=url)
        return page

    def ask(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """One command; events that come meanwhile are kept."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        self._line.send(json.dumps(message))
        while True:
            reply = json.loads(self._line.recv(START_S))
            if reply.get("id") == self._number:
                if "error" in reply:
                    raise RuntimeError(f"{method}: {reply['error']}")
                return dict(reply["result"])
            self._events.append(reply)

    def events(self, session: str, wait_s: float = 0.0) -> list[dict[str, Any]]:
        """What has happened on a page since the last time."""
        end_s = time.monotonic() + wait_s
        while (left_s := end_s - time.monotonic()) > 0:
            try:
                self._events.append(json.loads(self._line.recv(left_s)))
            except TimeoutError:
                break
        mine = [event for event in self._events if event.get("sessionId") == session]
        self._events = [event for event in self._events if event.get("sessionId") != session]
        return mine


class Page:
    """One page with a terminal in it: what its socket brought, as a terminal would show it."""

    def __init__(self, browser: Browser, session: str, target: str) -> None:
        self._browser = browser
        self._session = session
        self._target = target
        self._screen = pyte.Screen(400, 200)
        self._stream = pyte.ByteStream(self._screen)
        self.requested: list[str] = []
        """Every address that was asked for."""
        self.complaints: list[str] = []
        """Errors in the browser's console."""
        self.closed = False
        """The socket has been closed."""

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """One command to this page."""
        return self._browser.ask(method, self._session, **params)

    def look(self, wait_s: float = 0.0) -> None:
        """Take what has happened."""
        for event in self._browser.events(self._session, wait_s):
            params = event.get("params", {})
            match event["method"]:
                case "Network.webSocketFrameReceived" if params["response"]["opcode"] == 2:
                    data = base64.b64decode(params["response"]["payloadData"])
                    self._stream.feed(_UNKNOWN_TO_PYTE.sub(b"", data))
                case "Network.webSocketClosed":
                    self.closed = True
                case "Network.requestWillBeSent":
                    self.requested.append(params["request"]["url"])
                case "Log.entryAdded" if params["entry"]["level"] == "error":
                    self.complaints.append(params["entry"]["text"])
                case "Runtime.exceptionThrown":
                    details = params["exceptionDetails"]
                    said = details.get("exception", {}).get("description", "")
                    self.complaints.append(f"{details['text']} {said}")
                case _:
                    pass

    @property
    def text(self) -> str:
        """The terminal's rows."""
        return "\n".join(row.rstrip() for row in self._screen.display).strip()

    def wait_for(self, text: str, timeout_s: float = START_S) -> None:
        """Until the terminal shows it."""
        self.wait_until(lambda: text in self.text, f"{text!r} in the page", timeout_s)

    def wait_until(
        self, condition: Callable[[], bool], what: str, timeout_s: float = START_S
    ) -> None:
        """Until it holds; what happens on the page is taken meanwhile."""
        end_s = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < end_s, f"{what}: not within {timeout_s} s\n{self.text}"
            self.look(0.1)

    def press(self, key: str, code: int, text: str = "") -> None:
        """One key, by its name and its number in a browser."""
        for kind in ("keyDown", "keyUp"):
            self.ask(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                windowsVirtualKeyCode=code,
                **({"text": text} if text and kind == "keyDown" else {}),
            )

    def type(self, text: str) -> None:
        """Letters, one key after the other."""
        for letter in text:
            self.press(letter, ord(letter.upper()), letter)

    def run(self, script: str) -> Any:
        """The value of an expression in the page; promises are waited for."""
        done = self.ask(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        return done["result"].get("value")

    def picture(self) -> bytes:
        """A PNG of what it looks like."""
        return base64.b64decode(self.ask("Page.captureScreenshot")["data"])

    def resize(self, width: int, height: int) -> None:
        """Another size of the window, in pixels; everything is drawn anew."""
        self.look()
        self._screen.reset()
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def close(self) -> None:
        """As a person closes a tab."""
        self._browser.ask("Target.closeTarget", targetId=self._target)
