"""A key that must never come out: error paths with a canary, and every place it could reach."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from tests.e2e.program import CANARY, Home, command, descendants
from tests.faults.table import EVERYTHING, record
from tests.server.process import running_server
from tests.terminal.driver import Terminal
from tests.waiting import wait_until

READY_S = 60
SHAPELESS = "canary7f3a9e0c5b1d"
"""A key that looks like none: only its exact value can be masked."""

looked = {"bytes": 0, "places": 0, "processes": 0}


@pytest.fixture(scope="module")
def echo_url() -> Iterator[str]:
    """A service that says the key it was given in every word of its refusal."""

    def answer(connection: ServerConnection, request: Request) -> Response:
        given = request.headers.get("Authorization", "") + request.headers.get("api-key", "")
        error = {"message": f"Incorrect API key provided: {given}", "type": given, "code": given}
        data = json.dumps({"error": error}).encode()
        headers = Headers({"x-request-id": given, "Content-Length": str(len(data))})
        return Response(401, given or "no", headers, data)

    with serve(lambda _: None, "127.0.0.1", 0, process_request=answer) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.socket.getsockname()[1]}/v1"
        server.shutdown()
        thread.join(10)


@pytest.fixture(params=[SHAPELESS, CANARY] if EVERYTHING else [SHAPELESS], ids=lambda _: "")
def key(request: pytest.FixtureRequest) -> str:
    """One that looks like a key, and one that does not."""
    return str(request.param)


@pytest.fixture
def home(tmp_path: Path, key: str) -> Home:
    home = Home(tmp_path)
    home.env["OPENAI_API_KEY"] = key
    return home


def look(name: str, data: bytes, key: str) -> None:
    """Not there; not backwards by base64 or JSON either."""
    from base64 import b64encode

    # Whatever stands before it, two of three alignments of its base64 hold the middle part.
    for form in (key.encode(), b64encode(key.encode())[:12], b64encode(b"x" + key.encode())[4:16]):
        assert form not in data, f"the key is in {name}: {data[:2000]!r}"
    looked["bytes"] += len(data)
    looked["places"] += 1


def look_at_files(folder: Path, key: str) -> None:
    """Every file, and what is packed in it."""
    for path in folder.rglob("*"):
        look("a name", str(path).encode(), key)
        if not path.is_file():
            continue
        look(path.name, path.read_bytes(), key)
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as bundle:
                for name in bundle.namelist():
                    look(f"{path.name}: {name}", bundle.read(name), key)


def look_at_processes(pids: list[int], own: set[int], key: str) -> None:
    """Arguments of all, environments of those that need no key."""
    for pid in pids:
        for name in ("cmdline", "environ"):
            if name == "environ" and pid in own:
                continue  # where the person put it
            try:
                look(f"{name} of a process", Path(f"/proc/{pid}/{name}").read_bytes(), key)
            except OSError:
                continue
        looked["processes"] += 1


def tell() -> None:
    record(
        "X3",
        f"{looked['places']} places, {looked['bytes'] / 1e6:.0f} MB, "
        f"{looked['processes']} processes: 0 occurrences",
    )


def test_words_of_every_failure(home: Home, key: str, echo_url: str) -> None:
    """Refused, unreachable, mistyped, mislaid: what is printed and what is written."""
    nowhere = "http://127.0.0.1:9/v1"
    home.config.write_text(f'[service]\napi_key = "{key}"\n')
    runs = [home.run("ask", "x"), home.run("config", "validate")]
    home.config.write_text("")
    service = ("--base-url", echo_url)
    runs += [
        home.run("ask", "-v", *service, "x"),
        home.run("ask", *service, "--session", "responses", "--json", "x"),
        home.run("--plain", *service, stdin=b"hello\n"),
        home.run("ask", "--base-url", f"http://user:{key}@127.0.0.1:9/v1", "x"),
        home.run("ask", f"--{key}", "x"),
        home.run("key", "set", key),
        home.run("key", "set", "--service", "http://h", stdin=f"{key} {key}".encode()),
    ]
    if EVERYTHING:
        runs += [
            home.run("ask", *service, "--session", "assistants", "x"),
            home.run("ask", *service, "--session", "audio", "x"),
            home.run("assistants", *service),
            home.run("ask", "--base-url", nowhere, "x"),
            home.run("doctor", "--json", *service),
            home.run("history", "import", "thread_1", *service),
            home.run("config", "show", env={"OPENAI_BASE_URL": f"http://x/v1?api-key={key}"}),
        ]
    for run in runs:
        assert "Traceback" not in run.err, run
        look("stdout", run.stdout, key)
        look("stderr", run.err.encode(), key)
    look_at_files(home.folder, key)
    tell()


def test_a_whole_call_on_the_screen(home: Home, key: str) -> None:
    """Words, a function that prints its environment, a report, an export, a crash of the engine."""
    home.config.write_text(
        f"""[[tools]]
