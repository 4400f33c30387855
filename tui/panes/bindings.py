"""Textual bindings from the key table."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from tui.keys import Key


def bindings(*table: Key, priority: bool = False) -> list[BindingType]:
    """One binding for each key; `priority` acts before the focused widget sees it."""
    return [
        Binding(
            key.key,
            key.action,
            key.label,
            id=key.id,
            tooltip=key.tooltip,
            show=False,
            priority=priority,
        )
        for key in table
    ]
