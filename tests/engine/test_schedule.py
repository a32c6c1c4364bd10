"""Learning rates at the steps where they change."""

from __future__ import annotations

import pytest

from seehear.engine.schedule import EpochSteps, RegularSteps, WarmCosine


def test_epoch_steps_change_with_the_first_step_after_the_epoch() -> None:
    schedule = EpochSteps(1.0, 0.5, (2, 3))
    rates = [schedule.rate(step, 10, 5) for step in (0, 19, 20, 29, 30, 49)]
    assert rates == [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]


def test_regular_steps_count_steps_whatever_an_epoch_is() -> None:
    schedule = RegularSteps(1.0, 0.1, 100)
    assert [schedule.rate(step, 7, 5) for step in (99, 100, 200)] == pytest.approx([1.0, 0.1, 0.01])


def test_warm_cosine_rises_to_its_peak_and_falls_to_nothing() -> None:
    schedule = WarmCosine(2.0, warm_share=0.1)
    rates = [schedule.rate(step, 10, 10) for step in range(100)]
    assert rates[0] == pytest.approx(0.2)
    assert rates[9] == rates[10] == max(rates) == 2.0
    assert rates[55] == pytest.approx(1.0)
    assert 0 < rates[99] < 0.001
    assert rates[10:] == sorted(rates[10:], reverse=True)
