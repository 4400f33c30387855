"""What every application of ours has: timers that fire, sizes that hold, keys, themes."""

from __future__ import annotations

import os
from typing import TypeVar

from textual.app import App
from textual.driver import Driver
from textual.events import Resize
from textual.filter import Monochrome, NoColor

from tui.panes.themes import OWN, choose, complaint
from tui.panes.timers import mend_timers

Result = TypeVar("Result")
SETTLE_S = (0.1, 0.5, 2.0)


class ThemedApp(App[Result]):
    """With the theme that is wanted, or what fits the terminal."""

    def __init__(self, theme: str = "") -> None:
        mend_timers()
        super().__init__()
        for own in OWN:
            self.register_theme(own)
        self.theme_problem = complaint(theme, self.available_themes)
        """In words; empty: it is there."""
        self.theme = choose("" if self.theme_problem else theme, os.environ)
        self.animation_level = "none"
        # Textual's own answer to NO_COLOR is grey, and grey is a colour to a terminal.
        self._filters = [NoColor() if isinstance(one, Monochrome) else one for one in self._filters]

    def get_driver_class(self) -> type[Driver]:
        """On a terminal: our reader of the keyboard."""
        chosen = super().get_driver_class()
        if chosen.__name__ != "LinuxDriver":
            return chosen
        from tui.panes.key_driver import KeyDriver

        return KeyDriver

    def on_resize(self, event: Resize) -> None:
        """A screen can take the size before for the last one: it tells itself of its own."""
        for after_s in SETTLE_S:
            self.set_timer(after_s, self._settle_size)

    def _settle_size(self) -> None:
        for screen in self.screen_stack:
            if screen.outer_size != self.size:
                screen.post_message(Resize(self.size, self.size))

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Textual's themes for 16 colours do not name this one."""
        return {"foreground-disabled": "ansi_bright_black"}
