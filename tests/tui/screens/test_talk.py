"""The whole screen over a scripted call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.events import Resize
from textual.geometry import Size
from textual.pilot import Pilot

from shared.messages import Counters, Level, State
from tests.tui.conversation import OPENING, TALK
from tests.tui.scripted import ScriptedCall
from tui import keys
from tui.app import VoicetuiApp
from tui.audio.port import EngineBack, EngineLost
from tui.beginning import Beginning
from tui.call_events import (
    CallEvent,
    HangUp,
    Latency,
    Mute,
    MuteChanged,
    StateChanged,
    Stop,
    Talk,
    Type,
)
from tui.panes.line import Line
from tui.panes.words import STATE_WORDS
from tui.screens.help import HelpScreen, help_text
from tui.screens.log import LogScreen
from tui.screens.talk import TalkScreen
from tui.sessions.events import (
    Notice,
    SessionEnded,
    SessionStarted,
    TranscriptDelta,
    TranscriptFinal,
    TurnStarted,
)


class Stage:
    """An app, its screen and its scripted call."""

    def __init__(self, pilot: Pilot[int], app: VoicetuiApp, call: ScriptedCall) -> None:
        self.pilot, self.app, self.call = pilot, app, call

    @property
    def screen(self) -> TalkScreen:
        return self.app.talk

    def line(self, name: str) -> str:
        return self.screen.line(name).plain

    async def tell(self, *events: CallEvent) -> None:
        """The call says this, and the screen has shown it."""
        self.call.tell(*events)
        await self.pilot.pause(0.15)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that takes a moment."""
        for _ in range(300):
            if condition():
                return
            await self.pilot.pause(0.02)
        raise AssertionError("it never happened")


@asynccontextmanager
async def stage(
    *script: CallEvent,
    size: tuple[int, int] = (80, 24),
    push_to_talk: bool = False,
    state_dir: Path | None = None,
    ascii_only: bool = False,
) -> AsyncIterator[Stage]:
    calls: list[ScriptedCall] = []

    def make(on_event: Callable[[CallEvent], None], _: Beginning) -> ScriptedCall:
        calls.append(ScriptedCall(on_event, *script))
        return calls[0]

    app = VoicetuiApp(
        make,
        title="somewhere, model",
        ssh=False,
        push_to_talk=push_to_talk,
        voice="marin",
        state_dir=state_dir,
        ascii_only=ascii_only,
    )
    async with app.run_test(size=size) as pilot:
        for _ in range(300):
            if calls and calls[0].started.is_set():
                break
            await pilot.pause(0.02)
        await pilot.pause(0.15)
        yield Stage(pilot, app, calls[0])


async def test_a_conversation_is_shown_in_order() -> None:
    async with stage(*OPENING, *TALK, size=(100, 40)) as on:
        text = on.screen.conversation.plain
        assert text.index("What is a good way") < text.index("Sing it one line")
        assert text.index("you interrupted here") < text.index("Thanks.")
        assert "marin" in text
        assert "SPEAKING" in on.line("state")
        assert "answered in 0.39 s" in on.line("state")
        assert "USB microphone" in on.line("devices")
        assert "echo cancelled" in on.line("devices")
        assert "130/120" in on.line("tokens")


@pytest.mark.parametrize("state", list(STATE_WORDS))
async def test_every_state_is_told_in_words(state: str) -> None:
    async with stage(*OPENING) as on:
        await on.tell(StateChanged(state, ""))  # type: ignore[arg-type]
        assert STATE_WORDS[state] in on.line("state")  # type: ignore[index]


async def test_keys_ask_the_call() -> None:
    async with stage(*OPENING) as on:
        await on.press("space", "m", "m", "full_stop", "escape", "f2", "f3", "f4")
        assert on.call.asked == [
            Talk(), Mute(), Mute(), Stop(), Stop(), Talk(), Mute(), Stop(),
        ]  # fmt: skip


