"""The black box of a call: what it counts, keeps and can write down.

Everything runs on the call's loop.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import fields

from shared.messages import Counters, State
from tui.audio.link import EngineLink
from tui.blackbox.counters import Stages
from tui.blackbox.desk import SoundDesk
from tui.blackbox.events import EventLog
from tui.blackbox.last_call import keep
from tui.call_events import CallEvent, Counted, MuteChecked
from tui.masking import public_url
from tui.sessions.options import Endpoint
from tui.sessions.sent import Sent
from tui.settings import CallSettings

LONG_TEXT = 80
"""Characters; longer settings are what somebody wrote, and only their length is kept."""
WRITTEN = ("instructions", "prompt", "keywords")
"""So are settings with these words in their names."""
HARMLESS = (str, int, float, tuple, Endpoint)
"""Of an endpoint its label is kept; what is of any other kind is left out."""


class BlackBox:
    """Of one call; told what passes by, it looks the rest up when somebody asks."""

    def __init__(
        self, audio: EngineLink, settings: CallSettings, on_event: Callable[[CallEvent], None]
    ) -> None:
        self._audio = audio
        self._settings = settings
        self._on_event = on_event
        self._began_s = time.monotonic()
        self._pieces = self._frames = 0
        self._state = State()
        self._counters = Counters()
        self._muted = self._talking = False
        self._events = EventLog()
        self._desk = SoundDesk(audio.sound_log, self.tell)
        self.sent = Sent(self._leaked)
        self.record = self._desk.record

    # ------------------------------------------------------------ what passes by

    def tell(self, event: CallEvent) -> None:
        """Any event of the call, on its way to whoever listens."""
        if isinstance(event, State):
            self._state = event
        elif isinstance(event, Counters):
            self._counters = event
        self._events.note(event)
        self._on_event(event)

    def received(self, frames: int) -> None:
        """A piece of an answer."""
        self._pieces += 1
        self._frames += frames

    def mute(self, on: bool) -> None:
        """The engine has acknowledged a mute, or its end."""
        self._muted, self._talking = on, False
        self.sent.mute(on, time.monotonic())
        if on:
            self.tell(MuteChecked(False, 0))

    def voice(self, on: bool) -> None:
        """Somebody speaks, whether the gate is open or not."""
        if self._muted and on != self._talking:
            self._talking = on
            self.tell(MuteChecked(on, self.sent.since_mute))

    def _leaked(self, frames: int) -> None:
        self.tell(MuteChecked(self._talking, frames))

    # ------------------------------------------------------------ what is asked of it

    def count(self) -> None:
        """Tell the counters."""
        self.tell(Counted(self.stages()))

    def report(self) -> None:
        """Write a bundle."""
        self._desk.report(self.stages(), self._events.to_json(), settings_of(self._settings))

    def close(self) -> None:
        """The call is over: end the recording, and leave the counters for `doctor`."""
        self._desk.close()
        keep(self.stages())

    def stages(self) -> Stages:
        """All counters now."""
        state, counters, log = self._state, self._counters, self._audio.sound_log
        link = self._audio.counts()
        return Stages(
            seconds=round(time.monotonic() - self._began_s, 3),
            received_pieces=self._pieces,
            decoded_frames=self._frames,
            queued_frames=link.queued_frames,
            waiting_frames=link.waiting_frames,
            taken_frames=link.taken_frames,
            played_frames=link.played_frames,
            flushed_frames=link.flushed_frames,
            underruns=link.underruns,
            underflows=counters.underflows,
            output_rate_hz=state.output_rate_hz,
            input_rate_hz=state.input_rate_hz,
            output_latency_ms=state.output_latency_ms,
            output_drift_ppm=log.speaker.drift_ppm,
            input_drift_ppm=log.mic.drift_ppm,
            captured_frames=link.captured_frames,
            gated_frames=link.gated_frames,
            passed_frames=link.captured_frames - link.gated_frames,
            sent_frames=self.sent.frames,
            sent_since_mute_frames=self.sent.since_mute,
            lost_blocks=counters.overruns,
            dropped_frames=link.dropped_frames,
            dropped_messages=self.sent.dropped,
            device_restarts=counters.device_restarts,
            engine_restarts=link.engine_restarts,
        )


def settings_of(settings: CallSettings) -> dict[str, object]:
    """What a report holds of the settings: no key, no header, nothing that somebody wrote."""
    options = settings.options
    values = {field.name: getattr(options, field.name) for field in fields(options)}
    return {
        "service": settings.endpoint.service,
        "label": settings.endpoint.label,
        "input": settings.input,
        "output": settings.output,
        "echo": settings.echo,
        "options": {
            name: _told(name, value)
            for name, value in values.items()
            if name != "tools" and (value is None or isinstance(value, HARMLESS))
        },
    }


def _told(name: str, value: object) -> object:
    match value:
        case Endpoint():
            return value.label
        case tuple():
            return tuple(_told(name, item) for item in value if isinstance(item, str))
        case str() if len(value) > LONG_TEXT or any(word in name for word in WRITTEN):
            return f"<{len(value)} characters>"
        case str() if "://" in value:
            return public_url(value)
        case _:
            return value
