"""Read the next batch while the present one is learned from."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """A pure function of a step whose answer for the step after the last one asked for is made ready in a thread.

    Answers are those of the function, whatever steps are asked for in whatever order; errors come with the step they
    belong to. Memory holds one answer more. Reading and converting let go of the interpreter, so that it costs a
    training no time where a core is free. Use it as a context manager, which ends the thread.
    """

    def __init__(self, answer_of: Callable[[int], T]) -> None:
        self.answer_of = answer_of
        self._thread = ThreadPoolExecutor(1, "read-ahead")
        self._ready: dict[int, Future[T]] = {}

    def __call__(self, step: int) -> T:
        ready = self._ready.pop(step, None)
        answer = self.answer_of(step) if ready is None else ready.result()
        self._ready = {step + 1: self._thread.submit(self.answer_of, step + 1)}
        return answer

    def __enter__(self) -> Ahead[T]:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)
