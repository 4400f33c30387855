"""What plain mode can look up: the state, levels, devices, and the history."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Final

from shared.messages import Level, State
from tui.beginning import Beginning
from tui.call_events import CallEvent, MicrophoneMissing, MuteChanged, StateChanged
from tui.commands.elsewhere import held_elsewhere, words_of_move
from tui.commands.record import OPEN_S, Record
from tui.commands.spoken_lines import detail_words, sound_line
from tui.errors import VoicetuiError
from tui.language import tr
from tui.language.sentences import told
from tui.service_choice import ServiceChoice
from tui.sessions.events import SessionStarted

NEWEST: Final = 10
HITS: Final = 20
PAGE_TURNS: Final = 200
QUIET_DBFS: Final = -60


class Desk:
    """Takes the events of every call; `tell` writes what was asked for."""

    def __init__(self, record: Record, service: ServiceChoice, say: Callable[[str], None]) -> None:
        self._record = record
        self._service = service
        self._warned_of = ""
        """The conversation of which was said that it would go elsewhere."""
        self._say = say
        self.begin()

    def begin(self) -> None:
        """Another call: nothing of the last one is told as if it were of this one."""
        self._state = StateChanged("connecting")
        self._muted = self._no_microphone = False
        self._model = ""
        self._sound = State()
        self._level: Level | None = None

    def hear(self, event: CallEvent) -> None:
        """Take one event of the call."""
        match event:
            case StateChanged():
                self._state = event
            case MuteChanged(on=on):
                self._muted = on
            case MicrophoneMissing(on=on):
                self._no_microphone = on
            case SessionStarted(model=model):
                self._model = model
            case State():
                self._sound = event
            case Level():
                self._level = event
            case _:
                pass

    def tell(self, name: str, argument: str) -> None:
        """Do one of WORDS that only looks; raises VoicetuiError."""
        if name == "devices":
            # It takes a second; the conversation goes on meanwhile.
            threading.Thread(target=self._tell_devices, name="devices", daemon=True).start()
            return
        lines: dict[str, Callable[[], Iterator[str]]] = {
            "state": self._state_lines,
            "level": self._level_lines,
            "history": self._history_lines,
            "search": lambda: self._hit_lines(argument),
            "show": lambda: self._turn_lines(argument),
        }
        for line in lines[name]():
            self._say(line)

    def beginning(self, prefix: str) -> Beginning:
        """Of a call that goes on with this conversation; raises VoicetuiError."""
        found = self._record.find(prefix)
        before = held_elsewhere(found.label, self._service)
        if before and self._warned_of != found.conversation_id:
            self._warned_of = found.conversation_id
            raise VoicetuiError(
                f"{words_of_move(before, self._service)} {tr('The same once more goes on.')}"
            )
        return Beginning(found.conversation_id)

    # ------------------------------------------------------------ now

    def _state_lines(self) -> Iterator[str]:
        state = tr("not listening" if self._state.state == "paused" else self._state.state)
        detail = detail_words(self._state.detail)
        words = [f"{state}: {detail}" if detail else state]
        words.append(tr("muted") if self._muted else tr("not muted"))
        if self._model:
            words.append(tr("model {name}", name=self._model))
        yield f"[{tr(', ').join(words)}]"
        sound = self._sound
        mic = tr(sound.input or ("none" if self._no_microphone else "off"))
        out = tr(sound.output or "none")
        yield f"[{tr('microphone: {mic}; loudspeaker: {out}', mic=mic, out=out)}]"
        for part in filter(None, sound.notice.split("; ")):
            yield sound_line(part)

    def _level_lines(self) -> Iterator[str]:
        level = self._level
        if level is None:
            yield f"[{tr('nothing was heard yet, and nothing was played')}]"
            return
        mic, out = _loud(level.mic_dbfs), _loud(level.speaker_dbfs)
        yield f"[{tr('microphone: {mic}; loudspeaker: {out}', mic=mic, out=out)}]"

    def _tell_devices(self) -> None:
        from tui.commands.devices import list_devices, table

        try:
            listing = list_devices()
        except VoicetuiError as error:
            self._say(f"[{told(str(error))}]")
            return
        if listing["problem"]:
            self._say(f"[{told(listing['problem'])}]")
        for line in table(listing["devices"]):
            self._say(line)

    # ------------------------------------------------------------ the history

    def _history_lines(self) -> Iterator[str]:
        from tui.commands.history import row_line

        rows = self._record.store.list(NEWEST).result(OPEN_S)
        if not rows:
            yield f"[{tr('no conversation yet')}]"
        for row in rows:
            yield row_line(row, 200)
        if rows:
            yield f"[{tr('/resume ID goes on with one, /show ID writes it out')}]"

    def _hit_lines(self, text: str) -> Iterator[str]:
        from tui.commands.history import hit_line

        hits = self._record.store.search(text, HITS).result(OPEN_S)
        if not hits:
            yield f"[{tr('nothing found')}]"
        for hit in hits:
            yield hit_line(hit)

    def _turn_lines(self, prefix: str) -> Iterator[str]:
        from tui.store.export import spoken_lines

        store = self._record.store
        conversation_id = store.find(prefix).result(OPEN_S)
        yield f"[{store.row(conversation_id).result(OPEN_S).title or tr('no words')}]"
        after = -1
        while turns := store.turns(conversation_id, after, PAGE_TURNS).result(OPEN_S):
            for turn in turns:
                yield spoken_lines(turn)
            after = turns[-1].position
        yield f"[{tr('end of the old conversation')}]"


def _loud(dbfs: int) -> str:
    return tr("silent") if dbfs <= QUIET_DBFS else tr("{db} dB below full", db=-dbfs)
