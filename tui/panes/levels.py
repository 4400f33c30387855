"""How loud it is: one meter for the microphone, one for the loudspeaker, and which they are."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content

from shared.messages import Level
from tui.language import tr
from tui.panes.glyphs import Glyphs
from tui.panes.line import Line
from tui.panes.meter import LevelMeter


class Levels(Horizontal):
    """One row."""

    def __init__(self, glyphs: Glyphs, *, id: str) -> None:
        super().__init__(id=id)
        self._glyphs = glyphs

    def compose(self) -> ComposeResult:
        """Left to right."""
        mic, out = Line(classes="name"), Line(classes="name")
        mic.show(Content(tr("mic") + " "))
        out.show(Content(tr("out") + " "))
        yield mic
        yield LevelMeter(self._glyphs, id="mic")
        yield out
        yield LevelMeter(self._glyphs, id="out")
        yield Line(id="devices")

    @property
    def mic(self) -> LevelMeter:
        """Of the microphone."""
        return self.query_one("#mic", LevelMeter)

    @property
    def out(self) -> LevelMeter:
        """Of the loudspeaker."""
        return self.query_one("#out", LevelMeter)

    def show(self, level: Level | None, word: str) -> None:
        """None: nobody measures.  `word`: why there is no microphone to be measured."""
        if level is None or word:
            self.mic.rest(word)
        else:
            self.mic.show(level.mic_dbfs)
        if level is None:
            self.out.rest()
        else:
            self.out.show(level.speaker_dbfs)