name = "weather"
description = "Weather in a city right now"
command = {json.dumps([sys.executable, "-c", "import os; print(dict(os.environ))"])}
allowed = true
[tools.parameters]
type = "object"
required = ["city"]
properties.city = {{ type = "string" }}
"""
    )
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    with running_server(key=key, audio_speed=0) as url:
        home.env["OPENAI_BASE_URL"] = url
        with Terminal.spawn(
            command("-v"), env=home.env, cwd=str(home.folder), rows=30, cols=110
        ) as terminal:
            terminal.wait_for("PAUSED", READY_S)
            front = [terminal.pid, *children(terminal.pid)]
            look_at_processes([*front, *descendants(front[-1])], set(front), key)
            terminal.press("i")
            terminal.type("Please call the function weather for Tokyo.\r")
            terminal.wait_for("VOICETUI", READY_S)  # the function's output
            terminal.press("escape", "D", "D")
            wait_until(lambda: list(home.state.rglob("*.zip")), 20)
            terminal.press("l")
            terminal.wait_for("Report with")
            terminal.press("escape", "h")
            terminal.wait_for("1 conversation")
            terminal.press("e", "enter")
            wait_until(lambda: list((home.state / "exports").glob("*")), 20)
            engines = [
                pid
                for pid in descendants(terminal.pid)
                if b"engine" in Path(f"/proc/{pid}/cmdline").read_bytes()
            ]
            os.kill(engines[0], signal.SIGABRT)
            terminal.wait_until(
                lambda: engines[0] not in descendants(terminal.pid), "a new engine", 20
            )
            limits = Path(f"/proc/{front[-1]}/limits").read_text()
            assert re.search(r"Max core file size +0 ", limits)
            os.kill(front[-1], signal.SIGABRT)
            assert terminal.wait_exit() == 128 + signal.SIGABRT
            look("the terminal", terminal.raw, key)
    assert not list(home.folder.glob("*core*"))
    assert len(list(home.state.rglob("*.zip"))) == 1
    look_at_files(home.folder, key)
    tell()


def test_a_log_of_the_wire_of_every_kind(home: Home, key: str, echo_url: str) -> None:
    """Everything that went over it, but no key, no header with one, and no sound."""
    home.config.write_text('[speech]\nby = "speech"\n')
    home.env["VOICETUI_WIRE_LOG"] = str(home.folder / "wire.jsonl")
    wanted = {
        "realtime": {"session.update", "response.done"},
        "responses": {"responses.stream", "response.completed", "speak", "sound"},
        "assistants": {"runs.stream", "thread.run.completed", "HTTP 200"},
        "audio": {"chat.stream", "chat.completion.chunk"},
    }
    kinds = tuple(wanted) if EVERYTHING else ("realtime", "responses")
    with running_server(key=key, audio_speed=0) as url:
        for kind in kinds:
            (home.folder / "wire.jsonl").unlink(missing_ok=True)
            asked = home.run(
                "ask", "--no-save", "--base-url", url, "--session", kind, "--out", "answer.wav",
                f"Say this: {key}",
            )  # fmt: skip
            assert asked.code == 0, asked
            assert "without keys and sound" in asked.err
            raw = (home.folder / "wire.jsonl").read_bytes()
            look("the wire log", raw, key)
            assert b"Say this: ***" in raw
            assert not re.search(rb"[A-Za-z0-9+/]{256}", raw)
            lines = [json.loads(line) for line in raw.splitlines()][1:]
            assert {line["way"] for line in lines} == {"sent", "received", "note"}
            names = {line["kind"] for line in lines}
            assert wanted[kind] <= names, names
    for kind in kinds:
        home.run("ask", "--base-url", echo_url, "--session", kind, "x")
        shown = home.run("log", "show", "--of", "wire")
        assert b"401" in shown.stdout
        look("the wire log", (home.folder / "wire.jsonl").read_bytes() + shown.stdout, key)
    look_at_files(home.state, key)
    tell()


def test_a_stored_key_is_in_no_environment_at_all(home: Home, key: str) -> None:
    del home.env["OPENAI_API_KEY"]
    with running_server(key=key, audio_speed=0) as url:
        assert home.run("key", "set", "--service", url, stdin=key.encode()).code == 0
        kept = home.state / "keys.json"
        home.env["OPENAI_BASE_URL"] = url
        with Terminal.spawn(
            command("-v"), env=home.env, cwd=str(home.folder), rows=30, cols=110
        ) as terminal:
            terminal.wait_for("PAUSED", READY_S)
            look_at_processes([terminal.pid, *descendants(terminal.pid)], set(), key)
            terminal.press("D", "D")
            wait_until(lambda: list(home.state.rglob("*.zip")), 20)
            terminal.press("q")
            assert terminal.wait_exit() == 0
            look("the terminal", terminal.raw, key)
        asked = home.run("ask", "-v", "What is the capital of Japan?")
        assert asked.code == 0, asked
        look("stdout and stderr", asked.stdout + asked.err.encode(), key)
    assert key in kept.read_text()
    kept.unlink()
    look_at_files(home.folder, key)
    tell()


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
