"""A sound server that is far away, as over `ssh -R`: TCP to the virtual card, every byte late."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from types import TracebackType

from tests.rig.card import SoundCard


class Distance:
    """Leads to the card with this delay each way; a context manager."""

    def __init__(self, card: SoundCard, one_way_s: float) -> None:
        self._target = str(card.folder / "native")
        self._one_way_s = one_way_s
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = [self._listener]
        self.server = f"tcp:127.0.0.1:{self._listener.getsockname()[1]}"
        """For PULSE_SERVER."""

    def __enter__(self) -> Distance:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._target)
                self._sockets += [client, server]
                for source, sink in ((client, server), (server, client)):
                    line: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
                    threading.Thread(target=self._read, args=(source, line), daemon=True).start()
                    threading.Thread(target=self._write, args=(sink, line), daemon=True).start()

    def _read(self, source: socket.socket, line: queue.SimpleQueue[tuple[float, bytes]]) -> None:
        data = b"..."
        while data:
            try:
                data = source.recv(65_536)
            except OSError:
                data = b""
            line.put((time.monotonic() + self._one_way_s, data))

    def _write(self, sink: socket.socket, line: queue.SimpleQueue[tuple[float, bytes]]) -> None:
        with contextlib.suppress(OSError):
            while True:
                due_s, data = line.get()
                time.sleep(max(0.0, due_s - time.monotonic()))
                if not data:
                    sink.shutdown(socket.SHUT_WR)
                    return
                sink.sendall(data)
