"""Fixtures for tests that start the program."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.program import CANARY, Home
from tests.server.process import running_server


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A new person's home."""
    return Home(tmp_path)


@pytest.fixture(scope="session")
def locked_url() -> Iterator[str]:
    """A service that takes only the canary as its key."""
    with running_server(key=CANARY, audio_speed=0) as url:
        yield url


@pytest.fixture
def keyed(home: Home, locked_url: str) -> Home:
    """A home that is set up for that service."""
    home.env["OPENAI_API_KEY"] = CANARY
    home.env["OPENAI_BASE_URL"] = locked_url
    return home