async def test_mute_is_shown_when_acknowledged() -> None:
    async with stage(*OPENING) as on:
        await on.tell(MuteChanged(True))
        assert "MUTED" in on.line("state")
        assert "LISTENING" not in on.line("state")
        await on.tell(StateChanged("speaking"))
        assert "SPEAKING MUTED" in on.line("state")
        await on.tell(MuteChanged(False), StateChanged("listening"))
        assert "MUTED" not in on.line("state")


async def test_letters_in_the_composer_are_letters() -> None:
    async with stage(*OPENING) as on:
        await on.press("i", *"mq.? l", "f4", "f3")
        assert on.screen.composer.text == "mq.? l"
        assert on.call.asked == [Stop(), Mute()]
        await on.press("enter")
        await on.until(lambda: Type("mq.? l") in on.call.asked)
        assert on.screen.composer.text == ""
        assert on.screen.composing
        await on.press("escape", "space")
        assert on.call.asked[-1] == Talk()


async def test_nothing_is_sent_when_nothing_is_typed() -> None:
    async with stage(*OPENING) as on:
        await on.press("i", "space", "ctrl+j", "enter")
        await on.pilot.pause(0.2)
        assert on.call.asked == []


async def test_escape_leaves_and_keeps_the_text() -> None:
    async with stage(*OPENING) as on:
        await on.press("enter", *"abc", "escape")
        assert not on.screen.composing
        await on.press("i")
        assert on.screen.composer.text == "abc"


async def test_meters_follow_levels_and_rest_while_typing() -> None:
    async with stage(*OPENING) as on:
        await on.tell(Level(-20, -10))
        assert on.screen.levels.mic.lit > 0
        assert on.screen.levels.out.lit > on.screen.levels.mic.lit
        await on.press("i")
        await on.tell(Level(-5, -5))
        assert on.screen.levels.out.lit == on.screen.levels.mic.lit == 0
        await on.press("escape")
        await on.until(lambda: on.screen.levels.out.lit > 0)
        await on.tell(MuteChanged(True), Level(-3, -3))
        assert on.screen.levels.mic.lit == 0


async def test_levels_are_painted_ten_times_a_second_at_most() -> None:
    async with stage(*OPENING) as on:
        meter = on.screen.levels.out
        shown: list[int] = []
        original = meter.show
        meter.show = lambda dbfs: shown.append(dbfs) or original(dbfs)  # type: ignore[method-assign,func-returns-value]
        for number in range(100):
            on.call.on_event(Level(-60, -40 + number % 30))
        on.call.on_event(Level(-60, -1))
        await on.until(lambda: bool(shown) and shown[-1] == -1)
        assert len(shown) <= 5


async def test_streamed_text_is_painted_in_batches() -> None:
    async with stage(*OPENING) as on:
        shown: list[int] = []
        pane = on.screen.conversation
        original = pane.show
        pane.show = lambda *what: shown.append(1) or original(*what)  # type: ignore[method-assign,func-returns-value]
        await on.tell(TurnStarted("a", "assistant", ""))
        for number in range(200):
            on.call.on_event(TranscriptDelta("a", f"{number} "))
        await on.until(lambda: "199" in pane.plain)
        assert len(shown) <= 8


async def test_notices_stay_and_can_be_read_again() -> None:
    async with stage(*OPENING) as on:
        await on.tell(
            Notice("first [bold]thing[/]"),
            Notice("second \x1b[31mthing", "error"),
            EngineLost("killed"),
            EngineBack(1, 420.0),
        )
        assert on.line("notice") == "Sound is back after 420 ms."
        await on.press("l")
        assert isinstance(on.app.screen, LogScreen)
        text = str(on.app.screen.query("Static").first().render())
        assert "first [bold]thing[/]" in text
        assert "second thing" in text
        await on.tell(Notice("third thing"))
        await on.until(lambda: "third thing" in str(on.app.screen.query("Static").first().render()))
        await on.press("q")
        assert isinstance(on.app.screen, TalkScreen)


