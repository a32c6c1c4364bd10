"""A program that is killed takes all its processes with it, whatever they are at: above all while they start."""

from __future__ import annotations

import ctypes
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from tests.e2e.many import write_clips
from tests.web.conftest import eventually, gone

_SET_CHILD_SUBREAPER = 36
_BOUND_SECONDS = 20.0
"""A worker that nobody tells of its server's death would sleep for an hour."""

SLEEPY = """
import os, pathlib, sys, time
class Sleepy:
    def find_spec(self, name, path=None, target=None):
        words = " ".join(sys.orig_argv)
        if name == "torch" and ("seehear.web.worker" in words or "--multiprocessing-fork" in words):
            (pathlib.Path(__file__).parent / f"{os.getpid()}.asleep").touch()
            time.sleep(3600)
sys.meta_path.insert(0, Sleepy())
"""


@contextmanager
def adopting() -> Iterator[None]:
    """Processes below this one that lose their parent become its own children, so that none is lost from sight."""
    prctl = ctypes.CDLL(None).prctl
    prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


@pytest.fixture
def family() -> Iterator[Callable[..., list[psutil.Process]]]:
    """A function that starts a program, kills it when `moment` says so and gives the processes it had by then."""
    before = {child.pid for child in psutil.Process().children(recursive=True)}

    def living() -> list[psutil.Process]:
        ours = psutil.Process().children(recursive=True)
        return [child for child in ours if child.pid not in before and not gone(child.pid)]

    def start_and_kill(words: list[object], moment: Callable[[list[psutil.Process]], bool], **environment: str) -> list:
        program = subprocess.Popen(
            [sys.executable, "-m", "seehear", *map(str, words)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **environment},
        )

        def others() -> list[psutil.Process]:
            time.sleep(0.1)  # looking at every process of the machine is work as well
            return [child for child in living() if child.pid != program.pid]

        eventually(lambda: program.poll() is not None or moment(others()), 120)
        assert program.poll() is None, "it was to be killed, not to end"
        children = others()
        program.kill()
        program.wait()
        eventually(lambda: not living(), _BOUND_SECONDS)
        return children

    with adopting():
        yield start_and_kill
        for child in living():
            child.kill()
        for child in psutil.Process().children():
            if child.pid not in before:
                with suppress(ChildProcessError):
                    os.waitpid(child.pid, 0)


@pytest.fixture
def bed(tmp_path: Path) -> Path:
    """For the PYTHONPATH of a program whose workers never get beyond their imports; holds a file for each of them."""
    (tmp_path / "bed").mkdir()
    (tmp_path / "bed" / "sitecustomize.py").write_text(SLEEPY)
    return tmp_path / "bed"


def asleep(bed: Path) -> int:
    return len(list(bed.glob("*.asleep")))


def decoding(children: list[psutil.Process]) -> bool:
    """Whether there is a nursery, in which decoders come and go."""
    for child in children:
        with suppress(psutil.Error):
            if "nursery" in " ".join(child.cmdline()):
                return True
    return False


def test_a_worker_that_still_imports_ends_with_its_server(family, bed: Path, checkpoint: Path, tmp_path: Path) -> None:
    words = ["serve", "-m", checkpoint, "--port", "0", "--folder", tmp_path / "served"]
    assert family(words, lambda children: asleep(bed) == 1, PYTHONPATH=str(bed))


def test_a_worker_that_was_just_born_ends_with_its_server(family, bed: Path, checkpoint: Path, tmp_path: Path) -> None:
    words = ["serve", "-m", checkpoint, "--port", "0", "--folder", tmp_path / "served"]
    assert family(words, bool, PYTHONPATH=str(bed))


def test_jobs_that_still_import_end_with_the_call(family, bed: Path, checkpoint: Path, tmp_path: Path) -> None:
    words = ["localize", write_clips(tmp_path / "videos", 4), "-m", checkpoint, "--jobs", "2"]
    assert len(family(words, lambda children: asleep(bed) == 2, PYTHONPATH=str(bed))) >= 2


def test_jobs_and_their_decoders_end_with_the_call(family, checkpoint: Path, tmp_path: Path) -> None:
    videos = write_clips(tmp_path / "videos", 12)
    children = family(["localize", videos, "-m", checkpoint, "--jobs", "2"], decoding)
    assert len(children) >= 2, "a worker and its nursery"


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("command", ["serve", "localize"])
def test_a_kill_at_any_moment_leaves_no_process(
    family, checkpoint: Path, tmp_path: Path, command: str, seed: int
) -> None:
    videos = write_clips(tmp_path / "videos", 100)
    words = {
        "serve": ["serve", "-m", checkpoint, "--port", "0", "--folder", tmp_path / "served"],
        "localize": ["localize", videos, "-m", checkpoint, "--jobs", "2"],
    }[command]
    moment = time.monotonic() + random.Random(seed).uniform(0.2, 8.0)
    family(words, lambda children: time.monotonic() > moment)
