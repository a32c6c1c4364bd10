"""A training that is killed, wherever, and started again ends with the bytes of one that was not."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

PROGRAM = "tests.engine.train_until_killed"
ROOT = Path(__file__).resolve().parents[2]


def contents(run: Path) -> dict[str, bytes]:
    """Every byte of the result: checkpoint and history. `run.json` also tells the time it took."""
    files = [*(run / "model").iterdir(), run / "history.csv"]
    return {path.name: path.read_bytes() for path in files}


def started(run: Path, supervision: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", PROGRAM, str(run), supervision], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def finish(run: Path, supervision: str) -> float:
    """Run to the end; seconds from the first step on."""
    process = started(run, supervision)
    began = time.monotonic()
    assert process.wait() == 0
    return time.monotonic() - began


def killed_runs(folder: Path, supervision: str, seconds: float, kills: int, seed: int) -> Iterator[tuple[Path, int]]:
    """Runs that were killed at random moments until they ended, with how often; `kills` in all at least."""
    chance, number, total = random.Random(seed), 0, 0
    while total < kills:
        number, killed = number + 1, 0
        run = folder / f"run {number}"
        while True:
            process = started(run, supervision)
            try:
                process.wait(timeout=chance.uniform(0.0, seconds / 2) if killed < kills else None)
                break
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                killed += 1
        total += killed
        yield run, killed


@pytest.mark.parametrize("supervision", ["supervised", "weak"])
def test_killed_and_resumed_training_ends_byte_identical(tmp_path: Path, supervision: str) -> None:
    seconds = finish(tmp_path / "unbroken", supervision)
    expected = contents(tmp_path / "unbroken")
    kills = 3 if supervision == "supervised" else 1
    for run, killed in killed_runs(tmp_path, supervision, seconds, kills, seed=len(supervision)):
        assert contents(run) == expected, f"differs after {killed} kills"
        assert not (run / "states").exists()


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_fifty_kills_change_not_one_byte(tmp_path: Path) -> None:
    seconds = finish(tmp_path / "unbroken", "supervised")
    expected = contents(tmp_path / "unbroken")
    total = 0
    for run, killed in killed_runs(tmp_path, "supervised", seconds, 50, seed=0):
        assert contents(run) == expected, f"differs after {killed} kills"
        total += killed
    assert total >= 50
