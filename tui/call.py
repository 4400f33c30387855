"""One call: a session with a service, the engine's sound, and the thread both live on.

The thread has an asyncio loop of its own, because nothing that must keep time may run on the
screen's loop.  Everything here except `start`, `submit` and `stop` runs on that thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from typing import IO

from shared.messages import Echoes, State, Voice
from shared.pcm import FRAME_BYTES
from tui.audio.link import EngineLink
from tui.audio.port import AudioDevices, AudioEvent, EngineBack
from tui.barge_in import BargeIn, pause_limit_ms
from tui.blackbox.box import BlackBox
from tui.call_events import (
    AllowTool,
    Ask,
    AskAudio,
    CallEvent,
    Clip,
    CountStages,
    HangUp,
    HoldTalk,
    MeterMicrophone,
    MicrophoneMissing,
    Mute,
    MuteChanged,
    PickDevice,
    PlayClip,
    Record,
    StateChanged,
    Stop,
    Talk,
    ToolAsked,
    ToolEnded,
    ToolStarted,
    Type,
    WriteReport,
)
from tui.clips import Clips
from tui.connection.connection import Connection, Hooks, Phase
from tui.latency import AnswerClock
from tui.lost_voice import LostVoice
from tui.microphone import Microphone, Turns
from tui.playback import Playback
from tui.sessions.events import (
    AnswerTool,
    AudioDelta,
    AudioEnded,
    BeginTurn,
    Commit,
    Compose,
    Event,
    FlushPlayback,
    InputCommitted,
    Intent,
    Interrupt,
    LineChanged,
    Notice,
    PastTurn,
    ResponseEnded,
    ResponseStarted,
    Say,
    SessionEnded,
    SessionStarted,
    SpeechStarted,
    SpeechStopped,
    ToolCalled,
    TranscriptFinal,
    TurnEnded,
)
from tui.sessions.options import RealtimeOptions, TextOptions
from tui.settings import CallSettings
from tui.so_far import SoFar
from tui.tool_desk import ToolDesk
from tui.tools import run_tool
from tui.transcript import Transcript
from tui.wire_file import open_wire_file

log = logging.getLogger(__name__)


class Call:
    """Holds a conversation until it is told to stop or cannot go on.

    `on_event` is called on the call's own thread.
    """

    def __init__(
        self,
        settings: CallSettings,
        on_event: Callable[[CallEvent], None],
        *,
        engine_log: IO[bytes] | None = None,
    ) -> None:
        self._settings = settings
        self._on_event = on_event
        self._engine_log = engine_log
        self._thread = threading.Thread(target=self._run, name="call", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()

    # ------------------------------------------------------------ any thread

    def start(self) -> None:
        """Start the thread and return at once."""
        self._thread.start()

    def submit(self, ask: Ask) -> None:
        """Ask for something; returns at once.  Ignored when the call is over."""
        self._ready.wait(1)
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._take, ask)

    def stop(self, timeout_s: float = 2.0) -> None:
        """Hang up and wait for the end, at most `timeout_s`."""
        if not self._thread.ident:
            return
        self.submit(HangUp())
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout_s)

    # ------------------------------------------------------------ the call's thread

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except Exception as error:
            log.exception("the call failed")
            reason = f"internal error: {type(error).__name__} (see the log)"
            self._on_event(SessionEnded(reason, fatal=True))
            self._on_event(StateChanged("ended", reason))
        finally:
            self._ready.set()

    async def _main(self) -> None:
        settings = self._settings
        self._transcript = Transcript()
        self._clock = AnswerClock()
        self._clips = Clips()
        self._audio = EngineLink(self._on_audio, self._engine_log)
        self._box = BlackBox(self._audio, settings, self._on_event)
        self._on_event = self._box.tell
        self._wire_file = open_wire_file(settings.wire_log, self._on_event)
        self._connection = Connection(
            settings.endpoint,
            settings.options,
            Hooks(
                past=self._past,
                quiet=self._is_quiet,
                on_event=self._on_session,
                on_lost=self._on_lost,
                on_session=self._on_new_session,
                on_sent=lambda pcm: self._clips.sent(pcm),
            ),
            life_s=settings.session_s,
            sent=self._box.sent,
            wire_log=self._wire_file,
        )
        self._playback = Playback(
            self._audio,
            self._transcript,
            self._clock,
            lambda: self._connection.round_trip_ms,
            self._intend,
            self._tell,
            self._update_state,
            self._spawn,
        )
        self._so_far = SoFar(self._transcript)
        self._speech_open = False
        self._stalled = False
        self._begun = False
        self._tools = ToolDesk(settings.options.tools, run_tool, self._tell, self._answer_tool)
        self._tool_waited_for = False
        self._response_active = False
        self._turn_sent = False
        self._state = StateChanged("connecting", settings.endpoint.label)
        self._tasks: set[asyncio.Task[None]] = set()
        self._jobs: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue()
        self._over = asyncio.Event()
        turns, silence_ms = _turns(settings.options)
        devices = AudioDevices(
            settings.input,
            settings.output,
            settings.echo,
            fast=settings.fast_files,
            # By key, only for who talks while muted.
            voice_silence_ms=0 if turns == "key" and settings.input == "silent" else silence_ms,
            barge_in=settings.barge_in,
            pause_limit_ms=pause_limit_ms(turns, silence_ms),
        )
        self._microphone = Microphone(
            self._audio,
            devices,
            turns,
            settings.question,
            self._intend,
            self._on_microphone,
            self._jobs.put_nowait,
            self._box.sent.file,
            muted=settings.muted,
        )
        self._no_microphone = False
        self._barge_in = BargeIn(
            settings.barge_in if turns == "voice" else "off",
            silence_ms,
            self._microphone.on_voice,
            lambda: self._audio.playing is not None,
        )
        self._lost_voice = LostVoice(
            silence_ms, lambda: self._audio.captured_position, self._on_voice
        )
        self._loop = asyncio.get_running_loop()
        self._ready.set()
        self._on_event(self._state)
        if settings.muted:
            self._tell_muted(True)
        self._tell_microphone()
        await self._audio.open(devices)
        if settings.record and not settings.fast_files:
            self._box.record(settings.record)
        self._spawn(self._work())
        self._spawn(self._send_captured())
        self._spawn(self._stay_connected())
        await self._over.wait()
        await self._close()

    def _spawn(self, coroutine: Awaitable[None]) -> asyncio.Task[None]:
        async def guarded() -> None:
            try:
                await coroutine
            except Exception as error:
                log.exception("a part of the call failed")
                self._end(f"internal error: {type(error).__name__} (see the log)", fatal=True)

        task = asyncio.create_task(guarded())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _work(self) -> None:
        """Microphone jobs, strictly one after the other."""
        while True:
            job = await self._jobs.get()
            await job()

    async def _close(self) -> None:
        self._microphone.stop()
        await self._tools.close()
        await self._connection.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._box.close()
        if self._wire_file is not None:
            await asyncio.to_thread(self._wire_file.close)
        await self._audio.close()

    def _end(self, reason: str, *, fatal: bool = False, asked: bool = False) -> None:
        """The call is over; told once."""
        self._end_with(SessionEnded(reason, asked=asked, fatal=fatal))

    def _end_with(self, ended: SessionEnded) -> None:
        if self._over.is_set():
            return
        self._on_event(ended)
        self._show(StateChanged("ended", ended.reason))
        self._over.set()

    # ------------------------------------------------------------ connection

    async def _stay_connected(self) -> None:
        self._end_with(await self._connection.run())

    def _on_new_session(self, owes: bool) -> None:
        self._clips = Clips()  # the new session counts its audio from zero
        self._tools.forget()
        self._playback.on_new_session()
        self._turn_sent = owes
        self._response_active = self._speech_open = False
        self._stalled = False
        self._microphone.on_lost()

    def _on_lost(self, phase: Phase, reason: str) -> None:
        self._response_active = False
        self._tools.forget()
        self._playback.on_lost()
        self._show(StateChanged(phase, reason))

    def _past(self) -> list[PastTurn]:
        return [*self._settings.past, *self._so_far.turns()]

    def _is_quiet(self) -> bool:
        """Nobody speaks, nothing plays, nothing is waited for."""
        busy = self._response_active or self._turn_sent or self._speech_open or self._tools.busy
        return not (busy or self._microphone.recording or self._audio.playing)

    def _intend(self, intent: Intent) -> None:
        if isinstance(intent, BeginTurn | Say | Compose):
            self._playback.flush_foreign(clips=False)
        match intent:
            case BeginTurn():
                self._clips.turn_begins()
            case Commit():
                self._clock.turn_ended(time.monotonic())
                self._turn_sent = True
            case _:
                pass
        self._connection.intend(intent)

    async def _send_captured(self) -> None:
        while True:
            pcm = await self._audio.captured()
            self._microphone.on_captured(pcm, self._audio.captured_position)

    # ------------------------------------------------------------ what the user asks

    def _take(self, ask: Ask) -> None:
        microphone = self._microphone
        match ask:
            case Talk():
                self._jobs.put_nowait(microphone.talk)
            case HoldTalk(on=down):
                self._jobs.put_nowait(lambda: microphone.hold(down))
            case Mute(on=on):
                self._jobs.put_nowait(lambda: self._mute(on))
            case AskAudio(path=path):
                self._jobs.put_nowait(lambda: microphone.ask(path))
            case Stop():
                self._intend(Interrupt())
                self._tools.withdraw()
                self._playback.flush_foreign(clips=True)
            case PlayClip(pcm=pcm):
                self._playback.clip(pcm)
            case AllowTool(call_id=call_id, allow=allow):
                self._tools.decide(call_id, allow)
            case Type(text=text):
                self._say(Say(text))
            case Compose():
                self._say(ask)
            case Record():
                self._box.record()
            case WriteReport():
                self._box.report()
            case CountStages():
                self._box.count()
            case PickDevice(direction=direction, name=name):
                self._jobs.put_nowait(lambda: microphone.use(direction, name))
            case MeterMicrophone(on=on):
                self._jobs.put_nowait(lambda: microphone.meter(on))
            case HangUp(reason=reason):
                self._end(reason, asked=True)

    def _say(self, turn: Say | Compose) -> None:
        self._clock.turn_ended(time.monotonic())
        self._turn_sent = True
        self._intend(turn)
        self._update_state()

    async def _mute(self, wanted: bool | None) -> None:
        on = not self._microphone.muted if wanted is None else wanted
        if on != self._microphone.muted:
            if not on:
                self._box.mute(False)  # what goes out from here on may
            await self._microphone.mute(on)
            if on:
                self._connection.forget_speech()
            self._tell_muted(on)
            self._update_state()

    def _tell_muted(self, on: bool) -> None:
        self._on_event(MuteChanged(on))
        if on:
            self._box.mute(True)

    # ------------------------------------------------------------ what the service says

    def _on_session(self, event: Event) -> None:
        now_s = time.monotonic()
        match event:
            case AudioDelta(item_id=item_id, content_index=index, pcm=pcm):
                self._turn_sent = False
                if self._playback.answer(item_id, index, pcm):
                    self._clips.received(item_id, pcm)
                    self._box.received(len(pcm) // FRAME_BYTES)
                return
            case AudioEnded(item_id=item_id, content_index=index):
                self._playback.answer_ended(item_id, index)
                self._keep(self._clips.answer_ended(item_id))
                return
            case FlushPlayback():
                self._playback.flush()
                return
            case SessionStarted():
                self._on_started()
            case LineChanged(stalled=stalled):
                self._stalled = stalled
            case TranscriptFinal(item_id=item_id, text=text) if text:
                self._so_far.read(item_id)
            case SpeechStarted(at_ms=at_ms):
                self._speech_open = True
                self._playback.flush_foreign(clips=False)
                self._clips.turn_begins(at_ms)
                self._microphone.on_speech()
            case SpeechStopped(at_ms=at_ms):
                self._clips.turn_ends(at_ms)
                self._clock.turn_ended(now_s)
                self._turn_sent = True
            case InputCommitted(item_id=item_id):
                if self._settings.fast_files:
                    # Sent faster than it was spoken: the question has ended when it has arrived.
                    self._clock.turn_ended(now_s)
                self._microphone.on_turn_closed()
                self._speech_open = False
                clip = self._clips.turn_committed(item_id)
                self._keep(clip)
                if clip is not None:
                    self._so_far.spoken(clip)
            case TurnEnded(item_id=item_id):
                self._keep(self._clips.answer_ended(item_id))
            case ResponseStarted():
                self._response_active = True
                self._tool_waited_for = False
            case ResponseEnded(status=status):
                self._playback.look()  # who waits for the answer also wants its figures
                self._response_active = False
                self._turn_sent = self._tool_waited_for and status == "completed"
                if status in ("interrupted", "failed"):
                    self._tool_waited_for = False
                    self._tools.withdraw()
            case ToolCalled():
                # Realtime: the response ends here, and another one goes on with the result.
                self._tool_waited_for = isinstance(self._settings.options, RealtimeOptions)
                self._so_far.called(event)
            case _:
                pass
        self._transcript.apply(event)
        self._on_event(event)
        if isinstance(event, ToolCalled):
            self._tools.called(event)  # after it was told: a question is about something known
        self._update_state()

    def _answer_tool(self, call_id: str, output: str) -> None:
        self._intend(AnswerTool(call_id, output))
        self._update_state()

    def _on_started(self) -> None:
        if not self._begun:
            self._begun = True
            self._jobs.put_nowait(self._microphone.begin)

    # ------------------------------------------------------------ what the sound does

    def _on_audio(self, event: AudioEvent) -> None:
        if isinstance(event, Echoes):
            return  # for `voicetui doctor --echo`
        if isinstance(event, State):
            self._microphone.on_engine(event)
            self._tell_microphone()
        elif isinstance(event, Voice):
            self._lost_voice.on_voice(event)
            return
        elif isinstance(event, EngineBack):
            self._lost_voice.on_engine_back()
        self._on_event(event)

    def _on_voice(self, voice: Voice) -> None:
        self._barge_in.on_voice(voice)
        if not self._microphone.asking:
            self._box.voice(voice.on)

    def _on_microphone(self, notice: Notice | None) -> None:
        if notice is not None:
            self._on_event(notice)
        if not self._microphone.is_open:
            self._box.voice(False)  # its end is not heard any more
        self._tell_microphone()
        self._update_state()

    def _tell_microphone(self) -> None:
        absent = self._microphone.absent
        if absent != self._no_microphone:
            self._no_microphone = absent
            self._on_event(MicrophoneMissing(absent))

    def _keep(self, clip: Clip | None) -> None:
        if clip is not None:
            self._on_event(clip)

    def _tell(self, event: CallEvent) -> None:
        match event:
            case ToolAsked(call_id=call_id):
                self._clock.asked(call_id, time.monotonic())
            case ToolStarted(call_id=call_id) | ToolEnded(call_id=call_id):
                self._clock.decided(call_id, time.monotonic())
        if isinstance(event, ToolEnded):
            self._so_far.ended(event.call_id, event.output)
        self._transcript.apply(event)
        self._on_event(event)

    # ------------------------------------------------------------ the state a person sees

    def _update_state(self) -> None:
        if not self._connection.connected or self._over.is_set():
            return
        state = self._current_state()
        if self._stalled:
            state = StateChanged(state.state, "the network stands still; waiting")
        elif self._playback.slow:
            state = StateChanged(state.state, "the network is slow; waiting for more")
        self._show(state)

    def _current_state(self) -> StateChanged:
        microphone = self._microphone
        if microphone.recording:
            return StateChanged("recording")
        if self._audio.playing is not None or self._playback.slow:
            return StateChanged("speaking")
        if self._response_active or self._turn_sent or self._tools.busy:
            return StateChanged("thinking")
        if microphone.absent:
            return StateChanged("paused", "no microphone: the talk key asks a recorded question")
        if microphone.muted:
            return StateChanged("muted")
        return StateChanged("listening" if microphone.listening else "paused")

    def _show(self, state: StateChanged) -> None:
        if state != self._state:
            self._state = state
            self._on_event(state)


def _turns(options: RealtimeOptions | TextOptions) -> tuple[Turns, int]:
    """Who ends the user's turns, and after how much silence if it is us."""
    if isinstance(options, RealtimeOptions):
        return ("key" if options.turn_detection == "none" else "service"), options.vad_silence_ms
    return ("voice" if options.hands_free else "key"), options.silence_ms
