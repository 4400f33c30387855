"""One well-behaved service for the tests that need no special one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server.process import running_server


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    with running_server() as url:
        yield url
