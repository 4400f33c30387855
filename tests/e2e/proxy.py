"""A TCP proxy with a network's faults: connections are cut, closed, held up or fall silent."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

POLL_S = 0.02


class _Line:
    """One connection through the proxy, both ways."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client = client
        self.server = server
        self.lost = False
        """Whatever is sent disappears, either way."""

    def close(self, *, reset: bool) -> None:
        for each in (self.client, self.server):
            with contextlib.suppress(OSError):
                if reset:
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                each.shutdown(socket.SHUT_RDWR)
            each.close()


class Proxy:
    """Forwards a port of its own to another."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._lines: list[_Line] = []
        self._moving = threading.Event()
        self._moving.set()
        self._refusing = False
        self.accepted = 0
        self.requests = 0
        """Of HTTP, that begin with POST."""

        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._refusing:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.close()
                continue
            self.accepted += 1
            line = _Line(client, socket.create_connection(("127.0.0.1", self._target)))
            self._lines.append(line)
            for source, sink in ((line.client, line.server), (line.server, line.client)):
                threading.Thread(target=self._pump, args=(line, source, sink), daemon=True).start()

    def _pump(self, line: _Line, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            while True:
                self._moving.wait()
                if not select.select([source], [], [], POLL_S)[0] or not self._moving.is_set():
                    continue
                data = source.recv(65536)
                if not data:
                    break
                self.requests += data.startswith(b"POST ")
                if not line.lost:
                    sink.sendall(data)
            if not line.lost:
                sink.shutdown(socket.SHUT_WR)

    # ------------------------------------------------------------ faults

    def cut(self) -> None:
        """Reset every connection."""
        self._end(reset=True)

    def end(self) -> None:
        """Close every connection without a word of the protocol above."""
        self._end(reset=False)

    def _end(self, *, reset: bool) -> None:
        lines, self._lines = self._lines, []
        for line in lines:
            line.close(reset=reset)

    def lose(self) -> None:
        """Every connection there is falls silent for good; new ones are well."""
        for line in self._lines:
            line.lost = True

    def hold(self) -> None:
        """Nothing moves, either way; nothing is lost."""
        self._moving.clear()

    def let_go(self) -> None:
        """What was held moves on."""
        self._moving.set()

    def refuse(self, on: bool) -> None:
        """New connections are reset."""
        self._refusing = on

    def close(self) -> None:
        """Cut everything and listen no more."""
        self._listener.close()
        self._moving.set()
        self.cut()


@contextmanager
def proxied(url: str) -> Iterator[tuple[Proxy, str]]:
    """The proxy and the same URL through it."""
    head, _, rest = url.rpartition(":")
    port, _, path = rest.partition("/")
    proxy = Proxy(int(port))
    try:
        yield proxy, f"{head}:{proxy.port}/{path}"
    finally:
        proxy.close()
