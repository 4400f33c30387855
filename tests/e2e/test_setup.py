"""Setting up with what a machine has: each thing that is missing is one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.program import REPOSITORY, Home

PACKAGES = REPOSITORY / "tools" / "system-packages"


def script(folder: Path, name: str, body: str) -> Path:
    """A program that stands in for one of the machine's."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def make(home: Home, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *arguments],
        cwd=REPOSITORY,
        env={**home.env, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


# ---------------------------------------------------------------- Python


def test_an_old_python_is_a_sentence(home: Home) -> None:
    old = script(home.folder / "bin", "python3", "exit 1")
    done = make(home, "run", f"VENV={home.folder / 'venv'}", f"PYTHON={old}")
    assert done.returncode != 0
    assert "needs Python 3.11 or newer" in done.stderr
    assert not (home.folder / "venv").exists()


def test_a_python_that_cannot_make_environments_is_a_sentence(home: Home) -> None:
    body = f'case "$*" in *ensurepip*) exit 1;; esac; exec {sys.executable} "$@"'
    bare = script(home.folder / "bin", "python3", body)
    done = make(home, "test", f"VENV={home.folder / 'venv'}", f"PYTHON={bare}")
    assert done.returncode != 0
    assert "apt-get install python3-venv" in done.stderr
    assert not (home.folder / "venv").exists()


def test_no_network_is_a_sentence_and_the_next_try_starts_again(home: Home) -> None:
    venv = home.folder / "venv"
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": os.devnull}
    done = make(home, "run", f"VENV={venv}", f"PYTHON={sys.executable}", **offline)
    assert done.returncode != 0
    assert "is there a network?" in done.stderr
    assert (venv / "bin" / "python").exists()
    assert not (venv / ".ready" / "run").exists()


# ---------------------------------------------------------------- Debian packages


@pytest.fixture
def machine(home: Home) -> Path:
    """Programs of a Debian machine; dpkg knows `there` and nothing else, apt-get notes its use."""
    stubs = home.folder / "bin"
    script(stubs, "dpkg-query", 'for p; do :; done; [ "$p" = there ] && echo installed')
    script(stubs, "apt-get", f'echo "$@" >> {home.folder}/apt; exit ${{APT_FAILS:-0}}')
    script(stubs, "id", "echo ${AS_USER:-0}")
    return stubs


def system_packages(home: Home, machine: Path, *packages: str, **env: str) -> tuple[str, str]:
    """What was said, and what apt-get was asked."""
    done = subprocess.run(
        [PACKAGES, "sound", *packages],
        env={**home.env, "PATH": f"{machine}{os.pathsep}{home.env['PATH']}", **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, "a missing package must not stop anything"
    assert done.stdout == ""
    asked = home.folder / "apt"
    return done.stderr, asked.read_text() if asked.exists() else ""


def test_what_is_there_is_left_alone(home: Home, machine: Path) -> None:
    assert system_packages(home, machine, "there") == ("", "")


def test_root_gets_it_installed_after_a_refresh(home: Home, machine: Path) -> None:
    said, asked = system_packages(home, machine, "there", "libportaudio2")
    assert said == "Installing libportaudio2 for sound ...\n"
    refresh, install = asked.splitlines()
    assert refresh.endswith(" update")
    assert install.endswith("install -y --no-install-recommends libportaudio2")


def test_others_are_told_the_command(home: Home, machine: Path) -> None:
    said, asked = system_packages(home, machine, "there", "a", "b", AS_USER="1000")
    assert said == "Missing for sound: sudo apt-get install a b\n"
    assert asked == ""


def test_without_a_network_it_is_one_sentence(home: Home, machine: Path) -> None:
    said, _ = system_packages(home, machine, "a", APT_FAILS="100")
    assert said.splitlines()[1] == "Could not install a for sound (is there a network?)."
    assert len(said.splitlines()) == 2


def test_elsewhere_than_on_debian_nothing_is_said(home: Home, tmp_path: Path) -> None:
    only = tmp_path / "only"
    only.mkdir()
    (only / "sh").symlink_to("/bin/sh")
    done = subprocess.run(
        [PACKAGES, "sound", "libportaudio2"],
        env={"PATH": str(only)},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
