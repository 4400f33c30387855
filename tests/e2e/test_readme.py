"""The commands of README and guide are run, their tables and files compared with the code."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.e2e.program import CANARY, REPOSITORY, Home
from tui import keys
from tui.config_file import read_config
from tui.errors import ExitCode
from tui.tool_table import read_tools

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
GUIDE = (REPOSITORY / "docs" / "guide.md").read_text(encoding="utf-8")
PAGES = README + "\n" + GUIDE
NOT_RUN = ("pipx install", "ssh ")
"""They install into the user's own environments, which `test_package` and CI cover, or need another
machine, which `tests/rig/distance.py` stands in for."""


def shell_lines() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", PAGES, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


def runnable() -> list[str]:
    return [
        line
        for line in shell_lines()
        if not line.startswith((*NOT_RUN, "export ", "voicetui serve"))
    ]


def run_shell(line: str, home: Home) -> subprocess.CompletedProcess[str]:
    """In the checkout, where the README says to be; what is written goes elsewhere."""
    line = re.sub(r"--(out|record) (\S+)", rf"--\1 {home.folder}/\2", line)
    path = f"{Path(sys.executable).parent}{os.pathsep}{home.env['PATH']}"
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", line],
        cwd=REPOSITORY,
        env={**home.env, "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def test_there_are_commands_to_run() -> None:
    assert len(runnable()) >= 8
    assert "voicetui --demo" in runnable()
    assert "export OPENAI_API_KEY=..." in shell_lines()


@pytest.mark.parametrize("line", [*dict.fromkeys(runnable())])
def test_a_command_of_the_readme_works(line: str, keyed: Home) -> None:
    done = run_shell(line, keyed)
    expected = {0, ExitCode.DEVICE} if line.endswith("devices") else {0}
    assert done.returncode in expected, done
    assert "Traceback" not in done.stderr
    if "capital of Japan" in line or "question.wav" in line or line == "voicetui --demo":
        assert "Tokyo" in done.stdout
    if "my name is Ada" in line:
        assert re.search(r"^Assistant: .*Ada", done.stdout, re.MULTILINE)


def test_the_functions_of_the_guide_can_be_used_as_they_stand(tmp_path: Path) -> None:
    examples = re.findall(r"```toml\n(\[\[tools\]\]\n.*?)```", GUIDE, re.DOTALL)
    config = tmp_path / "config.toml"
    config.write_text("".join(examples), encoding="utf-8")
    assert [tool.name for tool in read_tools(config)] == ["weather"]


def test_the_serve_command_of_the_readme_works(home: Home) -> None:
    (line,) = [line for line in shell_lines() if line.startswith("voicetui serve")]
    free = line.replace("8765", "0")
    serving = home.start(*free.split()[1:])
    try:
        assert serving.stdout is not None
        assert b"listening" in serving.stdout.readline()
    finally:
        serving.send_signal(signal.SIGINT)
        serving.communicate(timeout=15)
    assert serving.returncode == 0


def test_the_two_commands_at_the_top_are_targets() -> None:
    top = re.findall(r"^    (make \w+)$", README, re.MULTILINE)
    assert top == ["make run", "make test"]
    for command in (*top, "make check", "make bench", "make clean"):
        done = subprocess.run(
            [*command.split(), "--dry-run"], cwd=REPOSITORY, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.skipif(
    not (REPOSITORY / ".venv" / ".ready" / "run").exists()
    or Path(sys.prefix) != REPOSITORY / ".venv",
    reason="this environment was not made by make",
)
def test_make_run_holds_a_spoken_exchange(home: Home) -> None:
    done = subprocess.run(
        ["make", "run"],
        cwd=REPOSITORY,
        env=home.env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "You: what is the capital of japan" in done.stdout
    assert "Tokyo" in done.stdout
    assert "embedded service" in done.stderr


@pytest.mark.parametrize(
    ("page", "section", "scopes"),
    [
        (README, "## Keys", ("call", "question", "conversation", "composer", "anywhere")),
        (GUIDE, "## History", ("history",)),
    ],
    ids=["README", "guide"],
)
def test_every_key_is_listed(page: str, section: str, scopes: tuple[keys.Scope, ...]) -> None:
    table = page.partition(f"{section}\n")[2].partition("\n## ")[0]
    for key in keys.of(*scopes):
        for name in key.shown.split(" or "):
            if key.id != "copy-or-quit":
                assert re.search(rf"(`{re.escape(name)}`|\b{re.escape(name)}\b)", table), key


@pytest.mark.parametrize("page", [README, GUIDE], ids=["README", "guide"])
def test_the_example_of_settings_is_valid(page: str, tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(\[\w.*?)```", page, re.DOTALL)
    tomllib.loads(example)
    (tmp_path / "config.toml").write_text(example)
    assert len(read_config(tmp_path / "config.toml")) >= 3


def test_the_variables_of_the_readme_are_the_programs() -> None:
    from tui.resolution import OTHER_VARIABLES
    from tui.settings_table import SETTINGS

    known = {name for setting in SETTINGS for name in setting.env}
    known |= OTHER_VARIABLES.keys()
    known |= {"OPENAI_API_KEY", "AZURE_OPENAI_API_KEY"}
    named = set(re.findall(r"\b(?:OPENAI|AZURE_OPENAI|VOICETUI)_[A-Z_]+\b", PAGES))
    assert named
    assert named <= known
    assert CANARY not in PAGES
