"""Other users of the machine: what they can read, what they put in our way, where they knock."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.program import CANARY, Home, descendants
from tests.faults.table import EVERYTHING, record
from tests.server.process import running_server
from tests.waiting import wait_until
from tui import paths
from tui.errors import VoicetuiError

NOBODY = 65534
ANSWER_S = 60


@pytest.fixture(scope="module")
def open_url() -> Iterator[str]:
    with running_server(audio_speed=0) as url:
        yield url


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "home").mkdir(mode=0o700)
    return Home(tmp_path / "home")


@contextmanager
def umask(value: int) -> Iterator[None]:
    before = os.umask(value)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.parametrize(("mask", "demo"), [(0o000, True), (0o022, False)])
def test_no_file_of_ours_is_for_others(home: Home, mask: int, demo: bool, open_url: str) -> None:
    """Everything the program makes: logs, history, sound, demo state, exports, answers, keys."""
    folder = home.folder
    address = ["--demo"] if demo else ["--base-url", open_url]
    home.state = folder / "deep" / "er" / "state"
    home.env["VOICETUI_STATE_DIR"] = str(home.state)
    with umask(mask):
        asked = home.run("ask", *address, "--out", "answer.wav", "Hello", timeout_s=ANSWER_S)
        assert asked.code == 0, asked
        assert home.run("key", "set", stdin=CANARY.encode()).code == 0
        rows = json.loads(home.run("history", "list", "--json").out)["conversations"]
        for form in ("md", "json", "wav"):
            done = home.run("history", "export", rows[0]["id"], "--format", form, "--out", ".")
            assert done.code == 0, done
        home.env |= {"EDITOR": "true", "VOICETUI_CONFIG": str(folder / "a" / "b" / "config.toml")}
        home.run("config", "edit")
    made = list(folder.rglob("*"))
    assert {"voicetui.log", "keys.json", "answer.wav"} <= {path.name for path in made}
    assert any(path.name.startswith("history") and path.suffix == ".db" for path in made)
    open_to_others = [
        f"{path.relative_to(folder)} {stat.S_IMODE(path.stat().st_mode):o}"
        for path in made
        if path.stat().st_mode & 0o077
    ]
    record(
        "X4",
        f"umask {mask:03o}: {len(made)} files and folders, {len(open_to_others)} open to others",
        ok=not open_to_others,
    )
    assert open_to_others == []


# ---------------------------------------------------------------- things put in our way


KINDS = ("link", "dangling link", "pipe")


def plant(path: Path, kind: str, victim: Path) -> None:
    if kind == "link":
        path.symlink_to(victim)
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(victim.parent / "made-by-us")  # a link to nothing makes a file elsewhere


@pytest.mark.parametrize("turn", [0, 1, 2] if EVERYTHING else [0])
def test_nothing_is_written_through_what_was_put_there(home: Home, turn: int) -> None:
    """A link, a link to nothing, a pipe; each at a third of the places."""
    folder = home.folder
    victim = folder.parent / "victim"
    victim.write_text("untouched")
    home.state.mkdir(mode=0o700)
    planted = [home.state / name for name in ("voicetui.log", "engine.log", "keys.json")]
    (home.state / "history").mkdir(mode=0o700)
    planted += [home.state / "history" / "opening.lock", folder / "answer.wav", folder / "talk.md"]
    for number, path in enumerate(planted):
        plant(path, KINDS[(number + turn) % 3], victim)
    with running_server(key=CANARY, audio_speed=0) as url:
        home.env |= {"OPENAI_API_KEY": CANARY, "OPENAI_BASE_URL": url}
        to_file = home.run("ask", "--out", "answer.wav", "Hello", timeout_s=ANSWER_S)
        assert to_file.code == 6, to_file
        asked = home.run("ask", "What is the capital of Japan?", timeout_s=ANSWER_S)
        kept = home.run("key", "set", stdin=b"sk-another-key-0123456789")
        export = home.run("history", "export", "0", "--out", "talk.md")
    for done in (to_file, asked, kept, export):
        assert "Traceback" not in done.err, done
    assert kept.code == 3, kept
    assert victim.read_text() == "untouched"
    assert not (folder.parent / "made-by-us").exists()
    for path in planted:
        assert path.is_symlink() or stat.S_ISFIFO(path.lstat().st_mode)
    record("X5", f"links, links to nothing, pipes at {len(planted)} places: 0 writes through")


def test_a_folder_others_can_write_is_not_used(home: Home) -> None:
    home.state.mkdir(parents=True)
    home.state.chmod(0o777)
    with running_server(key=CANARY, audio_speed=0) as url:
        done = home.run("ask", "Hello", env={"OPENAI_API_KEY": CANARY, "OPENAI_BASE_URL": url})
    assert "can be written by everybody" in done.err, done
    assert "Traceback" not in done.err
    assert list(home.state.iterdir()) == []
    record("X5", "a state folder that others can write is not used, in words")


def test_a_file_of_another_user_is_not_used(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    code = f"""
import os
from pathlib import Path
from tui import paths
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
folder = Path({str(tmp_path / "shared")!r})
try:
    paths.open_private(folder / "voicetui.log", os.O_WRONLY)
