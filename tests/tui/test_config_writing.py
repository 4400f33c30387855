"""Changing single values: comments, order and strangers stay; what is too odd is left alone."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.config_writing import changed, write_config
from tui.errors import VoicetuiError
from tui.settings_table import Plain

FILE = """\
# mine
[session]
voice = "cedar"  # the deep one
# speed = 2
instructions = '''
voice = "not this"
'''

[[tools]]
name = "weather"

[later]
unknown = 1
"""
HERE = Path("config.toml")


def test_a_value_is_changed_where_it_stands() -> None:
    new = changed(FILE, {"session.voice": "marin", "session.speed": 1.25}, HERE)
    assert 'voice = "marin"  # the deep one' in new
    assert 'voice = "not this"' in new
    assert new.startswith("# mine\n[session]\n")
    assert tomllib.loads(new)["session"]["speed"] == 1.25
    assert new.replace('"marin"', '"cedar"').replace("speed = 1.25\n", "") == FILE


def test_new_sections_are_added_and_old_values_taken_out() -> None:
    new = changed(FILE, {"audio.input": 'USB "x" \\ #1', "session.voice": None}, HERE)
    tree = tomllib.loads(new)
    assert tree["audio"]["input"] == 'USB "x" \\ #1'
    assert "voice" not in tree["session"]
    assert tree["later"] == {"unknown": 1}
    assert changed("", {"audio.input": "x"}, HERE) == '[audio]\ninput = "x"\n'
    assert changed(FILE, {"ui.theme": None}, HERE) == FILE


@pytest.mark.parametrize(
    "text",
    [
        'session = { voice = "cedar" }\n',
        "session.speed = 1\n",
        '[session]\nvoice = """\ncedar"""\n',
        "session = 1\n",
        "[session\n",
    ],
)
def test_a_form_that_is_too_odd_is_left_alone(text: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(VoicetuiError) as caught:
        write_config(path, {"session.voice": "marin"})
    assert str(path) in caught.value.message
    assert path.read_text() == text


def test_a_link_stays_a_link_and_the_mode_stays(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "voicetui.toml"
    real.parent.mkdir()
    real.write_text("# mine\n")
    real.chmod(0o640)
    link = tmp_path / "config.toml"
    link.symlink_to(real)
    write_config(link, {"session.voice": "marin"})
    assert link.is_symlink()
    assert real.read_text() == '# mine\n\n[session]\nvoice = "marin"\n'
    assert real.stat().st_mode & 0o777 == 0o640
    new = tmp_path / "new" / "config.toml"
    write_config(new, {"session.voice": "marin"})
    assert new.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in new.parent.iterdir()] == ["config.toml"]


VALUES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])), st.booleans(), st.integers(-999, 999)
)
NAMES = st.sampled_from(
    ["session.voice", "session.speed", "audio.input", "service.model", "later.unknown"]
)


@given(st.dictionaries(NAMES, st.one_of(VALUES, st.none())))
def test_whatever_is_written_is_read_back(changes: dict[str, Plain]) -> None:
    try:
        tree = tomllib.loads(changed(FILE, changes, HERE))
    except VoicetuiError:
        pytest.fail("this file is not odd")
    for name, value in changes.items():
        section, _, key = name.partition(".")
        assert tree.get(section, {}).get(key) == value
    assert tree["tools"] == [{"name": "weather"}]
    assert 'voice = "not this"' in tree["session"]["instructions"]
