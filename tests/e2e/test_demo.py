"""The demo, small: every step feeds the next. And whole: it reaches what the README says of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from seehear.demo import DemoSizes, run_demo
from seehear.evaluate import Evaluation, evaluate_checkpoint
from seehear.prepare import load_folder

SMALL = DemoSizes(training=24, validation=8, test=8, untrimmed_seconds=30.0)


def test_a_small_demo_goes_all_the_way_and_on_where_it_stopped(tmp_path: Path) -> None:
    steps: list[str] = []
    text = run_demo(tmp_path, sizes=SMALL, jobs=2, say=steps.append)
    assert "segment accuracy" in text
    assert (tmp_path / "report" / "untrimmed.html").stat().st_size > 100_000
    assert any("rendering 24 training scenes" in step for step in steps)

    steps.clear()
    again = run_demo(tmp_path, sizes=SMALL, jobs=2, say=steps.append)
    assert not any("rendering" in step for step in steps)
    assert accuracies(again) == accuracies(text)


@pytest.mark.long
def test_the_whole_demo_learns_to_tell_events(tmp_path: Path) -> None:
    text = run_demo(tmp_path, say=print)
    evaluation = on_unseen_scenes(tmp_path)
    assert evaluation.clips >= 100
    assert evaluation.accuracy >= 0.90
    assert evaluation.accuracy - max(evaluation.all_background, evaluation.right_category) >= 0.15
    assert float(re.findall(r"event F1 (\S+) at IoU", text)[0]) >= 0.85


def accuracies(text: str) -> list[str]:
    return re.findall(r"segment accuracy +(\S+)%", text)


def on_unseen_scenes(output: Path) -> Evaluation:
    (checkpoint,) = output.glob("run-*/model")
    (test,) = (output / "scenes").glob("test-*")
    return evaluate_checkpoint(checkpoint, load_folder(test, "builtin", jobs=2))
