"""How good a prediction is: by segments, and by whole events.

Classes are integers [N,T], N clips of T segments, in 0..C; background is class C.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from seehear.core.errors import InvalidValueError
from seehear.core.labels import Categories
from seehear.core.time import Grid
from seehear.core.timeline import Event, Timeline


def confusion_matrix(predicted: np.ndarray, truth: np.ndarray, categories: Categories) -> np.ndarray:
    """int64 [C+1,C+1]: segments of true class (row) that were called a class (column); background is last."""
    if predicted.shape != truth.shape:
        raise InvalidValueError(f"predicted classes have shape {predicted.shape}, true ones {truth.shape}")
    classes = len(categories) + 1
    pairs = np.ravel(truth).astype(np.int64) * classes + np.ravel(predicted)
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def segment_accuracy(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Share of segments whose class, of C + 1, is right: the accuracy of every published table."""
    if predicted.shape != truth.shape:
        raise InvalidValueError(f"predicted classes have shape {predicted.shape}, true ones {truth.shape}")
    return float(np.mean(predicted == truth)) if truth.size else float("nan")


def recalls(confusion: np.ndarray) -> np.ndarray:
    """float64 [C+1]: share of each true class's segments that were called so; NaN where it never occurs.

    The last is background recall, the others are the accuracy of each category.
    """
    totals = confusion.sum(axis=1)
    return np.divide(np.diag(confusion), totals, out=np.full(len(totals), np.nan), where=totals > 0)


@dataclass(frozen=True, slots=True)
class TrivialPoints:
    """Accuracies that take no network: every one reported stands beside these."""

    all_background: float
    """Everything is called background."""
    right_category: float
    """The right category on all segments of a clip with an event (its most frequent one), background on the rest."""

    @property
    def better(self) -> float:
        return max(self.all_background, self.right_category)


def trivial_points(truth: np.ndarray, categories: Categories) -> TrivialPoints:
    """The two trivial reference points of these labels."""
    background = categories.background
    guess = np.array([_main_category(classes, background) for classes in truth], dtype=np.int64)
    return TrivialPoints(
        all_background=segment_accuracy(np.full_like(truth, background), truth),
        right_category=segment_accuracy(np.broadcast_to(guess[:, None], truth.shape), truth),
    )


def timelines(classes: np.ndarray, categories: Categories, grid: Grid) -> list[Timeline]:
    """Each clip's runs of one category as events."""
    return [_timeline(row, categories, grid) for row in classes]


@dataclass(frozen=True, slots=True)
class EventScore:
    """Events found, missed and invented."""

    matched: int
    predicted: int
    true: int

    @property
    def precision(self) -> float:
        return self.matched / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        return self.matched / self.true if self.true else 0.0

    @property
    def f1(self) -> float:
        """2 x matched / (predicted + true); 1 where there is nothing to find and nothing was found."""
        both = self.predicted + self.true
        return 2 * self.matched / both if both else 1.0


def event_score(pairs: Iterable[tuple[Timeline, Timeline]], minimum_overlap: float = 0.5) -> EventScore:
    """Score (predicted, true) timelines event by event, over all videos together.

    A predicted and a true event of one category match when their temporal intersection over union reaches
    `minimum_overlap`. Matches are one to one and as many as possible (a maximum matching, so that the order of
    events never matters).
    """
    matched = predicted_count = true_count = 0
    for predicted, true in pairs:
        predicted_count += len(predicted)
        true_count += len(true)
        for category in predicted.categories:
            matched += _matches(predicted.of(category).events, true.of(category).events, minimum_overlap)
    return EventScore(matched, predicted_count, true_count)


def _matches(predicted: Sequence[Event], true: Sequence[Event], minimum_overlap: float) -> int:
    """Size of the maximum one-to-one matching, by augmenting paths."""
    fits = [
        [
            index
            for index, event in enumerate(true)
            if guess.span.intersection_over_union(event.span) >= minimum_overlap - _ROUNDING
        ]
        for guess in predicted
    ]
    owner: dict[int, int] = {}

    def claim(guess: int, asked: set[int]) -> bool:
        for index in fits[guess]:
            if index in asked:
                continue
            asked.add(index)
            if index not in owner or claim(owner[index], asked):
                owner[index] = guess
                return True
        return False

    return sum(claim(guess, set()) for guess in range(len(predicted)))


_ROUNDING = 1e-9


def _main_category(classes: np.ndarray, background: int) -> int:
    events = classes[classes != background]
    return int(np.bincount(events).argmax()) if len(events) else background


def _timeline(classes: np.ndarray, categories: Categories, grid: Grid) -> Timeline:
    events, first = [], 0
    for number, run in groupby(classes.tolist()):
        count = len(list(run))
        if number != categories.background:
            span = grid.span(first, count)
            events.append(Event(span.start_seconds, span.end_seconds, categories.name(number)))
        first += count
    return Timeline(grid.start_seconds(len(classes)), tuple(events))
