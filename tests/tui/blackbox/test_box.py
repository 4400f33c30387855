"""What a report holds of the settings."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.calls import settings, text_settings
from tui.blackbox.box import settings_of
from tui.sessions.options import Endpoint

READER = Endpoint(
    "wss://h.example/v1/realtime?token=abcdef12345&model=demo",
    {"Authorization": "Bearer tiny", "OpenAI-Organization": "org-acme", "OpenAI-Project": "p_x"},
    "ga",
    "compatible",
    "h.example · demo",
)


def held(**options: Any) -> dict[str, Any]:
    found = settings_of(text_settings("http://h.example/v1", "responses", options=options))
    json.dumps(found)
    assert isinstance(found["options"], dict)
    return found["options"]


def test_a_reader_is_told_by_its_name_alone() -> None:
    assert held(reader=READER)["reader"] == "h.example · demo"
    assert held()["reader"] is None


def test_what_is_not_known_to_be_harmless_is_left_out() -> None:
    @dataclass
    class Unknown:
        key: str = "tiny"

    options = held(voice=Unknown(), hosted_tools={"key": "tiny"}, model=READER.url)
    assert "voice" not in options
    assert "hosted_tools" not in options
    assert options["model"] == "wss://h.example/v1/realtime?token=***&model=demo"


def test_plain_settings_are_held() -> None:
    options = held(speed=1.5, hands_free=False, hosted_tools=("file_search",))
    assert (options["kind"], options["speed"], options["hands_free"]) == ("responses", 1.5, False)
    assert options["hosted_tools"] == ("file_search",)
    found = settings_of(settings("http://h.example/v1"))
    assert found["label"] == "demo service · demo"


@pytest.mark.parametrize("name", ["instructions", "transcription_prompt"])
def test_of_what_somebody_wrote_the_length_is_held(name: str) -> None:
    assert held(**{name: "Say Ada"})[name] == "<7 characters>"


def test_of_keywords_too() -> None:
    assert held(keywords=("Ada", "Grace"))["keywords"] == ("<3 characters>", "<5 characters>")
