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
from filelock import FileLock

TRAINING = "tests.engine.train_until_killed"
TABLE = "tests.engine.tabulate_until_killed"
ROOT = Path(__file__).resolve().parents[2]


def contents(run: Path) -> dict[str, bytes]:
    """Every byte of the result: checkpoint and history. `run.json` also tells the time it took."""
    files = [*(run / "model").iterdir(), run / "history.csv"]
    return {path.name: path.read_bytes() for path in files}


def started(run: Path, supervision: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", TRAINING, str(run), supervision], cwd=ROOT, stdout=subprocess.PIPE, text=True
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


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_a_table_whose_maker_is_killed_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    def made(output: Path) -> subprocess.Popen[str]:
        return subprocess.Popen([sys.executable, "-m", TABLE, str(output)], cwd=ROOT, stdout=subprocess.DEVNULL)

    began = time.monotonic()
    assert made(tmp_path / "unbroken").wait() == 0
    seconds = time.monotonic() - began
    chance = random.Random(0)
    for _ in range(4):
        process = made(tmp_path / "broken")
        time.sleep(chance.uniform(0.3, 0.9) * seconds)
        process.kill()
        process.wait()
        _wait_until_workers_left(tmp_path / "broken")
    assert made(tmp_path / "broken").wait() == 0
    for name in ("table.md", "table.csv", "table.json"):
        assert (tmp_path / "broken" / name).read_bytes() == (tmp_path / "unbroken" / name).read_bytes()


def _wait_until_workers_left(output: Path, patience_seconds: float = 60.0) -> None:
    """Workers leave when their parent is gone, and with that let go of their runs."""
    until = time.monotonic() + patience_seconds
    for run in (output / "runs").glob("*"):
        with FileLock(run / ".lock", timeout=max(0.0, until - time.monotonic())):
            pass