async def test_no_sound_card_is_told() -> None:
    async with stage(*OPENING) as on:
        await on.tell(State(output="silent", input="silent", notice="no sound card: no PortAudio"))
        assert "no loudspeaker" in on.line("devices")
        assert "no PortAudio" in on.line("notice")  # the reason, once
        await on.tell(State(output="Speakers", input="Mic"), Counters(underruns=3))
        assert "3 gaps" in on.line("devices")


async def test_the_end_says_why_and_leaves_everything_readable(tmp_path: Path) -> None:
    async with stage(*OPENING, *TALK, state_dir=tmp_path) as on:
        await on.tell(
            SessionEnded("wrong key", fatal=True),
            StateChanged("ended", "The key was refused; set OPENAI_API_KEY."),
        )
        assert "ENDED" in on.line("state")
        assert "The key was refused; set OPENAI_API_KEY." in on.screen.conversation.plain
        assert "Error: The key was refused" in on.line("notice")
        assert "talk" not in on.line("keys")
        await on.press("space")
        assert Talk() not in on.call.asked
        await on.press("k", "y")
        assert "sent to terminal" in on.line("notice")
        assert (tmp_path / "clipboard.txt").read_text().startswith("Twenty minutes")


async def test_ctrl_c_once_is_a_hint_and_twice_quits() -> None:
    async with stage(*OPENING) as on:
        await on.press("ctrl+c")
        assert "again" in on.line("notice")
        await on.press("ctrl+c")
        assert on.call.asked == [HangUp()]
        assert on.app.return_value == 0


async def test_quit_hangs_up() -> None:
    async with stage(*OPENING) as on:
        await on.press("q")
        assert on.call.asked == [HangUp()]
        assert on.app.return_value == 0
        on.app._call.stop()
        on.app._call.stop()
        assert on.call.stopped.is_set()


async def test_help_opens_and_closes() -> None:
    async with stage(*OPENING) as on:
        for way_back in ("q", "escape", "question_mark"):
            await on.press("question_mark")
            assert isinstance(on.app.screen, HelpScreen)
            await on.press(way_back)
            assert isinstance(on.app.screen, TalkScreen)
        await on.press("question_mark", "f3")
        assert on.call.asked == [Mute()]
        await on.tell(TurnStarted("a", "user", ""), TranscriptFinal("a", "heard behind the help"))
        await on.press("q")
        assert "heard behind the help" in on.screen.conversation.plain


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (40, 12), (60, 20), (59, 19), (20, 5)])
async def test_sizes(size: tuple[int, int]) -> None:
    async with stage(*OPENING, *TALK, size=size) as on:
        compact = size[0] < 60 or size[1] < 20
        assert on.screen.compact == compact
        assert bool(on.screen.line("keys").display) != compact
        assert on.screen.line("state").display
        assert bool(on.screen.query_one("#side").display) == (size[0] >= 110)
        height = on.screen.conversation.size.height
        assert height == (size[1] - 1 if compact else size[1] - 7 + (1 if size[0] >= 110 else 0))
        for name in ("state", "notice", "keys", "title", "tokens"):
            assert len(on.line(name)) <= max(size[0] - 2, 20)


async def test_a_small_terminal_can_do_everything() -> None:
    async with stage(*OPENING, size=(40, 12)) as on:
        await on.press("i", *"hi")
        assert on.screen.composer.size.height == 1
        await on.press("enter")
        await on.until(lambda: Type("hi") in on.call.asked)
        await on.press("escape")
        await on.pilot.pause()
        assert on.screen.composer.size.height == 0
        assert "? help" in on.line("state")
        await on.tell(Notice("something is wrong", "error"))
        assert "something is wrong" in on.line("state")


