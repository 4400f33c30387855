"""`voicetui history` as a person types it: processes, their output, their exit codes."""

from __future__ import annotations

import io
import json
import stat
import urllib.request
import wave
from pathlib import Path

import pytest

from tests.e2e.program import CANARY, REPOSITORY, Home
from tests.server.process import running_server
from tests.tui.store.scenes import exchange, record
from tests.tui.store.seed import seed
from tui.store.store import Store
from tui.text import cells


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.env["TZ"] = "UTC"
    return home


def opened(home: Home) -> Store:
    return Store.open(home.state / "history")


@pytest.fixture
def ids(home: Home) -> dict[str, str]:
    """Three conversations: english, japanese, hostile."""
    store = opened(home)
    times = iter(range(1_800_000_000, 1_900_000_000))

    def now_s() -> float:
        return next(times)

    made = {
        "english": record(
            store, exchange(1, "What is the weather?", "Sunny all day.", sound=True), now_s=now_s
        ),
        "japanese": record(
            store, exchange(1, "東京都の天気予報を教えて", "明日は晴れです。"), now_s=now_s
        ),
        "hostile": record(
            store, exchange(1, "\x1b[2J[bold]boo[/bold]", f"the key {CANARY}"), now_s=now_s
        ),
    }
    assert store.close()
    return made


def test_a_person_without_history_is_told(home: Home) -> None:
    for arguments in ([], ["list"], ["list", "--json"]):
        done = home.run("history", *arguments)
        assert done.code == 0, done
    assert home.run("history").err == "No conversation yet.\n"
    assert json.loads(home.run("history", "list", "--json").out) == {"conversations": []}
    assert home.run("history", "list", "--deleted").err == "No conversation was deleted.\n"


def test_the_list_is_newest_first(home: Home, ids: dict[str, str]) -> None:
    done = home.run("history")
    assert done.code == 0, done
    lines = done.out.splitlines()
    assert [line.split()[0] for line in lines] == [
        ids[name][:8] for name in ("hostile", "japanese", "english")
    ]
    assert lines[2].endswith(
        "2027-01-15 08:00  realtime      2 turns        60 tokens  What is the weather?"
    )
    assert "東京都の天気予報を教えて" in lines[1]
    assert "\x1b" not in done.out
    assert "[bold]boo[/bold]" in lines[0]
    told = json.loads(home.run("history", "list", "--json").out)["conversations"]
    assert [row["id"] for row in told] == [ids[n] for n in ("hostile", "japanese", "english")]


def test_long_lists_are_cut_and_say_so(home: Home) -> None:
    store = opened(home)
    seed(store, 30, 1)
    assert store.close()
    done = home.run("history")
    assert len(done.out.splitlines()) == 20
    assert done.err == "20 of 30; --limit N shows more.\n"
    assert len(home.run("history", "list", "--limit", "100").out.splitlines()) == 30
    for wrong in ("0", "-1", "x"):
        assert home.run("history", "list", "--limit", wrong).code == 2


@pytest.mark.parametrize(
    ("words", "name", "line"),
    [
        (["WEATHER"], "english", "Title: What is the weather?"),
        (["day", "sunny"], "english", "Assistant: Sunny all day."),
        (["天気予報"], "japanese", "You: 東京都の天気予報を教えて"),
        (["晴れ"], "japanese", "Assistant: 明日は晴れです。"),
    ],
)
def test_search(home: Home, ids: dict[str, str], words: list[str], name: str, line: str) -> None:
    done = home.run("history", "search", *words)
    assert done.code == 0, done
    assert all(found.startswith(ids[name][:8]) for found in done.out.splitlines())
    assert line in done.out
    told = json.loads(home.run("history", "search", "--json", *words).out)
    assert {hit["conversation_id"] for hit in told["hits"]} == {ids[name]}


def test_nothing_found_is_an_exit_code(home: Home, ids: dict[str, str]) -> None:
    done = home.run("history", "search", "xyzzy")
    assert (done.code, done.out, done.err) == (1, "", "Nothing found.\n")


def test_show(home: Home, ids: dict[str, str]) -> None:
    done = home.run("history", "show", ids["english"][:6])
    assert done.code == 0, done
    assert done.out == "You: What is the weather?\nAssistant: Sunny all day.\n"
    assert "demo · m" in done.err
    told = json.loads(home.run("history", "show", "--json", ids["english"]).out)
    assert [turn["text"] for turn in told["turns"]] == ["What is the weather?", "Sunny all day."]


@pytest.mark.parametrize("action", ["show", "export", "resume", "rename", "delete", "undelete"])
@pytest.mark.parametrize("wrong", ["zzzz", "", "\x1b[31m", "'; DROP TABLE turns; --"])
def test_ids_that_are_none_are_told(
    home: Home, ids: dict[str, str], action: str, wrong: str
) -> None:
    rest = ["new title"] if action == "rename" else []
    done = home.run("history", action, "--", wrong, *rest)
    assert done.code == 2, done
    assert "No such conversation" in done.err
    assert "\x1b" not in done.err
    assert done.out == ""


