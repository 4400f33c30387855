"""Manners in the shell: pipes, editors, completions, the manual page."""

from __future__ import annotations

import io
import json
import os
import shlex
import shutil
import stat
import subprocess
import tomllib
import wave
from pathlib import Path

import pytest

from tests.e2e.program import REPOSITORY, Home, command
from tests.server.process import running_server
from tests.terminal.driver import Terminal
from tui.command_tree import command_tree
from tui.errors import EXIT_CODES
from tui.shell.quoting import value_options

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
    assert "1 setting, nothing wrong" in done.err
    written = (home.folder / "new" / "config.toml").read_text()
    assert written.startswith("# Settings of voicetui.")
    assert 'voice = "cedar"' in written
    assert stat.S_IMODE((home.folder / "new").stat().st_mode) == 0o700


def test_one_setting_is_written_and_taken_out_again(home: Home) -> None:
    home.config.write_text("# mine\n[ui]\nlanguage = 'en'\n")
    done = home.run("config", "set", "session.voice", "cedar")
    assert (done.code, done.out) == (0, "")
    assert 'session.voice = "cedar"' in done.err
    assert home.run("config", "set", "history.save", "off").code == 0
    assert home.run("config", "set", "session.speed", "1.2").code == 0
    written = home.config.read_text()
    assert written.startswith("# mine\n[ui]\nlanguage = 'en'\n")
    assert tomllib.loads(written) == {
        "ui": {"language": "en"},
        "session": {"voice": "cedar", "speed": 1.2},
        "history": {"save": False},
    }
    assert home.run("config", "set", "session.voice").code == 0
    assert "voice" not in home.config.read_text()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("session.voize", "x"), "No such setting: 'session.voize'; did you mean session.voice?"),
        (("voice", "x"), "No such setting: 'voice'; did you mean session.voice?"),
        (("x", "x"), "No such setting: 'x'; it is SECTION.KEY."),
        (("session.turn", "foo"), "session.turn must be one of server_vad,"),
        (("session.speed", "fast"), "session.speed must be a number from 0.25"),
    ],
)
def test_what_cannot_be_set_is_told_and_nothing_is_written(
    home: Home, words: tuple[str, ...], told: str
) -> None:
    home.config.write_text(before := "[ui]\nlanguage = 'en'\n")
    done = home.run("config", "set", *words)
    assert done.code == 2, done
    assert told in done.err
    assert home.config.read_text() == before


def test_functions_and_keys_are_counted_too(home: Home) -> None:
    home.config.write_text('[ui]\nlanguage = "en"\n[[tools]]\nname = "time"\ncommand = ["date"]\n')
    done = home.run("config", "validate")
    assert "1 setting, 1 function, nothing wrong" in done.err


def test_a_theme_that_is_not_there_is_no_valid_setting(home: Home) -> None:
    home.config.write_text('[ui]\nlanguage = "en"\ntheme = "dracul"\n')
    done = home.run("config", "validate")
    assert done.code == 3, done
    assert done.err == f'{home.config}:3: There is no theme "dracul"; did you mean dracula?\n'
    home.config.write_text('[ui]\ntheme = "voicetui-light"\n')
    assert home.run("config", "validate").code == 0


def test_a_broken_edit_is_kept_and_its_line_named(home: Home) -> None:
    home.config.write_text("# mine\n[session]\n")
    done = home.run("config", "edit", env=editor(home, 'echo \'voise = "x"\' >> "$1"'))
    assert done.code == 3, done
    assert f'{home.config}:3: unknown setting "voise" in [session]; did you mean "voice"?' in (
        done.err
    )
    assert home.config.read_text() == '# mine\n[session]\nvoise = "x"\n'
    home.config.write_text('[session]\nvoise = "x"\n[[tools]]\n')
    both = home.run("config", "validate")
    assert both.code == 3, both
    assert "voise" in both.err
    assert "tool 1" in both.err
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


# ---------------------------------------------------------------- completions

CASES = [
    ("voicetui his", {"history"}),
    ("voicetui history ex", {"export"}),
    ("voicetui history export --fo", {"--format"}),
    ("voicetui history export --format ", {"md", "json", "wav"}),
    ("voicetui --voice history config pa", {"path"}),
    ("voicetui --service az", {"azure", "azure-preview"}),
    ("voicetui ask --answer ", {"text", "audio"}),
    ("voicetui usage --by k", {"kind"}),
    ("voicetui history resume 3f", {"3f2a0000"}),
    ("voicetui history delete 3f", {"3f2a0000"}),
    ("voicetui --resume ", {"3f2a0000", "77770000"}),
    ("voicetui ask --audio que", {"question.wav"}),
    ("voicetui completions ", {"bash", "zsh", "fish"}),
]


@pytest.fixture
def shells(home: Home) -> dict[str, str]:
    """A folder with a recording, and a `voicetui` in PATH that knows two conversations."""
    bin_folder = home.folder / "bin"
    bin_folder.mkdir()
    fake = bin_folder / "voicetui"
    real = " ".join(command())
    fake.write_text(
        "#!/bin/sh\n"
        'case "$2" in\n'
        "conversations) printf '3f2a0000\\tTea\\n77770000\\t$(touch harm) `touch harm`\\n' ;;\n"
        "devices) printf 'default\\nUSB $(touch harm): Mic\\n' ;;\n"
        f'*) exec {real} "$@" ;;\nesac\n'
    )
    fake.chmod(0o755)
    (home.folder / "question.wav").touch()
    return {**home.env, "PATH": f"{bin_folder}{os.pathsep}{home.env['PATH']}"}