async def test_ascii_only() -> None:
    async with stage(*OPENING, ascii_only=True) as on:
        await on.tell(Level(-10, -10))
        strip = on.screen.levels.out.render_line(0)
        assert "".join(part.text for part in strip).isascii()
        assert on.line("state").isascii()


async def test_push_to_talk_says_how() -> None:
    async with stage(*OPENING, StateChanged("paused"), push_to_talk=True) as on:
        assert "space to talk" in on.line("state")
        assert "press space again to send" in on.screen.conversation.plain


async def test_a_voice_of_its_own_names_the_answers() -> None:
    async with stage(
        *OPENING, SessionStarted("m", "cedar\x1b[31m"), TurnStarted("a", "assistant", "")
    ) as on:
        await on.tell(TranscriptFinal("a", "hello"), Latency("a", 200.0, 300.0))
        assert "cedar" in on.screen.conversation.plain


async def test_a_screen_that_stalls_shows_no_old_levels() -> None:
    import time

    async with stage(*OPENING) as on:
        shown: list[int] = []
        meter = on.screen.levels.out
        original = meter.show
        meter.show = lambda dbfs: shown.append(dbfs) or original(dbfs)  # type: ignore[method-assign,func-returns-value]
        for number in range(50):
            on.call.on_event(Level(-60, -50 + number))
        time.sleep(0.6)  # the loop stands still, as when the terminal does not read
        on.call.on_event(Level(-60, -30))
        await on.until(lambda: bool(shown))
        await on.pilot.pause(0.3)
        assert shown in ([-30], [-30, -30])


