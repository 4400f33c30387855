"""Keys that are kept: where they go, who is refused, which one counts."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.program import CANARY, Home
from tests.server.process import running_server
from tests.terminal.driver import Terminal
from tui import stored_keys
from tui.errors import VoicetuiError

RING = '''
import json, os, sys
from pathlib import Path
from keyring.backend import KeyringBackend

class Ring(KeyringBackend):
    """Keeps what it is given in a file of the test's own."""
    priority = 1
    path = Path(os.environ["TEST_RING"])
    def _all(self):
        return json.loads(self.path.read_text()) if self.path.exists() else {}
    def get_password(self, service, name):
        if "locked" in os.environ.get("TEST_RING_STATE", ""):
            raise RuntimeError("locked, and the key is " + str(self._all()))
        return self._all().get(service + "/" + name)
    def set_password(self, service, name, key):
        self.path.write_text(json.dumps(self._all() | {service + "/" + name: key}))
    def delete_password(self, service, name):
        self.path.write_text(json.dumps(
            {key: value for key, value in self._all().items() if key != service + "/" + name}))
'''


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VOICETUI_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    return tmp_path / "state"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("", "openai"),
        ("https://api.openai.com/v1", "openai"),
        ("http://127.0.0.1:8000/v1", "127.0.0.1:8000"),
        ("HTTPS://Host.Example/v1", "host.example"),
        ("https://host.example:443", "host.example"),
        ("https://user:pass@host.example:444/x?y", "host.example:444"),
        ("127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://host:notaport", ""),
        ("https://api.openai.com.evil.example", "api.openai.com.evil.example"),
    ],
)
def test_a_key_is_for_one_host(address: str, name: str) -> None:
    assert stored_keys.name_of(address) == name


def test_without_a_keyring_a_file_for_its_owner_alone(state: Path) -> None:
    old = os.umask(0)
    try:
        assert stored_keys.store("openai", CANARY) == str(state / "keys.json")
    finally:
        os.umask(old)
    assert stat.S_IMODE((state / "keys.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    found = stored_keys.look_up("openai")
    assert found is not None
    assert found.value == CANARY
    assert CANARY not in repr(found)
    assert stored_keys.look_up("azure") is None
    stored_keys.store("azure", "another-key")
    assert list(stored_keys.places()) == ["azure", "openai"]
    assert stored_keys.forget("openai") == str(state / "keys.json")
    assert stored_keys.forget("openai") == ""
    assert CANARY not in (state / "keys.json").read_text()
    stored_keys.forget("azure")
    assert list(state.iterdir()) == []


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_refused(state: Path, mode: int) -> None:
    stored_keys.store("openai", CANARY)
    (state / "keys.json").chmod(mode)
    with pytest.raises(VoicetuiError, match=r"can be read by others .*chmod 600") as refused:
        stored_keys.look_up("openai")
    assert CANARY not in str(refused.value)


def test_links_pipes_and_nonsense_are_refused(state: Path, tmp_path: Path) -> None:
    state.mkdir(mode=0o700)
    target = tmp_path / "target"
    target.write_text('{"openai": {"key": "planted-key"}}')
    target.chmod(0o600)
    (state / "keys.json").symlink_to(target)
    with pytest.raises(VoicetuiError, match="must be a file of your own"):
        stored_keys.look_up("openai")
    (state / "keys.json").unlink()
    os.mkfifo(state / "keys.json", 0o600)
    with pytest.raises(VoicetuiError, match="is no file"):
        stored_keys.look_up("openai")
    (state / "keys.json").unlink()
    for text in ("", "[]", '{"openai": 1}', "[" * 100_000, "\0"):
        (state / "keys.json").write_text(text)
        (state / "keys.json").chmod(0o600)
        with pytest.raises(VoicetuiError, match="is damaged"):
            stored_keys.look_up("openai")


# ---------------------------------------------------------------- the command


@pytest.fixture(scope="module")
def locked_url() -> Iterator[str]:
    """A service that takes only the canary as its key."""
    with running_server(key=CANARY, audio_speed=0) as url:
        yield url


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.env["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    return home


def test_set_show_use_delete(home: Home, locked_url: str) -> None:
    address = ("--base-url", locked_url)
    assert home.run("ask", *address, "Hello").code == 4  # the service wants its key
    done = home.run("key", "set", "--service", locked_url, stdin=CANARY.encode() + b"\n")
    assert done.code == 0, done
    assert "keys.json" in done.err
    answered = home.run("ask", *address, "What is the capital of Japan?")
    assert answered.code == 0, answered
    assert "Tokyo" in answered.out
    wrong = home.run("ask", *address, "Hello", env={"OPENAI_API_KEY": "sk-wrong-0123456789"})
    assert wrong.code == 4  # what is in the environment goes before
    doctor = home.run("doctor", "--offline", *address)
    assert "keys.json" in doctor.out
    shown = home.run("key", "show", "--json")
    assert list(json.loads(shown.out)["stored"].values()) == [str(home.state / "keys.json")]
    config = home.run("config", "show")
    assert "keys.json" in config.out
    for told in (done, answered, wrong, doctor, shown, config):
        assert CANARY not in told.out + told.err
    assert home.run("key", "delete", "--service", locked_url).code == 0
    assert CANARY.encode() not in home.everything_written()
    assert home.run("key", "delete", "--service", locked_url).code == 1


def test_a_stored_key_goes_to_no_other_host(home: Home, locked_url: str) -> None:
    home.run("key", "set", stdin=CANARY.encode())  # for OpenAI
    done = home.run("ask", "--base-url", locked_url, "Hello")
    assert done.code == 4, done


@pytest.mark.parametrize(
    ("arguments", "stdin", "code"),
    [
        (("set",), b"", 3),
        (("set",), b"two words\n", 3),
        (("set",), "schlüssel".encode(), 3),
        (("set",), b"\xff\xfe", 3),
        (("set",), b"x" * 100_000, 3),
        (("set", "canary-argument"), b"x", 2),
        (("set", "--service", "no host at all"), b"x", 2),
        (("frobnicate",), b"", 2),
    ],
)
def test_bad_input_is_a_sentence_and_stores_nothing(
    home: Home, arguments: tuple[str, ...], stdin: bytes, code: int
) -> None:
    done = home.run("key", *arguments, stdin=stdin)
    assert done.code == code, done
    assert "Traceback" not in done.err
    assert "canary-argument" not in done.out + done.err
    assert not (home.state / "keys.json").exists()


def test_what_is_typed_is_not_shown(home: Home) -> None:
    with Terminal.spawn(
        [sys.executable, "-P", "-m", "tui", "key", "set"], env=home.env, cwd=str(home.folder)
    ) as terminal:
        terminal.wait_for("not shown")
        terminal.type(CANARY + "\r")
        assert terminal.wait_exit() == 0
        assert CANARY.encode() not in terminal.raw
    assert home.run("key").out == f"openai: in {home.state / 'keys.json'}, not shown\n"


def test_where_there_is_a_keyring_no_file_holds_the_key(home: Home, locked_url: str) -> None:
    (home.folder / "our_ring.py").write_text(RING)
    ring = home.folder / "ring.json"
    home.env |= {
        "PYTHON_KEYRING_BACKEND": "our_ring.Ring",
        "PYTHONPATH": str(home.folder),
        "TEST_RING": str(ring),
    }
    done = home.run("key", "set", "--service", locked_url, stdin=CANARY.encode())
    assert "kept in the keyring" in done.err, done
    assert CANARY in ring.read_text()
    assert CANARY not in (home.state / "keys.json").read_text()
    answered = home.run("ask", "--base-url", locked_url, "What is the capital of Japan?")
    assert "Tokyo" in answered.out, answered
    locked = home.run("ask", "--base-url", locked_url, "Hello", env={"TEST_RING_STATE": "locked"})
    assert locked.code == 3
    assert "Keyring cannot be used" in locked.err
    assert CANARY not in locked.err
    assert home.run("key", "delete", "--service", locked_url).code == 0
    assert CANARY not in ring.read_text()
    assert home.run("ask", "--base-url", locked_url, "Hello").code == 4
