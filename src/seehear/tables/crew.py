"""Divide trainings among processes, here and elsewhere: whoever claims one first makes it."""

from __future__ import annotations

import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

from seehear.core.errors import Reason, SeehearError
from seehear.engine.progress import Watch
from seehear.engine.spread import leave_with_parent
from seehear.tables.workshop import Training, Workshop

LOOK_AGAIN_SECONDS = 5.0
"""Between two looks at trainings that other processes are at."""

Attempts = Callable[[Sequence[Training]], Iterator[tuple[Training, bool]]]
"""Trains what nobody else is at, and says of each training whether it was ours to make, in the order of their end."""


def make_all(
    workshop: Workshop,
    trainings: Sequence[Training],
    *,
    processes: int = 1,
    tell: Callable[[str], None] = lambda message: None,
) -> None:
    """Return when every one of these trainings is made, by this process or by others that share the folder.

    Those that others are at are waited for; where such a process died, its training is gone on with here.

    Args:
        workshop: where they are made and kept.
        trainings: each once.
        processes: trainings at a time. Features in memory are copied to each process, those on disk are not.
        tell: called with a sentence after each finished training.
    """
    waiting = _unmade(workshop, trainings)
    with _crew(workshop, min(processes, len(waiting))) as attempts:
        while waiting:
            held = []
            for training, mine in attempts(waiting):
                if mine:
                    left = len(_unmade(workshop, waiting))
                    tell(f"{_what_came_of(workshop, training)}; {len(trainings) - left} of {len(trainings)}")
                else:
                    held.append(training)
            waiting = _unmade(workshop, held)
            if waiting:
                tell(f"{len(waiting)} of {len(trainings)} are being trained by other processes; waiting for them")
                time.sleep(LOOK_AGAIN_SECONDS)


def _unmade(workshop: Workshop, trainings: Sequence[Training]) -> list[Training]:
    return [training for training in trainings if workshop.outcome(training) is None]


def _what_came_of(workshop: Workshop, training: Training) -> str:
    outcome = workshop.outcome(training)
    what = outcome.failure if outcome and outcome.failure else "done"
    return f"{training.row.name} ({training.row.supervision}), seed {training.seed}: {what}"


@contextmanager
def _crew(workshop: Workshop, processes: int) -> Iterator[Attempts]:
    """This process alone, or so many others."""
    if processes <= 1:
        yield lambda trainings: ((training, workshop.make(training)) for training in trainings)
        return
    context = multiprocessing.get_context("spawn")
    stopping = context.Event()
    with ProcessPoolExecutor(processes, context, initializer=_enter, initargs=(workshop, stopping)) as pool:

        def attempts(trainings: Sequence[Training]) -> Iterator[tuple[Training, bool]]:
            futures = {pool.submit(_make, training): training for training in trainings}
            for future in as_completed(futures):
                yield futures[future], future.result()

        try:
            yield attempts
        except BaseException as error:
            stopping.set()
            pool.shutdown(wait=False, cancel_futures=True)
            if isinstance(error, BrokenProcessPool):
                raise SeehearError(
                    "a process that trained was ended from outside, for want of memory perhaps; start the same command "
                    "again, with fewer jobs, and it goes on from here",
                    Reason.PROCESS_LOST,
                ) from error
            raise


class _WhileWanted(Watch):
    """Ends a training in a worker process when the work is given up."""

    def __init__(self, stopping: Any) -> None:
        self.stopping = stopping

    def on_step(self, step: int, loss: float) -> None:
        if self.stopping.is_set():
            raise SeehearError("the work was given up; start the same command again to go on from here")


_here: dict[str, Any] = {}
"""What a worker process was started with."""


def _enter(workshop: Workshop, stopping: Any) -> None:
    _here.update(workshop=workshop, watch=_WhileWanted(stopping))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the parent's to handle
    threading.Thread(target=leave_with_parent, daemon=True).start()


def _make(training: Training) -> bool:
    return _here["workshop"].make(training, _here["watch"])