def test_the_screen_imports_no_session_and_no_socket() -> None:
    import subprocess
    import sys

    check = (
        "import sys, tui.app, tui.screens.help, tui.screens.log;"
        "bad = [m for m in sys.modules if m.split('.')[0] in"
        " ('websockets', 'openai', 'sounddevice', 'numpy', 'sqlite3', 'engine', 'server')"
        " or m.startswith(('tui.call.', 'tui.sessions.realtime'))];"
        "sys.exit(', '.join(bad) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


async def test_what_is_asked_before_the_call_exists_is_not_lost() -> None:
    import threading

    gate = threading.Event()
    calls: list[ScriptedCall] = []

    def make(on_event: Callable[[CallEvent], None], _: Beginning) -> ScriptedCall:
        gate.wait(10)
        calls.append(ScriptedCall(on_event, *OPENING))
        return calls[0]

    app = VoicetuiApp(make, title="t", ssh=False, push_to_talk=False)
    async with app.run_test() as pilot:
        await pilot.press("i", "h", "i", "enter")
        await pilot.pause(0.2)
        gate.set()
        for _ in range(300):
            if calls and calls[0].asked:
                break
            await pilot.pause(0.02)
        assert calls[0].asked == [Type("hi")]


async def test_typed_text_is_kept_when_the_call_has_ended() -> None:
    async with stage(*OPENING, StateChanged("ended", "gone")) as on:
        await on.press("i", *"hello", "enter")
        await on.until(lambda: "has ended" in on.line("notice"))
        assert on.screen.composer.text == "hello"


async def test_keys_of_an_ended_call_are_where_its_footer_stands() -> None:
    async with stage(*OPENING, StateChanged("ended", "no network")) as on:
        assert "c continue" in on.line("keys")
        assert "Just speak" not in on.screen.conversation.plain
        assert "type a message" not in on.screen.composer.placeholder
        await on.press("i", *"hello")
        assert "c continue" not in on.line("keys")
        assert "enter send" in on.line("keys")
        await on.press("enter")
        await on.until(lambda: "has ended" in on.line("notice"))
        assert not on.screen.composing
        assert on.screen.composer.text == "hello"
        await on.press("c")
        await on.until(lambda: on.screen.call_state != "ended")
        assert on.screen.composer.text == "hello"


async def test_a_new_conversation_begins_without_the_last_message() -> None:
    async with stage(*OPENING) as on:
        await on.press("n")
        assert "again" in on.line("notice")
        await on.press("n")
        await on.pilot.pause(0.2)
        assert "again" not in on.line("notice")
        await on.pilot.resize_terminal(90, 24)
        await on.pilot.pause(0.1)
        assert "again" not in on.line("notice")


async def test_what_is_wrong_with_a_device_stands_there_as_long_as_it_is() -> None:
    mic = "the microphone (USB) delivers nothing"
    out = "the loudspeaker (USB) takes nothing: is it suspended?"
    async with stage(*OPENING) as on:
        await on.tell(State(output="USB", input="USB", notice=f"{out}; {mic}"))
        assert on.line("notice").startswith(f"Warning: {out}; the mic")
        await on.tell(State(output="USB", input="USB", notice=mic))
        assert on.line("notice") == f"Warning: {mic}"
        await on.tell(State(output="USB", input="USB"))
        assert on.line("notice") == ""
        await on.pilot.resize_terminal(90, 24)
        await on.pilot.pause(0.1)
        assert on.line("notice") == ""
        await on.tell(State(output="USB", input="USB", notice=mic))
        await on.tell(Notice("Something else."), State(output="USB", input="USB"))
        assert on.line("notice") == "Something else."


async def test_scrolling_back_says_that_there_is_more() -> None:
    async with stage(*OPENING, *TALK, size=(60, 20)) as on:
        await on.press("home")
        await on.until(lambda: "more below" in on.line("state"))
        await on.press("end")
        await on.until(lambda: "more below" not in on.line("state"))


@pytest.mark.parametrize("theme", ["voicetui", "textual-light", "ansi-dark", "ansi-light", "nord"])
async def test_themes(theme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for no_color in (False, True):
        monkeypatch.delenv("NO_COLOR", raising=False)
        if no_color:
            monkeypatch.setenv("NO_COLOR", "1")
        app = VoicetuiApp(
            lambda on_event, _: ScriptedCall(on_event, *OPENING, *TALK),
            title="t",
            ssh=False,
            push_to_talk=False,
            theme=theme,
        )
        async with app.run_test() as pilot:
            assert app.theme == theme
            for _ in range(300):
                if "SPEAKING" in app.talk.line("state").plain:
                    break
                await pilot.pause(0.02)
            else:
                raise AssertionError("nothing was shown")


async def test_an_unknown_theme_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)
    app = VoicetuiApp(
        lambda on_event, _: ScriptedCall(on_event),
        title="t",
        ssh=False,
        push_to_talk=False,
        theme="x",
    )
    assert app.theme == "voicetui"


async def test_the_command_palette_offers_what_there_is() -> None:
    async with stage(*OPENING) as on:
        names = [command.title for command in on.app.get_system_commands(on.app.screen)]
        wanted = {f"{key.label.capitalize()}  ({key.shown})" for key in keys.of("call")}
        left = wanted - set(names)
        assert set(names) == wanted - left | {"Theme"}, "ours, and nothing of Textual's"
        assert left == {f"{keys.BY_ID['commands'].label.capitalize()}  (:)"}
        await on.press("ctrl+p", *"mute", "enter")
        await on.until(lambda: Mute() in on.call.asked)


async def test_the_way_out_of_the_help_is_always_in_sight() -> None:
    async with stage(*OPENING, size=(80, 24)) as on:
        await on.press("question_mark")
        line = on.app.screen.query_one("#help-keys", Line)
        assert "escape or q goes back." in line.plain
        assert line.region.bottom == 24
        assert "ctrl+q  Also while typing" in help_text().plain


async def test_the_size_before_the_last_one_never_stays() -> None:
    async with stage(*OPENING) as on:
        await on.pilot.resize_terminal(60, 20)
        old = Size(80, 24)  # a screen tells itself of the size it had, and that can come last
        on.screen.post_message(Resize(old, old))
        await on.pilot.pause()
        await on.until(lambda: on.screen.outer_size == on.app.size == Size(60, 20))
