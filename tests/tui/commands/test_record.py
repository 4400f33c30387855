"""What is kept of a call's settings, and when a stored remote id is used again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tui.store.scenes import exchange, got
from tui.call_events import ConversationKept, SavingFails
from tui.commands.record import Record, fitting, kind_of, settings_json
from tui.errors import VoicetuiError
from tui.resolution import resolve
from tui.sessions.events import Notice, PastTurn, TurnStarted
from tui.sessions.options import Endpoint, FunctionTool, RealtimeOptions, TextOptions
from tui.settings import CallSettings
from tui.store.rows import Resumption
from tui.store.store import Store

KEY = "sk-canary-5up3r53cr3t"


def made(service: str = "compatible", label: str = "host:1 · m", **options: object) -> CallSettings:
    endpoint = Endpoint(
        f"ws://user:{KEY}@host:1/v1/realtime?model=m&api-key={KEY}",
        {"Authorization": f"Bearer {KEY}"},
        "ga",
        service,  # type: ignore[arg-type]
        label,
    )
    return CallSettings(endpoint, RealtimeOptions("m", **options))  # type: ignore[arg-type]


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Record:
    monkeypatch.setenv("VOICETUI_STATE_DIR", str(tmp_path / "state"))
    return Record(resolve({}, {}, tmp_path / "none.toml"))


def test_settings_are_kept_without_anything_secret() -> None:
    kept = settings_json(made(voice="cedar", instructions=f"my key is {KEY}"))
    assert KEY not in kept
    value = json.loads(kept)
    assert value["voice"] == "cedar"
    assert value["url"] == "ws://host:1/v1/realtime?model=m&api-key=***"


def test_commands_of_tools_are_not_kept() -> None:
    tool = FunctionTool("weather", "d", {}, ("curl", "https://secret"))
    settings = CallSettings(made().endpoint, TextOptions("assistants", "m", tools=(tool,)))
    assert "secret" not in settings_json(settings)
    assert json.loads(settings_json(settings))["tools"] == ["weather"]
    assert kind_of(settings.options) == "assistants"
    assert kind_of(made().options) == "realtime"


@pytest.mark.parametrize(
    ("service", "label", "remote_id"),
    [
        ("compatible", "host:1 · another model", "thread_1"),
        ("compatible", "other:1 · m", ""),
        ("openai", "host:1 · m", ""),
    ],
)
def test_a_remote_id_is_for_its_own_service_only(service: str, label: str, remote_id: str) -> None:
    stored = Resumption("id", "realtime", "compatible", "host:1 · m", "m", "thread_1", "", (), {})
    assert fitting(stored, made(service, label)).remote_id == remote_id


def test_a_call_is_written_down_and_passed_on(record: Record, tmp_path: Path) -> None:
    passed: list[object] = []
    settings = record.resumed(made())
    assert settings.resume is None
    feed = record.feed(settings, passed.append)
    events = list(exchange(1, "hello", "hi"))
    for event in events:
        feed(event)
    assert isinstance(passed[0], ConversationKept)
    assert passed[1:] == events
    assert record.close() == ""
    again = Record(resolve({}, {}, tmp_path / "none.toml"), resume=newest(tmp_path / "state"))
    resumed = again.resumed(made())
    assert resumed.resume is not None
    assert resumed.past == (PastTurn("user", "hello"), PastTurn("assistant", "hi"))
    feed = again.feed(resumed, passed.append)
    for event in exchange(2, "more", "yes"):
        feed(event)
    assert again.close() == ""
    store = Store.open(tmp_path / "state" / "history")
    (row,) = got(store.list())
    assert (row.turns, row.title) == (4, "hello")
    store.close()


def newest(state: Path) -> str:
    store = Store.open(state / "history")
    conversation = got(store.list())[0].id
    store.close()
    return conversation[:6]


def test_nothing_is_kept_where_nothing_is_to_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICETUI_STATE_DIR", str(tmp_path / "state"))
    record = Record(resolve({"history.save": "off"}, {}, tmp_path / "none.toml"))

    def on_event(event: object) -> None:
        pass

    assert record.feed(made(), on_event) is on_event
    assert record.close() == ""
    assert not (tmp_path / "state").exists()


def test_trouble_with_saving_is_told_like_any_notice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "state").write_text("in the way")
    monkeypatch.setenv("VOICETUI_STATE_DIR", str(tmp_path / "state"))
    record = Record(resolve({}, {}, tmp_path / "none.toml"))
    told: list[object] = []
    feed = record.feed(made(), told.append)
    feed(TurnStarted("u", "user"))
    record.close()
    notices = [event for event in told if isinstance(event, Notice)]
    assert len(notices) == 1
    assert notices[0].text.startswith("The conversation is not being saved: ")
    assert notices[0].level == "warning"
    assert SavingFails(True) in told


def test_an_id_that_is_not_there_is_said_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICETUI_STATE_DIR", str(tmp_path / "state"))
    with pytest.raises(VoicetuiError, match="No such conversation"):
        Record(resolve({}, {}, tmp_path / "none.toml"), resume="abc")
