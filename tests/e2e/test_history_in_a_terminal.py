"""Talk, quit, come back: the history of the real program in a real terminal."""

from __future__ import annotations

import re
from pathlib import Path

from tests.e2e.program import CANARY, Home, command
from tests.terminal.driver import Terminal
from tests.tui.store.scenes import exchange, record
from tui.store.store import Store

READY_S = 40  # of a loaded machine


def open_terminal(home: Home, *arguments: str, rows: int = 36, cols: int = 110) -> Terminal:
    terminal = Terminal.spawn(
        command("--demo", *arguments), env=home.env, cwd=str(home.folder), rows=rows, cols=cols
    )
    terminal.wait_for("PAUSED", READY_S)
    return terminal


def say(terminal: Terminal, text: str, answer: str) -> None:
    """Type a turn and wait for the answer to it."""
    before = terminal.text.count(answer)
    terminal.press("i")
    terminal.type(text)
    terminal.press("enter")
    terminal.wait_until(lambda: terminal.text.count(answer) > before, f"the answer {answer!r}")
    terminal.press("escape")
    terminal.wait_for("space talk")


def leave(terminal: Terminal) -> None:
    terminal.press("q")
    assert terminal.wait_exit() == 0


def keep(home: Home, *talks: tuple[str, str], sound: bool = False) -> list[str]:
    """Put conversations into this person's record; returns their ids."""
    store = Store.open(home.state / "history")
    made = [
        record(store, exchange(number, said, answer, sound=sound), service="demo")
        for number, (said, answer) in enumerate(talks)
    ]
    assert store.close(30)
    return made


def test_the_thread_is_taken_up_again_after_a_restart(home: Home) -> None:
    with open_terminal(home) as terminal:
        say(terminal, "My name is Ada.", "Nice to meet you")
        leave(terminal)
    with open_terminal(home) as terminal:
        say(terminal, "What is my name?", "have not told me your name")
        terminal.press("h")
        terminal.wait_for("2 conversations")
        terminal.press("down")
        terminal.wait_for("Nice to meet you, Ada.")  # in the preview
        terminal.press("enter")
        terminal.wait_for("earlier, until", READY_S)
        terminal.wait_for("PAUSED", READY_S)
        assert "Nice to meet you, Ada." in terminal.text
        say(terminal, "What is my name?", "Your name is Ada.")
        leave(terminal)
    done = home.run("history", "list")
    assert len(done.out.splitlines()) == 2
    assert re.search(r"4 turns.*My name is Ada", done.out)


def test_resume_from_the_shell_shows_and_knows_what_was_said(home: Home) -> None:
    (ident,) = keep(home, ("My name is Grace.", "Nice to meet you, Grace."))
    for how in (["--resume", ident[:6]], ["history", "resume", ident[:6], "--demo"]):
        terminal = Terminal.spawn(
            command(*(["--demo", *how] if how[0] == "--resume" else how)),
            env=home.env,
            cwd=str(home.folder),
            rows=36,
            cols=110,
        )
        with terminal:
            terminal.wait_for("earlier, until", READY_S)
            terminal.wait_for("PAUSED", READY_S)
            say(terminal, "What is my name?", "Your name is Grace.")
            leave(terminal)


def test_search_in_japanese_and_the_keys_of_the_list(home: Home) -> None:
    keep(
        home,
        ("How do I boil an egg?", "Seven minutes."),
        ("東京の天気を教えてください。", "東京は晴れです。"),
        sound=True,
    )
    with open_terminal(home) as terminal:
        terminal.press("h")
        terminal.wait_for("2 conversations")
        terminal.press("/")
        terminal.type("天気")
        terminal.wait_for("1 found")
        # pyte leaves the second cell of a wide character empty.
        assert "東京の天気" in terminal.text.replace(" ", "")
        terminal.wait_gone("boil")
        terminal.press("enter", "r")
        terminal.press(*["backspace"] * 20)
        terminal.type("空の話\r")
        terminal.wait_for("renamed")
        terminal.press("escape")
        terminal.wait_for("2 conversations")
        terminal.press("x")
        terminal.wait_for("u brings it back")
        terminal.wait_for("1 conversation")
        terminal.press("u")
        terminal.wait_for("2 conversations")
        terminal.press("e")
        terminal.wait_for("export as")
        terminal.press("backspace", "backspace")
        terminal.type("wav\r")
        terminal.wait_for("written:")
        terminal.press("a")
        terminal.type("conv_123\r")
        terminal.wait_for("3 conversations")
        terminal.press("end", "p")
        terminal.wait_for("playing 0.2 s")
        terminal.press("escape")
        terminal.wait_for("space talk")
        leave(terminal)
    (exported,) = (home.state / "exports").glob("*.wav")
    assert exported.stat().st_size > 44 + 2 * 7200
    assert exported.stat().st_mode & 0o777 == 0o600
    assert "空の話" in home.run("history", "list").out


def test_a_thread_the_service_forgot_goes_on_from_its_text(home: Home) -> None:
    with open_terminal(home, "--session", "assistants") as terminal:
        say(terminal, "My name is Ada.", "Nice to meet you")
        leave(terminal)
    forget_threads(home.state / "demo")
    with open_terminal(home) as terminal:
        terminal.press("h")
        terminal.wait_for("1 conversation")
        terminal.press("enter")
        terminal.wait_for("does not know the thread", READY_S)
        terminal.wait_for("c continue")
        terminal.press("c")
        terminal.wait_for("PAUSED", READY_S)
        terminal.wait_for("earlier, until")
        say(terminal, "What is my name?", "Your name is Ada.")
        leave(terminal)


def forget_threads(state: Path) -> None:
    """The embedded service loses what it kept."""
    kept = [path for path in state.rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        path.unlink()


def test_n_twice_begins_anew(home: Home) -> None:
    with open_terminal(home) as terminal:
        say(terminal, "My name is Ada.", "Nice to meet you")
        terminal.press("n")
        terminal.wait_for("Press n again")
        terminal.press("n")
        terminal.wait_gone("Nice to meet you")
        terminal.wait_for("PAUSED", READY_S)
        say(terminal, "What is my name?", "have not told me your name")
        leave(terminal)
    assert len(home.run("history", "list").out.splitlines()) == 2


def test_another_service_gets_the_words_only_after_a_yes(home: Home, locked_url: str) -> None:
    held = home.run("--demo", "--plain", stdin=b"My name is Ada.\n")
    (kept,) = re.findall(r"--resume (\w+)", held.err)
    env = {**home.env, "OPENAI_API_KEY": CANARY, "OPENAI_BASE_URL": locked_url}
    start = command("--plain", "--resume", kept, "--input", "silent")
    for answer, then in (("n", ""), ("y", "[connected to")):
        with Terminal.spawn(start, env=env, cwd=str(home.folder)) as terminal:
            terminal.wait_for("Go on? [y/N]", READY_S)
            assert "the embedded service" in terminal.text
            assert "Calling" not in terminal.text
            terminal.type(answer.encode() + b"\n")
            if then:
                terminal.wait_for(then, READY_S)
            else:
                assert terminal.wait_exit() == 0
                assert "Calling" not in terminal.text
