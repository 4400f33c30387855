"""What is added to a refusal where the service or its address says more."""

from __future__ import annotations

import pytest

from tui.sessions.events import SessionEnded
from tui.sessions.failures import at_home
from tui.sessions.http.trouble import Trouble
from tui.sessions.options import Service


@pytest.mark.parametrize(
    ("service", "url", "status", "asks"),
    [
        ("compatible", "ws://h:1/realtime?model=m", 404, True),
        ("compatible", "ws://h:1/realtime?model=m", 403, True),
        ("compatible", "ws://h:1/v1/realtime?model=m", 404, False),
        ("compatible", "ws://h:1/realtime?model=m", 401, False),
        ("azure", "wss://h/openai/realtime?deployment=m", 404, False),
    ],
)
def test_a_missing_v1_is_asked_about(service: Service, url: str, status: int, asks: bool) -> None:
    end = at_home(SessionEnded("No.", fatal=True), status, service, url)
    assert end.fatal
    assert end.reason.startswith("Is /v1 missing") == asks


@pytest.mark.parametrize("service", ["openai", "compatible", "azure", "azure-preview"])
def test_the_variable_of_the_key_is_that_of_the_service(service: Service) -> None:
    azure = service.startswith("azure")
    refused = Trouble(401, on_azure=azure).meaning().words
    reason = "Check OPENAI_API_KEY or `voicetui key`."
    end = at_home(SessionEnded(reason), 401, service, "wss://h/v1/realtime")
    name = "AZURE_OPENAI_API_KEY" if azure else "OPENAI_API_KEY"
    for words in (refused, end.reason):
        assert f"Check {name} or `voicetui key`." in words
