"""The screen of a call: conversation, levels, state, tokens, and a field to type in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer

from shared.messages import Counters, Level, State
from tui import keys
from tui.audio.port import EngineBack, EngineLost
from tui.beginning import Beginning
from tui.call_events import (
    AllowTool,
    Ask,
    CallEvent,
    CallState,
    ConversationKept,
    Latency,
    Mute,
    MuteChanged,
    RaiseBudget,
    Spent,
    StateChanged,
    Stop,
    ToolAsked,
    ToolEnded,
    ToolStarted,
    Type,
)
from tui.panes.bindings import bindings
from tui.panes.composer import Composer
from tui.panes.conversation import ConversationPane
from tui.panes.glyphs import Glyphs
from tui.panes.line import Block, Line
from tui.panes.meter import LevelMeter
from tui.panes.money import money_lines, money_words
from tui.panes.words import (
    STATE_WORDS,
    devices_line,
    devices_lines,
    hint,
    latency_lines,
    tokens_line,
    tokens_table,
)
from tui.screens.entries import Entries
from tui.screens.talk_key import TalkKey
from tui.sessions.events import (
    Notice,
    NoticeLevel,
    SessionEnded,
    SessionStarted,
    UsageReported,
    WayOn,
)
from tui.text import cells, clean, cut_cells
from tui.transcript import Transcript, Turn

VOICE_CHARACTERS = 24
SIDE_TEXT = 32  # cells of text in the side pane, as its style says
DOUBLE_PRESS_S = 2.0
ASK_LONG = 50  # cells of the terminal, for a question in full
VISIBLE_S = 0.3  # a question is answered only after it could be seen
FRESH_S = 8.0  # how long a message stands in the only status line of a small terminal


@dataclass(frozen=True, slots=True)
class Look:
    """What does not change while the screen is up."""

    title: str
    voice: str
    glyphs: Glyphs
    push_to_talk: bool
    hold: bool
    level_period_s: float
    text_period_s: float


@dataclass(frozen=True, slots=True)
class Said:
    """One message to the person, with the local time it came."""

    at_s: float
    text: str
    level: NoticeLevel


class TalkScreen(Screen[None]):
    """Shows what a call tells, and posts what the person asks of it."""

    AUTO_FOCUS = "#conversation"
    # With priority: a key must act before the next one of the same burst is handed out, or the
    # rest of "i hello" would mute and quit.
    BINDINGS: ClassVar[list[BindingType]] = bindings(*keys.of("question", "call"), priority=True)
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 (declared by Textual)
        (0, "-narrow"),
        (60, "-normal"),
        (110, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high")]  # noqa: RUF012

    @dataclass
    class Asked(Message):
        """The person wants this of the call."""

        ask: Ask

    @dataclass
    class CopyAsked(Message):
        """The person wants this text on the clipboard."""

        text: str

    @dataclass
    class Wanted(Message):
        """The person wants another call in place of this one."""

        beginning: Beginning

    def __init__(self, look: Look, clock: Callable[[], float]) -> None:
        super().__init__()
        self.look = look
        self.entries = Entries()
        self.said: list[Said] = []
        self.talk_key = TalkKey(look.hold, self._ask, self.set_timer, self._show_state)
        self.call_state: CallState = "connecting"
        self.ready = False
        """Its panes are there: it can show events."""
        self._clock = clock
        self._detail = ""
        self._muted = False
        self._devices: State | None = None
        self._counters: Counters | None = None
        self._spent: Spent | None = None
        self._level: Level | None = None
        self._level_timer: Timer | None = None
        self._level_at_s = -1e9
        self._dirty: set[str] = set()
        self._text_timer: Timer | None = None
        self._text_at_s = -1e9
        self.beginning = Beginning()
        self.conversation_id = ""
        """Of this call in the record; empty where nothing is kept."""
        self._way_on: WayOn = ""
        self._new_at_s = -1e9
        self._questions: dict[str, ToolAsked] = {}
        self._question_seen = ("", -1e9)

    def compose(self) -> ComposeResult:
        """Top to bottom."""
        look = self.look
        voice = clean(look.voice, single_line=True)[:VOICE_CHARACTERS] or "Assistant"
        yield Line(id="title")
        with Horizontal(id="middle"):
            yield ConversationPane(look.glyphs, voice, id="conversation")
            yield Block(id="side")
        with Vertical(id="bottom"):
            yield Line(id="state")
            with Horizontal(id="sound"):
                mic, out = Line(classes="name"), Line(classes="name")
                mic.show(Content("mic "))
                out.show(Content("out "))
                yield mic
                yield LevelMeter(look.glyphs, id="mic")
                yield out
                yield LevelMeter(look.glyphs, id="out")
                yield Line(id="devices")
            yield Line(id="tokens")
            yield Line(id="notice")
            yield Line(id="question")
            yield Composer("i: type a message", id="composer")
            yield Line(id="keys")

    # ------------------------------------------------------------ children

    @property
    def conversation(self) -> ConversationPane:
        """The pane with the turns."""
        return self.query_one("#conversation", ConversationPane)

    @property
    def composer(self) -> Composer:
        """The field for typed turns."""
        return self.query_one("#composer", Composer)

    def line(self, name: str) -> Line:
        """One of title, state, devices, tokens, notice, keys."""
        return self.query_one(f"#{name}", Line)

    def meter(self, name: str) -> LevelMeter:
        """Of `mic` or `out`."""
        return self.query_one(f"#{name}", LevelMeter)

    @property
    def compact(self) -> bool:
        """Only the conversation and one status line fit."""
        return self.has_class("-narrow") or self.has_class("-low")

    @property
    def composing(self) -> bool:
        """The composer has the keys (`has_focus` is told later than that)."""
        return self.focused is self.composer

    @property
    def transcript(self) -> Transcript:
        """What was said in this call."""
        return self.entries.transcript

    # ------------------------------------------------------------ events of the call

    def clear(self, beginning: Beginning, word: str = "") -> None:
        """Another call begins: nothing of the last one stays but the messages."""
        self.beginning = beginning
        self.entries = Entries()
        self.conversation_id = ""
        self._way_on = ""
        self._questions.clear()
        self._muted = False
        self._spent = None
        self._counters = self._level = None
        self._dirty.clear()
        self.conversation.say_at_the_end("")
        self.conversation.select(None)
        self.conversation.show(())
        self._show_question()
        self._enter("connecting", word)
        self._show_lines()

    def show_past(self, turns: Sequence[Turn], heading: str) -> None:
        """What was said before, in a conversation that is taken up again."""
        self.entries.show_past(turns, heading)
        self.conversation.show(self.entries)

    def on_mount(self) -> None:
        """Everything that can be said before the call exists."""
        self.conversation.say_when_empty(*self._welcome())
        self._show_lines()
        self.ready = True

    def on_screen_resume(self) -> None:
        """In sight again: a question that came meanwhile is new to the person."""
        if self._questions:
            self._question_seen = ("", -1e9)
            self._show_question()

    def on_unmount(self) -> None:
        """Nothing can be shown any more."""
        self.ready = False

    def receive(self, events: list[CallEvent], level: Level | None) -> None:
        """What the call told since the last time."""
        for event in events:
            self._take(event)
        if level is not None:
            self._level = level
            self._show_levels_soon()
        if self._dirty:
            self._show_text_soon()

    def _take(self, event: CallEvent) -> None:
        self._dirty.update(self.entries.apply(event, self._clock()))
        match event:
            case ToolAsked():
                self._questions[event.call_id] = event
                self._show_question()
            case ToolStarted(call_id=call_id) | ToolEnded(call_id=call_id):
                if self._questions.pop(call_id, None) is not None:
                    self._show_question()
            case ConversationKept(conversation_id=conversation_id):
                self.conversation_id = conversation_id
            case StateChanged(state, detail):
                self._enter(state, clean(detail, single_line=True))
            case MuteChanged(on):
                self._muted = on
                self._show_levels()
                self._show_state()
            case State(notice=notice):
                before, self._devices = self._devices, event
                if notice and (before is None or before.notice != notice):
                    self.say(notice, "warning")
                self._show_devices()
            case Counters():
                self._counters = event
                self._show_devices()
            case Notice(text, level):
                self.say(text, level)
            case SessionStarted(voice=voice):
                if voice:
                    self.conversation.voice = clean(voice, single_line=True)[:VOICE_CHARACTERS]
            case SessionEnded(reason, asked, way_on=way_on):
                self._way_on = way_on
                if not asked and reason:
                    self.say(reason, "warning")
            case EngineLost(reason):
                self._level = None
                self._show_levels()
                self.say(f"The sound process stopped ({reason}); starting it again.", "warning")
            case EngineBack(_, hole_ms):
                self.say(f"Sound is back after {hole_ms:.0f} ms.")
            case UsageReported():
                self._show_tokens()
            case Spent():
                self._spent = event
                self._show_tokens()
            case Latency():
                self._show_state()
                self._show_side()
            case _:
                pass

    def _enter(self, state: CallState, detail: str) -> None:
        self.call_state, self._detail = state, detail
        if state in ("ended", "reconnecting"):
            self.talk_key.reset()
        self._show_state()
        self._show_levels()
        if state == "ended":
            self._show_keys()
            why = detail or "The call is over."
            self.say(why, "error" if detail else "info")
            self._questions.clear()
            self._show_question()
            self.conversation.say_at_the_end(
                f"The call has ended. {why}\n{self._offer()}\n"
                "Everything said stays here: j and k select, y copies, n begins anew, q quits."
            )

    def _offer(self) -> str:
        """How the conversation can go on."""
        if self._way_on == "responses":
            return "Press c to go on with Responses, from the text of this conversation."
        if self._way_on == "replay":
            return "Press c to go on in a new conversation, from the text that was kept here."
        return "Press c to call again and go on."

    # ------------------------------------------------------------ showing

    def _welcome(self) -> tuple[str, ...]:
        how = (
            "Hold space while you speak; let go to send. Or tap it, speak, and tap again."
            if self.look.hold
            else "Press space, speak, and press space again to send."
            if self.look.push_to_talk
            else "Just speak; the answer comes aloud. Speak again to interrupt it."
        )
        return (how, "Press i to type instead, m to mute, ? for all keys, q to quit.")

    def _show_lines(self) -> None:
        self._show_title()
        self._show_state()
        self._show_devices()
        self._show_tokens()
        self._show_keys()

    def _show_title(self) -> None:
        title = clean(self.look.title, single_line=True)
        width = max(self.size.width - 2, 10)
        self.line("title").show(
            Content.assemble(("voicetui", "bold"), "  ", cut_cells(title, width - 10))
        )

    def _show_state(self) -> None:
        state: CallState = self.call_state
        if self._muted and state in ("listening", "paused"):
            state = "muted"
        word = f"{self.look.glyphs.states[state]} {STATE_WORDS[state]}"
        if self._muted and state not in ("muted", "ended"):
            word += " MUTED"
        usual = self.talk_key.hint(state) or hint(state, self.look.push_to_talk)
        # Why a call has ended stands in the conversation and in the notice line.
        text = usual if state == "ended" and not self.compact else self._detail or usual
        right = ""
        latency = self.transcript.last_latency
        if self.compact:
            right = "? help"
            if self.said and self._clock() - self.said[-1].at_s < FRESH_S:
                text = self.said[-1].text
        elif not self.conversation.following:
            right = "more below: end"
        elif latency is not None:
            right = f"answered in {latency.first_sound_ms / 1000:.2f} s"
        width = max(self.size.width - 2, 10)
        room = width - cells(word) - 2 - (len(right) + 2 if right else 0)
        text = cut_cells(text, max(room, 0), self.look.glyphs.ellipsis)
        gap = " " * max(0, width - cells(word) - 2 - cells(text) - len(right))
        self.line("state").show(
            Content.assemble(
                (word, f"bold {_STATE_STYLES[state]}"),
                "  ",
                text,
                gap,
                (right, "$foreground-muted"),
            )
        )

    def _show_devices(self) -> None:
        line = self.line("devices")
        width = max(line.size.width, 20)
        line.show(Content(devices_line(self._devices, self._counters, width)))
        self._show_side()

    def _show_side(self) -> None:
        """On a wide terminal devices and tokens stand beside the conversation."""
        side = self.query_one("#side", Block)
        transcript = self.transcript
        rows = [("Sound", devices_lines(self._devices, self._counters, SIDE_TEXT))]
        if (spent := self._spent) is not None:
            rows.append(("Cost, est.", money_lines(spent, SIDE_TEXT)))
        rows.append(("Tokens", tokens_table(transcript.last_usage, transcript.total)))
        if (latency := transcript.last_latency) is not None:
            rows.append(("Last answer", latency_lines(latency)))
        parts: list[str | tuple[str, str]] = []
        for heading, lines in rows:
            parts += [(f"{heading}\n", "bold $foreground"), *(f"{line}\n" for line in lines), "\n"]
        side.show(Content.assemble(*parts))

    def _show_tokens(self) -> None:
        width = max(self.size.width - 2, 20)
        transcript = self.transcript
        money = money_words(self._spent) if self._spent is not None else ""
        room = width - cells(money) - 2 if money else width
        tokens = tokens_line(transcript.last_usage, transcript.total, room) if room > 16 else ""
        self.line("tokens").show(
            Content.assemble((money, "$foreground"), "  " if money else "", tokens)
        )
        self._show_side()

    def _show_keys(self) -> None:
        scope: keys.Scope = "composer" if self.composing else "call"
        if self._questions and not self.composing:
            scope = "question"
        if self.call_state == "ended":
            scope = "over"
        parts: list[str | tuple[str, str]] = []
        for key, label in keys.footer(scope, max(self.size.width - 2, 20)):
            parts += ["   " if parts else "", (key, "bold $foreground"), f" {label}"]
        self.line("keys").show(Content.assemble(*parts))

    def say(self, text: str, level: NoticeLevel = "info") -> None:
        """Tell the person something; it stays until the next message."""
        text = clean(text, single_line=True)
        if not text:
            return
        if not self.said or self.said[-1].text != text:
            self.said.append(Said(self._clock(), text, level))
            del self.said[:-500]
        width = max(self.size.width - 2, 20)
        style = {
            "info": "$foreground-muted",
            "warning": "$text-warning",
            "error": "bold $text-error",
        }
        word = {"info": "", "warning": "Warning: ", "error": "Error: "}[level]
        shown = cut_cells(word + text, width, self.look.glyphs.ellipsis)
        self.line("notice").show(Content.styled(shown, style[level]))
        if self.compact:
            self._show_state()

    # ------------------------------------------------------------ text, in batches

    def _show_text_soon(self) -> None:
        if self._text_timer is not None:
            return
        wait_s = self._text_at_s + self.look.text_period_s - monotonic()
        if wait_s <= 0:
            self._show_text()
        else:
            self._text_timer = self.set_timer(wait_s, self._show_text)

    def _show_text(self) -> None:
        self._text_timer = None
        self._text_at_s = monotonic()
        changed, self._dirty = self._dirty, set()
        self.conversation.show(self.entries, changed)

    def settle(self) -> None:
        """Make good a size that was not told."""
        if self.conversation.broken_at != self.conversation.size.width:
            self.on_conversation_pane_resized()

    def on_conversation_pane_followed(self) -> None:
        """Scrolled back, or to the end again."""
        self._show_state()

    def on_conversation_pane_resized(self) -> None:
        """Another size: everything is laid out anew."""
        self.conversation.show(self.entries)
        self._show_question()
        self._show_lines()
        if self.said:
            self.say(self.said[-1].text, self.said[-1].level)

    # ------------------------------------------------------------ levels

    def _show_levels_soon(self) -> None:
        if self._level_timer is not None:
            return
        wait_s = self._level_at_s + self.look.level_period_s - monotonic()
        if wait_s <= 0:
            self._show_levels()
        else:
            self._level_timer = self.set_timer(wait_s, self._show_levels)

    def _show_levels(self) -> None:
        if self._level_timer is not None:
            self._level_timer.stop()
            self._level_timer = None
        self._level_at_s = monotonic()
        mic, out = self.meter("mic"), self.meter("out")
        over = self.call_state in ("ended", "connecting", "reconnecting")
        # An input method's window follows the real cursor, which every painted cell moves.
        if self.composing or over:
            mic.rest("muted" if self._muted else "")
            out.rest()
            return
        level = self._level
        if self._muted:
            mic.rest("muted")
        elif self.call_state == "paused":
            mic.rest("off")
        elif level is None:
            mic.rest()
        else:
            mic.show(level.mic_dbfs)
        if level is None:
            out.rest()
        else:
            out.show(level.speaker_dbfs)

    # ------------------------------------------------------------ what the person does

    def on_descendant_focus(self) -> None:
        """Keys mean something else now."""
        self.set_class(self.composing, "-composing")
        self._show_keys()
        self._show_levels()

    def on_descendant_blur(self) -> None:
        """Keys mean something else now."""
        self.set_class(self.composing, "-composing")
        self._show_keys()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the composer, letters are letters; a question goes before what they mean else."""
        if action in _QUESTION_ACTIONS:
            return bool(self._questions) and not self.composing
        if action in ("copy", "new") and self._questions:
            return False
        return action not in _CALL_ACTIONS or not self.composing

    async def action_help(self) -> None:
        """All keys."""
        await self.app.run_action("help")

    async def action_history(self) -> None:
        """Earlier conversations."""
        await self.app.run_action("history")

    async def action_usage(self) -> None:
        """What is used and what it costs."""
        await self.app.run_action("usage")

    def action_budget(self) -> None:
        """Spend more than was planned; also after the end, for the next call."""
        self.post_message(self.Asked(RaiseBudget()))

    async def action_messages(self) -> None:
        """All messages."""
        await self.app.run_action("messages")

    async def action_quit(self) -> None:
        """Hang up and quit."""
        await self.app.run_action("quit")

    def action_talk(self) -> None:
        """The talk key."""
        self.app.action_talk()  # type: ignore[attr-defined]

    def action_mute(self) -> None:
        """Mute or unmute."""
        self._ask(Mute())

    def action_interrupt(self) -> None:
        """Stop the answer."""
        self._ask(Stop())

    def action_compose(self) -> None:
        """Go to the composer."""
        self.add_class("-composing")
        self.set_focus(self.composer)  # at once: the next key is text

    def action_copy(self) -> None:
        """Copy the selected turn, or the last one."""
        pane = self.conversation
        wanted = pane.selected or (pane.turn_ids[-1] if pane.turn_ids else None)
        text = self.entries.text_of(wanted) if wanted else ""
        if not text.strip():
            self.say("There is no text to copy yet.")
            return
        self.post_message(self.CopyAsked(text))

    def action_new(self) -> None:
        """A new conversation; during a call only when asked twice."""
        if self.call_state != "ended" and self._clock() - self._new_at_s > DOUBLE_PRESS_S:
            self._new_at_s = self._clock()
            self.say("Press n again to hang up and begin a new conversation.")
            return
        self._new_at_s = -1e9
        self.post_message(self.Wanted(Beginning()))

    def action_continue(self) -> None:
        """After the end: go on with this conversation, in the way that is possible."""
        if self.call_state != "ended":
            self.say("The call is going on.")
            return
        resumed = self.beginning.conversation_id
        if len(self.transcript) and not (self.conversation_id or resumed):
            self.say("This conversation was not kept; n begins a new one.", "warning")
            return
        known = resumed or (self.conversation_id if len(self.transcript) else "")
        kind = "responses" if self._way_on == "responses" else self.beginning.kind
        by_text = bool(self._way_on) or self.beginning.by_text
        self.post_message(self.Wanted(Beginning(known, kind, by_text)))

    # ------------------------------------------------------------ may a function run?

    def _show_question(self) -> None:
        question = next(iter(self._questions.values()), None)
        line = self.line("question")
        line.display = question is not None
        self._show_keys()
        if question is None:
            return
        if self._question_seen[0] != question.call_id:
            self._question_seen = (question.call_id, float("inf"))
            self.call_after_refresh(self._question_is_seen, question.call_id)
        more = f" ({len(self._questions)} waiting)" if len(self._questions) > 1 else ""
        how = f"  y runs it, n refuses{more}" if self.size.width >= ASK_LONG else "  y/n"
        remark = self.entries.tool(question.call_id)
        call = remark.call if remark is not None else clean(question.name, single_line=True)
        room = max(8, self.size.width - 2 - len("Run ") - cells(how) - 1)
        line.show(
            Content.assemble(
                ("Run ", "bold $text-warning"),
                cut_cells(call, room, self.look.glyphs.ellipsis) + "?",
                (how, "bold $text-warning"),
            )
        )

    def _question_is_seen(self, call_id: str) -> None:
        if self._question_seen[0] == call_id:
            self._question_seen = (call_id, monotonic())

    def action_allow(self) -> None:
        """Run the function that is asked about."""
        self._decide(True)

    def action_refuse(self) -> None:
        """Do not run it."""
        self._decide(False)

    def _decide(self, allow: bool) -> None:
        # A letter that was on its way when the question came is no answer to it.
        if not self.is_current or monotonic() - self._question_seen[1] < VISIBLE_S:
            return
        call_id = next(iter(self._questions), None)
        if call_id is not None:
            del self._questions[call_id]
            self.post_message(self.Asked(AllowTool(call_id, allow)))
            self._show_question()

    def on_composer_sent(self, message: Composer.Sent) -> None:
        """A typed turn."""
        if not self._ask(Type(message.text)):
            self.composer.load_text(message.text)

    def on_composer_left(self) -> None:
        """Back to the conversation."""
        self.set_focus(self.conversation)
        self.remove_class("-composing")

    def _ask(self, ask: Ask) -> bool:
        if self.call_state == "ended":
            self.say("The call has ended; c goes on, n begins a new one, q quits.", "warning")
            return False
        self.post_message(self.Asked(ask))
        return True


_NOTICE_LOOKS: dict[NoticeLevel, tuple[str, str]] = {
    "info": ("", "$foreground-muted"),
    "warning": ("Warning: ", "$text-warning"),
    "error": ("Error: ", "bold $text-error"),
}
_CALL_ACTIONS = frozenset(key.action for key in keys.of("call"))
_QUESTION_ACTIONS = frozenset(key.action for key in keys.of("question"))
_STATE_STYLES: dict[CallState, str] = {
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
