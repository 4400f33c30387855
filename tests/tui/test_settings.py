"""Settings: who wins, what a mistake is told, which service is chosen, and that keys stay in."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tui.config_file import inspect_config, read_config
from tui.errors import ExitCode, VoicetuiError
from tui.masking import mask, public_url
from tui.model_remarks import model_remarks
from tui.resolution import Resolution, resolve, unknown_variables
from tui.service_choice import NoKey, choose_service, need_key
from tui.sessions.options import TextOptions
from tui.settings import call_settings, push_to_talk, screen_settings, words_only
from tui.settings_table import BY_NAME, SETTINGS

CANARY = "sk-canary-0123456789"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def settle(
    config: Path,
    flags: dict[str, str | float] | None = None,
    environment: dict[str, str] | None = None,
) -> Resolution:
    return resolve(flags or {}, environment or {}, config)


# ---------------------------------------------------------------- who wins


def test_without_anything_every_setting_has_its_default(config: Path) -> None:
    settings = settle(config)
    for setting in SETTINGS:
        assert settings.values[setting.name].value == setting.default
        assert settings.is_default(setting.name)


def test_flag_beats_environment_beats_file_beats_default(config: Path) -> None:
    variable = {"VOICETUI_VOICE": "from-environment"}
    config.write_text('\n[session]\nvoice = "from-file"\n')
    flagged = settle(config, {"session.voice": "from-flag"}, variable)
    assert flagged.text("session.voice") == "from-flag"
    assert flagged.source("session.voice") == "flag --voice"
    from_variable = settle(config, {}, variable)
    assert from_variable.text("session.voice") == "from-environment"
    assert from_variable.source("session.voice") == "environment VOICETUI_VOICE"
    from_file = settle(config)
    assert from_file.text("session.voice") == "from-file"
    assert from_file.source("session.voice") == "config.toml:3"


def test_an_empty_variable_counts_as_not_set(config: Path) -> None:
    config.write_text('[session]\nvoice = "cedar"\n')
    assert settle(config, {}, {"VOICETUI_VOICE": " "}).text("session.voice") == "cedar"


def test_the_second_name_of_a_variable_counts_when_the_first_is_missing(config: Path) -> None:
    assert settle(config, {}, {"OPENAI_ORGANIZATION": "org-2"}).text("service.organization") == (
        "org-2"
    )
    both = {"OPENAI_ORGANIZATION": "org-2", "OPENAI_ORG_ID": "org-1"}
    assert settle(config, {}, both).text("service.organization") == "org-1"


def test_every_setting_can_be_written_into_the_file(config: Path) -> None:
    lines: dict[str, list[str]] = {}
    for setting in SETTINGS:
        value: object = setting.choices[0] if setting.choices else "x"
        if setting.kind == "switch":
            value = True
        if setting.kind in ("number", "whole"):
            assert setting.lowest is not None
            value = int(setting.lowest) if setting.kind == "whole" else float(setting.lowest)
        written = f'"{value}"' if isinstance(value, str) else str(value).lower()
        lines.setdefault(setting.section, []).append(f"{setting.key} = {written}")
    config.write_text("\n".join(f"[{name}]\n" + "\n".join(pairs) for name, pairs in lines.items()))
    assert set(read_config(config)) == set(BY_NAME)


def test_a_flag_for_a_number_is_checked_like_the_file(config: Path) -> None:
    with pytest.raises(VoicetuiError, match=r"--speed must be a number from 0.25 to 1.5") as caught:
        settle(config, {"session.speed": "nan"})
    assert caught.value.exit_code is ExitCode.USAGE
    with pytest.raises(VoicetuiError, match="VOICETUI_SPEED must be") as caught:
        settle(config, {}, {"VOICETUI_SPEED": "fast"})
    assert caught.value.exit_code is ExitCode.SETTINGS


# ---------------------------------------------------------------- mistakes in the file

MISTAKES = [
    ('[session]\nvoise = "x"', 2, 'unknown setting "voise" in [session]; did you mean "voice"?'),
    ('[servce]\nmodel = "x"', 1, 'unknown section [servce]; did you mean "service"?'),
    ('voice = "x"', 1, "voice belongs into [session]"),
    ('[audio]\nvoice = "x"', 2, 'unknown setting "voice" in [audio]; it belongs into [session]'),
    ('[ui]\nzzz = "x"', 2, "there are mouse, theme, glyphs"),
    ("[session]\n\nspeed = 3", 3, "speed in [session] must be a number from 0.25 to 1.5, not 3"),
    ('[session]\nspeed = "1"', 2, "must be a number from 0.25 to 1.5, not '1'"),
    ("[session]\nspeed = nan", 2, "must be a number from 0.25 to 1.5, not nan"),
    ("[session]\nspeed = true", 2, "must be a number from 0.25 to 1.5, not true"),
    ("[session]\nsilence_ms = 300.5", 2, "must be a whole number from 50 to 10000, not 300.5"),
    ("[session]\nvoice = 7", 2, "voice in [session] must be a text in quotes, not 7"),
    (
        '[session]\nturn = "server-vad"',
        2,
        "must be one of server_vad, semantic_vad, push_to_talk, hold, not 'server-vad'; "
        'did you mean "server_vad"?',
    ),
    ('session.voise = "x"', 1, 'did you mean "voice"?'),
    ('service = "openai"', 1, "service is a section: write [service]"),
    ("[session]\nvoice = \n", 2, "not TOML"),
    ('[session]\nvoice = "a"\nvoice = "b"', 3, "not TOML"),
    ('[service]\napi_key = "sk-canary-0123456789"', 2, "keys are not kept in this file"),
    ('openai_api_key = "sk-canary-0123456789"', 1, "keys are not kept in this file"),
    ('[session]\ninstructions = """\nvoise = 1\n"""\nspede = 1', 5, 'did you mean "speed"?'),
]


@pytest.mark.parametrize(("text", "line", "words"), MISTAKES)
def test_a_mistake_is_named_with_its_line_and_what_would_be_right(
    config: Path, text: str, line: int, words: str
) -> None:
    config.write_text(text)
    _, mistakes = inspect_config(config)
    assert [mistake.line for mistake in mistakes] == [line]
    assert words in mistakes[0].text
    with pytest.raises(VoicetuiError) as caught:
        read_config(config)
    assert caught.value.exit_code is ExitCode.SETTINGS
    assert f"{config}:{line}: " in caught.value.message
    assert CANARY not in str(caught.value)


def test_all_mistakes_are_named_at_once_in_order(config: Path) -> None:
    config.write_text('[session]\nspede = 1\nvoise = "x"\nspeed = 9\n')
    _, mistakes = inspect_config(config)
    assert [mistake.line for mistake in mistakes] == [2, 3, 4]


def test_a_file_that_is_no_text_is_a_sentence(config: Path) -> None:
    config.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(VoicetuiError, match="not UTF-8"):
        read_config(config)


def test_a_byte_order_mark_from_windows_is_no_mistake(config: Path) -> None:
    config.write_bytes(b'\xef\xbb\xbf[session]\r\nvoice = "cedar"\r\n')
    assert settle(config).text("session.voice") == "cedar"


def test_a_misspelt_variable_is_noticed() -> None:
    assert unknown_variables({"VOICETUI_VOCE": "x", "VOICETUI_VOICE": "x", "HOME": "x"}) == [
        ("VOICETUI_VOCE", "VOICETUI_VOICE")
    ]


# ---------------------------------------------------------------- which service

AZURE = {
    "AZURE_OPENAI_ENDPOINT": "https://res.openai.azure.com/",
    "AZURE_OPENAI_API_KEY": "azure-canary-key",
    "AZURE_OPENAI_DEPLOYMENT": "my-voice",
}


def endpoint_of(
    config: Path, environment: dict[str, str], flags: dict[str, str | float] | None = None
) -> tuple[str, dict[str, str], str]:
    settings = settle(config, flags, environment)
    made = call_settings(settings, choose_service(settings, environment), demo_url="http://d:1/v1")
    return made.endpoint.url, made.endpoint.headers, made.endpoint.service


def test_a_key_alone_means_openai(config: Path) -> None:
    url, headers, service = endpoint_of(config, {"OPENAI_API_KEY": CANARY})
    assert url == "wss://api.openai.com/v1/realtime?model=gpt-realtime-2.1"
    assert headers["Authorization"] == f"Bearer {CANARY}"
    assert service == "openai"


def test_organization_and_project_go_along(config: Path) -> None:
    _, headers, _ = endpoint_of(
        config,
        {"OPENAI_API_KEY": CANARY, "OPENAI_ORG_ID": "org-1", "OPENAI_PROJECT_ID": "proj-1"},
    )
    assert (headers["OpenAI-Organization"], headers["OpenAI-Project"]) == ("org-1", "proj-1")


def test_an_azure_address_means_azure_and_the_deployment_is_the_model(config: Path) -> None:
    url, headers, service = endpoint_of(config, {**AZURE, "OPENAI_API_KEY": CANARY})
    assert url == "wss://res.openai.azure.com/openai/v1/realtime?model=my-voice"
    assert headers == {"api-key": "azure-canary-key"}
    assert service == "azure"


def test_a_base_url_beats_the_azure_address(config: Path) -> None:
    environment = {**AZURE, "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    url, headers, service = endpoint_of(config, environment, {"service.model": "m"})
    assert (url, service) == ("ws://127.0.0.1:9/v1/realtime?model=m", "compatible")
    assert "azure-canary-key" not in headers.values()


def test_azure_preview_has_an_api_version(config: Path) -> None:
    url, _, service = endpoint_of(config, {**AZURE, "VOICETUI_SERVICE": "azure-preview"})
    assert service == "azure-preview"
    assert "api-version=2025-04-01-preview" in url
    assert "deployment=my-voice" in url
    url, _, service = endpoint_of(config, {**AZURE, "OPENAI_API_VERSION": "2024-10-01-preview"})
    assert service == "azure-preview"
    assert "api-version=2024-10-01-preview" in url


def test_openais_own_address_as_base_url_is_still_openai(config: Path) -> None:
    environment = {"OPENAI_API_KEY": CANARY, "OPENAI_BASE_URL": "https://api.openai.com/v1"}
    assert endpoint_of(config, environment)[2] == "openai"


def test_the_demo_never_gets_a_real_key(config: Path) -> None:
    url, headers, service = endpoint_of(
        config, {"OPENAI_API_KEY": CANARY, **AZURE}, {"service.kind": "demo"}
    )
    assert service == "demo"
    assert url.startswith("ws://d:1/v1/realtime")
    assert CANARY not in str(headers)
    assert "azure-canary-key" not in str(headers)


def test_a_compatible_service_needs_no_key(config: Path) -> None:
    settings = settle(config, {"service.base_url": "http://127.0.0.1:9/v1"})
    need_key(choose_service(settings, {}))


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "OPENAI_API_KEY"),
        ({**AZURE, "AZURE_OPENAI_API_KEY": ""}, "AZURE_OPENAI_API_KEY"),
    ],
)
def test_a_missing_key_is_said_with_what_to_do(
    config: Path, environment: dict[str, str], words: str
) -> None:
    with pytest.raises(NoKey, match=words) as caught:
        endpoint_of(config, environment)
    assert caught.value.exit_code is ExitCode.SETTINGS


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"VOICETUI_SERVICE": "azure"}, "AZURE_OPENAI_ENDPOINT"),
        ({**AZURE, "AZURE_OPENAI_DEPLOYMENT": ""}, "AZURE_OPENAI_DEPLOYMENT"),
        ({"VOICETUI_SERVICE": "compatible"}, "--base-url"),
        ({"OPENAI_BASE_URL": "127.0.0.1:8000"}, "must begin with http://"),
        ({"OPENAI_BASE_URL": "http://"}, "name a host"),
        ({"OPENAI_BASE_URL": "http://h:99999/v1"}, "name a host"),
        ({"OPENAI_API_KEY": "sk-canary 0123456789"}, "OPENAI_API_KEY holds a space"),
        ({"OPENAI_API_KEY": "sk-canary…0123456789"}, "OPENAI_API_KEY holds a space"),
    ],
)
def test_what_cannot_be_used_is_a_sentence_without_the_key(
    config: Path, environment: dict[str, str], words: str
) -> None:
    with pytest.raises(VoicetuiError) as caught:
        endpoint_of(config, environment)
    assert words in str(caught.value)
    assert "canary" not in str(caught.value)
    assert caught.value.exit_code is ExitCode.SETTINGS


def test_push_to_talk_is_no_turn_detection(config: Path) -> None:
    environment = {"OPENAI_API_KEY": CANARY}
    settings = settle(config, {"session.turn": "push_to_talk"}, environment)
    made = call_settings(settings, choose_service(settings, environment))
    assert made.options.turn_detection == "none"
    hands_free = settle(config, {}, environment)
    made = call_settings(hands_free, choose_service(hands_free, environment))
    assert made.options.turn_detection == "server_vad"
    assert push_to_talk(made).options.turn_detection == "none"


def test_an_empty_transcription_model_means_none(config: Path) -> None:
    environment = {"OPENAI_API_KEY": CANARY}
    settings = settle(config, {"session.transcription_model": ""}, environment)
    made = call_settings(settings, choose_service(settings, environment))
    assert made.options.transcription_model == ""


def test_over_ssh_the_mouse_is_off_and_the_line_is_spared(config: Path) -> None:
    remote = {"SSH_CONNECTION": "a b c d"}
    assert screen_settings(settle(config), remote).ssh
    assert not screen_settings(settle(config), remote).mouse
    assert screen_settings(settle(config), {}).mouse
    config.write_text('[ui]\nmouse = "on"\nssh = "off"\n')
    assert screen_settings(settle(config), remote).mouse
    assert not screen_settings(settle(config), remote).ssh


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({}, []),
        ({"service.model": "gpt-4o-realtime-preview"}, ["was shut down on 2026-05-07"]),
        ({"service.model": "gpt-realtime"}, ["ends on 2027-01-20, in 61 days"]),
        ({"service.model": "gpt-audio-1.5"}, ["a realtime model is needed here"]),
        ({"session.kind": "responses"}, []),
        ({"session.kind": "assistants"}, []),
        ({"session.kind": "audio"}, []),
        (
            {"session.kind": "responses", "service.model": "gpt-realtime-2.1"},
            ["a text model is needed here"],
        ),
        (
            {"session.kind": "audio", "service.model": "gpt-6-luna"},
            ["an audio model is needed here"],
        ),
        ({"session.transcription_model": "tts-1"}, ["a transcription model is needed", "2027-01"]),
    ],
)
def test_models_that_end_or_do_not_fit_are_remarked(
    config: Path, flags: dict[str, str | float], words: list[str]
) -> None:
    environment = {"OPENAI_API_KEY": CANARY}
    settings = settle(config, flags, environment)
    made = call_settings(settings, choose_service(settings, environment))
    remarks = model_remarks(made, date(2026, 11, 20))
    assert len(remarks) == len(words)
    assert all(word in remark for word, remark in zip(words, remarks, strict=True))


def test_names_of_other_services_models_are_their_own(config: Path) -> None:
    environment = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    settings = settle(config, {"service.model": "gpt-4o-realtime-preview"}, environment)
    made = call_settings(settings, choose_service(settings, environment))
    assert model_remarks(made, date(2026, 11, 20)) == []


@pytest.mark.parametrize(
    ("kind", "typed", "speaks"),
    [
        ("responses", True, False),
        ("assistants", False, False),
        ("audio", True, True),
        ("audio", False, False),
    ],
)
def test_words_alone_are_asked_for_where_the_service_gives_them(
    config: Path, kind: str, typed: bool, speaks: bool
) -> None:
    environment = {"OPENAI_API_KEY": CANARY}
    settings = settle(config, {"session.kind": kind}, environment)
    made = words_only(call_settings(settings, choose_service(settings, environment)), typed=typed)
    assert isinstance(made.options, TextOptions)
    assert made.options.speak is speaks


def test_a_service_is_called_by_host_and_port_and_the_demo_demo(config: Path) -> None:
    for kind in ("realtime", "responses"):
        environment = {"OPENAI_BASE_URL": "http://user@127.0.0.1:8000/v1"}
        if kind == "realtime":
            environment = {"OPENAI_BASE_URL": "http://127.0.0.1:8000/v1"}
        settings = settle(config, {"session.kind": kind, "service.model": "m"}, environment)
        made = call_settings(settings, choose_service(settings, environment))
        assert made.endpoint.label == "127.0.0.1:8000 · m"
        flags: dict[str, str | float] = {"session.kind": kind, "service.kind": "demo"}
        settings = settle(config, flags | {"service.model": "m"}, {})
        choice = choose_service(settings, {})
        made = call_settings(settings, choice, demo_url="http://127.0.0.1:9/v1")
        assert made.endpoint.label == "demo · m"


# ---------------------------------------------------------------- keys


@pytest.mark.parametrize(
    "text",
    [
        "header: Bearer sk-proj-abcdefghijkl",
        "ek_1234567890abcdef",
        "Authorization: bearer abcdefghijklmnop",
        "wss://h/x?api-key=abcdefgh&model=m",
    ],
)
def test_what_looks_like_a_key_is_masked(text: str) -> None:
    masked = mask(text, {})
    assert "***" in masked
    for secret in ("abcdefgh", "1234567890"):
        assert secret not in masked


def test_a_key_of_any_shape_is_masked_by_its_value() -> None:
    assert mask("the key is hunter2222!", {"OPENAI_API_KEY": "hunter2222"}) == "the key is ***!"


def test_ordinary_text_is_left_alone() -> None:
    text = "a task-oriented desk-lamp, risk-averse; bearer of news; sk-1"
    assert mask(text, {}) == text


def test_an_address_is_shown_without_its_secrets() -> None:
    shown = public_url("https://user:pw@host:8000/v1?api-key=zzz&model=m#frag")
    assert shown == "https://host:8000/v1?api-key=***&model=m"


def test_settings_do_not_show_the_key(config: Path) -> None:
    environment = {"OPENAI_API_KEY": CANARY}
    settings = settle(config, {}, environment)
    choice = choose_service(settings, environment)
    made = call_settings(settings, choice)
    assert CANARY not in repr(settings) + repr(choice) + repr(made) + str(made)


def test_no_variable_sets_two_settings() -> None:
    names = [name for setting in SETTINGS for name in setting.env]
    assert len(names) == len(set(names))
