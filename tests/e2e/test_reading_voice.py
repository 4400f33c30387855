"""A Realtime model that reads the answers aloud, chosen in config.toml."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.program import Home
from tui.resolution import resolve
from tui.service_choice import ServiceChoice
from tui.sessions.options import TextOptions
from tui.settings import call_settings


def test_a_realtime_model_reads_the_answer(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.config.write_text('[speech]\nby = "realtime"\n')
    done = home.run(
        *("ask", "--demo", "--session", "responses", "--json", "--out", "a.wav"),
        "What is the capital of Japan?",
    )
    assert done.code == 0, done
    told = json.loads(done.out)
    assert "Tokyo" in told["answer"]
    assert (tmp_path / "a.wav").stat().st_size > 24_000
    # Billed by the tokens the reading model told, not by characters.
    assert told["usage"]["audio_out"] > 0
    assert told["usage"]["characters"] == 0


@pytest.mark.parametrize(
    ("by", "kind", "model", "reader", "speech"),
    [
        ("auto", "openai", "", "gpt-realtime-2.1-mini", "gpt-4o-mini-tts"),
        ("auto", "compatible", "", "", "gpt-4o-mini-tts"),
        ("speech", "openai", "", "", "gpt-4o-mini-tts"),
        ("realtime", "openai", "", "gpt-realtime-2.1-mini", ""),
        ("realtime", "compatible", "mine", "mine", ""),
    ],
)
def test_what_speaks(
    tmp_path: Path, by: str, kind: Any, model: str, reader: str, speech: str
) -> None:
    config = tmp_path / "config.toml"
    named = f'model = "{model}"\n' if model else ""
    config.write_text(f'[session]\nkind = "responses"\n[speech]\nby = "{by}"\n{named}')
    settings = resolve({}, {}, config)
    address = "http://127.0.0.1:1/v1" if kind == "compatible" else ""
    made = call_settings(settings, ServiceChoice(kind, address, "sk-x", "", ""))
    assert isinstance(made.options, TextOptions)
    assert made.options.speech_model == speech
    found = made.options.reader.label.rpartition(" · ")[2] if made.options.reader else ""
    assert found == reader
