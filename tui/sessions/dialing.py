"""Opening the WebSocket of a session, or saying in words why there is none; how it ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tui.sessions.events import SessionEnded
from tui.sessions.failures import at_home, proxy_refused, refused, unreachable
from tui.sessions.options import Endpoint

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

LARGEST_BYTES: Final = 8 << 20
"""Of one received message, two minutes of sound; a larger one ends the session with 1009."""
MOST_UNSENT_BYTES: Final = 24 << 20
"""Of what the service does not read, answers to its pings above all."""
OPEN_WITHIN_S: Final = 10.0
CLOSE_WITHIN_S: Final = 1.0
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


async def dial(
    endpoint: Endpoint, on_bytes: Callable[[], None] = lambda: None
) -> ClientConnection | SessionEnded:
    """Connect.  Never raises for trouble with the network or the service.

    `on_bytes` is called whenever anything arrives, if only a part of a message.
    """
    # Costs 40 ms and is not needed for --help, settings or history.
    from websockets.asyncio.client import ClientConnection, connect
    from websockets.exceptions import InvalidStatus, ProxyError

    class Direct(connect):
        """Follows no redirect: the api-key header would go along."""

        def process_redirect(self, exc: Exception) -> Exception:
            return exc

    class Audible(ClientConnection):
        """Tells of every byte; hangs up on a service that breaks the rules."""

        def data_received(self, data: bytes) -> None:
            on_bytes()
            super().data_received(data)
            unsent_bytes = self.transport.get_write_buffer_size()
            if self.protocol.parser_exc is not None or unsent_bytes > MOST_UNSENT_BYTES:
                # It breaks the rules, or wants pongs and does not take them: nothing that it
                # answers to a close is worth waiting for.
                self.transport.abort()

    where, _, model = endpoint.label.partition(" · ")
    try:
        return await Direct(
            endpoint.url,
            additional_headers=endpoint.headers,
            max_size=LARGEST_BYTES,
            compression=None,
            open_timeout=OPEN_WITHIN_S,
            close_timeout=CLOSE_WITHIN_S,
            ping_interval=None,  # tui/sessions/pulse.py pings
            create_connection=Audible,
            # A proxy for the whole machine must not stand before the embedded service.
            proxy=None if urlsplit(endpoint.url).hostname in _LOOPBACK else True,
        )
    except InvalidStatus as problem:
        answer = problem.response
        headers = {name.lower(): value for name, value in answer.headers.raw_items()}
        body = bytes(answer.body or b"")
        end = refused(answer.status_code, headers, body, model=model, where=where)
        return at_home(end, answer.status_code, endpoint.service, endpoint.url)
    except ProxyError as problem:
        return proxy_refused(problem)
    except Exception as problem:  # every cause gets a sentence, also one nobody thought of
        return unreachable(problem, where=where, timeout_s=OPEN_WITHIN_S)


def close_of(connection: ClientConnection) -> tuple[int, str]:
    """Code and reason of the end: the service's, else our own (no pong, a message too large)."""
    close = connection.protocol.close_rcvd or connection.protocol.close_sent
    return (close.code, close.reason) if close is not None else (1006, "")