except OSError as error:
    print(error)
print(paths.not_safe(folder))
"""
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents[:2]:
        parent.chmod(0o755)
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    (shared / "voicetui.log").write_text("")
    (shared / "voicetui.log").chmod(0o666)
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert "it belongs to another user" in done.stdout
    assert "belongs to another user" in done.stdout.splitlines()[-1]


def test_missing_folders_are_made_for_us_alone(tmp_path: Path) -> None:
    with umask(0):
        paths.make_dirs(tmp_path / "a" / "b" / "c")
        paths.make_dirs(tmp_path / "a" / "b" / "c")
    assert [stat.S_IMODE((tmp_path / p).stat().st_mode) for p in ("a", "a/b", "a/b/c")] == [
        0o700
    ] * 3
    (tmp_path / "file").write_text("")
    with pytest.raises(VoicetuiError, match="cannot be made"):
        paths.private_dir(tmp_path / "file" / "x")


# ---------------------------------------------------------------- knocking


def sockets_of(pids: list[int]) -> set[str]:
    """The inodes of every socket these processes hold."""
    found = set()
    for pid in pids:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            try:
                match = re.fullmatch(r"socket:\[(\d+)\]", str(link.readlink()))
            except OSError:
                continue
            if match:
                found.add(match[1])
    return found


def listening(inodes: set[str]) -> list[str]:
    """Addresses and names on which one of these sockets listens."""
    found = []
    for name in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and words[9] in inodes:
                found.append(words[1])
    for line in Path("/proc/net/unix").read_text().splitlines()[1:]:
        words = line.split()
        if words[6] in inodes and int(words[3], 16) & 0x10000:
            found.append(words[7] if len(words) > 7 else "unix")
    return found


def get(url: str, key: str = "", **headers: str) -> int:
    request = urllib.request.Request(url, headers=headers)
    if key:
        request.add_header("Authorization", f"Bearer {key}")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


AS_NOBODY = f"""
import os, sys
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
opened = 0
for pid in sys.argv[1:]:
    try:
        names = os.listdir(f"/proc/{{pid}}/fd")
    except OSError:
        names = [str(number) for number in range(64)]
    for name in [*[f"fd/{{n}}" for n in names], "mem", "environ"]:
        try:
            os.close(os.open(f"/proc/{{pid}}/{{name}}", os.O_RDWR if "fd" in name else os.O_RDONLY))
            opened += 1
        except OSError:
            pass
