"""Spread tasks over worker processes, on this machine or on a dask.distributed cluster.

    tasks ──one each──▶ worker 1: work = start(*arguments), then work(task, tell) again and again ──▶ (task, result)
                        worker 2: ...                                                                  as they end

A worker that dies costs one task at most, and that task's end says so. What `work` refuses with a
:class:`SeehearError` ends the whole, as it would without workers.

`start`, its arguments, tasks and results are pickled on their way: between this process and its own children, or
between the machines of a cluster, which has to be one's own and trusted.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass
from itertools import count, islice
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

from seehear.core.errors import Reason, SeehearError

Task = TypeVar("Task")
Result = TypeVar("Result")
Tell = Callable[[Any], None]
Work = Callable[[Task, Tell], Result]
"""Does one task, and may tell how far it is meanwhile."""

_STARTS_WITHOUT_SUCCESS = 3
_ORDERLY_END_SECONDS = 10.0
_FEWEST_ON_CLUSTER = 8
_CLUSTER_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Lost:
    """In place of a result: the worker died of the task, or with it."""

    message: str


Ended = tuple[Task, Result | Lost]


def spread_here(
    start: Callable[..., Work[Task, Result]],
    arguments: tuple[Any, ...],
    tasks: Iterable[Task],
    *,
    processes: int,
    tell: Callable[[Task, Any], None] = lambda task, news: None,
) -> Iterator[Ended[Task, Result]]:
    """Do the tasks in so many processes of this machine, and yield each with its result as it ends.

    Tasks are taken from the iterable one by one, when a worker is free. The processes end with this one, however it
    ends; where the iteration is given up they get the chance to tidy up first.

    Args:
        start: a function of a module, run once in each process with `arguments`; gives the function that works.
        tell: called here with a task and what its worker has told.

    Raises:
        SeehearError: what `start` or a task refused, or that workers die before they have begun.
    """
    crew = _Crew(start, arguments)
    waiting = iter(tasks)
    try:
        for task in islice(waiting, processes):
            crew.hire(task)
        while crew.workers:
            for worker in crew.spoken():
                kind, news = worker.hear()
                if kind == "tell":
                    tell(worker.task, news)
                    continue
                if kind == "ready":
                    crew.began(worker)
                    continue
                if kind == "refused":
                    raise SeehearError(*news)
                if kind == "died" and not worker.ready:
                    crew.hire_again(worker, news)
                    continue
                yield worker.task, news
                for task in islice(waiting, 1):
                    crew.hand(worker, task)
                    break
                else:
                    crew.dismiss(worker)
    finally:
        crew.end()


class _Worker(Generic[Task]):
    """A process, its pipe, and the task it has."""

    def __init__(self, start: Callable[..., Any], arguments: tuple[Any, ...], task: Task) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        with suppress(OSError):  # it has died already, which is heard where it is listened to
            self.pipe.send((start, arguments))
        self.task = task
        self.ready = False

    def hear(self) -> tuple[str, Any]:
        """What it says, or `died` with the way it did."""
        try:
            return self.pipe.recv()
        except (EOFError, OSError):
            self.process.join(_ORDERLY_END_SECONDS)
            return "died", Lost(_death(self.process.exitcode))


class _Crew(Generic[Task, Result]):
    """All workers of one call."""

    def __init__(self, start: Callable[..., Work[Task, Result]], arguments: tuple[Any, ...]) -> None:
        self._start, self._arguments = start, arguments
        self._starts_without_success = 0
        self.workers: list[_Worker[Task]] = []

    def hire(self, task: Task) -> None:
        self.workers.append(_Worker(self._start, self._arguments, task))

    def hire_again(self, worker: _Worker[Task], lost: Lost) -> None:
        """Another worker for the task of one that died before it had begun: the task is not to blame."""
        self._starts_without_success += 1
        if self._starts_without_success >= _STARTS_WITHOUT_SUCCESS:
            message = f"worker processes end before they begin: {lost.message}; use fewer jobs"
            raise SeehearError(message, Reason.WORKER_CRASHED)
        self._bury(worker)
        self.hire(worker.task)

    def began(self, worker: _Worker[Task]) -> None:
        self._starts_without_success = 0
        worker.ready = True
        self.hand(worker, worker.task)

    def hand(self, worker: _Worker[Task], task: Task) -> None:
        """Give a task to a worker, or to another one in its place if it is dead."""
        worker.task = task
        try:
            worker.pipe.send(task)
        except OSError:
            self._bury(worker)
            self.hire(task)

    def dismiss(self, worker: _Worker[Task]) -> None:
        """There is nothing left to do."""
        self.workers.remove(worker)
        worker.pipe.close()
        worker.process.join(_ORDERLY_END_SECONDS)

    def spoken(self) -> list[_Worker[Task]]:
        """Wait for workers that have something to say, or have died."""
        heard = wait([worker.pipe for worker in self.workers])
        return [worker for worker in self.workers if worker.pipe in heard]

    def end(self) -> None:
        """End those that are left, and give them time to take their unfinished files away."""
        for worker in self.workers:
            worker.process.terminate()
        for worker in self.workers:
            worker.process.join(_ORDERLY_END_SECONDS)
            worker.process.kill()
            worker.pipe.close()
        self.workers.clear()

    def _bury(self, worker: _Worker[Task]) -> None:
        self.workers.remove(worker)
        worker.pipe.close()
        worker.process.join(_ORDERLY_END_SECONDS)


def _death(code: int | None) -> str:
    if code is None:
        return "its worker process does not answer"
    if code < 0:
        hint = "; the system may have run out of memory" if -code == signal.SIGKILL else ""
        return f"its worker process was ended by {signal.Signals(-code).name}{hint}"
    return f"its worker process ended with code {code}"


def _serve(pipe: Connection) -> None:
    """Body of a worker process. What it works with comes through the pipe, for importing that takes seconds, and it is
    to end with its parent from its first moment on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the parent's to handle
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    threading.Thread(target=leave_with_parent, daemon=True).start()
    try:
        start, arguments = pipe.recv()
        work = start(*arguments)
        pipe.send(("ready", None))
        while True:
            task = pipe.recv()
            pipe.send(("done", work(task, lambda news: pipe.send(("tell", news)))))
    except SeehearError as error:
        pipe.send(("refused", (str(error), error.reason)))
    except EOFError:
        pass


