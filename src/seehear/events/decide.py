"""From scores to events: where each category starts and ends.

T segments, C categories. A *run* is a maximal stretch of true values, given as (first, stop).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from seehear.core.errors import InvalidValueError, NotFiniteError
from seehear.core.labels import Categories
from seehear.core.time import Grid, Span
from seehear.core.timeline import Event, Timeline
from seehear.core.values import Scores

Run = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """An event holds at least one segment scored `on_threshold` or more and reaches as far as `off_threshold`."""

    on_threshold: float = 0.5
    off_threshold: float = 0.35

    def __post_init__(self) -> None:
        if not 0 < self.off_threshold <= self.on_threshold <= 1:
            raise InvalidValueError(
                f"thresholds must satisfy 0 < off <= on <= 1, not off {self.off_threshold}, on {self.on_threshold}"
            )


@dataclass(frozen=True, slots=True)
class Decision:
    """How scores become events."""

    on_threshold: float = 0.5
    off_threshold: float = 0.35
    minimum_seconds: float = 1.0
    """Shorter events are dropped; a last segment that the video's end cuts short counts whole."""
    merge_gap_seconds: float = 0.0
    """Events of one category this far apart or less become one; missing stretches this long do not break one.
    By default none: between two barks a dog is silent, and a second of silence is not an event."""
    exclusive: bool = False
    """At most one category at a time: the one that scores higher keeps the segment."""
    by_category: Mapping[str, Thresholds] = field(default_factory=dict)
    """Thresholds of single categories, in place of the two above."""

    def __post_init__(self) -> None:
        Thresholds(self.on_threshold, self.off_threshold)
        for name in ("minimum_seconds", "merge_gap_seconds"):
            seconds = getattr(self, name)
            if not (math.isfinite(seconds) and seconds >= 0):
                raise InvalidValueError(f"{name} must be 0 or more, not {seconds}")

    @classmethod
    def from_threshold(cls, threshold: float) -> Decision:
        """The usual decision with another `on_threshold`, and `off_threshold` in proportion."""
        usual = cls()
        return cls(on_threshold=threshold, off_threshold=threshold * usual.off_threshold / usual.on_threshold)

    def thresholds(self, category: str) -> Thresholds:
        return self.by_category.get(category) or Thresholds(self.on_threshold, self.off_threshold)


def decide(scores: Scores, duration_seconds: float, settings: Decision | None = None) -> Timeline:
    """The events of a video of this length, by double threshold, gap merging and minimum duration.

    Reversing the scores in time reverses the events. No event starts or ends in a missing segment, none ends
    after the video does, and each scores the mean of its segments that are not missing. Missing stretches, and
    an unscored end of more than half a segment, are listed on the timeline.
    Raises :class:`NotFiniteError` for scores that are no numbers, :class:`UnknownNameError` for thresholds of a
    category the scores do not have.
    """
    settings = settings or Decision()
    for name in settings.by_category:
        scores.categories.number(name)
    count = min(len(scores), _segments_begun(scores.grid, duration_seconds))
    missing = scores.missing[:count]
    events = np.where(missing[:, None], 0.0, scores.events[:count].astype(np.float64))  # (T,C)
    if not np.isfinite(events).all():
        raise NotFiniteError("scores hold NaN or infinite numbers; no event can be decided from them")

    gap = math.floor(settings.merge_gap_seconds / scores.grid.hop_seconds + 1e-9)
    shortest = math.ceil(settings.minimum_seconds / scores.grid.hop_seconds - 1e-9)
    active = np.zeros(events.shape, dtype=bool)
    for number, name in enumerate(scores.categories):
        active[:, number] = _active(events[:, number], missing, settings.thresholds(name), gap)
    if settings.exclusive:
        active &= _highest(events, active)

    found = []
    for number, name in enumerate(scores.categories):
        for first, stop in runs(active[:, number]):
            first, stop = _without_missing_ends(first, stop, missing)
            if stop - first >= max(1, shortest):
                score = events[first:stop, number][~missing[first:stop]].mean()
                found.append(_event(scores.grid, (first, stop), duration_seconds, name, float(score)))
    return Timeline(duration_seconds, tuple(found), _missing_spans(scores.grid, missing, duration_seconds))


