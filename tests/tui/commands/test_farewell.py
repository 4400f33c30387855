"""What is left on the terminal after a call."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tui.call_events import ConversationKept, SavingFails
from tui.commands.farewell import Farewell
from tui.paths import program
from tui.resolution import resolve
from tui.service_choice import service_flags
from tui.sessions.events import (
    SESSION_ENDED,
    ResponseEnded,
    SessionStarted,
    TokenUsage,
    TurnStarted,
    UsageReported,
)


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        (0, "1 turn, 30 tokens"),
        (1, "1 turn, 30 tokens, 1 answer without figures"),
        (2, "1 turn, 30 tokens, 2 answers without figures"),
    ],
)
def test_an_answer_lost_with_the_connection_is_named_not_counted(lost: int, words: str) -> None:
    farewell = Farewell("")
    tell = farewell.watch(lambda _: None)
    tell(SessionStarted("s"))
    tell(TurnStarted("u", "user"))
    tell(UsageReported(TokenUsage(text_in=10, text_out=20), id="r"))
    tell(ResponseEnded("r", "completed"))
    for number in range(lost):
        tell(ResponseEnded(f"lost{number}", "interrupted", SESSION_ENDED))
    assert farewell.lines() == [f"{words}."]


@pytest.mark.parametrize(
    ("flags", "demo", "words"),
    [
        ({}, False, ""),
        ({}, True, " --demo"),
        ({"service.kind": "demo"}, True, " --demo"),
        ({"service.kind": "azure"}, False, " --service azure"),
        (
            {"service.base_url": "http://ada:secret@127.0.0.1:8000/v1?key=secret"},
            False,
            " --base-url 'http://127.0.0.1:8000/v1?key=***'",
        ),
    ],
)
def test_the_way_on_leads_to_the_same_service(
    flags: dict[str, str | float], demo: bool, words: str, tmp_path: Path
) -> None:
    environment = {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}
    settings = resolve(flags, environment, tmp_path / "config.toml")
    farewell = Farewell(service_flags(settings, demo=demo))
    tell = farewell.watch(lambda _: None)
    tell(ConversationKept("3f2a19c0ffee"))
    tell(TurnStarted("u", "user"))
    assert farewell.resume_lines() == [f"Go on with: {program()}{words} --resume 3f2a19c0"]


def test_what_was_not_saved_has_no_way_on() -> None:
    farewell = Farewell("")
    tell = farewell.watch(lambda _: None)
    tell(ConversationKept("3f2a19c0ffee"))
    tell(SavingFails(True))
    tell(TurnStarted("u", "user"))
    assert farewell.resume_lines() == []
    tell(SavingFails(False))
    assert farewell.resume_lines() == [f"Go on with: {program()} --resume 3f2a19c0"]


def test_the_way_on_can_be_typed_where_no_shell_finds_voicetui(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.setenv("PATH", "")
    assert program() == "voicetui"  # it lies nowhere: no better word
    (folder / "voicetui").touch(mode=0o755)
    assert program() == str(folder / "voicetui")
    monkeypatch.chdir(tmp_path)
    assert program() == "bin/voicetui"
    monkeypatch.setenv("PATH", str(folder))
    assert program() == "voicetui"