print(opened)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nobody_else_gets_at_the_engine_or_the_demo(home: Home) -> None:
    """The engine has no address at all; the demo's service wants a key that nobody else knows."""
    before = set(Path("/dev/shm").iterdir())
    process = home.start("--demo", "--plain", stdin=subprocess.PIPE)
    accepted = 0
    try:
        wait_until(lambda: len(descendants(process.pid)) >= 2, 30)
        assert process.stdout is not None
        line = b""
        while b"connected" not in line:
            line = process.stdout.readline()
            assert line
        children = descendants(process.pid)
        commands = {pid: Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") for pid in children}
        engines = [pid for pid, command in commands.items() if b"engine" in command]
        servers = [pid for pid, command in commands.items() if b"server" in command]
        assert engines
        assert servers
        assert listening(sockets_of([process.pid, *engines])) == []
        (address,) = listening(sockets_of(servers))
        host, port = address.split(":")
        assert host == "0100007F"  # 127.0.0.1, nothing else
        base = f"http://127.0.0.1:{int(port, 16)}"
        tries = [
            get(f"{base}/v1/models"),
            get(f"{base}/v1/models", "demo"),
            get(f"{base}/v1/assistants", "sk-guess"),
            get(f"{base}/knobs"),
            get(f"{base}/v1/models", Host="evil.example"),
            get(f"{base}/v1/models", Origin="https://evil.example"),
            get(f"{base}/v1/realtime?model=demo", Connection="Upgrade", Upgrade="websocket"),
        ]
        accepted += sum(status < 400 for status in tries)
        if os.geteuid() == 0:
            done = subprocess.run(
                [sys.executable, "-I", "-c", AS_NOBODY, *map(str, [process.pid, *children])],
                capture_output=True,
                check=True,
            )
            accepted += int(done.stdout)
        made = set(Path("/dev/shm").iterdir()) - before
        assert not [path for path in made if path.name.startswith("voicetui")]
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    record("X6", f"0 addresses of the engine; {accepted} accepted of other users", ok=not accepted)
    assert accepted == 0


HOSTS = ["evil.example", "127.0.0.1.evil.example", "evil.example:80", "", "localhost.evil.example"]


def raw_request(port: int, path: str, *headers: str) -> int:
    """The status of an answer to exactly these headers."""
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        line.sendall("\r\n".join([f"GET {path} HTTP/1.1", *headers, "", ""]).encode())
        return int(line.makefile("rb").readline().split()[1])


def test_pages_of_other_origins_are_refused_everywhere() -> None:
    """DNS rebinding: the page has our address, and its own Host and Origin; WebSocket and REST."""
    upgrade = (
        "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    )  # fmt: skip
    key = f"Authorization: Bearer {CANARY}"
    answers: list[int] = []
    with running_server(key=CANARY) as url:
        port = int(url.rsplit(":", 1)[1].split("/")[0])
        good = f"Host: 127.0.0.1:{port}"
        assert raw_request(port, "/v1/models", good, key) == 200
        assert raw_request(port, "/v1/realtime?model=demo", good, key, *upgrade) == 101
        for path, more in (
            ("/v1/models", ()),
            ("/v1/assistants", ()),
            ("/knobs", ()),
            ("/v1/realtime?model=demo", upgrade),
        ):
            for host in HOSTS:
                answers.append(raw_request(port, path, f"Host: {host}", key, *more))
            for origin in ("https://evil.example", "null", "file://", "http://localhost.evil.org"):
                answers.append(raw_request(port, path, good, f"Origin: {origin}", key, *more))
            answers.append(raw_request(port, path, good, *more) if path != "/knobs" else 401)
    record(
        "X6",
        f"{len(answers)} requests of other hosts, origins and keys: "
        f"{sum(status < 400 for status in answers)} accepted",
        ok=all(status in (400, 401, 403) for status in answers),
    )
    assert {status for status in answers if status not in (400, 401, 403)} == set()


def test_a_request_that_never_ends_holds_nobody_up() -> None:
    with running_server() as url:
        port = int(url.rsplit(":", 1)[1].split("/")[0])
        lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(50)]
        try:
            for line in lines:
                line.sendall(b"GET /v1/models HTTP/1.1\r\nHost: ")
            began_s = time.monotonic()
            assert get(f"{url}/models") == 200
            assert time.monotonic() - began_s < 5
        finally:
            for line in lines:
                line.close()
