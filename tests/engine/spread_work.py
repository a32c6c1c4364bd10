"""Small tasks for workers: a task is a word and a number."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from seehear.core.errors import InvalidValueError, Reason, UnknownNameError
from seehear.engine.spread import spread_here

Task = tuple[str, int]


def start(factor: int, deaths: str = "") -> Callable[[Task, Callable[[object], None]], int]:
    """`die` ends the process, `die once` the first time only, `refuse` raises; all else multiplies."""
    if factor < 0:
        raise InvalidValueError("no negative factors", Reason.INVALID_VALUE)
    if factor == 0:
        os.kill(os.getpid(), signal.SIGKILL)

    def work(task: Task, tell: Callable[[object], None]) -> int:
        word, number = task
        if word == "die" or (word == "die once" and _first_time(Path(deaths))):
            os.kill(os.getpid(), signal.SIGKILL)
        if word == "refuse":
            raise UnknownNameError("number", str(number), ("one", "two"))
        if word == "sleep":
            time.sleep(60)
        tell(os.getpid())
        return factor * number

    return work


def _first_time(flag: Path) -> bool:
    try:
        flag.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


if __name__ == "__main__":
    tasks: list[Task] = [("do", 1), *[("sleep", number) for number in range(4)]]
    for _ in spread_here(start, (2,), tasks, processes=2):
        print("one is done", flush=True)  # noqa: T201
