"""Curves as TensorBoard's own reader finds them."""

from __future__ import annotations

from pathlib import Path

import pytest

from seehear.core.errors import InvalidValueError
from seehear.engine.curves import CurvesWatch
from seehear.engine.progress import Together, Watch


def play(watch: Watch, first: int, last: int) -> None:
    """Steps of an epoch of two, with a loss that is the step's number."""
    with watch:
        watch.start("pfagn", first - 1, 4)
        for step in range(first, last + 1):
            watch.on_step(step, float(step))
            if step % 2 == 0:
                watch.on_epoch(
                    {"epoch": step // 2, "loss": 1.0, "learning_rate": 0.25, "validation_accuracy": step / 8}
                )


def test_a_run_that_goes_on_draws_one_curve(tmp_path: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    play(CurvesWatch(tmp_path), 1, 3)
    play(Together(Watch(), CurvesWatch(tmp_path)), 3, 4)  # killed after step 3, whose state was that of step 2
    curves = accumulator.EventAccumulator(str(tmp_path))
    curves.Reload()
    assert [(event.step, event.value) for event in curves.Scalars("training/loss")] == [(n, n) for n in (1, 2, 3, 4)]
    assert [(event.step, event.value) for event in curves.Scalars("epoch/validation_accuracy")] == [(2, 0.25), (4, 0.5)]
    assert [event.value for event in curves.Scalars("training/learning_rate")] == [0.25, 0.25]
    assert all(event.value > 0 for event in curves.Scalars("training/steps_per_second"))


def test_without_tensorboard_the_error_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seehear.engine.curves.find_spec", lambda name: None)
    with pytest.raises(InvalidValueError, match=r"pip install 'seehear\[train\]'"):
        CurvesWatch(tmp_path)
    assert not list(tmp_path.iterdir())
