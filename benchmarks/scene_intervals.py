"""Segment accuracy and event F1 of models on a folder of scenes, with 95 % intervals over clips.

    SEEHEAR_HOME=../shared/weights python benchmarks/scene_intervals.py SCENES MODEL...

An interval is the middle 95 % over 1000 draws of as many clips, with replacement.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from real_clips import machine

from seehear.data.dataset import Dataset
from seehear.evaluate import Evaluation, evaluation_of, predict_classes, predict_events
from seehear.models.calibration import Calibration
from seehear.models.checkpoint import load_checkpoint, read_card
from seehear.own_data import Loading
from seehear.prepare import load_folder

DRAWS = 1000


def predicted(folder: Path, dataset: Dataset) -> np.ndarray:
    """int64 [N,T]: as `seehear evaluate` decides."""
    network, card = load_checkpoint(folder)
    with torch.inference_mode():
        if card.calibration == Calibration():
            return predict_classes(network, dataset)
        events = card.calibration(predict_events(network, dataset), dataset.categories)
    return np.where(events.max(axis=-1) >= 0.5, events.argmax(axis=-1), events.shape[-1])


def intervals(classes: np.ndarray, dataset: Dataset) -> dict[str, tuple[float, float, float]]:
    """Of each measure: the figure itself, and the two ends of its interval, in percent."""
    count, segments = classes.shape
    labels = replace(  # features are not needed, and too large to be drawn
        dataset, visual=np.zeros((count, segments, 1, 1, 1), np.float16), audio=np.zeros((count, segments, 1))
    )
    random = np.random.default_rng(0)
    drawn = [random.integers(count, size=count) for _ in range(DRAWS)]
    whole, draws = (
        evaluation_of(classes, labels),
        [evaluation_of(classes[rows], labels.subset(rows)) for rows in drawn],
    )
    return {
        name: _interval(name, whole, draws) for name in ("accuracy", "event_f1", "right_category", "all_background")
    }


def _interval(name: str, whole: Evaluation, draws: list[Evaluation]) -> tuple[float, float, float]:
    low, high = np.percentile([getattr(draw, name) for draw in draws], (2.5, 97.5))
    return 100 * getattr(whole, name), float(100 * low), float(100 * high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", type=Path)
    parser.add_argument("models", type=Path, nargs="+")
    arguments = parser.parse_args()
    sys.stdout.write(f"{machine()}\n")
    for folder in arguments.models:
        card = read_card(folder)
        dataset = load_folder(
            arguments.scenes, card.extractor, categories=card.categories, loading=Loading(inputs=card.inputs)
        )
        figures = intervals(predicted(folder, dataset), dataset)
        said = ", ".join(
            f"{name} {figure:.1f} [{low:.1f} to {high:.1f}]" for name, (figure, low, high) in figures.items()
        )
        sys.stdout.write(f"{folder} ({card.architecture}): {said}\n")


if __name__ == "__main__":
    main()
