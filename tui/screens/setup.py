"""The screen of `voicetui setup`: one form, with a meter to watch and a sound to hear."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, cast

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input, Label, Select, Static

from shared.messages import Level, State
from tui.audio.port import AudioEvent
from tui.errors import VoicetuiError
from tui.language import tr
from tui.language.sentences import told
from tui.panes.glyphs import ASCII, UNICODE
from tui.panes.line import Line
from tui.panes.meter import LevelMeter
from tui.paths import config_file
from tui.screens.themed import ThemedApp
from tui.setting_up import (
    NO_DEVICE,
    SERVICES,
    Service,
    Wishes,
    known_key,
    save,
    try_key,
)
from tui.settings import ScreenSettings
from tui.sound_check import SoundCheck, trial_sound
from tui.text import cells, clean

ADDRESS_HINTS: Final[dict[Service, str]] = {
    "azure": "https://NAME.openai.azure.com",
    "compatible": "http://127.0.0.1:8000/v1",
}
NAMES: Final = 13
"""Cells of the column on the left."""


def run_setup(wishes: Wishes, look: ScreenSettings) -> list[str]:
    """Ask on the screen; returns what was done, empty if nothing was."""
    from tui.commands.devices import list_devices

    app = SetupApp(wishes, list_devices, ascii_only=look.ascii_only, theme=look.theme)
    try:
        app.run(mouse=look.mouse)
    finally:
        app.end_sound()
    return app.told


class SetupApp(ThemedApp[None]):
    """A form; nothing is written before it is saved."""

    TITLE = "voicetui setup"
    ENABLE_COMMAND_PALETTE = False
    CSS = f"""
    Screen {{ background: $background; }}
    #setup-title {{ background: $panel; padding: 0 1; }}
    #setup-form {{ padding: 1 1 0 1; scrollbar-size-vertical: 1; background: $background; }}
    #setup-form Horizontal {{ height: 1; }}
    #setup-form .gap {{ height: 1; }}
    #setup-form Label {{ width: {NAMES}; color: $foreground-muted; }}
    #setup-form Input, #setup-form Select, #setup-form LevelMeter {{ width: 1fr; }}
    #setup-form Button {{ margin: 0 2 0 0; }}
    #setup-form #setup-note-row {{ height: auto; }}
    #setup-key-note {{ color: $foreground-muted; width: 1fr; height: auto; }}
    #setup-form Input:nocolor {{ text-style: underline; }}
    #setup-form Button:nocolor:focus {{ text-style: reverse; }}
    #setup-form Select:nocolor:focus SelectCurrent {{ text-style: reverse; }}
    #setup-notice {{ padding: 0 1; color: $text-warning; height: auto; max-height: 4; }}
    #setup-keys {{ background: $panel; color: $foreground-muted; padding: 0 1; }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s,f2", "save", priority=True),
        Binding("f3", "trial", priority=True),
        Binding("ctrl+q,ctrl+c", "leave", priority=True),
        Binding("escape", "leave"),  # an open list closes first
    ]

    @dataclass
    class Listed(Message):
        """The devices are known."""

        listing: dict[str, Any]

    @dataclass
    class Heard(Message):
        """The engine told something."""

        event: AudioEvent

    @dataclass
    class Tried(Message):
        """The service was asked about the key."""

        taken: bool | None
        words: str

    def __init__(
        self,
        wishes: Wishes,
        list_devices: Callable[[], dict[str, Any]],
        *,
        ascii_only: bool = False,
        theme: str = "",
    ) -> None:
        super().__init__(theme)
        self.told: list[str] = []
        """What was saved, in sentences."""
        self._wishes = wishes
        self._list_devices = list_devices
        self._glyphs = ASCII if ascii_only else UNICODE
        self._sound: SoundCheck | None = None
        self._said = ""
        self._wrong = ""
        """What the devices in use are not able to, in words."""
        self._has_sound = False
        self._opened = ("", "")
        self._untaken = ""
        """The key that the service has refused; saved when that is wanted twice."""
        self._busy = False

    def compose(self) -> ComposeResult:
        """Names on the left, what can be chosen on the right."""
        wishes = self._wishes
        yield Line(id="setup-title")
        with VerticalScroll(id="setup-form", can_focus=False):
            services = [(tr(words), kind) for kind, words in SERVICES.items()]
            yield _row(tr("Service"), _select("service", services, wishes.service))
            yield _row(tr("Address"), _input("address", wishes.address), "setup-address-row")
            yield _row(tr("Model"), _input("model", wishes.model), "setup-model-row")
            yield _row(tr("Key"), _input("key", "", password=True), "setup-key-row")
            yield _row("", Static(Content(), id="setup-key-note"), "setup-note-row")
            yield Label(classes="gap")
            yield _row(tr("Microphone"), _select("input", _offers([], wishes.input), wishes.input))
            yield _row(tr("Level"), LevelMeter(self._glyphs, id="setup-meter"))
            yield _row(
                tr("Loudspeaker"), _select("output", _offers([], wishes.output), wishes.output)
            )
            yield _row("", Button(tr("Play three notes"), id="setup-trial", compact=True))
            yield Label(classes="gap")
            yield _row(
                tr("Language"), _input("language", wishes.language, tr("any; or such as en, ja"))
            )
            yield Label(classes="gap")
            with Horizontal():
                yield Label()
                yield Button(tr("Save"), id="setup-save", variant="primary", compact=True)
                yield Button(tr("Leave"), id="setup-leave", compact=True)
        yield Static(Content(), id="setup-notice")
        yield Line(id="setup-keys")

    def on_mount(self) -> None:
        """The devices come when they are found."""
        self.query_one("#setup-title", Line).show(Content("voicetui setup").stylize("bold"))
        self.query_one("#setup-meter", LevelMeter).rest(tr("looking for devices"))
        self._show_service()
        self._look_for_devices()

    def on_resize(self, event: events.Resize) -> None:
        """As many keys as there is room for."""
        words = tr("tab next  F2 save  F3 three notes  escape leave")
        if cells(words) > event.size.width - 2:
            words = tr("tab next  F2 save  escape leave")
        self.query_one("#setup-keys", Line).show(Content(words))

    @property
    def wishes(self) -> Wishes:
        """As the form says."""
        values = {
            name: self.query_one(f"#setup-{name}", Input).value.strip()
            for name in ("address", "model", "key", "language")
        }
        chosen = {
            name: str(self.query_one(f"#setup-{name}", Select).value)
            for name in ("input", "output")
        }
        wishes = replace(self._wishes, service=self._service, **values, **chosen)
        if not wishes.needs_address:
            wishes.address = ""
        return wishes

    @property
    def _service(self) -> Service:
        return cast(Service, str(self.query_one("#setup-service", Select).value))

    def _say(self, words: str) -> None:
        self._said = told(clean(words))
        self._show_notice()

    def _show_notice(self) -> None:
        lines = [line for line in (self._said, self._wrong) if line]
        self.query_one("#setup-notice", Static).update(Content("\n".join(lines)))

    # ------------------------------------------------------------ the service

    def on_select_changed(self, message: Select.Changed) -> None:
        """Another service, or another device."""
        if message.select.id == "setup-service":
            self._show_service()
        else:
            self._open_devices()

    def _show_service(self) -> None:
        wishes = self.wishes
        demo = wishes.service == "demo"
        for row, shown in (
            ("address", wishes.needs_address),
            ("model", not demo),
            ("key", not demo),
            ("note", not demo),
        ):
            self.query_one(f"#setup-{row}-row").display = shown
        azure = wishes.service == "azure"
        self.query_one("#setup-model-row Label", Label).update(
            tr("Deployment") if azure else tr("Model")
        )
        hint = "" if wishes.needs_address else tr("the best known")
        self.query_one("#setup-model", Input).placeholder = hint
        self.query_one("#setup-address", Input).placeholder = ADDRESS_HINTS.get(wishes.service, "")
        where = known_key(wishes, os.environ)
        note = tr("not shown; kept in the keyring or a 0600 file")
        if where:
            note = tr("a key is in {where}", where=told(where))
        self.query_one("#setup-key-note", Static).update(Content(note))

    # ------------------------------------------------------------ sound

    @work(thread=True, exclusive=True, group="devices")
    def _look_for_devices(self) -> None:
        try:
            listing = self._list_devices()
        except VoicetuiError as error:
            listing = {"devices": [], "problem": str(error)}
        self.post_message(self.Listed(listing))

    def on_setup_app_listed(self, message: Listed) -> None:
        """Offer them; try those that are chosen."""
        devices = message.listing["devices"]
        for name, key in (("input", "inputs"), ("output", "outputs")):
            select = cast("Select[str]", self.query_one(f"#setup-{name}", Select))
            now = str(select.value)
            with select.prevent(Select.Changed):
                found = [str(device["name"]) for device in devices if device[key]]
                select.set_options(_offers(found, now))
                select.value = now
        if not devices:
            self.query_one("#setup-meter", LevelMeter).rest(tr("no sound here: you can type"))
            problem = clean(str(message.listing["problem"]), single_line=True)
            words = tr("You can type, and answers are written.")
            self._say(f"{tr('No sound here: {problem}.', problem=told(problem))} {words}")
            return
        self._has_sound = True
        self.query_one("#setup-meter", LevelMeter).rest()
        self._open_devices()

    def _open_devices(self) -> None:
        wishes = self.wishes
        wanted = (wishes.input, wishes.output)
        if not self._has_sound or wanted == self._opened:
            return
        self._opened = wanted
        if self._sound is None:
            self._sound = SoundCheck(self._on_sound)
        self._sound.open(*wanted)

    def _on_sound(self, event: AudioEvent) -> None:
        """On the thread of the sound."""
        self.post_message(self.Heard(event))

    def on_setup_app_heard(self, message: Heard) -> None:
        """The level, or what is wrong with the devices."""
        if isinstance(message.event, Level):
            self.query_one("#setup-meter", LevelMeter).show(message.event.mic_dbfs)
        elif isinstance(message.event, State):
            self._wrong = told(clean(message.event.notice, single_line=True))
            self._show_notice()

    def action_trial(self) -> None:
        """Let three notes be heard."""
        if self._sound is None:
            self._say(tr("There is no loudspeaker to play them."))
            return
        self._sound.play(trial_sound())
        self._say(tr("Three notes are played; if you hear none, choose another loudspeaker."))

    def end_sound(self) -> None:
        """Close the devices."""
        if self._sound is not None:
            self._sound.close()

    # ------------------------------------------------------------ the end

    def on_button_pressed(self, message: Button.Pressed) -> None:
        """Like the keys."""
        match message.button.id:
            case "setup-trial":
                self.action_trial()
            case "setup-save":
                self.action_save()
            case _:
                self.action_leave()

    def on_input_submitted(self) -> None:
        """Enter goes on to the next."""
        self.screen.focus_next()

    def action_save(self) -> None:
        """Try the key, then write everything."""
        wishes = self.wishes
        if wishes.problem or self._busy:
            self._say(wishes.problem)
            return
        if wishes.key and wishes.service != "demo" and wishes.key != self._untaken:
            self._busy = True
            self._say(tr("Asking the service about the key ..."))
            self._try_key(wishes)
        else:
            self._write(wishes, "")

    @work(thread=True, exclusive=True, group="key")
    def _try_key(self, wishes: Wishes) -> None:
        try:
            taken, words = try_key(wishes)
        except VoicetuiError as error:
            taken, words = None, str(error)
        self.post_message(self.Tried(taken, words))

    def on_setup_app_tried(self, message: Tried) -> None:
        """A refused key is not written, unless that is wanted once more."""
        self._busy = False
        wishes = self.wishes
        if message.taken is False:
            self._untaken = wishes.key
            self._say(f"{told(message.words)} {tr('F2 once more keeps it all the same.')}")
        else:
            self._write(wishes, message.words)

    def _write(self, wishes: Wishes, words: str) -> None:
        if wishes.service == "demo":
            wishes.key = ""
        try:
            done = save(wishes, config_file(), os.environ)
        except VoicetuiError as error:
            self._say(str(error))
            return
        self.told = [words, *done] if words else done
        self.exit()

    def action_leave(self) -> None:
        """Nothing is written."""
        self.exit()


def _row(name: str, widget: Any, id: str | None = None) -> Horizontal:
    return Horizontal(Label(name), widget, id=id)


def _input(name: str, value: str, hint: str = "", *, password: bool = False) -> Input:
    return Input(value, hint, password=password, compact=True, id=f"setup-{name}")


def _select(name: str, options: Iterable[tuple[str, str]], value: str) -> Select[str]:
    return Select(options, value=value, allow_blank=False, compact=True, id=f"setup-{name}")


def _offers(names: list[str], now: str) -> list[tuple[str, str]]:
    """Words and values; what is set now is among them, whether it is there or not."""
    values = dict.fromkeys(["default", *names, NO_DEVICE])
    offers = [(_shown(value), value) for value in values]
    if now not in values:
        shown = clean(now, single_line=True)
        offers.append((tr("{device} (not connected now)", device=shown), now))
    return offers


def _shown(value: str) -> str:
    return tr(_PLAIN[value]) if value in _PLAIN else clean(value, single_line=True)


_PLAIN: Final = {"default": "the system's default", NO_DEVICE: "none"}
