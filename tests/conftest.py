"""Fixtures for the whole test suite."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from tests.rig.card import LATENCY_VARIABLES, RigUnavailable, SoundCard


def pytest_configure() -> None:
    """Children inherit ignored signals: a run under nohup or in the background must not differ.

    Nor must one whose environment forbids bytecode: each of a thousand starts would compile anew.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in ("SIGHUP", "SIGQUIT"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)


@pytest.fixture(scope="session")
def sound_card() -> Iterator[SoundCard]:
    """A virtual sound card for child processes: pass them `sound_card.client_env()`.

    Where the machine cannot have one the test is skipped with the reason; with CI=true or
    VOICETUI_REQUIRE_RIG=1 it fails instead.
    """
    card = SoundCard()
    try:
        card.start()
    except RigUnavailable as error:
        if os.environ.get("CI") == "true" or os.environ.get("VOICETUI_REQUIRE_RIG") == "1":
            pytest.fail(str(error))
        pytest.skip(str(error))
    try:
        yield card
    finally:
        card.stop()


@pytest.fixture
def on_sound_card(sound_card: SoundCard, monkeypatch: pytest.MonkeyPatch) -> SoundCard:
    """The same, put into this process's environment for one test: children inherit it.

    Do not open sound in the test's own process: PortAudio reads its devices once.
    """
    for variable in LATENCY_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    for variable, value in sound_card.env.items():
        monkeypatch.setenv(variable, value)
    return sound_card
