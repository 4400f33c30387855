"""What the service adds to the delays that it was asked for."""

from __future__ import annotations

import time

from tests.server.rest.checked import client_of

ROUNDS = 20
NAGLE_MS = 40  # what a small answer waits where Nagle's algorithm meets a delayed ACK


async def test_small_requests_are_answered_at_once(server_url: str) -> None:
    """The best of many: a loaded machine is late sometimes, Nagle's algorithm always."""
    best_ms = float("inf")
    async with client_of(server_url) as client:
        conversation = await client.conversations.create()
        for _ in range(ROUNDS):
            started = time.perf_counter()
            await client.conversations.retrieve(conversation.id)
            await client.conversations.update(conversation.id, metadata={"title": "x"})
            best_ms = min(best_ms, (time.perf_counter() - started) * 1000)
    assert best_ms < NAGLE_MS
