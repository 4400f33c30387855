"""Messages to the person: the newest stands there until the next, all of them are kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual.content import Content

from shared.messages import State
from tui import keys
from tui.language import tr
from tui.language.sentences import told
from tui.panes.glyphs import Glyphs
from tui.panes.line import Line
from tui.panes.words import sound_notice
from tui.sessions.events import NoticeLevel
from tui.text import cells, clean, cut_cells, wrap_cells

ROWS = 2
"""A long one takes a second row."""
MOST_SAID = 500
FRESH_S = 8.0
"""How long a message stands in the only status line of a small terminal."""
_WEIGHTS: dict[NoticeLevel, tuple[str, str]] = {
    "info": ("", "$foreground-muted"),
    "warning": ("Warning: ", "$text-warning"),
    "error": ("Error: ", "bold $text-error"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """One message to the person, with the local time it came."""

    at_s: float
    text: str
    level: NoticeLevel


class NoticeLine(Line):
    """The newest message."""

    def __init__(self, glyphs: Glyphs, clock: Callable[[], float], *, id: str) -> None:
        super().__init__(id=id)
        self._glyphs = glyphs
        self._clock = clock
        self.said: list[Said] = []
        self._standing: Said | None = None
        """The message in sight."""
        self._of_sound: Said | None = None

    def say(self, text: str, level: NoticeLevel = "info") -> None:
        """It stays until the next one."""
        text = told(clean(text, single_line=True))
        if not text:
            return
        if not self.said or self.said[-1].text != text:
            self.said.append(Said(self._clock(), text, level))
            del self.said[:-MOST_SAID]
        self._standing = self.said[-1]
        self.renew()

    def say_of_sound(self, before: State, now: State) -> None:
        """What is wrong with the devices stands there only as long as it is."""
        if before.notice == now.notice:
            return
        news = set(now.notice.split("; ")) - set(before.notice.split("; "))
        if now.notice and (news or self.tells_of_sound):
            self.say(sound_notice(now), "warning")
            self._of_sound = self._standing
        elif self.tells_of_sound:
            self.clear()

    def glance(self, text: str) -> None:
        """In place of the message, which another size brings back; it is not kept."""
        self._show(text, "info")

    def clear(self) -> None:
        """Nothing stands there."""
        self._standing = None
        self._show("", "info")

    def renew(self) -> None:
        """The message again, for another size too."""
        if self._standing is not None:
            self._show(self._standing.text, self._standing.level)

    @property
    def tells_of_sound(self) -> bool:
        """What is wrong with the devices is in sight."""
        return self._standing is not None and self._standing is self._of_sound

    @property
    def fresh(self) -> str:
        """The message, if it came a moment ago."""
        standing = self._standing
        new = standing is not None and self._clock() - standing.at_s < FRESH_S
        return standing.text if standing is not None and new else ""

    def _show(self, text: str, level: NoticeLevel) -> None:
        # Not its own size: it may not be displayed.
        width = max(self.screen.size.width - 2, 10)
        word, style = _WEIGHTS[level]
        lines, rest = in_rows((tr(word) if word else "") + text, width, ROWS)
        lines.append(cut_message(rest, width, self._glyphs.ellipsis))
        self.styles.height = len(lines)
        self.show(Content.styled("\n".join(lines), style))


def in_rows(text: str, width: int, rows: int) -> tuple[list[str], str]:
    """All rows of a text but the last of `rows`, and what is left for that one."""
    lines = wrap_cells(text, width)[: rows - 1] if cells(text) > width else []
    rest = text
    for line in lines:
        rest = rest.removeprefix(line).lstrip()
    if not rest:
        return lines[:-1], lines[-1] if lines else ""
    return lines, rest


def cut_message(text: str, width: int, ellipsis: str) -> str:
    """A row of a message; where it is cut it says which key shows the whole of it."""
    where = tr(" ({key}: all)", key=keys.first("messages"))
    if cells(text) <= width or width < 2 * cells(where):
        return cut_cells(text, width, ellipsis)
    return cut_cells(text, width - cells(where), ellipsis) + where
