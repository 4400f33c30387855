"""One small request to the service, before or beside a call: is the key good, is a thread there?"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tui.sessions.http.endpoint import HttpEndpoint
    from tui.sessions.http.trouble import Trouble


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    trouble: Trouble | None = None
    """None: all well."""

    @property
    def status(self) -> int:
        """HTTP; 200 where all is well, 0 without an answer."""
        return 200 if self.trouble is None else self.trouble.status

    @property
    def key_refused(self) -> bool:
        """The service does not take this key."""
        return self.status in (401, 403)


def ask_service(endpoint: HttpEndpoint, operation: str, body: dict[str, Any]) -> Reply:
    """Do one operation of tui/sessions/http/client.py; takes as long as the network does."""
    return asyncio.run(_ask(endpoint, operation, body))


async def _ask(endpoint: HttpEndpoint, operation: str, body: dict[str, Any]) -> Reply:
    from tui.sessions.http.client import Client
    from tui.sessions.http.trouble import Refused

    client = Client(endpoint)
    await client.load()
    try:
        async for _ in client.run(operation, body):
            pass
    except Refused as refused:
        return Reply(refused.trouble)
    finally:
        await client.close()
    return Reply()
