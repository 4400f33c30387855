"""The service as a process: how it starts, ends, and keeps what was said."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.processes import alive
from tests.server.process import (
    REPOSITORY,
    running_server,
    start_server,
    stop_server,
    wait_until,
)
from tests.server.test_conversation import question
from tests.server.wire import connected


def children(pid: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return [int(one) for one in listed.stdout.split()]


def test_it_says_where_it_listens_and_ends_with_its_stdin() -> None:
    started = time.monotonic()
    process, ready = start_server()
    assert time.monotonic() - started < 10
    assert ready["listening"] == f"http://127.0.0.1:{ready['port']}/v1"
    assert ready["pid"] == process.pid
    assert stop_server(process) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_cleanly(number: signal.Signals) -> None:
    process, _ = start_server()
    process.send_signal(number)
    assert process.wait(10) == 0
    stop_server(process)


async def test_a_signal_during_an_answer_closes_the_connection() -> None:
    process, ready = start_server()
    async with connected(ready["listening"]) as wire:
        content = [{"type": "input_text", "text": "Tell me a long story."}]
        item = {"type": "message", "role": "user", "content": content}
        await wire.send("conversation.item.create", item=item)
        await wire.send("response.create")
        await wire.until("response.output_audio.delta")
        process.send_signal(signal.SIGTERM)
        with pytest.raises(ConnectionClosed):
            await wire.until("an event that never comes")
    assert process.wait(10) == 0
    stop_server(process)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the process table of Linux")
def test_a_killed_service_leaves_no_recogniser_behind() -> None:
    process, ready = start_server()
    wait_until(lambda: children(ready["pid"]))
    (recogniser,) = children(ready["pid"])
    process.kill()
    process.wait()
    wait_until(lambda: not alive(recogniser))
    stop_server(process)


async def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path) -> None:
    process, ready = start_server(TMPDIR=str(tmp_path))
    try:
        async with connected(ready["listening"]) as wire:
            await wire.append(question())
            await wire.until("response.done")  # the question was understood
            kept = list(tmp_path.iterdir())  # a killed service can remove nothing any more
    finally:
        stop_server(process)
    assert kept == []
    assert list(tmp_path.iterdir()) == []


def test_a_taken_port_is_one_sentence() -> None:
    process, ready = start_server()
    try:
        second = subprocess.run(
            [sys.executable, "-P", "-m", "server", "--port", str(ready["port"])],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    finally:
        stop_server(process)
    assert second.returncode == 1
    assert second.stdout == ""
    assert "Traceback" not in second.stderr
    assert f"port {ready['port']} is in use" in second.stderr


def test_wrong_knobs_are_named() -> None:
    wrong = subprocess.run(
        [sys.executable, "-P", "-m", "server", "--knobs", '{"speeed": 1}'],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert wrong.returncode == 2
    assert "speeed" in wrong.stderr
    assert "Traceback" not in wrong.stderr


async def test_conversations_are_kept(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with running_server(state=state) as url:
        async with connected(url) as wire:
            await wire.append(question())
            done = await wire.until("response.done")
            answer_id = done["response"]["output"][0]["id"]
            await wire.send(
                "conversation.item.truncate",
                item_id=answer_id,
                content_index=0,
                audio_end_ms=500,
            )
            await wire.until("conversation.item.truncated")
            conversation = done["response"]["conversation_id"]
    assert (state.stat().st_mode & 0o777) == 0o700
    path = state / "conversations.sqlite3"
    assert (path.stat().st_mode & 0o777) == 0o600
    with sqlite3.connect(path) as database:
        rows = database.execute(
            "SELECT role, text, audio_ms, heard_ms FROM item "
            "WHERE conversation_id = ? ORDER BY position",
            (conversation,),
        ).fetchall()
        usage = database.execute("SELECT status, usage FROM response").fetchall()
    (user, assistant) = rows
    assert user[:2] == ("user", "what is the capital of japan")
    assert user[2] > 1_500
    assert assistant[0] == "assistant"
    assert assistant[3] == 500
    assert "The capital of Japan is Tokyo.".startswith(assistant[1])
    assert assistant[1] != "The capital of Japan is Tokyo."
    assert usage[0][0] == "completed"
    assert '"total_tokens"' in usage[0][1]


async def test_the_log_holds_no_keys(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "server", "--exit-with-stdin", "--log-level", "debug"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            cwd=REPOSITORY,
            env={
                **os.environ,
                "PYTHONPATH": str(REPOSITORY),
                "VOICETUI_SERVER_KEY": "sk-secret-key-0001",
            },
        )
        assert process.stdout is not None
        import json

        url = json.loads(process.stdout.readline())["listening"]
        async with connected(url, key="sk-secret-key-0001") as wire:
            await wire.say("Hello")
        stop_server(process)
    text = log.read_text()
    assert "session" in text
    assert "sk-secret-key-0001" not in text
