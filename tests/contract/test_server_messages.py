"""Every event a service may send, in both dialects, against the machine that reads it."""

from __future__ import annotations

import json

import pytest

from tests.contract.bundles import Contract, bundle
from tests.tui.sessions.realtime.driver import Driver
from tui.sessions.events import Notice


@pytest.mark.parametrize("dialect", ["ga", "beta"])
def test_no_event_of_the_contract_is_unknown(dialect) -> None:
    driver = Driver(dialect=dialect).start()
    for event in Contract(f"realtime-{dialect}.schema.json", "server").events:
        driver.raw(json.dumps({"type": event}))
    assert driver.machine.dropped["unknown"] == 0


@pytest.mark.parametrize("dialect", ["ga", "beta"])
@pytest.mark.parametrize("backwards", [False, True])
def test_the_golden_examples_are_read_without_complaint(dialect, backwards) -> None:
    examples = list(bundle(f"realtime-{dialect}.examples.json")["server"].values())
    driver = Driver(dialect=dialect).start()
    for example in reversed(examples) if backwards else examples:
        driver.raw(json.dumps(example))
    told = [notice for notice in driver.all(Notice) if "damaged" not in notice.text]
    # One example is an error, and the examples' audio is not base64.
    assert [notice.text for notice in told] == ["The service says: The 'type' field is missing."]
    assert driver.ended is None
    driver.wait(120)
    assert driver.ended is None
