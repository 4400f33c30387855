"""The Textual application: carries events from the call to the screen, and asks back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import ClassVar, TypeVar, cast

from rich.text import Text
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.driver import Driver
from textual.events import Event, Key, MouseDown, Paste, Resize
from textual.message import Message
from textual.screen import Screen
from textual.scrollbar import ScrollBar
from textual.widgets import Input, TextArea

from tui import keys
from tui.beginning import Beginning
from tui.call_events import (
    AllowTool,
    AnyCall,
    CallEvent,
    CountStages,
    EarlierTurns,
    PlayClip,
    Stop,
)
from tui.crash import CrashLog
from tui.device_choice import DeviceChoice, chime
from tui.language import tr
from tui.panes.bindings import bindings
from tui.panes.glyphs import ASCII, UNICODE
from tui.panes.key_messages import KeyReleased, KeyReleasesKnown
from tui.panes.question import QuestionLine, Questions
from tui.panes.scroll_bar import PlainBar
from tui.parent import a_shell_waits
from tui.screens.beside import prepare
from tui.screens.current_call import CallFactory, CurrentCall
from tui.screens.look import Look
from tui.screens.record import History
from tui.screens.signals import arm_watchdog, catch_signals
from tui.screens.suspension import Suspension
from tui.screens.talk import TalkScreen
from tui.screens.themed import ThemedApp
from tui.screens.twice import Twice
from tui.usage.view import UsageView

LEVEL_PERIOD_S = 0.1  # ten frames a second; two meters then write about 2 kB/s
LEVEL_PERIOD_SSH_S = 0.25
TEXT_PERIOD_S = 0.1
TEXT_PERIOD_SSH_S = 0.5
CALL_AFTER_S = 0.05  # the first picture goes before the call's imports
PAST_TURNS = 20_000  # of a conversation that is taken up again; all of them are in the history
LOAD_S = 10.0

Side = TypeVar("Side")


class VoicetuiApp(ThemedApp[int]):
    """One call on one screen, one after the other."""

    TITLE = "voicetui"
    # Here and not at the screen: Textual does not load the styles of the default screen.
    CSS_PATH = "screens/talk.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        *keys.of("anywhere", "question"), priority=True
    )
    ENABLE_COMMAND_PALETTE = True

    class Told(Message):
        """The call's thread has put something into the inbox."""

    def __init__(
        self,
        call_factory: CallFactory,
        *,
        history: Callable[[], History] | None = None,
        beginning: Beginning | None = None,
        usage: Callable[[], UsageView] | None = None,
        devices: DeviceChoice | None = None,
        title: str,
        ssh: bool,
        push_to_talk: bool,
        voice: str = "Assistant",
        ascii_only: bool = False,
        typed: bytes = b"",
        hold: bool = False,
        theme: str = "",
        keymap: Mapping[str, str] | None = None,
        state_dir: Path | None = None,
        log_path: Path | None = None,
    ) -> None:
        """`typed`: keys that came before it was there.  `log_path`: takes tracebacks."""
        self._typed = typed
        self._hold = hold
        self._repeated = False
        """The key that is being handled is known to be repeated."""
        super().__init__(theme)
        ScrollBar.renderer = PlainBar
        keys.use(keymap or {})
        self.set_keymap(dict(keymap or {}))
        self._call_factory = call_factory
        self._make_history = history
        self._usage = usage
        self._devices = devices
        self._history: History | None = None
        self._beginning = beginning or Beginning()
        self._crash_log = CrashLog(log_path)
        self._call = CurrentCall(
            self._make_call, lambda: self.post_message(self.Told()), self._crash_log
        )
        self._talk: TalkScreen | None = None
        self.questions = Questions()
        self._state_dir = state_dir
        self._ctrl_c = Twice()
        self._suspension = Suspension(self, self._call.submit)
        self._ssh = ssh
        self._look = Look(
            title=title,
            voice=voice,
            glyphs=ASCII if ascii_only else UNICODE,
            push_to_talk=push_to_talk,
            hold=hold,
            level_period_s=LEVEL_PERIOD_SSH_S if ssh else LEVEL_PERIOD_S,
            text_period_s=TEXT_PERIOD_SSH_S if ssh else TEXT_PERIOD_S,
        )

    def get_driver_class(self) -> type[Driver]:
        """With `hold` the terminal is asked for keys that come up."""
        chosen = super().get_driver_class()
        if not self._hold or chosen.__name__ != "KeyDriver":
            return chosen
        from tui.panes.key_driver import ReleaseDriver

        return ReleaseDriver

    def get_default_screen(self) -> Screen[None]:
        """The only screen that is there from the start."""
        self._talk = TalkScreen(self._look, time.time, self.questions, self._beginning)
        return self._talk

    @property
    def talk(self) -> TalkScreen:
        """The screen of the call, also while another one is above it."""
        if self._talk is None:
            raise LookupError("the talk screen is not there yet")
        return self._talk

    # ------------------------------------------------------------ the call

    def on_mount(self) -> None:
        """Signals first; the call after the first picture, its imports take their time."""
        catch_signals(self._leave, self._suspension.begin, self._suspension.end)
        self._type(self._typed.decode(errors="replace"))
        # Not call_after_refresh: the first refresh is what can be late.
        self.set_timer(CALL_AFTER_S, self._begin_call)
        # Textual's start can lose the wake-up of its first screen (seen once in sixty starts on a
        # busy machine): it stayed empty until a key came.
        for after_s in (0.1, 0.3, 1.0, 3.0):
            self.set_timer(after_s, self._wake_screen)

    def _type(self, text: str) -> None:
        """Keys that came before there was a screen."""
        if text and self._driver is not None:
            from textual._xterm_parser import XTermParser

            for event in XTermParser().feed(text):
                self._driver.process_message(event)

    def _begin_call(self) -> None:
        if self.theme_problem:
            self.talk.say(self.theme_problem, "warning")
        self._call.begin(self._beginning)

    def begin(self, beginning: Beginning) -> None:
        """Hang up, if that is needed, and hold another call."""
        self._call.begin(beginning)
        self.talk.clear(beginning)

    def _wake_screen(self) -> None:
        if self.talk.ready:
            self.talk.settle()
            self.screen.check_idle()

    def _make_call(self, on_event: Callable[[CallEvent], None], beginning: Beginning) -> AnyCall:
        """On a thread: what was said before goes on the screen first."""
        if beginning.conversation_id and self._make_history is not None:
            load = self.history.record.load(beginning.conversation_id, PAST_TURNS)
            saved = load.result(LOAD_S)
            if saved.turns:
                on_event(EarlierTurns(saved))
        return self._call_factory(on_event, beginning)

    @property
    def history(self) -> History:
        """Made when it is first needed."""
        if self._history is None:
            if self._make_history is None:
                raise LookupError("no history here")
            self._history = self._make_history()
        return self._history

    def on_voicetui_app_told(self) -> None:
        """Hand over what has come, as soon as there is somebody to take it."""
        if self.talk.ready:
            self.talk.receive(*self._call.inbox.take())
        else:
            self.set_timer(CALL_AFTER_S, self.on_voicetui_app_told)

    async def on_event(self, event: Event) -> None:
        """Whoever presses a key is there: a call that waits for nobody would end."""
        self._repeated = getattr(event, "repeated", False)
        if not isinstance(event, Key | Paste | MouseDown):
            await super().on_event(event)
            return
        self._call.present()
        try:
            await super().on_event(event)
        except Exception as error:
            if self.is_headless:
                raise
            # What one key does wrong ends no call.
            why = self._crash_log.note(error)
            self.talk.say(tr("That did not work: {why}", why=why), "error")

    def on_talk_screen_asked(self, message: TalkScreen.Asked) -> None:
        """The call does what the person wants."""
        self._call.submit(message.ask)

    def on_talk_screen_wanted(self, message: TalkScreen.Wanted) -> None:
        """Another call in place of this one."""
        self.begin(message.beginning)

    # ------------------------------------------------------------ keys that work everywhere

    def action_talk(self) -> None:
        """The talk key."""
        self.talk.talk_key.pressed(repeated=self._repeated)

    def on_key_released(self, message: KeyReleased) -> None:
        """The talk key came up."""
        self.talk.talk_key.released()

    def on_key_releases_known(self, message: KeyReleasesKnown) -> None:
        """The terminal has said whether it reports releases."""
        self.talk.talk_key.know_releases(message.known)

    def on_app_blur(self) -> None:
        """Another window has the keyboard: it gets the release."""
        self.talk.talk_key.lost()

    def action_mute(self) -> None:
        """Mute or unmute."""
        self.talk.action_mute()

    def action_interrupt(self) -> None:
        """Stop the answer."""
        self.talk.action_interrupt()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Yes and no mean something only where a question is in sight and nobody types."""
        if action not in ("allow", "refuse"):
            return super().check_action(action, parameters)
        typing = isinstance(self.screen.focused, Input | TextArea)
        return bool(self.questions) and not typing and bool(self.screen.query(QuestionLine))

    def action_allow(self) -> None:
        """Run the function that is asked about."""
        self._decide(True)

    def action_refuse(self) -> None:
        """Do not run it."""
        self._decide(False)

    def _decide(self, allow: bool) -> None:
        call_id = self.questions.take()
        if call_id is not None:
            self._call.submit(AllowTool(call_id, allow))

    def action_help(self) -> None:
        """The keys of the screen in sight."""
        from tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            scope: keys.Scope = getattr(self.screen, "SCOPE", "call")
            self.push_screen(HelpScreen(scope))

    async def action_history(self) -> None:
        """Earlier conversations; the call goes on behind them."""
        if self._make_history is None:
            self.talk.say(tr("There is no history here."))
            return
        from tui.screens.history import HistoryScreen

        ended = self.talk.call_state == "ended"
        screen = HistoryScreen(
            self.history,
            self._look.glyphs,
            play=self._play_clip,
            stop=lambda: self._call.submit(Stop()),
            tell=self.talk.say,
            current_id="" if ended else self.talk.going_on.conversation_id,
            questions=self.questions,
        )
        await self._push_beside(screen, self._leave_history)

    async def _push_beside(
        self, screen: Screen[Side], then: Callable[[Side | None], None] = lambda _: None
    ) -> None:
        """Where the terminal is wide enough the call stays in sight."""

        def left(answer: Side | None) -> None:
            self.talk.make_room(False)
            then(answer)

        # One picture of both, and the styles found once.
        with self.batch_update():
            self.talk.make_room(True)
            prepare(screen, self.size)
            await self.push_screen(screen, left)

    def on_resize(self, event: Resize) -> None:
        """Screens behind the one in sight keep their layout too."""
        for screen in self.screen_stack[:-1]:
            screen.post_message(event)

    async def action_usage(self) -> None:
        """What is used and what it costs."""
        if self._usage is None:
            self.talk.say(tr("Nothing is counted here."))
            return
        from tui.screens.usage import UsageScreen

        raise_budget = self.talk.action_budget
        await self._push_beside(
            UsageScreen(self._usage, self._look.glyphs, raise_budget, self.questions)
        )

    async def action_devices(self) -> None:
        """Microphones and loudspeakers: pick and try."""
        if self._devices is None:
            self.talk.say(tr("There are no devices to pick here."))
            return
        from tui.screens.devices import DevicesScreen, Sound

        sound = Sound(
            level=lambda: self.talk.level,
            state=lambda: self.talk.status.devices,
            muted=lambda: self.talk.status.muted,
            submit=self._call.submit,
            test=lambda: self._play_clip(chime()),
        )
        look = self._look
        await self._push_beside(
            DevicesScreen(self._devices, sound, look.glyphs, look.level_period_s, self.questions)
        )

    def _leave_history(self, beginning: Beginning | None) -> None:
        if beginning is not None:
            self.begin(beginning)

    def _play_clip(self, pcm: bytes) -> bool:
        if self.talk.call_state in ("ended", "connecting"):
            return False
        self._call.submit(PlayClip(pcm))
        return True

    def action_counters(self) -> None:
        """Every stage of the sound, counted."""
        from tui.screens.counters import CountersScreen

        def ask() -> None:
            if self.talk.call_state != "ended":
                self._call.submit(CountStages())

        self.push_screen(CountersScreen(ask, lambda: self.talk.stages))

    def action_messages(self) -> None:
        """All messages."""
        from tui.screens.log import LogScreen

        self.push_screen(LogScreen(self.talk.notices.said))

    def action_copy_or_quit(self) -> None:
        """Copy what is selected; otherwise the second press quits."""
        selected = self.screen.get_selected_text()
        if not selected and self.talk.composing:
            selected = self.talk.composer.selected_text
        if selected:
            self._copy(selected)
            return
        if self._ctrl_c.pressed():
            self._leave(0)
            return
        words = tr(
            "Press {key} again (or {quit}) to hang up and quit.",
            key=keys.first("copy-or-quit"),
            quit=keys.first("quit"),
        )
        self.talk.say(words)

    async def action_quit(self) -> None:
        """Hang up and quit."""
        self._leave(0)

    def on_talk_screen_copy_asked(self, message: TalkScreen.CopyAsked) -> None:
        """A turn for the clipboard."""
        self._copy(message.text)

    def on_talk_screen_links_asked(self, message: TalkScreen.LinksAsked) -> None:
        """Where the links of a turn lead."""
        from tui.screens.links import LinksScreen

        self.push_screen(LinksScreen(message.links, self._copy))

    def _copy(self, text: str) -> None:
        from tui.clipboard import copy

        self.talk.say(copy(text, self.copy_to_clipboard, self._state_dir))

    def action_command_palette(self) -> None:
        """Textual's own, with our words in the empty field."""
        from tui.screens.palette import Palette

        if not Palette.is_open(cast(App[object], self)):
            words = tr("Search for commands")
            self.push_screen(Palette(placeholder=words, id="--command-palette"))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The command palette."""
        scope: keys.Scope = getattr(screen, "SCOPE", "reading")
        for key in keys.of(scope):
            name, _, argument = key.action.partition("(")
            if name == "commands" or argument or not hasattr(screen, f"action_{name}"):
                continue
            action = getattr(screen, f"action_{name}")
            title = f"{tr(key.label).capitalize()}  ({key.shown})"
            yield SystemCommand(title, tr(key.help), action)
        yield SystemCommand(tr("Theme"), tr("Change the colours."), self.action_change_theme)
        if scope != "call":
            title = f"{tr('quit').capitalize()}  (ctrl+q)"
            yield SystemCommand(title, tr("Hang up and quit."), self.action_quit)

    # ------------------------------------------------------------ the end

    def hold_calls(self, mouse: bool | None = None) -> int:
        """Run until the person leaves; the exit code.  `mouse` None: if the terminal is local."""
        with self._crash_log.of_threads():
            try:
                code = self.run(mouse=(not self._ssh) if mouse is None else mouse)
            finally:
                self._call.stop()
        return code if code is not None else self.return_code or 0

    def _leave(self, code: int) -> None:
        self._call.hang_up()
        self.exit(code)

    def action_suspend(self) -> None:
        """Back to the shell, as every terminal program."""
        if self._driver is None or not self._driver.can_suspend:
            self.talk.say(tr("This terminal cannot suspend a program."))
        elif not a_shell_waits():
            self.talk.say(tr("There is no shell here to go back to."))
        else:
            self._suspension.begin()

    # Textual's own crash screen prints local variables, and keys are among them.

    def _fatal_error(self) -> None:
        self._show_crash()

    def panic(self, *renderables: object) -> None:
        """Replace Textual's: nothing of the error is drawn, it goes to the log."""
        self._show_crash()

    def _show_crash(self) -> None:
        import sys

        if not self.is_headless:
            arm_watchdog(1)
        error = sys.exc_info()[1] or self._exception
        self._return_code = 1
        self._exit_renderables.append(Text(self._crash_log.write(error)))
        self._close_messages_no_wait()
