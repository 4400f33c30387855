"""Text, colours and attributes of every screen, in each size and look, against pictures/looks/.

After a change that is meant: VOICETUI_PICTURES=write python -m pytest THIS_FILE, and look at
what it looks like now: python -m tests.terminal.looks FOLDER draws each as SVG.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.screens import looks, stages
from tui import language

KEPT = Path(__file__).parent / "pictures" / "looks"
SIZES = ((80, 24), (120, 40), (40, 12))


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    language.use("en")


def _compare(file: Path, pictures: dict[str, looks.Picture]) -> None:
    if os.environ.get("VOICETUI_PICTURES") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(looks.written(pictures), encoding="utf-8")
    kept = looks.read(file.read_text(encoding="utf-8"))
    wrong = [
        f"{title}:\n" + "\n".join(found)
        for title, picture in pictures.items()
        if (found := looks.differences(kept.get(title, ()), picture))
    ]
    assert not wrong, f"{file.name}\n" + "\n\n".join(wrong)


@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
@pytest.mark.parametrize("look", stages.LOOKS)
async def test_looks(
    look: str, size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in stages.environment(look, tmp_path).items():
        monkeypatch.setenv(name, value)
    at = f"{size[0]}x{size[1]}"
    pictures = {
        f"{screen} {at}": looks.take(app)
        async for screen, app in stages.screens(look, size, tmp_path)
    }
    for title, picture in pictures.items():
        assert len(picture) == size[1], title
        for row in picture:
            assert sum(length for _, length in row.runs) == size[0], (title, row.text)
        if look == "no-colour":
            coloured = [one for one in looks.styles(picture) if not one.startswith("default on d")]
            assert not coloured, (title, coloured)
    _compare(KEPT / f"{look}-{at}.txt", pictures)


def test_a_wrong_colour_is_told() -> None:
    row = looks.Row("abc def", (("red on black", 3), ("white on black reverse", 4)))
    other = looks.Row("abc def", (("red on black", 3), ("white on black", 4)))
    picture = (row, row)
    assert looks.read(looks.written({"talk 7x2": picture})) == {"talk 7x2": picture}
    assert looks.differences(picture, picture) == []
    (line,) = looks.differences(picture, (row, other))
    assert line == "row  2 cells 4-7: was white on black reverse, is white on black"
    assert looks.differences(picture, (looks.Row("abc dex", row.runs), row))[1] == (
        "        is |abc dex"
    )
