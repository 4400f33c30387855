"""The Textual application: carries events from the call to the screen, and asks back."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import ClassVar, Protocol, TypeVar, cast

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
    Ask,
    CallEvent,
    CountStages,
    HangUp,
    Mute,
    PlayClip,
    Present,
    StateChanged,
    Stop,
)
from tui.child import line_to_parent
from tui.crash import CrashLog
from tui.device_choice import DeviceChoice, chime
from tui.errors import VoicetuiError
from tui.language import tr
from tui.panes.bindings import bindings
from tui.panes.glyphs import ASCII, UNICODE
from tui.panes.key_messages import KeyReleased, KeyReleasesKnown
from tui.panes.question import QuestionLine, Questions
from tui.panes.scroll_bar import PlainBar
from tui.parent import a_shell_waits
from tui.past import past_turns
from tui.paths import CLIPBOARD, open_private, private_dir, shown
from tui.screens.beside import prepare
from tui.screens.inbox import Inbox
from tui.screens.look import Look
from tui.screens.record import History
from tui.screens.suspension import Suspension
from tui.screens.talk import TalkScreen
from tui.screens.themed import ThemedApp
from tui.screens.twice import Twice
from tui.store.rows import SavedConversation
from tui.usage.view import UsageView

LEVEL_PERIOD_S = 0.1  # ten frames a second; two meters then write about 2 kB/s
LEVEL_PERIOD_SSH_S = 0.25
TEXT_PERIOD_S = 0.1
TEXT_PERIOD_SSH_S = 0.5
WATCHDOG_S = 3.0  # Textual's writer can hang for ever when the terminal is gone
CALL_AFTER_S = 0.05  # the first picture goes before the call's imports
PRESENT_S = 1.0  # the watch over the call need not hear of every key
PAST_TURNS = 20_000  # of a conversation that is taken up again; all of them are in the history
LOAD_S = 10.0
CLIPBOARD_BYTES = 55_000  # terminals take about 74 kB of base64

Side = TypeVar("Side")


class CallLike(Protocol):
    """What the screen needs of a call."""

    def start(self) -> None:
        """Begin; returns at once."""

    def submit(self, ask: Ask) -> None:
        """From any thread; returns at once."""

    def stop(self, timeout_s: float = 2.0) -> None:
        """End and wait; safe to call twice."""


CallFactory = Callable[[Callable[[CallEvent], None], Beginning], CallLike]


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

    class TakenUp(Message):
        """What was said before, of a conversation that is taken up again."""

        def __init__(self, number: int, saved: SavedConversation) -> None:
            super().__init__()
            self.number = number
            self.saved = saved

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
        crash_log: CrashLog | None = None,
    ) -> None:
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
        self._present_at_s = -1e9
        self._history: History | None = None
        self._beginning = beginning or Beginning()
        self._number = 0
        """Of the call: what an earlier one still says is not heard."""
        self._call: CallLike | None = None
        self._call_lock = threading.Lock()
        self._talk: TalkScreen | None = None
        self._waiting: list[Ask] = []
        self._leaving = False
        self._inbox = Inbox()
        self.questions = Questions()
        self._state_dir = state_dir
        self._crash_log = crash_log or CrashLog(None)
        self._ctrl_c = Twice()
        self._suspension = Suspension(self, self._submit)
        self._signal = 0
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
        self._catch_signals()
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
        self._start_thread(None, self._beginning)

    def _start_thread(self, before: CallLike | None, beginning: Beginning) -> None:
        arguments = (before, beginning, self._number)
        threading.Thread(
            target=self._start_call, args=arguments, name="call-start", daemon=True
        ).start()

    def begin(self, beginning: Beginning) -> None:
        """Hang up, if that is needed, and hold another call."""
        with self._call_lock:
            before, self._call = self._call, None
            self._number += 1
            self._waiting = [ask for ask in self._waiting if isinstance(ask, Mute)]
        self._inbox = Inbox()
        if before is not None:
            before.submit(HangUp())
        self.talk.clear(beginning)
        self._start_thread(before, beginning)

    def _wake_screen(self) -> None:
        if self.talk.ready:
            self.talk.settle()
            self.screen.check_idle()

    def _start_call(self, before: CallLike | None, beginning: Beginning, number: int) -> None:
        inbox = self._inbox

        def on_event(event: CallEvent) -> None:
            """On the call's thread."""
            if number == self._number and inbox.put(event):
                self.post_message(self.Told())

        try:
            if before is not None:
                before.stop()
            self._take_up(beginning, number)
            call = self._call_factory(on_event, beginning)
        except Exception as error:
            # The screen stays and tells why.
            why = self._crash_log.note(error)
            on_event(StateChanged("ended", f"The call could not be started: {why}"))
            return
        with self._call_lock:
            if number != self._number:
                return  # the person has thought of something else already
            self._call = call
            if self._leaving:
                return
            call.start()
            waiting, self._waiting = self._waiting, []
            for ask in waiting:
                call.submit(ask)

    def _take_up(self, beginning: Beginning, number: int) -> None:
        """On the thread that starts the call: what was said before goes on the screen first."""
        if beginning.conversation_id and self._make_history is not None:
            load = self.history.record.load(beginning.conversation_id, PAST_TURNS)
            self.post_message(self.TakenUp(number, load.result(LOAD_S)))

    def on_voicetui_app_taken_up(self, message: TakenUp) -> None:
        """Show what was said before."""
        if message.number != self._number:
            return
        if not self.talk.ready:
            self.set_timer(CALL_AFTER_S, lambda: self.on_voicetui_app_taken_up(message))
            return
        row, turns = message.saved.row, message.saved.turns
        if turns:
            when = time.strftime("%Y-%m-%d %H:%M", time.localtime(row.updated_at_s))
            heading = tr("earlier, until {when}", when=when)
            if row.turns > len(turns):
                heading = tr(
                    "earlier, until {when}, the last {some:,} of {all:,} turns",
                    when=when,
                    some=len(turns),
                    all=row.turns,
                )
            self.talk.show_past(past_turns(turns), heading)

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
            self.talk.receive(*self._inbox.take())
        else:
            self.set_timer(CALL_AFTER_S, self.on_voicetui_app_told)

    async def on_event(self, event: Event) -> None:
        """Whoever presses a key is there: a call that waits for nobody would end."""
        self._repeated = getattr(event, "repeated", False)
        if isinstance(event, Key | Paste | MouseDown):
            now_s = time.monotonic()
            if now_s - self._present_at_s >= PRESENT_S:
                self._present_at_s = now_s
                with self._call_lock:
                    call = self._call
                if call is not None:
                    call.submit(Present())
        await super().on_event(event)

    def on_talk_screen_asked(self, message: TalkScreen.Asked) -> None:
        """The call does what the person wants."""
        self._submit(message.ask)

    def on_talk_screen_wanted(self, message: TalkScreen.Wanted) -> None:
        """Another call in place of this one."""
        self.begin(message.beginning)

    def _submit(self, ask: Ask) -> None:
        with self._call_lock:
            if self._call is None:
                self._waiting.append(ask)
            else:
                self._call.submit(ask)

    def stop_call(self, timeout_s: float = 2.0) -> None:
        """End the call and wait for it; safe to call twice."""
        with self._call_lock:
            self._leaving = True
            call = self._call
        if call is not None:
            call.stop(timeout_s)

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
            self._submit(AllowTool(call_id, allow))

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
            stop=lambda: self._submit(Stop()),
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
            submit=self._submit,
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
        self._submit(PlayClip(pcm))
        return True

    def action_counters(self) -> None:
        """Every stage of the sound, counted."""
        from tui.screens.counters import CountersScreen

        def ask() -> None:
            if self.talk.call_state != "ended":
                self._submit(CountStages())

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
        # The terminal does not say whether it took it, so there is a file as well.
        done: list[str] = []
        sent = False
        if len(text.encode()) <= CLIPBOARD_BYTES:
            self.copy_to_clipboard(text)
            sent = True
        if self._state_dir is not None:
            file = self._state_dir / CLIPBOARD
            try:
                descriptor = open_private(private_dir(self._state_dir) / file.name, os.O_WRONLY)
                os.truncate(descriptor, 0)
                with os.fdopen(descriptor, "w", encoding="utf-8") as out:
                    out.write(text)
                words = "sent to terminal and to {file}" if sent else "written to {file}"
                done.append(tr(words, file=shown(file)))
                sent = False
            except VoicetuiError as error:
                done.append(tr("not written: {why}", why=error.message))
            except OSError as error:
                done.append(
                    tr("not written to {file}: {why}", file=shown(file), why=error.strerror)
                )
        if sent:
            done.insert(0, tr("sent to terminal"))
        what = ", ".join(done) or tr("too long for the terminal")
        self.talk.say(tr("{count:,} characters: {what}", count=len(text), what=what))

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

    def _leave(self, code: int) -> None:
        if self._call is not None:
            self._call.submit(HangUp())
        self.exit(code)

    def _catch_signals(self) -> None:
        import asyncio

        loop = asyncio.get_running_loop()
        try:
            for number in (signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(number, self._on_signal, number)
            # Textual's own handlers write from within the signal, and lock themselves out if it
            # came while something was being written.
            loop.add_signal_handler(signal.SIGTSTP, self._suspension.begin)
            loop.add_signal_handler(signal.SIGCONT, self._suspension.end)
            if (line := line_to_parent()) is not None:
                # Nothing is ever read from it: it wakes us when the parent was killed, and the
                # shell has the terminal again.
                loop.add_reader(line, self._on_orphaned, line)
        except (AttributeError, NotImplementedError, RuntimeError, ValueError):
            return  # Windows, or not the main thread (tests)

    def _on_orphaned(self, line: int) -> None:
        import asyncio

        asyncio.get_running_loop().remove_reader(line)
        self._on_signal(signal.SIGHUP)

    def action_suspend(self) -> None:
        """Back to the shell, as every terminal program."""
        if self._driver is None or not self._driver.can_suspend:
            self.talk.say(tr("This terminal cannot suspend a program."))
        elif not a_shell_waits():
            self.talk.say(tr("There is no shell here to go back to."))
        else:
            self._suspension.begin()

    def _on_signal(self, number: int) -> None:
        arm_watchdog(128 + number)
        self._signal = number
        self._leave(128 + number)

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


def arm_watchdog(code: int, after_s: float = WATCHDOG_S) -> None:
    """Leave with `code` in any case after a time: a lost terminal can block the orderly way."""
    watchdog = threading.Timer(after_s, os._exit, (code,))
    watchdog.daemon = True
    watchdog.start()


def run_screen(
    call_factory: CallFactory,
    *,
    title: str,
    push_to_talk: bool,
    history: Callable[[], History] | None = None,
    beginning: Beginning | None = None,
    usage: Callable[[], UsageView] | None = None,
    devices: DeviceChoice | None = None,
    voice: str = "Assistant",
    ssh: bool = False,
    mouse: bool | None = None,
    ascii_only: bool = False,
    typed: bytes = b"",
    hold: bool = False,
    theme: str = "",
    keymap: Mapping[str, str] | None = None,
    state_dir: Path | None = None,
    log_path: Path | None = None,
) -> int:
    """Run the screen until the person leaves; return the exit code.

    `mouse` None: only where the terminal is local.  `typed`: keys that came before it was there.
    `log_path` takes tracebacks, without locals.
    """
    crash_log = CrashLog(log_path)
    app = VoicetuiApp(
        call_factory,
        history=history,
        beginning=beginning,
        usage=usage,
        devices=devices,
        title=title,
        ssh=ssh,
        push_to_talk=push_to_talk,
        voice=voice,
        ascii_only=ascii_only,
        typed=typed,
        hold=hold,
        theme=theme,
        keymap=keymap,
        state_dir=state_dir,
        crash_log=crash_log,
    )
    with crash_log.of_threads():
        try:
            code = app.run(mouse=(not ssh) if mouse is None else mouse)
        finally:
            app.stop_call()
    return code if code is not None else app.return_code or 0
