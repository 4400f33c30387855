"""What stands in the lines around the conversation, as text with styles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual.content import Content

from shared.messages import Counters, State
from tui.call_events import (
    CallEvent,
    CallState,
    Latency,
    MicrophoneMissing,
    MuteChanged,
    MuteChecked,
    RecordingChanged,
    SavingFails,
    Spent,
    StateChanged,
    WireLogged,
)
from tui.language import tr
from tui.language.sentences import told
from tui.panes.glyphs import Glyphs
from tui.panes.money import money_lines, money_words
from tui.panes.notice import cut_message
from tui.panes.words import (
    STATE_WORDS,
    devices_line,
    devices_lines,
    latency_lines,
    tokens_line,
    tokens_table,
)
from tui.sessions.events import TokenUsage
from tui.text import cells, clean, cut_cells

SIDE_TEXT = 32
"""Cells of text in the side pane, as its style says."""
STYLES: dict[CallState, str] = {
    "connecting": "$foreground-muted",
    "listening": "$text-success",
    "recording": "$text-error",
    "paused": "$foreground-muted",
    "muted": "$text-warning",
    "thinking": "$text-accent",
    "speaking": "$text-primary",
    "reconnecting": "$text-warning",
    "ended": "$text-error",
}


@dataclass(slots=True)
class Status:
    """What is known of a call beside its words."""

    state: CallState = "connecting"
    detail: str = ""
    muted: bool = False
    checked: MuteChecked | None = None
    """While muted."""
    recording: bool = False
    """Both sides go into a file."""
    wire_logged: bool = False
    """All words go into another one."""
    unsaved: bool = False
    """The conversation cannot be written down."""
    devices: State | None = None
    no_microphone: bool = False
    """There is none to be opened; one that is merely closed is there."""
    counters: Counters | None = None
    spent: Spent | None = None

    def take(self, event: CallEvent) -> bool:
        """Whether it was about any of this."""
        match event:
            case StateChanged(state, detail):
                self.state, self.detail = state, told(clean(detail, single_line=True))
            case MuteChanged(on):
                self.muted, self.checked = on, None
            case MuteChecked():
                self.checked = event
            case MicrophoneMissing(on):
                self.no_microphone = on
            case RecordingChanged(path):
                self.recording = bool(path)
            case WireLogged(path):
                self.wire_logged = bool(path)
            case SavingFails(on):
                self.unsaved = on
            case State():
                self.devices = event
            case Counters():
                self.counters = event
            case Spent():
                self.spent = event
            case _:
                return False
        return True

    @property
    def shown(self) -> CallState:
        """The state a person should read."""
        return "muted" if self.muted and self.state in ("listening", "paused") else self.state

    @property
    def word(self) -> str:
        """The same in capitals, with what else matters."""
        also = self.muted and self.shown not in ("muted", "ended")
        word = tr(STATE_WORDS[self.shown]) + (f" {tr('MUTED')}" if also else "")
        if self.state != "ended":
            word += f" {tr('REC')}" if self.recording else ""
            word += f" {tr('WIRE LOG')}" if self.wire_logged else ""
        return word + (f" {tr('NOT SAVED')}" if self.unsaved else "")


def title_line(title: str, glyphs: Glyphs, width: int) -> Content:
    """The program and what it talks to."""
    shown = cut_cells(clean(title, single_line=True), width - len("voicetui  "), glyphs.ellipsis)
    return Content.assemble(("voicetui", "bold"), "  ", shown)


def state_line(
    status: Status, text: str, right: str, glyphs: Glyphs, width: int, *, notice: bool = False
) -> Content:
    """A sign, the state, what can be done, and something at the right.

    `notice`: the text is a message, which goes before what is at the right.
    """
    word = f"{glyphs.states[status.shown]} {status.word}"
    if notice and cells(word) + cells(text) + cells(right) + 4 > width:
        right = ""
    room = max(width - cells(word) - 2 - (cells(right) + 2 if right else 0), 0)
    text = (cut_message if notice else cut_cells)(text, room, glyphs.ellipsis)
    gap = " " * max(0, width - cells(word) - 2 - cells(text) - cells(right))
    return Content.assemble(
        (word, f"bold {STYLES[status.shown]}"), "  ", text, gap, (right, "$foreground-muted")
    )


def sound_line(status: Status, glyphs: Glyphs, width: int) -> Content:
    """Which devices are in use, or what is wrong with them."""
    devices, counters, missing = status.devices, status.counters, status.no_microphone
    return Content(devices_line(devices, counters, width, glyphs.ellipsis, missing=missing))


def cost_line(status: Status, last: TokenUsage | None, total: TokenUsage, width: int) -> Content:
    """Money where a price is known, then tokens as far as there is room."""
    money = money_words(status.spent) if status.spent is not None else ""
    room = width - cells(money) - 2 if money else width
    tokens = tokens_line(last, total, room) if room > 16 else ""
    return Content.assemble((money, "$foreground"), "  " if money else "", tokens)


def keys_line(pairs: Iterable[tuple[str, str]]) -> Content:
    """The footer."""
    parts: list[str | tuple[str, str]] = []
    for key, label in pairs:
        parts += ["   " if parts else "", (key, "bold $foreground"), f" {label}"]
    return Content.assemble(*parts)


def side_text(
    status: Status,
    last: TokenUsage | None,
    total: TokenUsage,
    latency: Latency | None,
    which: str,
    *,
    reason: bool = True,
) -> Content:
    """Devices, cost, tokens and latency, beside the conversation on a wide terminal.

    `reason`: what is wrong with the devices stands nowhere else.
    """
    sound = devices_lines(
        status.devices, status.counters, SIDE_TEXT, reason=reason, missing=status.no_microphone
    )
    rows = [(tr("Sound"), sound)]
    if (spent := status.spent) is not None:
        rows.append((tr("Cost, est."), money_lines(spent, SIDE_TEXT)))
    rows.append((tr("Tokens"), tokens_table(last, total)))
    if latency is not None:
        rows.append((which, latency_lines(latency)))
    parts: list[str | tuple[str, str]] = []
    for heading, lines in rows:
        parts += [(f"{heading}\n", "bold $foreground"), *(f"{line}\n" for line in lines), "\n"]
    return Content.assemble(*parts)
