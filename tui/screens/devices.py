"""Microphones and loudspeakers: which there are, which is used, what the microphone hears."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from shared.messages import Level, State
from tui import keys
from tui.call_events import Ask, MeterMicrophone, PickDevice
from tui.device_choice import NOUNS, DeviceChoice
from tui.errors import VoicetuiError
from tui.language import tr
from tui.language.sentences import told
from tui.panes.bindings import bindings
from tui.panes.glyphs import Glyphs
from tui.panes.line import Line
from tui.panes.meter import LevelMeter
from tui.panes.question import QuestionLine, Questions
from tui.panes.status import keys_line
from tui.panes.words import sound_notice
from tui.picked import DIRECTIONS, Direction
from tui.screens.beside import right_cells, stand_beside
from tui.text import cells, clean, cut_cells

LOOK_S = 4.0
"""What is plugged in while the screen is open appears by itself."""
MOST_CHANNELS = 16
"""More is what a sound server says of itself."""
PLAIN = {"default": "the system's default", "silent": "none"}


@dataclass(frozen=True, slots=True)
class Sound:
    """What the screen is told by whoever holds the call."""

    level: Callable[[], Level | None]
    state: Callable[[], State | None]
    muted: Callable[[], bool]
    submit: Callable[[Ask], None]
    test: Callable[[], bool]
    """Plays a test sound; False: there is no call that could."""


class DevicesScreen(Screen[None]):
    """One list with both directions; the call goes on behind it."""

    DEFAULT_CSS = """
    DevicesScreen { background: $background; }
    DevicesScreen > #devices-title { background: $panel; padding: 0 1; }
    DevicesScreen > OptionList, DevicesScreen > OptionList:focus {
        height: 1fr; border: none; padding: 0 1; background: $background;
        scrollbar-size-vertical: 1;
    }
    DevicesScreen > OptionList > .option-list--option-disabled { color: $foreground-muted; }
    DevicesScreen > OptionList > .option-list--option-highlighted,
    DevicesScreen > OptionList:focus > .option-list--option-highlighted {
        color: $foreground; background: $surface-lighten-2; text-style: none;
    }
    DevicesScreen > OptionList:nocolor > .option-list--option-highlighted,
    DevicesScreen > OptionList:nocolor:focus > .option-list--option-highlighted {
        text-style: reverse;
    }
    DevicesScreen > #devices-level { height: 1; padding: 0 1; background: $background; }
    DevicesScreen > #devices-level > .name { width: auto; }
    DevicesScreen > #devices-level > LevelMeter { width: 1fr; }
    DevicesScreen > #devices-notice {
        height: auto; max-height: 3; padding: 0 1; background: $background;
    }
    DevicesScreen > #devices-keys { background: $panel; color: $foreground-muted; padding: 0 1; }
    DevicesScreen.-beside { background: transparent; }
    """
    SCOPE: ClassVar[keys.Scope] = "devices"
    BINDINGS: ClassVar[list[BindingType]] = bindings(*keys.of("devices"), priority=True)

    @dataclass
    class Seen(Message):
        """A listing is there."""

        listing: dict[str, Any]
        problem: str = ""

    def __init__(
        self,
        choice: DeviceChoice,
        sound: Sound,
        glyphs: Glyphs,
        level_period_s: float,
        questions: Questions | None = None,
    ) -> None:
        super().__init__()
        self._choice = choice
        self._sound = sound
        self._glyphs = glyphs
        self._level_period_s = level_period_s
        self._questions = questions if questions is not None else Questions()
        self._devices: list[dict[str, Any]] = []
        self._rows: list[tuple[Direction, str]] = []
        self._listed = False
        self._said = tr("Looking for devices ...")
        self._problem = ""
        self._notice = ""
        self._known: set[str] | None = None
        """What was told of the sound when a device was picked; None: long ago."""

    def compose(self) -> ComposeResult:
        """A title, the devices, what the microphone hears, a sentence, the keys."""
        yield Line(id="devices-title")
        yield OptionList(id="devices-list", markup=False)
        with Horizontal(id="devices-level"):
            name = Line(classes="name")
            name.show(Content(tr("mic") + " "))
            yield name
            yield LevelMeter(self._glyphs, id="devices-meter")
        yield Static(Content(), id="devices-notice")
        yield QuestionLine(self._questions, self._glyphs, id="devices-question")
        yield Line(id="devices-keys")

    def on_mount(self) -> None:
        """Look at once, and again from time to time; hear what the microphone hears."""
        stand_beside(self, self.app.size.width)
        self._sound.submit(MeterMicrophone(True))
        self._show()
        self._look()
        self.set_interval(LOOK_S, self._look)
        self.set_interval(self._level_period_s, self._show_level)

    def on_unmount(self) -> None:
        """The microphone is only open as long as somebody looks at it."""
        self._sound.submit(MeterMicrophone(False))

    def on_resize(self, event: events.Resize) -> None:
        """Lay it out anew, beside the call or in its place."""
        stand_beside(self, event.size.width)
        self.call_after_refresh(self._show)

    def on_question_line_changed(self) -> None:
        """The footer tells of yes and no."""
        self._show_lines()

    # ------------------------------------------------------------ what there is

    @work(thread=True, exclusive=True, group="devices")
    def _look(self) -> None:
        try:
            self.post_message(self.Seen(self._choice.listing()))
        except VoicetuiError as error:
            self.post_message(self.Seen({}, f"{error}"))

    def on_devices_screen_seen(self, message: Seen) -> None:
        """Show what is there now."""
        problem = clean(message.problem or message.listing.get("problem", ""), single_line=True)
        problem = told(problem).rstrip("。")
        self._problem = f"{problem[:1].upper()}{problem[1:]}".rstrip(".") + tr(".") * bool(problem)
        devices = self._devices if message.problem else message.listing.get("devices", [])
        first, self._listed = not self._listed, True
        if first:
            self._said = ""
        if first or devices != self._devices:
            self._devices = devices
            self._show()
        else:
            self._show_lines()

    # ------------------------------------------------------------ showing

    @property
    def _list(self) -> OptionList:
        return self.query_one("#devices-list", OptionList)

    def _show(self) -> None:
        width = max(right_cells(self.size.width) - 5, 16)
        chosen = self._list.highlighted
        before = self._rows[chosen] if chosen is not None and chosen < len(self._rows) else None
        self._rows = []
        options: list[Option] = []
        for direction in DIRECTIONS:
            heading = tr(NOUNS[direction]).capitalize()
            options.append(Option(Content.styled(heading, "bold"), disabled=True))
            self._rows.append((direction, ""))
            for name, words in self._names(direction):
                mark = "* " if name == self._choice.names[direction] else "  "
                text = cut_cells(f"{mark}{words}", width, self._glyphs.ellipsis)
                options.append(Option(Content(text)))
                self._rows.append((direction, name))
        self._list.clear_options()
        self._list.add_options(options)
        wanted = before if before in self._rows else ("input", self._choice.names["input"])
        self._list.highlighted = self._rows.index(wanted) if wanted in self._rows else 1
        self._show_lines()

    def _names(self, direction: Direction) -> list[tuple[str, str]]:
        """Name to choose by and words to show, of everything in one direction."""
        many = "inputs" if direction == "input" else "outputs"
        wanted = self._choice.names[direction]
        usable = [device for device in self._devices if device[many]]
        # PortAudio's own default is only a door where the sound server has one with a name.
        defaults = [device["name"] for device in usable if device[f"default_{direction}"]]
        named = f": {clean(defaults[-1], single_line=True)}" if defaults[1:] else ""
        rows = [("default", tr(PLAIN["default"]) + named)]
        for device in usable:
            words = [clean(device["label"], single_line=True), f"{device['rate_hz']} Hz"]
            if device[many] <= MOST_CHANNELS:
                count = device[many]
                words.append(tr("mono") if count == 1 else tr("{count} channels", count=count))
            rows.append((device["label"], ", ".join(words)))
        rows.append(("silent", tr(PLAIN["silent"])))
        if wanted not in [name for name, _ in rows]:
            shown = clean(wanted, single_line=True)
            part = wanted.casefold().partition(" #")[0]
            there = any(
                part in device["label"].casefold() or wanted == device["server_name"]
                for device in usable
            )
            if there or wanted.startswith("file:") or not self._listed:
                rows.append((wanted, tr("{device}, as the settings say", device=shown)))
            else:
                rows.append((wanted, tr("{device}, not there now", device=shown)))
        return rows

    def _show_lines(self) -> None:
        width = max(right_cells(self.size.width) - 2, 20)
        name = tr("Devices")
        self.query_one("#devices-title", Line).show(
            Content.assemble(
                (name, "bold"), cut_cells(f"  {tr('* is in use')}", width - cells(name))
            )
        )
        said = self._told_of_sound()
        if self._known is not None and set(said.split(tr("; "))) - self._known:
            self._said = ""  # what was picked went away meanwhile
        notice = self._said or self._problem or said
        if notice != self._notice:
            self._notice = notice
            self.query_one("#devices-notice", Static).update(Content(notice))
        scope: keys.Scope = "question" if self._questions else "devices"
        self.query_one("#devices-keys", Line).show(keys_line(keys.footer(scope, width)))

    def _told_of_sound(self) -> str:
        state = self._sound.state()
        return sound_notice(state) if state else ""

    def _show_level(self) -> None:
        meter = self.query_one("#devices-meter", LevelMeter)
        level = self._sound.level()
        if self._sound.muted():
            meter.rest(tr("muted: {key} unmutes", key=keys.first("mute-anywhere")))
        elif level is None:
            meter.rest()
        else:
            meter.show(level.mic_dbfs)
        self._show_lines()

    # ------------------------------------------------------------ what the person does

    def action_next_device(self) -> None:
        """The device below."""
        self._list.action_cursor_down()

    def action_previous_device(self) -> None:
        """The device above."""
        self._list.action_cursor_up()

    def action_use(self) -> None:
        """Use the device that is selected, from now on."""
        row = self._list.highlighted
        if row is None or row >= len(self._rows) or not self._rows[row][1]:
            return
        direction, name = self._rows[row]
        self._sound.submit(PickDevice(direction, name))
        after = self._choice.pick(direction, name)
        words = tr(PLAIN[name]) if name in PLAIN else clean(name, single_line=True)
        noun = tr(NOUNS[direction]).capitalize()
        self._said = tr("{noun}: {name}. {after}", noun=noun, name=words, after=told(after))
        self._known = {"", *self._told_of_sound().split(tr("; "))}
        self.set_timer(6.0, self._hush)
        self._show()

    def on_option_list_option_selected(self) -> None:
        """A click."""
        self.action_use()

    def _hush(self) -> None:
        """From here on what the sound process says is shown."""
        self._said = ""
        self._known = None
        self._show_lines()

    def action_test(self) -> None:
        """Play a test sound."""
        played = self._sound.test()
        self._said = "" if played else tr("There is no call that could play it.")
        self._show_lines()

    def action_back(self) -> None:
        """Back to the conversation."""
        self.dismiss()
