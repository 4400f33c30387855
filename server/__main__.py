"""`python -P -m server`: start the service, say where it listens, serve until told to end."""

from __future__ import annotations

import argparse
import asyncio
import errno
import json
import logging
import os
import signal
import socket
import sys
import threading
from asyncio import BaseTransport, Transport
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import msgspec
import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from server.app import Service
from server.knobs import KnobBoard, Knobs, decode_knobs
from server.record import Record
from server.speech.work import SpeechWork

KEY_VARIABLE = "VOICETUI_SERVER_KEY"
LARGEST_FRAME_BYTES = 32 * 1024 * 1024  # 15 MiB of audio are 20 MiB of base64
EXIT_USAGE = 2
EXIT_NO_PORT = 1


class Connection(WebSocketsSansIOProtocol):
    """Lets a session tear its connection down without a close frame."""

    def connection_made(self, transport: BaseTransport) -> None:
        self.app_state = {**self.app_state, "abort": cast(Transport, transport).abort}
        super().connection_made(transport)


class Server(uvicorn.Server):
    """Says where it listens, once it does; a signal ends it with exit code 0."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn raises the signal again afterwards, which would end us before our own end.
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(number, self.handle_exit) for number in numbers]
        try:
            yield
        finally:
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            assert sockets is not None
            port = sockets[0].getsockname()[1]
            line = {"listening": f"http://127.0.0.1:{port}/v1", "port": port, "pid": os.getpid()}
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--key", help=f"the only key accepted (or {KEY_VARIABLE}); none: any")
    parser.add_argument("--state", type=Path, help="folder where conversations are kept")
    parser.add_argument("--knobs", help="JSON: latency and faults for tests")
    parser.add_argument("--exit-with-stdin", action="store_true", help="end when stdin ends")
    parser.add_argument("--log-level", default="warning", help="debug, info, warning, error")
    return parser.parse_args()


def _end_with_stdin(server: Server, loop: asyncio.AbstractEventLoop) -> None:
    def watch() -> None:
        while os.read(0, 4096):
            pass
        loop.call_soon_threadsafe(setattr, server, "should_exit", True)

    threading.Thread(target=watch, name="stdin", daemon=True).start()


def _listen(port: int) -> socket.socket:
    """Raises OSError where the port is taken."""
    # Named as TCP, or asyncio leaves Nagle's algorithm on: 40 ms for every small answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform != "win32":  # there it would let two services share a port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        raise
    return listener


async def _serve(
    server: Server, listener: socket.socket, work: SpeechWork, *, exit_with_stdin: bool
) -> None:
    if exit_with_stdin:
        _end_with_stdin(server, asyncio.get_running_loop())
    asyncio.get_running_loop().call_later(0.05, work.warm_up)
    await server.serve([listener])


def main() -> int:
    """Exit codes: 0 ended as asked, 1 the port is taken, 2 wrong arguments."""
    arguments = _arguments()
    logging.basicConfig(
        level=arguments.log_level.upper(),
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    # At the level of debug these write headers: keys.
    for name in ("uvicorn", "uvicorn.error", "websockets"):
        logging.getLogger(name).setLevel(max(logging.INFO, logging.getLogger().level))
    try:
        knobs = decode_knobs(arguments.knobs) if arguments.knobs else Knobs()
    except msgspec.DecodeError as error:
        sys.stderr.write(f"--knobs: {error}\n")
        return EXIT_USAGE
    try:
        listener = _listen(arguments.port)
    except OSError as error:
        reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used: {error}"
        sys.stderr.write(f"port {arguments.port} {reason}; choose another with --port\n")
        return EXIT_NO_PORT
    work = SpeechWork()
    record = Record(arguments.state) if arguments.state else None
    service = Service(
        key=arguments.key or os.environ.get(KEY_VARIABLE, ""),
        board=KnobBoard(knobs),
        knobs_are_public=arguments.knobs is not None,
        work=work,
        recorder=record,
        state=arguments.state,
    )
    server = Server(
        uvicorn.Config(
            service.app(),
            ws=Connection,
            ws_max_size=LARGEST_FRAME_BYTES,
            ws_per_message_deflate=False,
            lifespan="off",
            access_log=False,
            server_header=False,
            log_config=None,
            timeout_graceful_shutdown=1,
        )
    )
    try:
        asyncio.run(_serve(server, listener, work, exit_with_stdin=arguments.exit_with_stdin))
    finally:
        work.close()
        service.close()
        if record is not None:
            record.close()
    return 0 if server.started else EXIT_NO_PORT


if __name__ == "__main__":
    sys.exit(main())