def timeline_of_classes(classes: np.ndarray, grid: Grid, categories: Categories) -> Timeline:
    """Segment labels [T] in 0..C as events: each run of one category is one, background is none."""
    classes = np.asarray(classes)
    if classes.ndim != 1 or (len(classes) and not 0 <= classes.min() <= classes.max() <= categories.background):
        raise InvalidValueError(f"segment classes must be [T] numbers in 0..{categories.background}")
    duration_seconds = grid.start_seconds(len(classes))
    events = tuple(
        _event(grid, run, duration_seconds, categories.name(int(number)), 1.0)
        for number in np.unique(classes)
        if number != categories.background
        for run in runs(classes == number)
    )
    return Timeline(duration_seconds, events)


def runs(mask: np.ndarray) -> list[Run]:
    """Every maximal stretch of true values of a bool [T], as (first, stop), in order."""
    edges = np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [(int(first), int(stop)) for first, stop in zip(starts, stops, strict=True)]


def _active(scores: np.ndarray, missing: np.ndarray, thresholds: Thresholds, gap: int) -> np.ndarray:
    """bool [T] segments of one category's events: double threshold, then short gaps filled."""
    bridged = np.zeros(len(scores), dtype=bool)
    for first, stop in runs(missing):
        bridged[first:stop] = stop - first <= gap
    high = (scores >= thresholds.on_threshold) & ~missing
    reach = ((scores >= thresholds.off_threshold) & ~missing) | bridged
    active = np.zeros(len(scores), dtype=bool)
    for first, stop in runs(reach):
        active[first:stop] = high[first:stop].any()
    active &= ~missing
    for first, stop in runs(~active):
        inside = first > 0 and stop < len(active)
        active[first:stop] = inside and stop - first <= gap
    return active


def _highest(scores: np.ndarray, active: np.ndarray) -> np.ndarray:
    """bool [T,C] true at the active category of the highest score; the lower number where two are equal."""
    best = np.where(active, scores, -1.0).argmax(axis=1)
    return best[:, None] == np.arange(scores.shape[1])


def _without_missing_ends(first: int, stop: int, missing: np.ndarray) -> Run:
    """The run without missing segments at either end, which only one category's claim on a gap can leave there."""
    held = np.flatnonzero(~missing[first:stop])
    return (first + int(held[0]), first + int(held[-1]) + 1) if len(held) else (first, first)


def _event(grid: Grid, run: Run, duration_seconds: float, category: str, score: float) -> Event:
    first, stop = run
    end_seconds = min(grid.start_seconds(stop), duration_seconds)
    return Event(grid.start_seconds(first), end_seconds, category, min(1.0, max(0.0, score)))


def _segments_begun(grid: Grid, duration_seconds: float) -> int:
    """How many segments start before the video ends, by a millisecond or more."""
    return max(0, math.ceil((duration_seconds - 0.001) / grid.hop_seconds))


def _missing_spans(grid: Grid, missing: np.ndarray, duration_seconds: float) -> tuple[Span, ...]:
    def span(run: Run) -> Span:
        return Span(grid.start_seconds(run[0]), min(grid.start_seconds(run[1]), duration_seconds))

    spans = [span(run) for run in runs(missing)]
    scored_seconds = grid.start_seconds(len(missing))
    if duration_seconds - scored_seconds > grid.hop_seconds / 2:
        joins = spans and spans[-1].end_seconds == scored_seconds
        start_seconds = spans.pop().start_seconds if joins else scored_seconds
        spans.append(Span(start_seconds, duration_seconds))
    return tuple(spans)