def leave_with_parent() -> None:
    """Wait until the parent is gone, however it went, and end this process at once."""
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)


def spread_on_cluster(
    address: str, start: Callable[..., Work[Task, Result]], arguments: tuple[Any, ...], tasks: Iterable[Task]
) -> Iterator[Ended[Task, Result]]:
    """Do the tasks on the workers of the dask.distributed scheduler at `address`; yields as :func:`spread_here`.

    The scheduler gives the task of a lost worker to another one. A task whose workers died again and again may only
    have stood in line behind the one that killed them, so it is done once more at the end, with no other beside it;
    only a task that fails alone is lost. Twice as many tasks as there are threads are with the cluster at a time.

    Raises:
        SeehearError: what `start` or a task refused, that there is no scheduler at this address, or that it has gone.
    """
    distributed = _distributed()
    try:
        client = distributed.Client(address, timeout=_CLUSTER_PATIENCE_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        message = f"there is no dask scheduler at {address} that can be reached from here: {error}; check the address"
        raise SeehearError(message, Reason.CLUSTER_LOST) from error
    token, numbers, waiting = uuid.uuid4().hex, count(), iter(tasks)
    given: dict[str, Task] = {}
    running = distributed.as_completed(loop=client.loop)

    def submit(some: Iterable[Task]) -> None:
        for task in some:
            call = (_do_there, token, start, arguments, task)
            future = client.submit(*call, key=f"seehear-{token}-{next(numbers)}", pure=False)
            given[future.key] = task
            running.add(future)

    def ended() -> Iterator[Ended[Task, Result]]:
        for future in running:
            yield given.pop(future.key), _outcome(future, address)
            future.release()

    try:
        suspects: list[Task] = []
        submit(islice(waiting, _window(client)))
        for task, outcome in ended():
            if isinstance(outcome, Lost):
                suspects.append(task)
            else:
                yield task, outcome
            submit(islice(waiting, max(0, _window(client) - running.count())))
        for suspect in suspects:
            submit([suspect])
            yield from ended()
    finally:
        with suppress(Exception):  # the scheduler may be gone already
            client.close()


def _distributed() -> Any:
    try:
        import distributed
    except ImportError as error:
        message = "a cluster needs dask.distributed; install it here and on the workers: pip install 'seehear[cluster]'"
        raise SeehearError(message, Reason.CLUSTER_LOST) from error
    return distributed


def _window(client: Any) -> int:
    return max(_FEWEST_ON_CLUSTER, 2 * sum(client.nthreads().values()))


def _outcome(future: Any, address: str) -> Any:
    from distributed.scheduler import KilledWorker

    try:
        kind, news = future.result()
    except KilledWorker as error:
        return Lost(f"the workers that had it died, one after the other; {error.last_worker.address} was the last")
    except (CancelledError, OSError) as error:
        message = f"the dask scheduler at {address} is gone; start the same command again to go on from here"
        raise SeehearError(message, Reason.CLUSTER_LOST) from error
    if kind == "refused":
        raise SeehearError(*news)
    return news


_started: dict[str, Any] = {}
"""On a worker of a cluster: what the present call's tasks are done with."""
_starting = threading.Lock()


def _do_there(
    token: str, start: Callable[..., Work[Task, Result]], arguments: tuple[Any, ...], task: Task
) -> tuple[str, Any]:
    """Body of a task on a cluster. Errors travel as words, for not every one of them can be pickled."""
    try:
        with _starting:
            if token not in _started:
                _started.clear()
                _started[token] = start(*arguments)
            work = _started[token]
        return "done", work(task, lambda news: None)
    except SeehearError as error:
        return "refused", (str(error), error.reason)
