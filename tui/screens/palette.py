"""Every command by its name."""

from __future__ import annotations

from typing import Any

from textual import on, work
from textual.command import CommandList, CommandPalette
from textual.widgets import Input, OptionList

_gather: Any = CommandPalette._gather_commands


class Palette(CommandPalette):
    """Textual's; keys that come while it closes run nothing twice and end nothing."""

    @on(Input.Submitted)
    @on(OptionList.OptionSelected)
    def _only_while_open(self, event: Input.Submitted | OptionList.OptionSelected) -> None:
        if not self.is_current:
            event.stop()
            event.prevent_default()

    @work(exclusive=True, group=CommandPalette._GATHER_COMMANDS_GROUP)
    async def _gather_commands(self, search_value: str) -> None:
        if self.query(CommandList):
            await _gather.__wrapped__(self, search_value)