def offered(shell: str, lines: list[str], env: dict[str, str], folder: Path) -> list[set[str]]:
    """What the shell itself offers at the end of each line."""
    if shell == "fish":
        script = "voicetui completions fish | source"
        each = "complete -C {line}; echo =="
    else:
        script = 'compopt() { :; }; eval "$(voicetui completions bash)"'  # no prompt here
        each = (
            "COMP_WORDS=({words}); COMP_CWORD={last}; _voicetui; "
            "printf '%s\\n' \"${{COMPREPLY[@]}}\"; echo =="
        )
    for line in lines:
        words = line.split(" ")
        script += "; " + each.format(
            line=shlex.quote(line),
            words=" ".join(shlex.quote(word) for word in words),
            last=len(words) - 1,
        )
    done = subprocess.run(
        [shell, "-c", script], env=env, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    parts = done.stdout.split("==\n")[: len(lines)]
    return [{w.partition("\t")[0] for w in part.splitlines() if w} for part in parts]


@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_completions_offer_what_the_parser_takes(
    shell: str, home: Home, shells: dict[str, str]
) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    lines = [line for line, _ in CASES] + ["voicetui --input U"]
    *found, device = offered(shell, lines, shells, home.folder)
    assert dict(zip(lines, found, strict=False)) == dict(CASES)
    assert {word.replace("\\", "") for word in device} == {"USB $(touch harm): Mic"}
    assert not (home.folder / "harm").exists()


def test_the_conversations_offered_are_ids_with_their_titles_apart(home: Home) -> None:
    assert home.run("ask", "--demo", "What is 2 + 2?").code == 0
    listed = home.run("history", "list", "--json").out
    (talk,) = json.loads(listed)["conversations"]
    assert home.run("completions", "conversations").out == f"{talk['id'][:8]}\tWhat is 2 + 2?\n"


def test_zsh_completes_at_its_prompt(home: Home, shells: dict[str, str]) -> None:
    if not shutil.which("zsh"):
        pytest.skip("zsh is not installed")
    with Terminal.spawn(["zsh", "-f", "-i"], env=shells, cwd=str(home.folder)) as terminal:
        terminal.type("PS1='ready> '; autoload -Uz compinit && compinit -u -D\r")
        terminal.type('eval "$(voicetui completions zsh)"; echo lo""aded\r')
        terminal.wait_for("loaded")
        for typed, shown in (
            ("voicetui hist\t", "voicetui history"),
            ("voicetui history exp\t--fo\t", "voicetui history export --format="),
            ("voicetui history resume 3f\t", "voicetui history resume 3f2a0000"),
            ("voicetui --service compat\t", "voicetui --service compatible"),
            ("voicetui ask --audio que\t", "voicetui ask --audio question.wav"),
            ("voicetui --input US\t", "USB\\ \\$\\(touch\\ harm\\):\\ Mic"),
        ):
            terminal.type(typed)
            terminal.wait_for(shown)
            terminal.press("ctrl+u")
    assert not (home.folder / "harm").exists()


def test_no_option_takes_a_value_in_one_command_and_none_in_another() -> None:
    commands = list(command_tree().walk())
    bare = {
        name
        for command in commands
        for option in command.options
        if not option.metavar
        for name in option.names
    }
    # `doctor --echo` measures, `--echo headphones` sets: behind `doctor` no command follows.
    assert bare & set(value_options(commands)) == {"--echo"}


# ---------------------------------------------------------------- manual page, log


def test_the_manual_page_is_good_roff_and_tells_of_every_command(home: Home) -> None:
    done = home.run("man")
    assert done.code == 0, done
    for told in command_tree().walk():
        assert f'.SS "{told.usage.partition(" [")[0]} ' in done.out or not told.path
    for code, words in EXIT_CODES.items():
        assert f"\\fB{int(code)}\\fR\n{words}" in done.out
    assert "\\-\\-transcription\\-model" in done.out
    groff = shutil.which("groff")
    if not groff:
        pytest.skip("groff is not installed")
    read = subprocess.run(
        [groff, "-man", "-ww", "-Tascii"], input=done.stdout, capture_output=True, check=False
    )
    assert read.stderr == b""
    assert b"voicetui - talk to a speech model" in read.stdout


def test_the_log_is_found_and_shown(keyed: Home) -> None:
    where = Path(keyed.run("log", "path").out.strip())
    assert where == keyed.state / "voicetui.log"
    assert not keyed.state.exists()
    nothing = keyed.run("log")
    assert (nothing.code, nothing.out) == (0, "")
    assert "nothing was written yet" in nothing.err
    keyed.state.mkdir(mode=0o700)
    where.touch()
    empty = keyed.run("log")
    assert (empty.code, empty.out) == (0, "")
    assert empty.err == f"{where} is empty.\n"
    where.write_text(
        "".join(f"line {n}\n" for n in range(99)) + "sk-canary-1234567890abcdef \x1b[2J\n"
    )
    shown = keyed.run("log", "show", "--lines", "2")
    assert shown.out.splitlines()[0] == "line 98"
    assert "canary" not in shown.out
    assert "\x1b" not in shown.out


def test_the_wire_log_of_a_call_is_shown_by_the_flag_of_the_call(home: Home) -> None:
    with running_server() as url:
        call = ("ask", "--base-url", url, "--model", "demo", "--wire-log", "w.jsonl", "hello")
        assert home.run(*call).code == 0
    unnamed = home.run("log", "show", "--of", "wire")
    assert (unnamed.code, unnamed.out) == (0, "")
    assert "--wire-log FILE" in unnamed.err
    assert "[log] wire_file" in unnamed.err
    shown = home.run("log", "show", "--of", "wire", "--wire-log", "w.jsonl", "--lines", "1000")
    assert shown.out.splitlines() == (home.folder / "w.jsonl").read_text().splitlines(), shown
    assert shown.err == ""
