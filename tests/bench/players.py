"""The two things compared, behind one small Protocol: a plain player and voicetui's engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

PlayerName = Literal["plain", "ours"]
EchoName = Literal["off", "auto"]


@dataclass(frozen=True, slots=True)
class Stopped:
    """What a player says of the item it broke off."""

    heard_frames: int
    received_frames: int


class Player(Protocol):
    """Sound of a front end; all calls on the session's loop."""

    async def open(self, echo: EchoName) -> None:
        """Be ready to play."""

    async def listen(self) -> None:
        """Open the microphone."""

    def play(self, item_id: str, pcm: bytes) -> None:
        """Queue sound; never blocks."""

    def end_item(self, item_id: str) -> None:
        """The item's last sound was queued."""

    async def flush(self, item_id: str) -> Stopped:
        """Be silent and say how far the item got."""

    async def captured(self) -> bytes:
        """Wait for sound from the microphone and return all there is."""

    async def close(self) -> None:
        """Release everything."""


def make_player(name: PlayerName) -> Player:
    """The player of that name; imports only what it needs."""
    if name == "plain":
        from tests.bench.plain_player import PlainPlayer

        return PlainPlayer()
    from tests.bench.link_player import LinkPlayer

    return LinkPlayer()
