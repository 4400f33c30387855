"""`voicetui ask` over a line that breaks: it waits as a call does, and says so once."""

from __future__ import annotations

import time

import pytest

from tests.e2e.calls import QUESTION
from tests.e2e.program import Done, Home
from tests.e2e.proxy import proxied
from tests.server.process import running_server
from tests.waiting import wait_until

SLOW = {"latency_first_delta_ms": 1500, "audio_speed": 0}


def ask_and_cut(home: Home, *question: str) -> Done:
    """One cut of the line while the answer is waited for."""
    with running_server(**SLOW) as direct, proxied(direct) as (proxy, url):
        asking = home.start("ask", "--base-url", url, "--model", "demo", *question)
        try:
            wait_until(lambda: proxy.accepted == 1, 20)
            time.sleep(0.7)  # the question is on its way, or about to be: both must be well
            proxy.cut()
            out, err = asking.communicate(timeout=100)
        finally:
            asking.kill()
    return Done(asking.returncode, out, err)


@pytest.mark.parametrize("question", [("What is the capital of Japan?",), ("--audio",)])
def test_a_line_that_breaks_is_waited_for(home: Home, question: tuple[str, ...]) -> None:
    if question == ("--audio",):
        question = ("--audio", str(QUESTION))
    done = ask_and_cut(home, *question)
    assert done.code == 0, done
    assert "Tokyo" in done.out
    assert done.err.count("onnecting again") == 1
    assert done.err.count("Connected again after") == 1


def test_a_service_that_drops_every_line_is_given_up(home: Home) -> None:
    with running_server(drop_after_events=1) as url:
        done = home.run("ask", "--base-url", url, "--model", "demo", "--timeout", "60", "hello")
    assert done.code == 5, done
    assert done.err.count("onnecting again") == 1, done
    assert not done.out


def test_a_service_that_was_never_there_is_told_of_once(home: Home) -> None:
    done = home.run("ask", "--base-url", "http://127.0.0.1:9/v1", "--model", "m", "hello")
    assert done.code == 5, done
    assert done.err.count("onnecting again") == 1, done
