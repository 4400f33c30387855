"""Money as a person meets it: the program, its budgets, its panel, in processes and terminals."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import time

import pytest

from tests.e2e.program import Home, command
from tests.e2e.proxy import proxied
from tests.terminal.driver import Terminal
from tui.errors import ExitCode

START_S = 40  # of a loaded machine
DEAR = """\
[models.gpt-realtime-dear]
text_in = 1000
text_cached = 1000
text_out = 1000
audio_in = 1000
audio_cached = 1000
audio_out = 1000
per_minute = 0
"""


@pytest.fixture
def paying(keyed: Home) -> Home:
    """Somebody for whom the embedded service costs money: a cent for ten tokens."""
    (keyed.folder / "prices.toml").write_text(
        DEAR
        + '[models.whisper-1]\nlike = "gpt-realtime-dear"\n'
        + '[models.gpt-transcribe]\nlike = "gpt-realtime-dear"\n'
    )
    keyed.env["VOICETUI_MODEL"] = "gpt-realtime-dear"
    return keyed


def spent(home: Home, by: str = "day") -> dict[str, object]:
    done = home.run("usage", "--by", by, "--json")
    assert done.code == 0, done
    told: dict[str, object] = json.loads(done.out)
    return told


def total_usd(home: Home) -> float:
    total = spent(home)["total"]
    assert isinstance(total, dict)
    return float(total["est_usd"])


# ---------------------------------------------------------------- one question


def test_a_question_tells_what_it_cost(paying: Home) -> None:
    done = paying.run("ask", "--json", "What is the capital of Japan?")
    assert done.code == 0, done
    told = json.loads(done.out)
    assert re.search(
        r"^Cost: est\. \$\d+\.\d+ \(prices of 2026-11-20 and your prices\.toml\)\.$",
        done.err,
        re.MULTILINE,
    )
    usage = told["usage"]
    tokens = usage["text_in"] + usage["audio_in"] + usage["text_out"] + usage["audio_out"]
    assert float(told["est_usd"]) == pytest.approx(tokens / 1000)
    assert total_usd(paying) == pytest.approx(tokens / 1000)


def test_a_day_that_is_paid_for_takes_no_more_questions(paying: Home) -> None:
    assert paying.run("ask", "Hello").code == 0
    before = total_usd(paying)
    done = paying.run("ask", "--day-budget", "0.001", "Hello again")
    assert done.code == ExitCode.BUDGET, done
    assert "Budget of the day used up: est. $" in done.err
    assert done.out == ""
    assert total_usd(paying) == before


def test_a_model_without_a_price_shows_tokens_and_no_figure(keyed: Home) -> None:
    done = keyed.run("ask", "--model", "gpt-realtime-nobodys", "Hello", "--budget", "1")
    assert done.code == 0, done
    assert "Tokens: " in done.err
    assert "Cost:" not in done.err
    table = keyed.run("usage", "--by", "model")
    assert re.search(r"^gpt-realtime-nobodys +no price ", table.out, re.MULTILINE)
    assert "No price is known for gpt-realtime-nobodys" in table.err


def test_the_embedded_service_costs_nothing(home: Home) -> None:
    done = home.run("ask", "--demo", "Hello")
    assert done.code == 0, done
    assert "Cost: est. $0 (prices of 2026-11-20)." in done.err


# ---------------------------------------------------------------- prices


def test_wrong_prices_are_named_with_their_line_and_the_shipped_ones_used(keyed: Home) -> None:
    (keyed.folder / "prices.toml").write_text("[models.x]\ntext_in = 'four'\n")
    done = keyed.run("ask", "--model", "gpt-realtime-2.1", "Hello")
    assert done.code == 0, done
    assert "prices.toml:2: text_in must be a number (USD), not 'four'" in done.err
    assert "The shipped prices are used meanwhile." in done.err
    assert re.search(r"Cost: est\. \$\d", done.err)
    table = keyed.run("usage")
    assert "prices.toml:2: " in table.err
    assert "prices of 2026-11-20." in table.out


# ---------------------------------------------------------------- voicetui usage


def test_usage_by_everything_and_in_every_form(paying: Home) -> None:
    assert paying.run("ask", "My name is Ada.").code == 0
    for by in ("day", "model", "kind", "conversation"):
        done = paying.run("usage", "--by", by)
        assert done.code == 0, done
        lines = done.out.splitlines()
        assert lines[0].split()[:3] == [by, "est.", "cost"]
        assert lines[-2].startswith("total")
        assert re.search(r"\$\d+\.\d+", lines[-2])
        assert "prices of 2026-11-20" in lines[-1]
    assert "My name is Ada." in done.out
    (group,) = spent(paying, "kind")["groups"]  # type: ignore[misc]
    assert group["kind"] == "realtime"
    assert group["complete"] is True
    rows = list(csv.DictReader(io.StringIO(paying.run("usage", "--csv", "--by", "model").out)))
    assert rows[0]["model"] == "gpt-realtime-dear"
    assert rows[0]["prices_date"] == "2026-11-20"
    assert int(rows[0]["text_in"]) > 0


def test_usage_of_nothing_and_of_wrong_days(home: Home) -> None:
    done = home.run("usage")
    assert (done.code, done.out) == (0, "")
    assert "Nothing was used since" in done.err
    assert home.run("usage", "--since", "yesterday").code == ExitCode.USAGE
    assert home.run("usage", "--by", "moon").code == ExitCode.USAGE
    assert home.run("usage", "--json", "--csv").code == ExitCode.USAGE


# ---------------------------------------------------------------- a conversation


def start_plain(home: Home, *flags: str) -> subprocess.Popen[bytes]:
    return home.start("--plain", "--input", "silent", "--output", "silent", *flags,
                      stdin=subprocess.PIPE)  # fmt: skip


def read_until(program: subprocess.Popen[bytes], words: str) -> str:
    assert program.stdout is not None
    seen = ""
    for line in program.stdout:
        seen += line.decode()
        if words in seen:
            return seen
    raise AssertionError(f"{words!r} did not come: {seen}")


def say(program: subprocess.Popen[bytes], text: str) -> None:
    assert program.stdin is not None
    program.stdin.write(text.encode() + b"\n")
    program.stdin.flush()


def test_a_budget_hangs_up_and_the_conversation_is_kept(paying: Home) -> None:
    program = start_plain(paying, "--budget", "0.01")
    read_until(program, "[connected to")
    say(program, "My name is Ada.")
    out, err = program.communicate(timeout=60)
    assert program.returncode == ExitCode.BUDGET, (out, err)
    ended = re.search(r"used up: est\. \$\S+ of \$0\.0100; hung up\..*--resume (\w+)", out.decode())
    assert ended is not None, out
    kept = paying.run("history", "show", ended[1])
    assert "Ada" in kept.out
    # The conversation remembers what it cost; more money lets it go on.
    again = paying.run("--plain", "--resume", ended[1], "--budget", "0.01", stdin=b"Hello\n")
    assert again.code == ExitCode.BUDGET, again
    more = paying.run(
        "--plain", "--resume", ended[1], "--budget", "100", "--input", "silent",
        stdin=b"What is my name?\n",
    )  # fmt: skip
    assert more.code == 0, more
    assert re.search(r"^Assistant: .*Ada", more.out, re.MULTILINE)


def test_one_key_raises_it_in_time(paying: Home) -> None:
    said = paying.run("--plain", "--input", "silent", stdin=b"Hello\n")
    assert said.code == 0, said
    program = start_plain(paying, "--budget", f"{total_usd(paying) * 1.15:.4f}")
    read_until(program, "[connected to")
    say(program, "Hello")  # costs as much once more
    read_until(program, "b raises it")
    say(program, "b")
    read_until(program, "The budget is raised to")
    say(program, "c")
    assert "budget: $" in read_until(program, "Cost: est.")
    say(program, "q")
    out, _ = program.communicate(timeout=30)
    assert program.returncode == 0, out


@pytest.mark.slow
def test_two_programs_share_the_budget_of_a_day(paying: Home) -> None:
    question = "What is the capital of Japan?"
    said = paying.run("--plain", "--input", "silent", stdin=question.encode() + b"\n")
    assert said.code == 0, said
    one_question = total_usd(paying)
    # Two questions more are too many, whoever asks them.
    budget = f"{one_question * 2.5:.4f}"
    one, other = (start_plain(paying, "--day-budget", budget) for _ in range(2))
    try:
        for program in (one, other):
            read_until(program, "[connected to")
            say(program, question)
            seen = read_until(program, "Assistant: ")
            assert "hung up" not in seen
        for program in (other, one):  # the second hears of it without saying a word
            assert program.stdout is not None
            out = program.stdout.read().decode()
            assert program.wait(30) == ExitCode.BUDGET, out
            assert "Budget of the day used up" in out
    finally:
        for program in (one, other):
            program.kill()
            program.wait()


def test_a_budget_survives_a_line_that_breaks(paying: Home) -> None:
    said = paying.run("--plain", "--input", "silent", stdin=b"Hello\n")
    assert said.code == 0, said
    budget = f"{total_usd(paying) * 1.5:.4f}"
    with proxied(paying.env["OPENAI_BASE_URL"]) as (proxy, url):
        program = start_plain(paying, "--base-url", url, "--budget", budget)
        read_until(program, "[connected to")
        say(program, "Hello")
        assert "hung up" not in read_until(program, "Assistant: ")
        proxy.cut()
        read_until(program, "[connected to")
        say(program, "Hello")
        assert program.stdout is not None
        out = program.stdout.read().decode()
        assert program.wait(30) == ExitCode.BUDGET, out
        assert "Budget of the conversation used up" in out


def test_nobody_there_is_told_before_and_after_it_hangs_up(paying: Home) -> None:
    # Two seconds: a warning after one, the end after two.
    program = start_plain(paying, "--idle", "0.0334", "--turn", "push_to_talk")
    assert program.stdout is not None
    told = program.stdout.read().decode()
    assert program.wait(30) == 0, told
    assert told.index("any key keeps it") < told.index("; hung up.")
    assert "Nothing was said or typed for 2 seconds" in told


# ---------------------------------------------------------------- the screen


def open_screen(home: Home, *flags: str, rows: int = 24, cols: int = 80) -> Terminal:
    return Terminal.spawn(
        command("--input", "silent", "--output", "silent", *flags),
        env=home.env,
        cwd=str(home.folder),
        rows=rows,
        cols=cols,
    )


def ask_on_screen(terminal: Terminal, text: str) -> None:
    terminal.press("i")
    terminal.type(f"{text}\r")
    terminal.press("escape")


@pytest.mark.parametrize(("cols", "rows"), [(80, 24), (120, 40), (40, 12)])
def test_the_panel_on_a_real_terminal(paying: Home, cols: int, rows: int) -> None:
    with open_screen(paying, rows=rows, cols=cols) as terminal:
        terminal.wait_for("PAUSED", START_S)
        ask_on_screen(terminal, "What is the capital of Japan?")
        terminal.wait_for("Tokyo", START_S)
        if cols == 80:
            terminal.wait_until(
                lambda: "est. turn $" in terminal.text, "the cost beside the tokens"
            )
        terminal.press("u")
        terminal.wait_for("est. cost")
        terminal.wait_until(lambda: re.search(r"est\. cost +\$\d", terminal.text), "figures")
        assert "prices of 2026-11-20" in terminal.text
        assert "text in" in terminal.text
        if rows >= 24:
            terminal.wait_for("Next turn")
            assert "tokens are read" in terminal.text
        assert max(map(len, terminal.screen())) <= cols
        terminal.press("u")
        terminal.wait_until(lambda: "est. cost" not in terminal.text, "back")
        terminal.press("q")
        assert terminal.wait_exit() == 0


def test_a_budget_on_the_screen_is_raised_after_the_end_and_the_call_goes_on(
    paying: Home,
) -> None:
    with open_screen(paying, "--budget", "0.01", cols=120) as terminal:
        terminal.wait_for("PAUSED", START_S)
        ask_on_screen(terminal, "My name is Ada.")
        terminal.wait_for("ENDED", START_S)
        terminal.wait_for("b raises the budget, then c goes on")
        terminal.press("b")
        terminal.wait_for("The budget is raised to")
        terminal.press("c")
        terminal.wait_for("PAUSED", START_S)
        terminal.press("q")
        assert terminal.wait_exit() == 0


def test_the_exit_code_tells_of_the_budget(paying: Home) -> None:
    with open_screen(paying, "--budget", "0.01") as terminal:
        terminal.wait_for("PAUSED", START_S)
        ask_on_screen(terminal, "Hello")
        terminal.wait_for("ENDED", START_S)
        terminal.press("q")
        assert terminal.wait_exit() == ExitCode.BUDGET


@pytest.mark.slow
def test_keys_on_the_screen_keep_the_call(paying: Home) -> None:
    with open_screen(paying, "--idle", "0.1") as terminal:  # six seconds, warned after three
        terminal.wait_for("any key keeps it", START_S)
        terminal.press("i")
        until_s = time.monotonic() + 7
        while time.monotonic() < until_s:  # longer than the limit, and no key is an ask
            terminal.press("x")
            time.sleep(0.5)
        assert "ENDED" not in terminal.text
        terminal.wait_for("ENDED", START_S)
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
