"""The page and the screen behind it, over HTTP on this machine; one screen at a time."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import logging
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import Final

from aiohttp import WSMsgType, web

from tui.masking import mask
from tui.web.door import refusal
from tui.web.process import ScreenProcess

log = logging.getLogger(__name__)

LARGEST_MESSAGE_BYTES: Final = 1_000_000
"""Of a page: keys and pasted text."""
HEADERS: Final = {
    # Nothing is fetched from elsewhere, and no other page may frame this one.
    "Content-Security-Policy": "default-src 'none'; script-src 'self' 'unsafe-inline'; "
    "style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; "
    "connect-src 'self' ws:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


async def serve(
    command: list[str], listener: socket.socket, token: str, told: Callable[[], None]
) -> None:
    """Until SIGINT or SIGTERM; `told` is called when the page can be opened."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stopped.set)
    screens = Screens(command)
    runner = web.AppRunner(_app(screens, token), access_log=None, handle_signals=False)
    await runner.setup()
    await web.SockSite(runner, listener, shutdown_timeout=1.0).start()
    told()
    try:
        await stopped.wait()
    finally:
        await screens.end()
        await runner.cleanup()


def _app(screens: Screens, token: str) -> web.Application:
    @web.middleware
    async def door(request: web.Request, handler: Callable[..., object]) -> web.StreamResponse:
        why = refusal(request.path, request.host, request.headers.get("Origin"), token)
        if why:
            return web.Response(status=403, text=why + "\n", headers=HEADERS)
        response: web.StreamResponse = await handler(request)  # type: ignore[misc]
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    app = web.Application(middlewares=[door])
    app.router.add_get(f"/{token}/", screens.page)
    app.router.add_get(f"/{token}/ws", screens.socket)
    app.router.add_static(f"/{token}/static", _statics())
    return app


def _statics() -> Path:
    found = importlib.util.find_spec("textual_serve")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).with_name("static")


class Screens:
    """One at a time: two calls would fight for the microphone."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._page = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
        self._screen: ScreenProcess | None = None
        self._turn = asyncio.Lock()

    async def page(self, request: web.Request) -> web.Response:
        """The page; its socket is found where the page was found."""
        socket_url = f"ws://{request.host}{request.path}ws"
        text = self._page.substitute(socket=socket_url)
        return web.Response(text=text, content_type="text/html")

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        """Keys in, pictures out; a new page takes over from an older one."""
        line = web.WebSocketResponse(heartbeat=15, max_msg_size=LARGEST_MESSAGE_BYTES)
        await line.prepare(request)
        older = self._screen
        if older is not None:
            await older.end()
        async with self._turn:
            screen = ScreenProcess(self._command, line)
            self._screen = screen
            try:
                await screen.start(_cells(request, "width", 80), _cells(request, "height", 24))
                pump = asyncio.create_task(_pump(line, screen))
                over = asyncio.create_task(screen.wait())
                await asyncio.wait({pump, over}, return_when=asyncio.FIRST_COMPLETED)
                if over.done() and not screen.ready and not line.closed:
                    await screen.tell("voicetui could not be started: see where it was started.")
                    await asyncio.sleep(0.5)
                pump.cancel()
            finally:
                await screen.end()
                self._screen = None
                await line.close()
        return line

    async def end(self) -> None:
        """Hang up."""
        if self._screen is not None:
            await self._screen.end()


def _cells(request: web.Request, name: str, usual: int) -> int:
    text = request.query.get(name, "")
    return min(max(int(text), 1), 1000) if text.isdecimal() and len(text) < 6 else usual


async def _pump(line: web.WebSocketResponse, screen: ScreenProcess) -> None:
    """What the page sends; what is no such thing is left out."""
    async for message in line:
        if message.type is not WSMsgType.TEXT:
            continue
        try:
            match json.loads(message.data):
                case ["stdin", str(data)]:
                    await screen.send_bytes(data.encode("utf-8", "replace"))
                case ["resize", {"width": int(width), "height": int(height)}]:
                    await screen.set_terminal_size(
                        min(max(width, 1), 1000), min(max(height, 1), 1000)
                    )
                case ["ping", data]:
                    await line.send_json(["pong", data])
                case ["blur", *_]:
                    await screen.blur()
                case ["focus", *_]:
                    await screen.focus()
        except (ValueError, RecursionError) as error:
            log.warning("the page sent what cannot be read: %s", mask(str(error)))