def test_without_a_key_a_conversation_of_the_demo_asks_for_it(
    home: Home, ids: dict[str, str]
) -> None:
    done = home.run("history", "resume", ids["english"])
    assert done.code == 3, done
    assert "add --demo to go on there. Set OPENAI_API_KEY" in done.err


def test_export_to_stdout_and_to_files(home: Home, ids: dict[str, str]) -> None:
    english = ids["english"]
    done = home.run("history", "export", english[:5])
    assert done.out.startswith("# What is the weather?\n")
    told = json.loads(home.run("history", "export", english[:5], "--format", "json").out)
    assert told["conversation"]["id"] == english
    sound = home.run("history", "export", english[:5], "--format", "wav")
    with wave.open(io.BytesIO(sound.stdout)) as file:
        assert file.getnframes() == 2400 + 9600 + 4800
    for name in ("a.md", "a.json", "a.wav"):
        done = home.run("history", "export", english, "--out", name)
        assert done.code == 0, done
        assert stat.S_IMODE((home.folder / name).stat().st_mode) == 0o600
    assert (home.folder / "a.wav").read_bytes() == sound.stdout
    again = home.run("history", "export", english, "--out", "a.md")
    assert again.code == 6
    assert "nothing is overwritten" in again.err
    unknown = home.run("history", "export", english, "--out", "a.ogg")
    assert (unknown.code, (home.folder / "a.ogg").exists()) == (2, False), unknown
    assert "--format" in unknown.err
    for name in ("a.txt", "a", "b.ogg"):
        asked = ("--format", "md") if name == "b.ogg" else ()
        assert home.run("history", "export", english, "--out", name, *asked).code == 0
    folder = home.run("history", "export", english, "--out", ".")
    assert (home.folder / f"What-is-the-weather-{english[:8]}.md").is_file(), folder


def test_export_of_what_is_not_there(home: Home, ids: dict[str, str]) -> None:
    done = home.run("history", "export", ids["japanese"], "--format", "wav")
    assert done.code == 6, done
    assert done.stdout == b""
    assert "No sound is kept" in done.err
    assert home.run("history", "export", ids["japanese"], "--stereo").code == 2


def test_keys_do_not_come_out(home: Home, ids: dict[str, str]) -> None:
    for arguments in (["show"], ["export"], ["export", "--format", "json"]):
        done = home.run("history", arguments[0], ids["hostile"], *arguments[1:])
        assert done.code == 0
        assert CANARY not in done.out + done.err
        assert "\x1b" not in done.out


def test_rename_delete_and_back(home: Home, ids: dict[str, str]) -> None:
    english = ids["english"][:8]
    done = home.run("history", "rename", english, "Sun", "and", "天気")
    assert (done.code, done.err) == (0, f"{english} is now: Sun and 天気\n")
    done = home.run("history", "delete", english, ids["japanese"])
    assert done.code == 0, done
    assert f"`voicetui history undelete {english}` undoes it." in done.err
    assert len(home.run("history").out.splitlines()) == 1
    assert len(home.run("history", "list", "--deleted").out.splitlines()) == 2
    gone = home.run("history", "show", english)
    assert (gone.code, "deleted" in gone.err) == (2, True)
    assert home.run("history", "undelete", english).code == 0
    assert "Sun and 天気" in home.run("history").out


def test_one_wrong_id_deletes_nothing(home: Home, ids: dict[str, str]) -> None:
    done = home.run("history", "delete", ids["english"], "zzzz")
    assert done.code == 2
    assert len(home.run("history").out.splitlines()) == 3


def test_deletion_for_good(home: Home, ids: dict[str, str]) -> None:
    home.run("history", "delete", ids["japanese"])
    done = home.run("history", "delete", "--now", ids["english"], ids["japanese"])
    assert done.code == 0, done
    assert home.run("history", "list", "--deleted").out == ""
    assert list((home.state / "history" / "clips").iterdir()) == []
    assert home.run("history", "undelete", ids["english"]).code == 2


def thread_at(url: str) -> str:
    """A new thread of the service."""
    headers = {"Content-Type": "application/json", "OpenAI-Beta": "assistants=v2"}
    asked = urllib.request.Request(f"{url}/threads", b"{}", headers)
    with urllib.request.urlopen(asked) as answer:
        return str(json.load(answer)["id"])


def rows(home: Home) -> list[tuple[str, str, str, str]]:
    listed = json.loads(home.run("history", "list", "--json").out)["conversations"]
    return [(row["kind"], row["service"], row["label"], row["title"]) for row in listed]


