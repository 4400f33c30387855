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
from typing import IO, Final

from shared.messages import Echoes, State, Voice
from shared.pcm import FRAME_BYTES, FRAMES_PER_MS, RATE_HZ
from tui.audio.link import EngineLink
from tui.audio.port import AudioDevices, AudioEvent, EngineBack, ItemHeard
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
    TurnHeard,
    Type,
    WireLogged,
    WriteReport,
)
from tui.clips import Clips
from tui.connection.connection import Connection, Hooks, Phase
from tui.latency import AnswerClock
from tui.lost_voice import LostVoice
from tui.microphone import Microphone, Turns
from tui.pace import Pace
from tui.past_calls import PastCalls
from tui.sessions.events import (
    SESSION_ENDED,
    AnswerTool,
    AudioDelta,
    AudioEnded,
    BeginTurn,
    Commit,
    Compose,
    Enough,
    Event,
    FlushPlayback,
    Heard,
    HeardItem,
    HeardOnly,
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
    TurnCut,
    TurnEnded,
)
from tui.sessions.options import RealtimeOptions, TextOptions
from tui.settings import CallSettings
from tui.tool_desk import ToolDesk
from tui.tools import run_tool
from tui.transcript import Transcript
from tui.wire_file import WireFile, WireFileProblem

log = logging.getLogger(__name__)

