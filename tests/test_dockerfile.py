"""What can be held of an image without building it: that its sources exist, and that what it installs runs."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LINES = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text()).splitlines()
NOBODY = 65534


def instructions(name: str) -> list[str]:
    return [line.removeprefix(name).strip() for line in LINES if line.startswith(f"{name} ")]


def committed() -> set[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("needs a git checkout")
    return set(listed.stdout.splitlines())


def copied() -> list[str]:
    return [source for line in instructions("COPY") for source in shlex.split(line)[:-1]]


def pip_command() -> list[str]:
    (command,) = [line for line in instructions("RUN") if "pip install" in line]
    words = shlex.split(re.sub(r"\$\{TORCH_INDEX[^}]*\}", "", command))
    return words[1 : words.index("&&")] if "&&" in words else words[1:]


def test_every_source_that_is_copied_is_committed_and_let_through() -> None:
    files = committed()
    let_through = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert copied()
    for source in copied():
        assert source in files or any(file.startswith(f"{source}/") for file in files), source
        assert source in let_through
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needed = {build["project"]["readme"], *build["project"]["license-files"], "pyproject.toml", "src"}
    assert needed <= set(copied()), "hatchling reads these"


def test_extras_that_are_installed_exist() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    (target,) = [word for word in pip_command() if word.startswith(".[")]
    assert set(target[2:-1].split(",")) <= set(extras)
    assert "dev" not in target


def test_it_runs_as_nobody_in_particular_and_keeps_weights_in_a_volume() -> None:
    (user,), (volume,) = instructions("USER"), instructions("VOLUME")
    assert user not in ("root", "0")
    assert f"SEEHEAR_HOME={volume}" in instructions("ENV")
    assert instructions("ENTRYPOINT") == ['["seehear"]']


def started_by_nobody(program: Path | str, *words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """A program run by a user without home or name, outside of everything."""
    return subprocess.run(
        [str(program), *map(str, words)], env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **environment},
        user=NOBODY, group=NOBODY, extra_groups=[], cwd="/", capture_output=True, text=True, check=False,
    )  # fmt: skip


def python_for_all() -> str:
    """A Python that another user may start, which one below root's home is not."""
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            if started_by_nobody(python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))").returncode == 0:
                return python
        except OSError:
            continue
    pytest.skip("needs a Python of version 3.11 or newer that every user may start")


@pytest.mark.long
def test_what_it_installs_runs_as_a_stranger_who_may_write_nowhere_but_to_the_volume() -> None:
    """Its pip command in a fresh environment, from nothing but the files that are copied; needs a package index."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to become somebody else")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o755)
        (place / "source").mkdir()
        archive = subprocess.run(["git", "archive", "HEAD", *copied()], cwd=ROOT, capture_output=True, check=True)
        subprocess.run(["tar", "x", "-C", place / "source"], input=archive.stdout, check=True)
        subprocess.run([python_for_all(), "-m", "venv", "--without-pip", place / "venv"], check=True)
        pip = [sys.executable, "-m", "pip", "--python", place / "venv/bin/python", *pip_command()[2:]]
        subprocess.run(pip, cwd=place / "source", check=True)
        (place / "weights").mkdir()
        os.chown(place / "weights", NOBODY, NOBODY)
        looked = started_by_nobody(place / "venv/bin/seehear", "doctor", SEEHEAR_HOME=str(place / "weights"))
    assert looked.returncode == 0, looked.stdout + looked.stderr
    assert "its one event was found" in looked.stdout
    assert "Traceback" not in looked.stderr