def test_import_takes_up_what_the_service_knows_and_nothing_else(home: Home) -> None:
    with running_server() as url:
        thread, host = thread_at(url), url.split("/")[2]
        done = home.run("history", "import", thread, "--base-url", url, "--title", "T")
        assert done.code == 0, done
        assert "could not be checked" not in done.err
        assert home.run("history", "import", thread, "--base-url", url).out == done.out
        for unknown in ("thread_nobody", "conv_nobody"):
            gone = home.run("history", "import", unknown, "--base-url", url)
            assert gone.code == 4, gone
            assert gone.err == f"Nothing to take up: {host} does not know {unknown}.\n"
    assert rows(home) == [("assistants", "compatible", host, "T")]
    assert home.run("history", "import", "thread_abc", "--demo").code == 4
    away = home.run("history", "import", "conv_1", "--base-url", url)
    assert away.code == 0, away
    assert "It could not be checked whether the service knows conv_1" in away.err
    no_key = home.run("history", "import", "thread_2")
    assert no_key.code == 0, no_key
    assert "could not be checked" in no_key.err
    assert "OPENAI_API_KEY" in no_key.err
    assert len(rows(home)) == 3
    unclear = home.run("history", "import", "abc")
    assert (unclear.code, "--kind" in unclear.err) == (2, True)
    assert home.run("history", "import", "abc", "--kind", "responses").code == 0


def test_output_into_a_closed_pipe(home: Home, ids: dict[str, str]) -> None:
    process = home.start("history", "export", ids["english"])
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(30) in (0, 1)
    assert process.stderr is not None
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()


def test_a_history_that_cannot_be_read_is_said_and_the_rest_goes_on(home: Home) -> None:
    (home.state / "history").mkdir(parents=True)
    (home.state / "history" / "history.1.db").write_bytes(b"broken" * 100)
    done = home.run("history")
    assert done.code == 0, done
    assert "was kept as" in done.err
    assert "set-aside" in done.err
    assert home.run("history").err == "No conversation yet.\n"


@pytest.mark.slow
def test_conversations_with_the_demo_are_kept_resumed_and_found(home: Home) -> None:
    question = str(REPOSITORY / "tui" / "assets" / "question.wav")
    asked = home.run("ask", "--demo", "--audio", question)
    assert asked.code == 0, asked
    (row,) = json.loads(home.run("history", "list", "--json").out)["conversations"]
    assert (row["service"], row["turns"]) == ("demo", 2)
    assert "capital" in home.run("history", "search", "capital").out
    sound = home.run("history", "export", row["id"], "--format", "wav")
    assert len(sound.stdout) > 24000
    done = home.run(
        "history", "resume", row["id"][:5], "--plain", "--demo", stdin=b"My name is Ada.\n"
    )
    assert done.code == 0, done
    again = home.run("--demo", "--plain", "--resume", row["id"], stdin=b"What is my name?\n")
    assert "Ada" in again.out, again
    shown = home.run("history", "show", row["id"]).out.splitlines()
    assert [line.split(":")[0] for line in shown] == ["You", "Assistant"] * 3
    assert len(home.run("history").out.splitlines()) == 1
    assert CANARY.encode() not in home.everything_written()


@pytest.mark.slow
def test_what_is_not_to_be_kept_is_not_kept(home: Home) -> None:
    assert home.run("ask", "--demo", "--no-save", "Hello").code == 0
    home.config.write_text("[history]\nsave = false\n")
    assert home.run("ask", "--demo", "Hello").code == 0
    assert home.run("ask", "--demo", "Hello", env={"VOICETUI_SAVE": "off"}).code == 0
    home.config.write_text("[history]\naudio = false\n")
    assert home.run("history").err == "No conversation yet.\n"
    question = str(REPOSITORY / "tui" / "assets" / "question.wav")
    assert home.run("ask", "--demo", "--audio", question).code == 0
    (row,) = json.loads(home.run("history", "list", "--json").out)["conversations"]
    assert home.run("history", "export", row["id"], "--format", "wav").code == 6
    assert not (home.state / "history" / "clips").exists()


@pytest.mark.slow
def test_a_home_that_cannot_be_written_does_not_end_the_conversation(home: Home) -> None:
    """Whatever is in the way of the folder, as root too."""
    home.state.write_text("in the way")
    done = home.run("ask", "--demo", "What is the capital of Japan?")
    assert done.code == 0, done
    assert "Tokyo" in done.out
    assert "The conversation is not being saved: " in done.err
    assert home.state.read_text() == "in the way"


def test_the_tables_in_japanese_line_up(home: Home, ids: dict[str, str]) -> None:
    home.env["VOICETUI_UI_LANGUAGE"] = "ja"
    listed = home.run("history", "list").out.splitlines()
    assert len(listed) > 1
    assert len({cells(line[: line.index("トークン")]) for line in listed}) == 1
    used = home.run("usage", "--by", "conversation").out.splitlines()[:-1]
    assert used[0].split()[:2] == ["会話", "料金(約)"]
    assert len({cells(line) for line in used}) == 1
    assert home.run("history", "search", "xyzzy").err == "見つかりません。\n"
