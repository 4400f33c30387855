"""Manners in the shell: pipes, editors, completions, the manual page."""

from __future__ import annotations

import io
import stat
import subprocess
import wave

import pytest

from tests.e2e.program import REPOSITORY, Home, command

QUESTION = REPOSITORY / "tui" / "assets" / "question.wav"


# ---------------------------------------------------------------- pipes


def test_a_piped_question_needs_no_dash(keyed: Home) -> None:
    done = keyed.run("ask", stdin=b"What is the capital of Japan?\n")
    assert done.code == 0, done
    assert "Tokyo" in done.out
    empty = keyed.run("ask", stdin=b" \n")
    assert empty.code == 2, empty


def test_sound_goes_through_a_pipe_and_the_words_stay_beside_it(keyed: Home) -> None:
    done = keyed.run("ask", "--audio", "-", "--out", "-", stdin=QUESTION.read_bytes())
    assert done.code == 0, done
    with wave.open(io.BytesIO(done.stdout)) as sound:
        assert sound.getnframes() > 12000
    assert "Assistant: " in done.err
    assert "Tokyo" in done.err


@pytest.mark.parametrize("kind", ["realtime", "responses"])
def test_what_only_audio_chat_can_do_is_said_of_other_kinds(keyed: Home, kind: str) -> None:
    done = keyed.run("ask", "--session", kind, "--answer", "audio", "--out", "a.mp3", "hello")
    assert done.code == 2, done
    assert done.err.splitlines()[-1] == (
        f"Not with {kind}: --answer and an answer as .mp3 need --session audio."
    )


@pytest.mark.parametrize("arguments", ["history list --limit 1000", "--help", "config show"])
def test_a_reader_that_has_had_enough_is_no_fault(home: Home, arguments: str) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{' '.join(command(*arguments.split()))} | true"],
        env=home.env,
        capture_output=True,
        check=False,
    )
    assert done.stderr.replace(b"No conversation yet.\n", b"") == b""


# ---------------------------------------------------------------- config edit


def editor(home: Home, body: str) -> dict[str, str]:
    """An environment in which a script edits: `$1` is the file."""
    script = home.folder / "editor"
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(0o755)
    return {"VISUAL": "", "EDITOR": f"{script} "}


def test_edit_opens_the_editor_and_checks_what_was_written(home: Home) -> None:
    deeper = {"VOICETUI_CONFIG": str(home.folder / "new" / "config.toml")}
    good = editor(home, 'printf \'[session]\\nvoice = "cedar"\\n\' >> "$1"')
    done = home.run("config", "edit", env={**good, **deeper})
    assert done.code == 0, done
    assert "1 settings, nothing wrong" in done.err
    written = (home.folder / "new" / "config.toml").read_text()
    assert written.startswith("# Settings of voicetui.")
    assert 'voice = "cedar"' in written
    assert stat.S_IMODE((home.folder / "new").stat().st_mode) == 0o700


def test_a_broken_edit_is_kept_and_its_line_named(home: Home) -> None:
    home.config.write_text("# mine\n[session]\n")
    done = home.run("config", "edit", env=editor(home, 'echo \'voise = "x"\' >> "$1"'))
    assert done.code == 3, done
    assert f'{home.config}:3: unknown setting "voise" in [session]; did you mean "voice"?' in (
        done.err
    )
    assert home.config.read_text() == '# mine\n[session]\nvoise = "x"\n'
    tools = home.run("config", "edit", env=editor(home, "echo '[[tools]]' > \"$1\""))
    assert tools.code == 3, tools
    assert "tool 1" in tools.err


def test_looking_only_leaves_no_file(home: Home) -> None:
    done = home.run("config", "edit", env=editor(home, "true"))
    assert done.code == 0, done
    assert not home.config.exists()


def test_an_editor_that_is_not_there_is_a_sentence(home: Home) -> None:
    for name in ("no-such-editor", "'unclosed"):
        done = home.run("config", "edit", env={"EDITOR": name, "VISUAL": ""})
        assert done.code == 3, done
        assert name in done.err
        assert "set EDITOR" in done.err
    assert not home.config.exists()
    nothing = home.folder / "empty"
    nothing.mkdir()
    done = home.run("config", "edit", env={"EDITOR": "", "VISUAL": "", "PATH": str(nothing)})
    assert done.code == 3, done
    assert "there is none on this machine" in done.err
