"""Any number of processes that shares a training ends with the bytes that one process ends with."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from seehear.core.errors import InvalidValueError
from seehear.engine.device import Compute
from seehear.engine.team import Team
from tests.engine.train_as_team import SayStarted, train_small

PROGRAM = "tests.engine.train_as_team"
ROOT = Path(__file__).resolve().parents[2]
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node"]


def contents(run: Path) -> dict[str, bytes]:
    files = [*(run / "model").iterdir(), run / "history.csv"]
    return {path.name: path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one process without `torchrun` ends with."""
    return contents(train_small(tmp_path_factory.mktemp("alone")).parent)


def command(run: Path, processes: int, *more: object) -> list[str]:
    return [*TORCHRUN, str(processes), "-m", PROGRAM, str(run), *map(str, more)]


def trained(run: Path, processes: int, *more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(run, processes, *more), cwd=ROOT, capture_output=True, text=True, check=False)


def test_begun_by_two_processes_and_ended_by_one_it_is_the_same_as_by_one_alone(
    tmp_path: Path, alone: dict[str, bytes]
) -> None:
    """One clip is in the last batch of each epoch, which leaves the first process without any."""
    stopped = trained(tmp_path, 2, "--stop-at", 5)
    assert stopped.returncode != 0
    assert "started 0" in stopped.stdout
    assert not (tmp_path / "model").exists()
    ending = SayStarted()
    train_small(tmp_path, watch=ending)
    assert ending.first == 4
    assert contents(tmp_path) == alone


@pytest.mark.long
@pytest.mark.timeout(600)
def test_one_two_and_four_processes_end_with_the_same_bytes(tmp_path: Path, alone: dict[str, bytes]) -> None:
    for processes in (1, 2, 4):
        assert trained(tmp_path / str(processes), processes).returncode == 0
        assert contents(tmp_path / str(processes)) == alone, f"{processes} processes"


@pytest.mark.long
@pytest.mark.timeout(600)
def test_two_trainings_one_after_another_in_the_same_processes(tmp_path: Path, alone: dict[str, bytes]) -> None:
    assert trained(tmp_path / "first", 2, "--and-then", tmp_path / "second").returncode == 0
    assert contents(tmp_path / "first") == contents(tmp_path / "second") == alone


@pytest.mark.long
@pytest.mark.timeout(600)
def test_processes_with_other_data_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    refused = trained(tmp_path / "run", 2, "--own-data")
    assert refused.returncode != 0
    assert "process 1 of 2 has other settings, data or versions than process 0" in refused.stderr
    assert not (tmp_path / "run" / "run.json").exists()


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_a_process_of_two_killed_again_and_again_changes_not_one_byte(tmp_path: Path) -> None:
    expected = contents(train_small(tmp_path / "alone", epochs=40).parent)
    chance, killed = random.Random(0), 0
    while not (tmp_path / "shared" / "model").exists():
        process = subprocess.Popen(
            command(tmp_path / "shared", 2, "--epochs", 40), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert process.stdout is not None
        process.stdout.readline()  # started
        if killed < 6:
            time.sleep(chance.uniform(0.0, 2.0))
            killed += _kill_one_worker(process.pid, chance)
        process.communicate()
    assert killed >= 4
    assert contents(tmp_path / "shared") == expected


def _kill_one_worker(starter: int, chance: random.Random) -> bool:
    """Whether there still was one; `torchrun` then ends the others."""
    try:
        workers = psutil.Process(starter).children()
        chance.choice(workers).send_signal(signal.SIGKILL)
    except (psutil.NoSuchProcess, IndexError):
        return False
    return True


def test_shards_are_divided_in_order_and_alone_one_has_them_all() -> None:
    assert [list(Team(rank, 2).own(4)) for rank in range(2)] == [[0, 1], [2, 3]]
    assert list(Team().own(4)) == [0, 1, 2, 3]


def test_shards_that_cannot_be_divided_among_the_processes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "3")
    with pytest.raises(InvalidValueError, match="multiple of the 3 processes"):
        Compute("cpu", shards=4).resolved()
    assert Compute("cpu").resolved().shards == 3


def test_threads_do_not_depend_on_how_many_processes_share_a_training(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = Compute("cpu", shards=4).resolved()
    for processes in ("1", "2", "4"):
        monkeypatch.setenv("WORLD_SIZE", processes)
        assert Compute("cpu", shards=4).resolved() == alone
