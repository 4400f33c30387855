"""Tools as people write them into config.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.config_file import read_config
from tui.errors import VoicetuiError
from tui.tool_table import read_tools

WEATHER = """
[session]
voice = "cedar"

[[tools]]
name = "weather"
description = "Current weather in a city"
command = ["weather-now", "--json"]
allowed = true
limit_s = 10

[tools.parameters]
type = "object"
required = ["city"]
properties.city = { type = "string" }

[[tools]]
name = "time"
command = ["date"]
"""


def test_tools_are_read_and_the_other_settings_too(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(WEATHER)
    weather, time = read_tools(config)
    assert (weather.name, weather.command) == ("weather", ("weather-now", "--json"))
    assert weather.schema["required"] == ["city"]
    assert weather.allowed
    assert weather.limit_s == 10
    assert time.schema == {"type": "object", "properties": {}}
    assert not time.allowed
    assert read_config(config)["session.voice"].value == "cedar"


def test_without_a_file_there_are_none(tmp_path: Path) -> None:
    assert read_tools(tmp_path / "config.toml") == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[tools]\nname = 'x'", "write [[tools]]"),
        ("[[tools]]\ncommand = ['x']", "tool 1: name must be"),
        ("[[tools]]\nname = 'a b'\ncommand = ['x']", "name must be letters"),
        ("[[tools]]\nname = 'x'", "tool 1 (x): command is missing"),
        ("[[tools]]\nname = 'x'\ncommand = 'rm -rf'", "command is a list"),
        ("[[tools]]\nname = 'x'\ncommand = ['x']\ncomand = 1", "unknown 'comand'; there are"),
        ("[[tools]]\nname = 'x'\ncommand = ['x']\nallowed = 'yes'", "allowed is true or false"),
        ("[[tools]]\nname = 'x'\ncommand = ['x']\nlimit_s = 0", "limit_s must be a number above 0"),
        ("[[tools]]\nname = 'x'\ncommand = ['x']\nparameters.type = 'array'", "a JSON schema"),
        (
            "[[tools]]\nname='x'\ncommand=['x']\n[[tools]]\nname='x'\ncommand=['y']",
            "2 tools called",
        ),
        ("[[tools]", "cannot be read"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, words: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(text)
    with pytest.raises(VoicetuiError) as problem:
        read_tools(config)
    assert words in str(problem.value)
    assert str(config) in str(problem.value)
