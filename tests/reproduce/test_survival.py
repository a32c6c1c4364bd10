"""A reproduction that is killed, wherever, and started again ends with the tables of one that was not."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.data import small_ave

ROOT = Path(__file__).resolve().parents[2]
KILLS_OF_A_FOLDER = 5
TRIAL = ["--part", "--rows", "avel,ME,pfagn", "--seeds", "2", "--epochs", "6", "--width", "16", "--recipe", "small"]


def started(data: Path, output: Path, jobs: int) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "seehear",
        "reproduce",
        "--data",
        str(data),
        "-o",
        str(output),
        *TRIAL,
        "--device",
        "cpu",
    ]
    return subprocess.Popen(
        [*command, "--jobs", str(jobs)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def killed(data: Path, output: Path, jobs: int, after_seconds: float, *, workers_too: bool) -> bool:
    """Whether there was still something to kill."""
    process = started(data, output, jobs)
    try:
        assert process.wait(timeout=after_seconds) == 0
        return False
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL) if workers_too else process.kill()
        process.wait()
        return True


def tables(output: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in output.glob("table-*")}


def survives(tmp_path: Path, kills: int, seed: int) -> None:
    data = small_ave.write(tmp_path / "ave")
    began = time.monotonic()
    assert started(data, tmp_path / "unbroken", 1).wait() == 0
    seconds = time.monotonic() - began
    expected = tables(tmp_path / "unbroken")
    assert len(expected) == 4 * 3
    chance, total, number = random.Random(seed), 0, 0
    while total < kills:
        number += 1
        output, jobs = tmp_path / f"broken {number}", 1 + number % 2
        for kill in range(min(KILLS_OF_A_FOLDER, kills - total)):
            after = chance.uniform(0.1, 0.7) * seconds
            if not killed(data, output, jobs, after, workers_too=bool(kill % 2)):
                break
            total += 1
        assert started(data, output, jobs).wait() == 0
        assert tables(output) == expected, f"differs in {output}, after {total} kills in all"
        pack = sorted((tmp_path / "unbroken" / "pack").iterdir())
        assert [(output / "pack" / path.name).read_bytes() for path in pack] == [path.read_bytes() for path in pack]


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_fifteen_kills_change_not_one_byte_of_the_tables(tmp_path: Path) -> None:
    survives(tmp_path, kills=15, seed=4)