PLAYING_TICK_S: Final = 0.04
"""How often what was heard is looked at while something plays."""
SLOW_AFTER_S: Final = 0.5
"""An answer whose sound has run out for so long comes too slowly."""
MOST_KEPT_FRAMES: Final = 600 * RATE_HZ
"""Of sound that was not heard to its end yet: ten minutes, 29 MB."""
UNREAD_TURNS: Final = 3
UNREAD_BYTES: Final = 60 * RATE_HZ * FRAME_BYTES
"""Of spoken turns without words, so many and so much of each can be said again."""
CLIP_PREFIX: Final = "clip:"
"""Names what plays from the record; no service has such items."""


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
            wire_log=self._open_wire_log(),
        )
        self._pace = Pace()
        self._unread: dict[str, bytes] = {}
        """What the user said of which there are no words yet."""
        self._past_calls = PastCalls()
        self._own: set[str] = set()
        """Answers with sound of the session there is now."""
        self._kept_frames = 0
        self._left_out = False
        self._sounding = ""
        """The answer of which more sound is to come."""
        self._speech_open = False
        self._stalled = self._slow = False
        self._begun = False
        self._clip_number = 0
        self._tools = ToolDesk(settings.options.tools, run_tool, self._tell, self._answer_tool)
        self._tool_waited_for = False
        self._response_active = False
        self._turn_sent = False
        self._state = StateChanged("connecting", settings.endpoint.label)
        self._ticker: asyncio.Task[None] | None = None
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

    def _open_wire_log(self) -> WireFile | None:
        """Where somebody asked for one; said in any case."""
        self._wire_file: WireFile | None = None
        if not self._settings.wire_log:
            return None
        loop = asyncio.get_running_loop()

        def failed(why: str) -> None:
            words = f"The wire log has stopped: {why}. The call goes on."
            with contextlib.suppress(RuntimeError):  # the call is over
                loop.call_soon_threadsafe(self._on_event, WireLogged(""))
                loop.call_soon_threadsafe(self._on_event, Notice(words, "error"))

        try:
            self._wire_file = WireFile(self._settings.wire_log, failed)
        except WireFileProblem as problem:
            self._on_event(Notice(f"No wire log: {problem}", "error"))
            return None
        path = self._wire_file.path
        self._on_event(WireLogged(str(path)))
        words = f"Wire log: all words of this call are written to {path}, without keys and sound."
        self._on_event(Notice(words, "warning"))
        return self._wire_file

    def _on_new_session(self, owes: bool) -> None:
        self._clips = Clips()  # the new session counts its audio from zero
        self._tools.forget()
        self._own.clear()
        self._turn_sent = owes
        self._response_active = self._speech_open = False
        self._stalled = False
        self._microphone.on_lost()

    def _on_lost(self, phase: Phase, reason: str) -> None:
        self._response_active = False
        self._sounding = ""
        self._tools.forget()
        self._cut_broken_answer()
        self._show(StateChanged(phase, reason))

    def _past(self) -> list[PastTurn]:
        calls = self._past_calls.by_turn()
        return [*self._settings.past, *self._transcript.past_turns(self._unread, calls)]

    def _is_quiet(self) -> bool:
        """Nobody speaks, nothing plays, nothing is waited for."""
        busy = self._response_active or self._turn_sent or self._speech_open or self._tools.busy
        return not (busy or self._microphone.recording or self._audio.playing)

    def _cut_broken_answer(self) -> None:
        """The connection broke in an answer: what was received plays on, its text ends there."""
        turn = next((turn for turn in reversed(list(self._transcript))), None)
        if turn is None or turn.detail != SESSION_ENDED or turn.role != "assistant":
            return
        if turn.cut or not turn.spoken:
            return
        item = self._audio.heard(turn.item_id)
        sound_ms = item.received_frames // FRAMES_PER_MS if item else turn.heard_ms or 0
        length_ms = self._pace.length_ms(turn.text, sound_ms)
        if sound_ms == 0 or length_ms > sound_ms:
            self._tell(TurnCut(turn.item_id, sound_ms, length_ms))

    def _keep_unread(self, clip: Clip | None) -> None:
        if clip is not None:
            self._unread[clip.item_id] = clip.pcm[-UNREAD_BYTES:]
            while len(self._unread) > UNREAD_TURNS:
                del self._unread[next(iter(self._unread))]

    def _intend(self, intent: Intent) -> None:
        speaks = isinstance(intent, BeginTurn | Say | Compose)
        if speaks and self._foreign_playing() and not self._clip_playing():
            self._spawn(self._flush())  # of an earlier session: this one cannot know
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
                if self._foreign_playing():
                    self._spawn(self._flush())
            case PlayClip(pcm=pcm):
                self._play_clip(pcm)
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
                self._own.add(item_id)
                self._sounding = item_id
                if self._is_too_much(len(pcm) // FRAME_BYTES):
                    return
                self._clips.received(item_id, pcm)
                self._clock.audio(item_id, now_s)
                self._audio.play(item_id, index, pcm)
                self._box.received(len(pcm) // FRAME_BYTES)
                self._tick()
                return
            case AudioEnded(item_id=item_id, content_index=index):
                self._audio.end_item(item_id, index)
                self._sounding = ""
                self._tick()  # it may have been heard already
                self._keep(self._clips.answer_ended(item_id))
                return
            case FlushPlayback():
                self._spawn(self._flush())
                return
            case SessionStarted():
                self._on_started()
            case LineChanged(stalled=stalled):
                self._stalled = stalled
            case TranscriptFinal(item_id=item_id, text=text) if text:
                self._unread.pop(item_id, None)
            case SpeechStarted(at_ms=at_ms):
                self._speech_open = True
                if self._foreign_playing() and not self._clip_playing():
                    self._spawn(self._flush())  # of an earlier session: this one cannot know
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
                self._keep_unread(clip)
            case TurnEnded(item_id=item_id):
                self._keep(self._clips.answer_ended(item_id))
            case ResponseStarted():
                self._response_active = True
                self._tool_waited_for = False
            case ResponseEnded(status=status):
                self._look_at_playback()  # who waits for the answer also wants its figures
                self._response_active = False
                self._turn_sent = self._tool_waited_for and status == "completed"
                if status in ("interrupted", "failed"):
                    self._tool_waited_for = False
                    self._tools.withdraw()
            case ToolCalled():
                # Realtime: the response ends here, and another one goes on with the result.
                self._tool_waited_for = isinstance(self._settings.options, RealtimeOptions)
                last = next(reversed(list(self._transcript)), None)
                self._past_calls.called(event, last.item_id if last else "")
            case _:
                pass
        self._transcript.apply(event)
        self._on_event(event)
        if isinstance(event, ToolCalled):
            self._tools.called(event)  # after it was told: a question is about something known
        self._update_state()

    def _is_too_much(self, frames: int) -> bool:
        """No service may fill the memory with sound that nobody has heard yet."""
        if self._kept_frames + frames > MOST_KEPT_FRAMES:
            if not self._left_out:
                self._left_out = True
                words = "The answer is ten minutes ahead of what you hear: it is stopped there."
                self._on_event(Notice(words, "warning"))
                self._intend(Enough())
            return True
        self._kept_frames += frames
        return False

    def _answer_tool(self, call_id: str, output: str) -> None:
        self._intend(AnswerTool(call_id, output))
        self._update_state()

    def _on_started(self) -> None:
        if not self._begun:
            self._begun = True
            self._jobs.put_nowait(self._microphone.begin)

    def _play_clip(self, pcm: bytes) -> None:
        self._clip_number += 1
        name = f"{CLIP_PREFIX}{self._clip_number}"
        self._kept_frames += len(pcm) // FRAME_BYTES
        self._audio.play(name, 0, pcm)
        self._audio.end_item(name, 0)
        self._tick()

    def _clip_playing(self) -> bool:
        return (self._audio.playing or "").startswith(CLIP_PREFIX)

    def _foreign_playing(self) -> bool:
        """Whether something plays that is not of this session: a clip, an earlier answer."""
        playing = self._audio.playing
        return playing is not None and playing not in self._own

    async def _flush(self) -> None:
        cut = await self._audio.flush()
        for item in self._tell_heard(cut):
            if item.item_id not in self._own and item.heard_frames < item.received_frames:
                self._cut_earlier(_heard_item(item))
        self._update_state()

    def _cut_earlier(self, heard: HeardItem) -> None:
        """An answer of an earlier session was interrupted: the service was told all its words."""
        turn = self._transcript.get(heard.item_id)
        received_ms = heard.received_ms
        if turn is not None and turn.cut and turn.received_ms:
            received_ms = max(received_ms, turn.received_ms)  # its words were longer than its sound
        self._tell(TurnCut(heard.item_id, heard.heard_ms, received_ms))
        if turn is not None:
            self._intend(HeardOnly(heard.item_id, turn.text_heard))

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

    def _tick(self) -> None:
        if self._ticker is None or self._ticker.done():
            self._ticker = self._spawn(self._watch_playback())

    async def _watch_playback(self) -> None:
        """As long as something is to be heard: first sound, ends of items, the state."""
        self._update_state()
        dry_s: float | None = None
        while self._audio.playing is not None or self._sounding:
            await asyncio.sleep(PLAYING_TICK_S)
            self._look_at_playback()
            if self._audio.playing is not None:
                dry_s = None
            elif dry_s is None:
                dry_s = time.monotonic()
            slow = dry_s is not None and time.monotonic() - dry_s > SLOW_AFTER_S
            if slow != self._slow:
                self._slow = slow
                self._update_state()
        self._slow = False
        self._look_at_playback()
        self._update_state()

    def _look_at_playback(self) -> None:
        waiting_for = self._clock.waiting_for
        if waiting_for:
            item = self._audio.heard(waiting_for)
            heard_ms = item.heard_frames / FRAMES_PER_MS if item else 0.0
            round_trip_ms = self._connection.round_trip_ms
            latency = self._clock.heard(heard_ms, time.monotonic(), round_trip_ms)
            if latency is not None:
                self._tell(latency)
        heard = self._audio.pop_heard()
        if heard:
            for item in self._tell_heard(heard):
                heard_ms = item.heard_frames // FRAMES_PER_MS
                self._tell(TurnHeard(item.item_id, heard_ms))
                turn = self._transcript.get(item.item_id)
                if turn is not None and turn.status == "completed" and not turn.cut:
                    self._pace.learn(turn.text, heard_ms)

    def _tell_heard(self, items: list[ItemHeard]) -> list[ItemHeard]:
        """To the service, without clips of the record; returns what was told."""
        for item in items:
            self._kept_frames -= item.received_frames
            self._left_out = False
        items = [item for item in items if not item.item_id.startswith(CLIP_PREFIX)]
        if items:
            self._intend(Heard(tuple(map(_heard_item, items))))
        return items

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
            self._past_calls.ended(event.call_id, event.output)
        self._transcript.apply(event)
        self._on_event(event)

    # ------------------------------------------------------------ the state a person sees

    def _update_state(self) -> None:
        if not self._connection.connected or self._over.is_set():
            return
        state = self._current_state()
        if self._stalled:
            state = StateChanged(state.state, "the network stands still; waiting")
        elif self._slow:
            state = StateChanged(state.state, "the network is slow; waiting for more")
        self._show(state)

    def _current_state(self) -> StateChanged:
        microphone = self._microphone
        if microphone.recording:
            return StateChanged("recording")
        if self._audio.playing is not None or self._slow:
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


def _heard_item(item: ItemHeard) -> HeardItem:
    return HeardItem(
        item.item_id,
        item.content_index,
        heard_ms=item.heard_frames // FRAMES_PER_MS,
        received_ms=item.received_frames // FRAMES_PER_MS,
    )
