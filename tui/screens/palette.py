"""Every command by its name."""

from __future__ import annotations

import contextlib
from typing import Any

from textual import on, work
from textual.await_complete import AwaitComplete
from textual.command import CommandList, CommandPalette
from textual.css.query import NoMatches
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

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Close it, if it is open."""
        return super().dismiss(result) if self.is_current else AwaitComplete()

    def _action_command_list(self, action: str) -> None:
        # Keys come before the list does, and it scrolls no page of what is not drawn yet.
        with contextlib.suppress(NoMatches, KeyError):
            super()._action_command_list(action)

    @work(exclusive=True, group=CommandPalette._GATHER_COMMANDS_GROUP)
    async def _gather_commands(self, search_value: str) -> None:
        if self.query(CommandList):
            await _gather.__wrapped__(self, search_value)
