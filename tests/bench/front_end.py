"""A front end under test: a session thread on a websocket, a player, a main thread that starves.

    python -m tests.bench.front_end --player plain|ours --url ws://... [--load gil|stall] ...

What happens is printed as JSON lines with CLOCK_MONOTONIC times; ends when its answers are over.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import threading
import time
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.bench.load import EVERY_S, hold_the_gil, stall_lengths, stall_this_thread
from tests.bench.players import Player, make_player
from tests.rig.signal import RATE_HZ, counter_pcm

SETTLE_S = 0.8
BEEP_FRAMES = 4_800
STALL_MARGIN_S = 0.5
"""A stall of the session's loop begins when so much more than its length is buffered."""


def say(event: str, **fields: Any) -> None:
    """Print one line for the harness."""
    print(json.dumps({"event": event, "at_s": time.monotonic(), **fields}), flush=True)


class FrontEnd:
    """The session: one connection, so many answers one after the other."""

    def __init__(self, options: argparse.Namespace, talking: threading.Event) -> None:
        self._options = options
        self._talking = talking
        self._player: Player = make_player(options.player)
        self._item_id = ""
        self._dropped_item_id = ""
        self._first_delta_s = 0.0
        self._received_frames = 0
        self._decided: tuple[float, asyncio.Task[Any]] | None = None

    async def run(self) -> None:
        """From the opening of the sound to its closing."""
        opened_s = time.monotonic()
        await self._player.open(self._options.echo)
        say("opened", began_s=opened_s)
        if self._options.beep:
            self._player.play("beep", counter_pcm(0, BEEP_FRAMES))
            self._player.end_item("beep")
        if self._options.microphone:
            await self._player.listen()
            first = asyncio.create_task(self._first_captured(opened_s))
        tasks = []
        async with connect(self._options.url, compression=None, max_size=None) as socket:
            if self._options.microphone:
                tasks.append(asyncio.create_task(self._send_microphone(socket, first)))
            if self._options.load == "stall":
                tasks.append(asyncio.create_task(self._stall_when_buffered()))
            await asyncio.sleep(SETTLE_S)
            say("ready")
            for _ in range(self._options.answers):
                await socket.send(json.dumps({"type": "response.create"}))
                await self._receive_answer(socket)
                await self._wait_for_silence()
            await asyncio.sleep(self._options.stay_s)
            for task in tasks:
                task.cancel()
        await self._player.close()
        say("closed")

    async def _receive_answer(self, socket: ClientConnection) -> None:
        self._decided = None
        self._first_delta_s = 0.0
        self._received_frames = 0
        async for frame in socket:
            event = json.loads(frame)
            match event["type"]:
                case "response.output_item.added":
                    self._item_id = event["item"]["id"]
                case "response.output_audio.delta":
                    self._play(event["item_id"], base64.b64decode(event["delta"]))
                case "response.output_audio.done":
                    self._player.end_item(event["item_id"])
                case "input_audio_buffer.speech_started":
                    self._interrupt()
                case "response.done":
                    break

    def _play(self, item_id: str, pcm: bytes) -> None:
        if item_id == self._dropped_item_id:
            return
        now_s = time.monotonic()
        self._player.play(item_id, pcm)
        if not self._received_frames:
            self._first_delta_s = now_s
            self._talking.set()
            say("first_delta", item_id=item_id, frames=len(pcm) // 2, delta_s=now_s)
        limit = int(0.15 * RATE_HZ)
        if self._received_frames < limit <= self._received_frames + len(pcm) // 2:
            say("buffered_150_ms", item_id=item_id, delta_s=now_s)
        self._received_frames += len(pcm) // 2

    def _interrupt(self) -> None:
        self._dropped_item_id = self._item_id
        received = self._received_frames

        async def flush(item_id: str) -> None:
            stopped = await self._player.flush(item_id)
            say(
                "flushed",
                item_id=item_id,
                decided_s=decided_s,
                heard_frames=stopped.heard_frames,
                received_frames=received,
            )

        decided_s = time.monotonic()
        self._decided = decided_s, asyncio.create_task(flush(self._item_id))

    async def _wait_for_silence(self) -> None:
        if self._decided is not None:
            _, task = self._decided
            await task
            await asyncio.sleep(self._options.pause_s)
            return
        over_s = self._first_delta_s + self._received_frames / RATE_HZ + self._options.tail_s
        await asyncio.sleep(max(0.0, over_s - time.monotonic()))
        say("answered", item_id=self._item_id, received_frames=self._received_frames)
        await asyncio.sleep(self._options.pause_s)

    async def _first_captured(self, opened_s: float) -> bytes:
        pcm = await self._player.captured()
        say("first_captured", began_s=opened_s)
        return pcm

    async def _send_microphone(self, socket: ClientConnection, first: asyncio.Task[bytes]) -> None:
        pcm = await first
        while pcm:
            audio = base64.b64encode(pcm).decode()
            await socket.send(json.dumps({"type": "input_audio_buffer.append", "audio": audio}))
            pcm = await self._player.captured()

    async def _stall_when_buffered(self) -> None:
        for stall_s in stall_lengths():
            while self._buffered_s() < stall_s + STALL_MARGIN_S:
                await asyncio.sleep(0.02)
            time.sleep(stall_s)  # the point: the loop stands still
            say("stalled", stall_s=stall_s)
            await asyncio.sleep(EVERY_S)

    def _buffered_s(self) -> float:
        if not self._first_delta_s:
            return 0.0
        return self._received_frames / RATE_HZ - (time.monotonic() - self._first_delta_s)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--player", choices=("plain", "ours"), required=True)
    parser.add_argument("--url", required=True)
    parser.add_argument("--load", choices=("none", "gil", "stall"), default="none")
    parser.add_argument("--echo", choices=("off", "auto"), default="off")
    parser.add_argument("--microphone", action="store_true")
    parser.add_argument("--beep", action="store_true", help="play 0.2 s at once")
    parser.add_argument("--answers", type=int, default=1)
    parser.add_argument("--tail-s", type=float, default=0.8, help="stay after an answer's end")
    parser.add_argument("--pause-s", type=float, default=0.0)
    parser.add_argument("--stay-s", type=float, default=0.0)
    options = parser.parse_args()

    talking, ended = threading.Event(), threading.Event()
    failure: list[BaseException] = []

    def session() -> None:
        try:
            asyncio.run(FrontEnd(options, talking).run())
        except BaseException as error:
            failure.append(error)
        finally:
            talking.set()
            ended.set()

    thread = threading.Thread(target=session, name="session")
    thread.start()
    if options.load == "gil":
        say("load", held_s=hold_the_gil(talking, ended))
    elif options.load == "stall":
        stall_this_thread(talking, ended)
    thread.join()
    if failure:
        raise failure[0]


if __name__ == "__main__":
    main()
