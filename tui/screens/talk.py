"""The screen of a call: conversation, levels, state, tokens, and a field to type in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import Screen

from shared.messages import Level, State
from tui import keys
from tui.audio.port import EngineBack, EngineLost
from tui.beginning import Beginning
from tui.blackbox.counters import Stages
from tui.call_events import (
    Ask,
    CallEvent,
    CallState,
    ConversationKept,
    Counted,
    Latency,
    MicrophoneMissing,
    Mute,
    MuteChanged,
    RaiseBudget,
    Record,
    StateChanged,
    Stop,
    ToolAsked,
    ToolEnded,
    ToolStarted,
    Type,
    WriteReport,
)
from tui.language import tr
from tui.links import Link, links_in
from tui.panes.bindings import bindings
from tui.panes.composer import Composer
from tui.panes.conversation import ConversationPane
from tui.panes.levels import Levels
from tui.panes.line import Block, Line
from tui.panes.notice import NoticeLine
from tui.panes.question import QuestionLine, Questions
from tui.panes.status import (
    Status,
    cost_line,
    keys_line,
    side_text,
    sound_line,
    state_line,
    title_line,
)
from tui.panes.words import hint, latency_words, mute_words, welcome
from tui.screens.beside import make_room
from tui.screens.entries import Entries
from tui.screens.going_on import GoingOn
from tui.screens.look import Look
from tui.screens.paced import Paced
from tui.screens.talk_key import TalkKey
from tui.screens.twice import Twice
from tui.sessions.events import (
    Notice,
    NoticeLevel,
    SessionEnded,
    SessionStarted,
    UsageReported,
)
from tui.text import cells, clean
from tui.transcript import Transcript, Turn

VOICE_CHARACTERS = 24


class TalkScreen(Screen[None]):
    """Shows what a call tells, and posts what the person asks of it."""

    AUTO_FOCUS = "#conversation"
    SCOPE: ClassVar[keys.Scope] = "call"
    # With priority: a key must act before the next one of the same burst is handed out, or the
    # rest of "i hello" would mute and quit.
    BINDINGS: ClassVar[list[BindingType]] = bindings(*keys.of("call"), priority=True)
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
    class LinksAsked(Message):
        """The person wants to see where these lead."""

        links: list[Link]

    @dataclass
    class Wanted(Message):
        """The person wants another call in place of this one."""

        beginning: Beginning

    def __init__(
        self,
        look: Look,
        clock: Callable[[], float],
        questions: Questions,
        beginning: Beginning,
    ) -> None:
        super().__init__()
        self.look = look
        self._clock = clock
        self.questions = questions
        self.going_on = GoingOn(beginning)
        self.entries = Entries()
        self.status = Status()
        self.level: Level | None = None
        """What microphone and loudspeaker measured last."""
        self.stages: Stages | None = None
        """Counters of the sound, when they were asked for last."""
        self.talk_key = TalkKey(look.hold, self._ask, self.set_timer, self._show_state)
        self._text = Paced(self._show_text, look.text_period_s, self.set_timer)
        self._levels = Paced(self._show_levels, look.level_period_s, self.set_timer)
        self._new = Twice()
        self._report = Twice()
        self._beside = False
        self.ready = False
        """Its panes are there: it can show events."""

    def compose(self) -> ComposeResult:
        """Top to bottom."""
        look = self.look
        voice = clean(look.voice, single_line=True)[:VOICE_CHARACTERS] or tr("Assistant")
        yield Line(id="title")
        with Horizontal(id="middle"):
            yield ConversationPane(look.glyphs, voice, id="conversation")
            yield Block(id="side")
        with Vertical(id="bottom"):
            yield Line(id="state")
            yield Levels(look.glyphs, id="sound")
            yield Line(id="tokens")
            yield NoticeLine(look.glyphs, self._clock, id="notice")
            yield QuestionLine(self.questions, look.glyphs, id="question")
            yield Composer(self._idle_words, id="composer")
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
        """One of title, state, devices, tokens, keys."""
        return self.query_one(f"#{name}", Line)

    @property
    def notices(self) -> NoticeLine:
        """What was said to the person."""
        return self.query_one("#notice", NoticeLine)

    @property
    def levels(self) -> Levels:
        """How loud it is."""
        return self.query_one("#sound", Levels)

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

    @property
    def call_state(self) -> CallState:
        """As the call told it."""
        return self.status.state

    @property
    def _width(self) -> int:
        return max(self.size.width - 2, 10)

    # ------------------------------------------------------------ events of the call

    def clear(self, beginning: Beginning) -> None:
        """Another call begins: nothing of the last one stays but the messages."""
        self.going_on = GoingOn(beginning)
        self.entries = Entries()
        self.status = Status(devices=self.status.devices)
        self.level = None
        self.conversation.say_at_the_end("")
        self.conversation.select(None)
        self.conversation.show(())
        self.questions.clear()
        self.notices.clear()
        self._new.forget()
        self._show_welcome()
        self._enter()
        self._show_lines()

    def on_mount(self) -> None:
        """Everything that can be said before the call exists."""
        self._show_welcome()
        self._show_lines()
        self.ready = True

    def on_screen_resume(self) -> None:
        """In sight again: a question that came meanwhile is new to the person."""
        self.questions.hidden()

    def on_resize(self, event: events.Resize) -> None:
        """Half of a wide terminal, while something stands beside."""
        make_room(self, event.size.width, self._beside)

    def make_room(self, wanted: bool) -> None:
        """For something beside the conversation."""
        self._beside = wanted
        make_room(self, self.app.size.width, wanted)

    def on_unmount(self) -> None:
        """Nothing can be shown any more."""
        self.ready = False

    def receive(self, events: list[CallEvent], level: Level | None) -> None:
        """What the call told since the last time."""
        for event in events:
            self._take(event)
        if level is not None:
            self.level = level
            self._levels.soon()
        if self.entries.changed:
            self._text.soon()

    def _take(self, event: CallEvent) -> None:
        devices = self.status.devices or State()
        self.entries.apply(event, self._clock())
        in_lines = self.status.take(event)
        match event:
            case ToolAsked(call_id=call_id):
                remark = self.entries.tool(call_id)
                self.questions.ask(event, remark.call if remark is not None else "")
            case ToolStarted(call_id=call_id) | ToolEnded(call_id=call_id):
                self.questions.settle(call_id)
            case ConversationKept(conversation_id=conversation_id):
                self.going_on.conversation_id = conversation_id
            case StateChanged():
                self._enter()
            case MuteChanged():
                self._levels.now()
            case MicrophoneMissing():
                self._show_welcome()
            case Counted(stages):
                self.stages = stages
            case State():
                self.notices.say_of_sound(devices, event)
            case Notice(text, level):
                self.say(text, level)
            case SessionStarted(voice=voice):
                if voice:
                    self.conversation.voice = clean(voice, single_line=True)[:VOICE_CHARACTERS]
            case SessionEnded(reason, asked, way_on=way_on):
                self.going_on.way_on = way_on
                if not asked and reason:
                    self.say(reason, "warning")
            case EngineLost(reason):
                self.level = None
                self._levels.now()
                words = tr(
                    "The sound process stopped ({reason}); starting it again.", reason=reason
                )
                self.say(words, "warning")
            case EngineBack(_, hole_ms):
                self.say(tr("Sound is back after {ms:.0f} ms.", ms=hole_ms))
            case UsageReported() | Latency():
                in_lines = True
            case _:
                pass
        if in_lines:
            self._show_lines()

    def _enter(self) -> None:
        """Another state than before."""
        state, detail = self.status.state, self.status.detail
        if state in ("ended", "reconnecting"):
            self.talk_key.reset()
        self._levels.now()
        self.composer.say_when_idle(self._idle_words)
        if state == "ended":
            self.conversation.say_when_empty()
            why = detail or tr("The call is over.")
            self.say(why, "error" if detail else "info")
            self.questions.clear()
            self.conversation.say_at_the_end(self.going_on.words(why))

    @property
    def _idle_words(self) -> str:
        key = keys.first("compose")
        if self.call_state == "ended":
            return tr("{key}: write for when the call goes on", key=key)
        return tr("{key}: type a message", key=key)

    # ------------------------------------------------------------ showing

    def _show_welcome(self) -> None:
        look = self.look
        if self.call_state == "ended":
            return
        self.conversation.say_when_empty(
            *welcome(look.push_to_talk, hold=look.hold, no_microphone=self.status.no_microphone)
        )

    def _show_lines(self) -> None:
        """What is around the conversation; a line that is the same as before is not painted."""
        look, status, transcript = self.look, self.status, self.transcript
        self.line("title").show(title_line(look.title, look.glyphs, self._width))
        devices = self.line("devices")
        devices.show(sound_line(status, look.glyphs, max(devices.size.width, 20)))
        tokens = cost_line(status, transcript.last_usage, transcript.total, self._width)
        self.line("tokens").show(tokens)
        self._show_state()
        self._show_side()
        self._show_keys()

    def _show_state(self) -> None:
        status, typing = self.status, self.composing
        usual = self.talk_key.hint(status.shown, typing=typing) or hint(
            status.shown, self.look.push_to_talk, brief=self.compact, typing=typing
        )
        # Why a call has ended stands in the conversation and in the notice line.
        ended = status.state == "ended" and not self.compact
        text = usual if ended else status.detail or usual
        if status.shown == "paused" and status.no_microphone:
            text = tr("{talk} asks a recorded question", talk=keys.at_hand("talk", typing))
        if status.muted and status.checked is not None and not ended:
            text = mute_words(status.checked, typing=typing) or text
        right, fresh = "", False
        latency = self.transcript.last_latency
        if self.compact:
            right = tr("{key} help", key=keys.at_hand("help", typing))
            if words := self.notices.fresh:
                text, fresh = words, True
        elif not self.conversation.following:
            news = self.conversation.news
            down = keys.first("page-down" if typing else "bottom")
            right = tr("new below: {key}" if news else "more below: {key}", key=down)
        elif latency is not None:
            # It stands in the turn too: what can be done now goes before it.
            told = tr("answered in {s:.2f} s", s=latency.first_sound_ms / 1000)
            if cells(text) + cells(told) + cells(status.word) + 6 <= self._width:
                right = told
        line = state_line(status, text, right, self.look.glyphs, self._width, notice=fresh)
        self.line("state").show(line)

    def _show_side(self) -> None:
        """On a wide terminal devices and tokens stand beside the conversation."""
        transcript = self.transcript
        chosen = self._chosen_latency
        which = tr("Last answer") if chosen is None else tr("Selected answer")
        latency = chosen or transcript.last_latency
        self.query_one("#side", Block).show(
            side_text(
                self.status,
                transcript.last_usage,
                transcript.total,
                latency,
                which,
                reason=not self.notices.tells_of_sound,
            )
        )

    @property
    def _chosen_latency(self) -> Latency | None:
        selected = self.conversation.selected
        entry = self.entries.get(selected) if selected else None
        return entry.latency if isinstance(entry, Turn) else None

    def _show_keys(self) -> None:
        scope: keys.Scope = "composer" if self.composing else "call"
        if self.questions and not self.composing:
            scope = "question"
        if self.call_state == "ended" and not self.composing:
            scope = "over"
        self.line("keys").show(keys_line(keys.footer(scope, self._width)))

    def say(self, text: str, level: NoticeLevel = "info") -> None:
        """Tell the person something; it stays until the next message."""
        self.notices.say(text, level)
        self._show_state()
        self._show_side()

    def _show_text(self) -> None:
        changed, reordered = self.entries.take_changes()
        if reordered:
            self.conversation.show(self.entries, changed)
            return
        found = (self.entries.get(item_id) for item_id in changed)
        self.conversation.update_turns(entry for entry in found if entry is not None)

    def settle(self) -> None:
        """Make good a size that was not told."""
        if self.conversation.broken_at != self.conversation.size.width:
            self.on_conversation_pane_resized()

    def on_conversation_pane_followed(self) -> None:
        """Scrolled back, or to the end again."""
        self._show_state()

    def on_conversation_pane_resized(self) -> None:
        """Another size: the lines around it are cut anew."""
        for line in self.questions.lines:
            line.renew()
        self._show_lines()
        self.notices.renew()

    def on_conversation_pane_chosen(self) -> None:
        """Where the time of this answer went."""
        self._show_side()
        latency = self._chosen_latency
        if latency is not None:
            self.notices.glance(latency_words(latency))

    def on_question_line_changed(self) -> None:
        """The footer tells of yes and no."""
        self._show_keys()

    def _show_levels(self) -> None:
        state, muted = self.call_state, self.status.muted
        # An input method's window follows the real cursor, which every painted cell moves.
        still = self.composing or state in ("ended", "connecting", "reconnecting")
        word = tr("muted") if muted else tr("off") if state == "paused" and not still else ""
        self.levels.show(None if still else self.level, word)

    # ------------------------------------------------------------ what the person does

    def on_descendant_focus(self) -> None:
        """Keys mean something else now."""
        self.set_class(self.composing, "-composing")
        self._show_state()
        self._show_keys()
        self._levels.now()

    def on_descendant_blur(self) -> None:
        """Keys mean something else now."""
        self.set_class(self.composing, "-composing")
        self._show_state()
        self._show_keys()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the composer, letters are letters."""
        return action not in _CALL_ACTIONS or not self.composing

    async def action_help(self) -> None:
        """All keys."""
        await self.app.run_action("help")

    async def action_history(self) -> None:
        """Earlier conversations."""
        await self.app.run_action("history")

    async def action_devices(self) -> None:
        """Microphones and loudspeakers."""
        await self.app.run_action("devices")

    async def action_usage(self) -> None:
        """What is used and what it costs."""
        await self.app.run_action("usage")

    def action_budget(self) -> None:
        """Spend more than was planned; also after the end, for the next call."""
        self.post_message(self.Asked(RaiseBudget()))

    def action_commands(self) -> None:
        """Everything that can be done, by name."""
        self.app.action_command_palette()

    async def action_counters(self) -> None:
        """Every stage of the sound."""
        await self.app.run_action("counters")

    def action_record(self) -> None:
        """Begin or end a recording of both sides."""
        self._ask(Record())

    def action_report(self) -> None:
        """Write the last half minute for a bug report; only when asked twice."""
        if not self._report.pressed():
            self.say(
                tr(
                    "{key} again writes 30 s of sound, your voice too, to a file.",
                    key=keys.first("report"),
                )
            )
            return
        self._ask(WriteReport())

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
            self.say(tr("There is no text to copy yet."))
            return
        self.post_message(self.CopyAsked(text))

    def action_links(self) -> None:
        """Show where the links of the selected turn, or of the last one with any, lead."""
        pane = self.conversation
        turns = [pane.selected] if pane.selected else reversed(pane.turn_ids)
        for wanted in turns:
            if links := links_in(self.entries.text_of(wanted)):
                self.post_message(self.LinksAsked(links))
                return
        self.say(
            tr("There is no link in this turn.") if pane.selected else tr("There is no link yet.")
        )

    def action_new(self) -> None:
        """A new conversation; during a call only when asked twice."""
        if self.call_state != "ended" and not self._new.pressed():
            self.say(
                tr(
                    "Press {key} again to hang up and begin a new conversation.",
                    key=keys.first("new"),
                )
            )
            return
        self.post_message(self.Wanted(Beginning()))

    def action_continue(self) -> None:
        """After the end: go on with this conversation, in the way that is possible."""
        if self.call_state != "ended":
            self.say(tr("The call is going on."))
            return
        beginning = self.going_on.beginning(said=len(self.transcript) > 0)
        if beginning is None:
            words = tr(
                "This conversation was not kept; {key} begins a new one.", key=keys.first("new")
            )
            self.say(words, "warning")
            return
        self.post_message(self.Wanted(beginning))

    def on_composer_sent(self, message: Composer.Sent) -> None:
        """A typed turn."""
        if not self._ask(Type(message.text)):
            self.composer.load_text(message.text)
            self.on_composer_left()  # where the keys are that the footer and the message name

    def on_composer_left(self) -> None:
        """Back to the conversation."""
        self.set_focus(self.conversation)
        self.remove_class("-composing")

    def _ask(self, ask: Ask) -> bool:
        if self.call_state == "ended":
            words = tr(
                "The call has ended; {again} goes on, {new} begins a new one, {quit} quits.",
                again=keys.first("continue"),
                new=keys.first("new"),
                quit=keys.first("quit"),
            )
            self.say(words, "warning")
            return False
        self.post_message(self.Asked(ask))
        return True


_CALL_ACTIONS = frozenset(key.action for key in keys.of("call"))
