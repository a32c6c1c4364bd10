"""Tasks spread over processes, some of which die."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from seehear.core.errors import Reason, SeehearError
from seehear.engine.spread import Lost, spread_here, spread_on_cluster
from tests.engine.spread_work import start

ROOT = Path(__file__).resolve().parents[2]
TASKS = [("do", number) for number in range(12)]


def test_every_task_is_done_once_by_several_processes_that_tell() -> None:
    told: dict[tuple[str, int], int] = {}
    done = list(spread_here(start, (3,), TASKS, processes=2, tell=told.__setitem__))
    assert sorted(done) == [(task, 3 * task[1]) for task in TASKS]
    assert set(told) == set(TASKS)
    assert len(set(told.values())) == 2


def test_a_task_that_kills_its_worker_costs_itself_alone() -> None:
    tasks = [*TASKS[:4], ("die", 7), *TASKS[4:], ("die", 8)]
    ended = dict(spread_here(start, (1,), tasks, processes=2))
    lost = {task for task, result in ended.items() if isinstance(result, Lost)}
    assert lost == {("die", 7), ("die", 8)}
    assert "ended by SIGKILL; the system may have run out of memory" in ended["die", 7].message
    assert {task: result for task, result in ended.items() if task not in lost} == {task: task[1] for task in TASKS}


def test_what_a_task_refuses_ends_the_whole_with_its_reason() -> None:
    with pytest.raises(SeehearError, match="unknown number '1'; known: one, two") as caught:
        list(spread_here(start, (1,), [("refuse", 1), ("sleep", 2)], processes=2))
    assert caught.value.reason is Reason.UNKNOWN_NAME
    assert [child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())] == []


@pytest.mark.parametrize(("factor", "says"), [(-1, "no negative factors"), (0, "end before they begin.*fewer jobs")])
def test_workers_that_cannot_start_end_the_whole(factor: int, says: str) -> None:
    with pytest.raises(SeehearError, match=says):
        list(spread_here(start, (factor,), TASKS, processes=1))


def test_tasks_are_taken_when_a_worker_is_free_for_them() -> None:
    taken = []

    def tasks() -> Iterator[tuple[str, int]]:
        for task in TASKS:
            taken.append(task)
            yield task

    results = spread_here(start, (1,), tasks(), processes=1)
    next(results)
    assert len(taken) == 1
    results.close()


def test_workers_leave_when_their_parent_is_killed() -> None:
    words = [sys.executable, "-m", "tests.engine.spread_work"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        program.stdout.readline()
        workers = psutil.Process(program.pid).children(recursive=True)
        program.send_signal(signal.SIGKILL)
    assert len(workers) >= 2
    assert psutil.wait_procs(workers, timeout=60)[1] == []


def test_no_scheduler_at_an_address_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("seehear.engine.spread._CLUSTER_PATIENCE_SECONDS", 0.5)
    for address in ("tcp://127.0.0.1:9", "nonsense://x"):
        with pytest.raises(SeehearError, match=r"no dask scheduler at .* check the address") as caught:
            list(spread_on_cluster(address, start, (1,), TASKS))
        assert caught.value.reason is Reason.CLUSTER_LOST


def test_without_dask_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SeehearError, match=r"pip install 'seehear\[cluster\]'"):
        list(spread_on_cluster("tcp://127.0.0.1:9", start, (1,), TASKS))


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """Two worker processes; a task that two of them died of is given up."""
    distributed = pytest.importorskip("distributed")
    import dask

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        distributed.LocalCluster(
            2, threads_per_worker=1, dashboard_address=None, silence_logs=logging.CRITICAL
        ) as here,
    ):
        yield here.scheduler_address


def test_a_cluster_does_every_task_and_gives_a_lost_workers_task_to_another(cluster: str, tmp_path: Path) -> None:
    tasks = [*TASKS, ("die once", 50), ("die", 60)]
    ended = dict(spread_on_cluster(cluster, start, (5, str(tmp_path / "died")), tasks))
    assert (tmp_path / "died").exists()
    assert isinstance(ended.pop(("die", 60)), Lost)
    assert ended == {task: 5 * task[1] for task in [*TASKS, ("die once", 50)]}


def test_what_is_refused_on_a_cluster_ends_the_whole(cluster: str) -> None:
    with pytest.raises(SeehearError, match="unknown number '1'; known: one, two"):
        list(spread_on_cluster(cluster, start, (1,), [*TASKS, ("refuse", 1)]))
    with pytest.raises(SeehearError, match="no negative factors"):
        list(spread_on_cluster(cluster, start, (-1,), TASKS))
