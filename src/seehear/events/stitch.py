"""Scores of overlapping windows, averaged into the scores of the whole video.

T segments of the video, n segments of a window. A network that reads context knows most about the middle of
its window and least about the borders, so the middle counts more where windows overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from seehear.core.errors import InvalidValueError, NotFiniteError, UnknownNameError
from seehear.core.labels import Categories
from seehear.core.time import Grid
from seehear.core.values import Scores


def window_starts(count: int, length: int, hop: int) -> list[int]:
    """First segments of the windows of `length` that cover `count` segments, every `hop`; the last one ends flush.

    A video shorter than one window gets a single window from 0, which then holds only `count` segments;
    a video without segments gets none.
    """
    if length < 1 or not 1 <= hop <= length:
        raise InvalidValueError(f"windows of {length} segments every {hop} leave gaps; take 1 <= hop <= length")
    if count <= 0:
        return []
    last = max(0, count - length)
    return [*range(0, last, hop), last]


def _triangle(length: int) -> np.ndarray:
    """float64 [n] 1, 2, 3 ... 3, 2, 1: even the border segments count, so that every segment has a score."""
    position = np.arange(length)
    return np.minimum(position + 1, length - position).astype(np.float64)


def _flat(length: int) -> np.ndarray:
    """float64 [n] of ones: every window counts the same everywhere."""
    return np.ones(length)


WEIGHTINGS: dict[str, Callable[[int], np.ndarray]] = {"triangle": _triangle, "flat": _flat}
"""How much each segment of a window of n counts in the average, by name."""


class Stitcher:
    """Takes the :class:`Scores` of one window after another and gives the scores of the whole video.

    Every score, attention map, motion strength and floating detail is the weighted mean over the windows that
    hold the segment; sums are kept in float64, so neither the order of the windows nor their grouping shows in
    the float32 result, and constant scores come out as the same constants. A segment that any window calls
    missing, or that no window holds, is missing. Memory grows with the segments that are not taken yet only.
    """

    def __init__(self, grid: Grid, categories: Categories, weighting: str = "triangle") -> None:
        if weighting not in WEIGHTINGS:
            raise UnknownNameError("weighting", weighting, tuple(WEIGHTINGS))
        self.grid = grid
        self.categories = categories
        self._window_weights = WEIGHTINGS[weighting]
        self._taken = 0
        self._weights = _GrowingSum()
        self._missing = _GrowingSum()
        self._sums: dict[str, _GrowingSum] | None = None

    def add(self, first_segment: int, scores: Scores) -> None:
        """Add one window, whose first segment is the video's segment `first_segment`.

        Raises :class:`InvalidValueError` where grid, categories or the set of arrays differ from the earlier
        windows, and :class:`NotFiniteError` where a score is NaN or infinite.
        """
        if scores.grid != self.grid or scores.categories != self.categories:
            raise InvalidValueError("windows of one video must share their time grid and their categories")
        if first_segment < self._taken:
            raise InvalidValueError(
                f"a window cannot start at segment {first_segment}; it must start at {self._taken} or later"
            )
        arrays = dict(_arrays(scores))
        if self._sums is None:
            self._sums = {name: _GrowingSum() for name in arrays}
        if arrays.keys() != self._sums.keys():
            raise InvalidValueError("windows of one video must carry the same arrays (attention, motion, details)")
        for name, array in arrays.items():
            if not np.isfinite(array).all():
                raise NotFiniteError(f"the {name} of the window at segment {first_segment} are not finite")
        weights, first = self._window_weights(len(scores)), first_segment - self._taken
        for name, array in arrays.items():
            self._sums[name].add(first, array * weights.reshape(-1, *(1,) * (array.ndim - 1)))
        self._weights.add(first, weights)
        self._missing.add(first, scores.missing.astype(np.float64))

    def take(self, stop: int | None = None) -> Scores:
        """The scores of the segments that were not taken yet, before `stop` or up to the last one any window held.

        They are forgotten then: a window that is added later must start behind them.
        """
        count = len(self._weights) if stop is None else max(0, stop - self._taken)
        weights = self._weights.take(count)
        missing = (self._missing.take(count) > 0) | (weights == 0)
        self._taken += len(weights)
        if self._sums is None:
            nothing = np.zeros((0, len(self.categories)), np.float32)
            return Scores(self.grid, self.categories, nothing, np.zeros(0, bool))
        means = {name: _mean(total.take(count), weights) for name, total in self._sums.items()}
        details = {name.removeprefix("details."): mean for name, mean in means.items() if name.startswith("details.")}
        return Scores(
            grid=self.grid,
            categories=self.categories,
            events=means["events"],
            missing=missing,
            attention=means.get("attention"),
            motion=means.get("motion"),
            details=details,
        )


def _arrays(scores: Scores) -> Iterator[tuple[str, np.ndarray]]:
    """Every per-segment array of a window that can be averaged, by name."""
    yield "events", scores.events
    for name in ("attention", "motion"):
        if (array := getattr(scores, name)) is not None:
            yield name, array
    for name, array in scores.details.items():
        yield f"details.{name}", array


def _mean(total: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """float32 [T,...] total / weights, 0 where no window counted."""
    divisor = np.where(weights > 0, weights, 1.0).reshape(-1, *(1,) * (total.ndim - 1))
    return (total / divisor).astype(np.float32)


class _GrowingSum:
    """float64 [T,...] sums whose T is as large as the furthest stretch added so far."""

    def __init__(self) -> None:
        self._held = np.zeros(0)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def take(self, count: int) -> np.ndarray:
        """The first `count` sums, which are forgotten: what was the one after them is the first."""
        taken = self._held[: min(count, self._count)]
        self._held, self._count = self._held[len(taken) :].copy(), self._count - len(taken)
        return taken

    def add(self, first: int, part: np.ndarray) -> None:
        stop = first + len(part)
        if stop > len(self._held):
            grown = np.zeros((max(stop, 2 * len(self._held)), *part.shape[1:]))
            if self._count:
                grown[: self._count] = self._held[: self._count]
            self._held = grown
        if self._held.shape[1:] != part.shape[1:]:
            raise InvalidValueError(
                f"a window holds {part.shape[1:]} a segment where others hold {self._held.shape[1:]}"
            )
        self._held[first:stop] += part
        self._count = max(self._count, stop)
