"""The table itself: every row has a test or a reason, and readers find it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import table


def test_every_row_has_a_test_or_a_reason() -> None:
    recorded = table.with_tests()
    assert recorded <= table.BY_ID.keys()
    missing = {row.id for row in table.ROWS if not row.not_here} - recorded
    assert not missing
    assert len(table.BY_ID) == len(table.ROWS) == 54
    assert {row.id[0] for row in table.ROWS} == set(table.GROUPS)


def test_a_row_says_what_was_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(table, "found", {})
    table.record("S1", "30 kills, 0 lost")
    table.record("S1", "30 kills, 0 lost")
    table.record("S1", "a | b", ok=False)
    with pytest.raises(KeyError):
        table.record("S99", "")
    assert "S1" not in table.without_figure()
    assert "A11" not in table.without_figure()
    shown = "\n".join(table.lines())
    assert "missed killed at any moment" in shown
    assert "not tested here: needs a Bluetooth headset" in shown
    table.write(tmp_path / "faults.md")
    lines = (tmp_path / "faults.md").read_text().splitlines()
    (row,) = [line for line in lines if line.startswith("| S1 ")]
    assert row.endswith("| 30 kills, 0 lost; a \\| b | missed |")
    (good,) = [line for line in lines if line.startswith("| S2 ")]
    assert good.endswith("| no test yet | - |")
