"""Reading ahead changes when something is read, and nothing else."""

from __future__ import annotations

import threading

import pytest

from seehear.data.ahead import Ahead


def test_answers_are_those_of_the_function_in_any_order() -> None:
    with Ahead(lambda step: step * step) as ahead:
        assert [ahead(step) for step in (0, 1, 2, 7, 3, 3, 4)] == [0, 1, 4, 49, 9, 9, 16]


def test_the_next_step_is_read_before_it_is_asked_for_and_not_again() -> None:
    asked, read_ahead = [], threading.Event()

    def answer_of(step: int) -> int:
        asked.append((step, threading.current_thread().name.startswith("read-ahead")))
        if step == 1:
            read_ahead.set()
        return step

    with Ahead(answer_of) as ahead:
        ahead(0)
        assert read_ahead.wait(timeout=60)
        ahead(1)
    assert asked[:2] == [(0, False), (1, True)]
    assert [step for step, _ in asked].count(1) == 1


def test_an_error_comes_with_the_step_it_belongs_to() -> None:
    def answer_of(step: int) -> int:
        if step == 1:
            raise ValueError("clip 5 cannot be read")
        return step

    with Ahead(answer_of) as ahead:
        assert ahead(0) == 0
        with pytest.raises(ValueError, match="clip 5"):
            ahead(1)


def test_no_thread_is_left() -> None:
    before = threading.active_count()
    with Ahead(lambda step: step) as ahead:
        ahead(0)
    assert threading.active_count() == before
