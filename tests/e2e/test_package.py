"""The wheel: everything in it, nothing too much, and it runs from somewhere else."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.e2e.program import REPOSITORY

PACKAGES = ("engine", "server", "shared", "tui")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of what git knows, as pip does it."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    files = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        check=False,
    ).stdout.decode()
    if not files:
        pytest.skip("not a git checkout")
    for name in files.split("\0"):
        if name and (REPOSITORY / name).is_file() and not name.startswith("tests/"):
            copy = source / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes((REPOSITORY / name).read_bytes())
    built = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(source)],
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode and "setuptools" in built.stderr and "No matching" in built.stderr:
        pytest.skip("no network to fetch setuptools from")
    assert built.returncode == 0, built.stderr
    return next(folder.glob("voicetui-*.whl"))


def test_the_wheel_holds_every_file_of_the_packages(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        path.relative_to(REPOSITORY).as_posix()
        for package in PACKAGES
        for path in (REPOSITORY / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted - inside == set()
    strangers = {name.split("/")[0] for name in inside} - {*PACKAGES}
    assert all(name.endswith(".dist-info") for name in strangers), strangers


def test_the_wheel_runs_where_there_is_no_source(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("OPENAI")},
        "PYTHONPATH": str(tmp_path / "site"),  # goes before this environment's own copy
        "VOICETUI_STATE_DIR": str(tmp_path / "state"),
        "VOICETUI_CONFIG": str(tmp_path / "config.toml"),
    }
    where = subprocess.run(
        [sys.executable, "-P", "-c", "import tui, server; print(tui.__file__, server.__file__)"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.count(str(tmp_path / "site")) == 2
    done = subprocess.run(
        [sys.executable, "-P", "-m", "tui", "--demo"],
        cwd=tmp_path,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Tokyo" in done.stdout
