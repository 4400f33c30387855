"""When the microphone is open, what passes its gate, and when a turn is over.

All methods run on the call's loop, one after the other (the call sees to that): a mute is never
overtaken by anything.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, Literal

from shared.messages import GateMode, State, Voice
from shared.pcm import FRAME_BYTES, RATE_HZ
from tui.audio.link import EngineLink
from tui.audio.port import AudioDevices
from tui.sessions.events import (
    BeginTurn,
    Commit,
    DiscardTurn,
    Intent,
    Notice,
    SendAudio,
)

log = logging.getLogger(__name__)

OPEN_TURN_S: Final = 10.0
"""After a mute the service gets silence until it has closed the turn, at most this long."""
QUIET_S: Final = 1.0
"""So long at least: the service may not have announced yet what it heard last."""
KEPT_BYTES: Final = 2 * RATE_HZ * FRAME_BYTES
"""Captured sound kept while nobody speaks: a turn begins a little before it is noticed."""
ANSWERLESS_S: Final = 15.0
"""A recorded question that is not taken for this long after its end is given up."""


Turns = Literal["service", "voice", "key"]
"""Who says when a turn is over: the service, the engine's voice activity, or the talk key."""


class Microphone:
    """The user's side of the sound."""

    def __init__(
        self,
        audio: EngineLink,
        devices: AudioDevices,
        turns: Turns,
        question: str,
        intend: Callable[[Intent], None],
        notify: Callable[[Notice | None], None],
        serial: Callable[[Callable[[], Awaitable[None]]], None],
        on_file: Callable[[bool], None],
        *,
        muted: bool = False,
    ) -> None:
        """`on_file`: what goes out is a recorded file from now on, or no more."""
        self._audio = audio
        self._devices = devices
        self._question = question
        self._intend = intend
        self._notify = notify
        self._serial = serial
        self._on_file = on_file
        self._turns = turns
        self.push_to_talk = turns == "key"
        self.listening = False
        """Hands-free: turns are taken from the microphone."""
        self.recording = False
        """A turn is being recorded, or the recorded question is being asked."""
        self.muted = muted
        self.missing = ""
        """Why there is no microphone; empty while there is one."""
        self._listened = False
        """It listened when its device was missed."""
        self._asking = False
        self._asking_task: asyncio.Task[None] | None = None
        self._resume_after = False
        self._file_failed = False
        self._file_ended = asyncio.Event()
        self._turn_open = False
        self._turn_closed = asyncio.Event()
        self._closing: asyncio.Task[None] | None = None
        self.is_open = False
        """Something is captured, whatever the gate lets through."""
        self._voice_on = False
        self._kept: deque[bytes] = deque()
        self._kept_bytes = 0
        self._kept_end = 0

    # ------------------------------------------------------------ what the user wants

    async def begin(self) -> None:
        """The session is there: hands-free listens at once."""
        if not self.push_to_talk:
            await self.resume()

    async def talk(self) -> None:
        """The talk key."""
        if self._asking:
            return
        if self.absent:
            await self.ask(self._question)
        elif self.push_to_talk:
            await (self._send_turn() if self.recording else self._begin_turn())
        elif self.listening:
            await self.pause()
        else:
            await self.resume()

    @property
    def absent(self) -> bool:
        """There is none to be opened."""
        return bool(self.missing) or self._devices.input == "silent"

    @property
    def asking(self) -> bool:
        """A recorded file is being sent; the microphone is closed."""
        return self._asking

    async def hold(self, on: bool) -> None:
        """The talk key is held down, or came up."""
        if on != self.recording:
            await self.talk()

    async def resume(self) -> None:
        """Hands-free: listen."""
        if self._devices.input == "silent":
            self.missing = "no microphone was asked for"
            self._notify(None)
            return
        self.listening = True
        self._listened = False
        self._open()
        await self._gate("zeros" if self.muted else "open", keep=True)
        if self.muted:
            self._close_when_quiet()
        self._notify(None)

    async def pause(self) -> None:
        """Hands-free: stop listening; the turn that is being spoken is closed with silence."""
        self.listening = False
        await self._gate("zeros", keep=False)
        self._drop_voice()
        self._notify(None)
        self._close_when_quiet()

    async def mute(self, on: bool) -> None:
        """After this returns nothing captured leaves the process (on), or everything does."""
        self.muted = on
        if self._asking:
            return  # a file is being sent; the microphone is closed
        if on:
            await self._gate("zeros", keep=False)
            self._drop_voice()
            self._close_when_quiet()
        elif self.listening or self.recording:
            self._open()
            await self._gate("open", keep=False)

    async def use(self, direction: Literal["input", "output"], name: str) -> None:
        """Another device from now on; what goes on goes on with it."""
        if direction == "output":
            self._devices = replace(self._devices, output=name)
        else:
            self._devices = replace(self._devices, input=name)
            if self.missing:
                self.missing = ""
                if self._listened:
                    self._serial(self.resume)
        if not self._asking:
            await self._audio.open(self._devices)
        self._notify(None)

    async def meter(self, on: bool) -> None:
        """Levels of a microphone that nobody listens to; none of its sound goes anywhere."""
        if self._asking or self.listening or self.recording or self._closing is not None:
            return
        if on and not self.muted:
            await self._gate("meter", keep=False)
            self._open()
        elif self.is_open:
            await self._gate("closed", keep=False)
            self._shut()

    async def ask(self, path: str) -> None:
        """Send a recorded file as one spoken turn."""
        if self._asking:
            return
        self._resume_after = self.listening
        self._drop_voice()
        self.listening = False
        self._asking = self.recording = True
        self._on_file(True)
        self._file_failed = False
        self._file_ended.clear()
        self._turn_closed.clear()
        if self._turns != "service":
            self._intend(BeginTurn())
        self._notify(None)
        # Nothing of ours is in a file: echo control would only spoil it.
        devices = AudioDevices(f"file:{path}", self._devices.output, "off", fast=self._devices.fast)
        await self._gate("closed", keep=False)
        self._audio.listen(False)
        await self._audio.open(devices)
        await self._gate("open", keep=False)
        self._audio.listen(True)
        self.is_open = True
        self._asking_task = asyncio.create_task(self._wait_until_asked())

    async def _wait_until_asked(self) -> None:
        asked = await self._asked()
        self._serial(lambda: self._finish_asking(asked))

    async def _finish_asking(self, asked: bool) -> None:
        commits = self._turns != "service"
        await self._gate("closed", keep=asked and commits)
        if commits:
            self._finish_turn(asked)
        self._shut()
        await self._audio.open(self._devices)
        self._asking = self.recording = False
        self._on_file(False)
        self._notify(None)
        if self._resume_after:
            await self.resume()

    async def _asked(self) -> bool:
        """Wait until the file was taken as a turn."""
        try:
            await self._file_ended.wait()
            if self._turns == "service":
                await asyncio.wait_for(self._turn_closed.wait(), ANSWERLESS_S)
        except TimeoutError:
            text = "the service did not take the recording as a turn: did it hear speech in it?"
            self._notify(Notice(text, "warning"))
            return False
        return not self._file_failed

    async def _begin_turn(self) -> None:
        self.recording = True
        self._intend(BeginTurn())
        self._open()
        await self._gate("zeros" if self.muted else "open", keep=False)
        self._notify(None)

    async def _give_up_turn(self) -> None:
        """There is nothing to record with."""
        if self.recording and not self._asking:
            self.recording = False
            await self._gate("closed", keep=False)
            self._finish_turn(False)
            self._notify(None)

    async def _send_turn(self) -> None:
        self.recording = False
        await self._gate("closed", keep=True)
        self._finish_turn(True)
        self._shut()
        self._notify(None)

    def _finish_turn(self, complete: bool) -> None:
        pcm = self._audio.take_captured()
        if not complete:
            self._intend(DiscardTurn())
            return
        if pcm:
            self._intend(SendAudio(pcm))
        self._intend(Commit())

    # ------------------------------------------------------------ what engine and service say

    def on_captured(self, pcm: bytes, end: int) -> None:
        """Sound up to position `end` of the capture ring."""
        if self._turns != "voice" or self._asking or self._voice_on:
            self._intend(SendAudio(pcm))
            return
        # Nobody speaks: nothing is sent, the last moments are kept.
        self._kept.append(pcm)
        self._kept_end = end
        self._kept_bytes += len(pcm)
        while self._kept_bytes - len(self._kept[0]) > KEPT_BYTES:
            self._kept_bytes -= len(self._kept.popleft())

    def on_voice(self, voice: Voice) -> None:
        """The engine heard speech begin or end."""
        if self._turns != "voice" or self._asking or not self.listening or self.muted:
            return
        if voice.on and not self._voice_on:
            self._voice_on = True
            self._intend(BeginTurn())
            before = b"".join(self._kept)
            wanted_bytes = (self._kept_end - voice.position) * FRAME_BYTES
            self._forget()
            if wanted_bytes > 0:
                self._intend(SendAudio(before[-wanted_bytes:]))
            self._notify(None)
        elif not voice.on and self._voice_on:
            self._voice_on = False
            self._intend(Commit())
            self._notify(None)

    def _drop_voice(self) -> None:
        """What was being said is cut off; the turn ends with what there is of it."""
        self._forget()
        if self._voice_on:
            self._voice_on = False
            self._intend(Commit())

    def _forget(self) -> None:
        self._kept.clear()
        self._kept_bytes = 0

    def on_engine(self, state: State) -> None:
        """The engine's devices changed."""
        if self._asking:
            if state.input.startswith("file:"):
                if state.input_phase == "ended":
                    self._file_ended.set()
            elif state.input == "silent" and state.input_phase == "open":
                self._file_failed = True
                self._notify(Notice(state.notice, "error"))
                self._turn_closed.set()
                self._file_ended.set()
            return
        wanted = self._devices.input
        if state.input_phase == "open" and state.input == "silent" and wanted != "silent":
            self.missing = state.notice or "no microphone"
            self._listened = self._listened or self.listening
            self.listening = False
            if self.recording:
                self._serial(self._give_up_turn)
            self._shut()
            self._notify(None)
        elif state.input_phase == "open" and state.input:
            self.missing = ""
        elif self.missing and state.input_phase == "closed" and state.input:
            self.missing = ""
            self._notify(Notice(f"The microphone ({state.input}) is there.", "info"))
            if self._listened:
                self._serial(self.resume)

    def on_speech(self) -> None:
        """The service hears speech: a turn is open there."""
        self._turn_open = True
        self._turn_closed.clear()

    def on_turn_closed(self) -> None:
        """The service has closed the turn."""
        self._turn_open = False
        self._turn_closed.set()

    def on_lost(self) -> None:
        """The service that had the turn is gone; another one begins anew."""
        if not self._asking:
            self.on_turn_closed()

    # ------------------------------------------------------------ device and gate

    def _open(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
        if not self.is_open:
            self.is_open = True
            self._audio.listen(True)

    def _shut(self) -> None:
        if self.is_open:
            self.is_open = False
            self._audio.listen(False)
            self._notify(None)

    async def _gate(self, mode: GateMode, *, keep: bool) -> None:
        await self._audio.gate(mode, keep=keep)

    def _close_when_quiet(self) -> None:
        """Send silence until the service has closed the turn, then nothing."""
        if self._closing is not None:
            self._closing.cancel()
        self._closing = asyncio.create_task(self._close_quietly())

    async def _close_quietly(self) -> None:
        if self._turns == "service" and self.is_open:
            # Speech that began just before is announced within this time.
            await asyncio.sleep(QUIET_S)
            if self._turn_open:
                try:
                    await asyncio.wait_for(self._turn_closed.wait(), OPEN_TURN_S)
                except TimeoutError:
                    log.warning("the service did not close the turn")
        await self._gate("closed", keep=False)
        if not self.listening and not self.recording:
            self._shut()
        self._closing = None

    def stop(self) -> None:
        """The call is over."""
        for task in (self._closing, self._asking_task):
            if task is not None:
                task.cancel()
