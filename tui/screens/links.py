"""The links of a turn: where each one leads, and a question before a browser gets it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui import keys
from tui.language import tr
from tui.language.sentences import told
from tui.links import Link, browser, open_link
from tui.panes.bindings import bindings
from tui.panes.line import Line
from tui.panes.status import keys_line

HINT = "Nothing is opened before you say yes."


class LinksScreen(Screen[None]):
    """A list of targets; enter asks, y opens, c copies."""

    DEFAULT_CSS = """
    LinksScreen { background: $background; }
    LinksScreen > #links-title { background: $panel; padding: 0 1; }
    LinksScreen > OptionList {
        height: 1fr; border: none; padding: 0 1; background: $background;
        scrollbar-size-vertical: 1;
    }
    LinksScreen > OptionList:focus { border: none; }
    LinksScreen > #links-notice { padding: 0 1; background: $background; }
    LinksScreen > #links-keys { background: $panel; color: $foreground-muted; padding: 0 1; }
    """
    SCOPE: ClassVar[keys.Scope] = "links"
    BINDINGS: ClassVar[list[BindingType]] = bindings(*keys.of("links"), priority=True)

    def __init__(self, links: Sequence[Link], copy: Callable[[str], None]) -> None:
        super().__init__()
        self._links = list(links)
        self._copy = copy
        self._asked: Link | None = None
        self._said = tr(HINT)

    def compose(self) -> ComposeResult:
        """A title, the targets, a sentence, the keys."""
        yield Line(id="links-title")
        yield OptionList(*(Option(_shown(link)) for link in self._links), markup=False)
        yield Line(id="links-notice")
        yield Line(id="links-keys")

    def on_mount(self) -> None:
        """The first one is chosen."""
        self.query_one(OptionList).highlighted = 0
        count = len(self._links)
        title = tr("1 link in this turn")
        if count > 1:
            title = tr("{count} links in this turn", count=count)
        self.query_one("#links-title", Line).show(Content(title))
        self._show()

    @property
    def chosen(self) -> Link:
        """The one under the cursor."""
        return self._links[self.query_one(OptionList).highlighted or 0]

    def _show(self) -> None:
        self.query_one("#links-notice", Line).show(Content(self._said))
        self.query_one("#links-keys", Line).show(keys_line(keys.footer("links", self.size.width)))

    def on_resize(self) -> None:
        """As many keys as fit."""
        self._show()

    def _say(self, text: str) -> None:
        self._said = text
        self._show()

    def _move(self, step: int) -> None:
        rows = self.query_one(OptionList)
        rows.highlighted = ((rows.highlighted or 0) + step) % len(self._links)
        self._asked = None
        self._say(tr(HINT))

    def action_next_link(self) -> None:
        """The one below."""
        self._move(1)

    def action_previous_link(self) -> None:
        """The one above."""
        self._move(-1)

    def action_ask(self) -> None:
        """Ask before anything is opened."""
        if not browser(os.environ):
            self._say(tr("No browser can be opened from here; c copies the address."))
            return
        self._asked = self.chosen
        self._say(tr("Open {target} in the browser? y yes, n no", target=self._asked.target))

    def action_open(self) -> None:
        """Yes."""
        link, self._asked = self._asked, None
        if link is None:
            self._say(tr("enter asks first."))
            return
        try:
            open_link(link, browser(os.environ))
        except OSError as error:
            self._say(tr("The browser cannot be started: {why}.", why=error.strerror))
        else:
            self._say(tr("Handed to the browser: {target}", target=link.target))

    def action_refuse(self) -> None:
        """No."""
        self._asked = None
        self._say(tr(HINT))

    def action_copy_link(self) -> None:
        """The address, for another machine's browser."""
        self._copy(self.chosen.target)
        self._say(tr("Copied: {target}", target=self.chosen.target))

    def action_back(self) -> None:
        """Back to the conversation."""
        self.dismiss()


def _shown(link: Link) -> Content:
    """Target first: it is what counts."""
    lines = [link.target]
    if link.label:
        lines.append("  " + tr("called: {label}", label=link.label))
    if link.warning:
        lines.append("  " + tr("careful: {warning}", warning=told(link.warning)))
    return Content("\n".join(lines))
