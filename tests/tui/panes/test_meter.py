"""The level meter: quantised, and repainting only what changed."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.geometry import Region

from tui.panes.glyphs import ASCII, UNICODE
from tui.panes.meter import LevelMeter, lit_cells


def test_cells_of_a_level() -> None:
    assert lit_cells(-90, 12) == 0
    assert lit_cells(-54, 12) == 0
    assert lit_cells(-53, 12) == 1
    assert lit_cells(0, 12) == 12
    assert lit_cells(6, 12) == 12
    assert [lit_cells(level, 12) for level in range(-54, 1)] == sorted(
        lit_cells(level, 12) for level in range(-54, 1)
    )


class Recording(LevelMeter):
    """Remembers the regions it was asked to repaint."""

    regions: list[Region]

    def refresh(self, *regions: Region, **how: bool) -> LevelMeter:
        self.__dict__.setdefault("regions", []).extend(regions)
        return super().refresh(*regions, **how)


class MeterApp(App[None]):
    CSS = "LevelMeter { width: 12; }"

    def compose(self) -> ComposeResult:
        yield Recording(UNICODE)


def text(meter: LevelMeter) -> str:
    return "".join(segment.text for segment in meter.render_line(0))


async def test_only_changed_cells_are_painted() -> None:
    async with MeterApp().run_test(size=(20, 3)) as pilot:
        meter = pilot.app.query_one(Recording)
        meter.show(-27)
        await pilot.pause()
        assert text(meter) == UNICODE.meter_on * 6 + UNICODE.meter_off * 6
        meter.regions.clear()
        meter.show(-18)
        assert meter.regions == [Region(6, 0, 2, 1)]
        meter.regions.clear()
        meter.show(-18)
        assert meter.regions == []
        meter.show(-54)
        assert meter.regions == [Region(0, 0, 8, 1)]


async def test_rest_says_why_and_a_level_ends_it() -> None:
    async with MeterApp().run_test(size=(20, 3)) as pilot:
        meter = pilot.app.query_one(Recording)
        meter.show(-10)
        meter.rest("muted")
        assert text(meter).strip() == "muted"
        assert meter.lit == 0
        meter.show(-10)
        assert meter.lit == 10
        meter.rest()
        assert text(meter) == UNICODE.meter_off * 12


def test_signs_are_of_one_cell_everywhere() -> None:
    from unicodedata import east_asian_width

    for glyphs in (UNICODE, ASCII):
        signs = [*glyphs.states.values(), glyphs.meter_on, glyphs.meter_off, glyphs.gutter]
        assert all(len(sign) == 1 for sign in signs)
        assert all(east_asian_width(sign) in ("N", "Na") for sign in signs)
    assert all(sign.isascii() for sign in ASCII.states.values())
    assert set(UNICODE.states) == set(ASCII.states)
