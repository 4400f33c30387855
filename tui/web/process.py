"""The screen of voicetui as a child whose terminal is a page, by textual-serve's own protocol."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import Process
from typing import Final

from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from tui.parent import CHILD_MARK
from tui.text import clean
from tui.web import BROWSER_MARK

DRIVER: Final = "tui.panes.browser_driver:BrowserDriver"
END_S: Final = 6.0
"""Longer than a call takes to hang up."""


class ScreenProcess(AppService):
    """One screen; `wait` returns when it has ended, `end` ends it."""

    def __init__(self, command: list[str], line: web.WebSocketResponse) -> None:
        super().__init__(
            "",
            write_bytes=line.send_bytes,
            write_str=line.send_str,
            close=self._close,
            download_manager=DownloadManager(),
        )
        self._line = line
        self._command = command
        self.ready = False
        """It has drawn something."""

    async def _close(self) -> None:
        await self._line.close()

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        environment = self._build_environment(width, height)
        environment |= {
            "TEXTUAL_DRIVER": DRIVER,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            BROWSER_MARK: "1",
            CHILD_MARK: str(os.getpid()),
        }
        self._process = process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
        )
        self._stdin = process.stdin
        return process

    async def run(self) -> None:
        """Read what it draws.  What it says at its end is no data of ours."""
        with contextlib.redirect_stdout(sys.stderr):
            await super().run()

    async def on_data(self, payload: bytes) -> None:
        """Something to draw."""
        self.ready = True
        await super().on_data(payload)

    async def wait(self) -> None:
        """Until it has ended by itself."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def end(self) -> None:
        """Hang up; one that does not listen is killed."""
        process = self._process
        if process is None:
            return
        with contextlib.suppress(TimeoutError, OSError):
            await self.send_meta({"type": "quit"})
            await asyncio.wait_for(process.wait(), END_S)
        if process.returncode is None:
            process.kill()
        await process.wait()

    async def tell(self, words: str) -> None:
        """A sentence where the screen would be."""
        text = clean(words).replace("\n", "\r\n")
        await self.remote_write_bytes(f"\x1b[2J\x1b[H{text}\r\n".encode())
