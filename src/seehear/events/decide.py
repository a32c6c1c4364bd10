"""From scores to events: where each category starts and ends, told as soon as nothing can change it.

T segments, C categories. A *run* is a maximal stretch of true values, given as (first, stop).
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from seehear.core.errors import InvalidValueError, NotFiniteError
from seehear.core.labels import Categories
from seehear.core.time import Grid, Span
from seehear.core.timeline import Event, Timeline
from seehear.core.values import Scores
from seehear.events.activity import Run, Thresholds, runs, settled


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
    decider = Decider(scores.grid, scores.categories, settings)
    count = min(len(scores), _segments_begun(scores.grid, duration_seconds))
    found = decider.push(scores.events[:count], scores.missing[:count])
    return Timeline(duration_seconds, (*found, *decider.finish(duration_seconds)), decider.missing(duration_seconds))


class Decider:
    """Takes the scores of a video's segments as they become known, and gives each event as soon as it is certain.

    The events of all calls together are those of :func:`decide`, in the order of their timeline, however the scores
    are cut into calls: an event waits for those that start before it. Memory grows with what is not certain yet and
    with events that still go on, and by one byte a segment.
    Raises :class:`UnknownNameError` for thresholds of a category that there is not.
    """

    def __init__(self, grid: Grid, categories: Categories, settings: Decision | None = None) -> None:
        settings = settings or Decision()
        for name in settings.by_category:
            categories.number(name)
        self._grid, self._exclusive = grid, settings.exclusive
        gap = math.floor(settings.merge_gap_seconds / grid.hop_seconds + 1e-9)
        shortest = max(1, math.ceil(settings.minimum_seconds / grid.hop_seconds - 1e-9))
        self._lanes = [_Lane(name, settings.thresholds(name), gap, shortest) for name in categories]
        self._missing: list[np.ndarray] = []
        self._waiting: list[_Found] = []

    def push(self, events: np.ndarray, missing: np.ndarray) -> list[Event]:
        """The events that become certain by the scores [n,C] and missing flags [n] of the next n segments.

        Raises :class:`NotFiniteError` for scores that are no numbers.
        """
        scores = np.where(missing[:, None], 0.0, events.astype(np.float64))
        if not np.isfinite(scores).all():
            raise NotFiniteError("scores hold NaN or infinite numbers; no event can be decided from them")
        self._missing.append(missing)
        for lane, column in zip(self._lanes, scores.T, strict=True):
            lane.push(column, missing)
        self._share_out()
        certain = min((lane.earliest() for lane in self._lanes), default=(0, 0, ""))
        released = []
        while self._waiting and self._waiting[0] < certain:
            released.append(heapq.heappop(self._waiting))
        return [_event(self._grid, found, math.inf) for found in released]

    def finish(self, duration_seconds: float) -> list[Event]:
        """The events that were not certain before the end of the video; it must have begun its last segment."""
        for lane in self._lanes:
            lane.end()
        self._share_out()
        begun = _segments_begun(self._grid, duration_seconds)
        held = sorted(found for found in self._waiting if found[0] < begun)
        return [_event(self._grid, found, duration_seconds) for found in held]

    def missing(self, duration_seconds: float) -> tuple[Span, ...]:
        """The stretches of a video of this length of which nothing could be said, with an end that was not scored."""
        missing = np.concatenate([np.zeros(0, bool), *self._missing])
        return _missing_spans(self._grid, missing[: _segments_begun(self._grid, duration_seconds)], duration_seconds)

    def _share_out(self) -> None:
        """Give each category the segments it claims, as far as it is known who else does, and keep what is over."""
        claims = [lane.claims for lane in self._lanes]
        if self._exclusive and claims:
            count = min(map(len, claims))
            claimed = np.stack([claim[:count] for claim in claims], axis=1)  # (n,C)
            scores = np.stack([lane.scores_claimed[:count] for lane in self._lanes], axis=1)
            claims = list((claimed & _highest(scores, claimed)).T)
        for lane, mine in zip(self._lanes, claims, strict=True):
            for found in lane.take(mine):
                heapq.heappush(self._waiting, found)


_Found = tuple[int, int, str, float]
"""First segment of an event, the segment after its last, category and score: in the order of a timeline."""


class _Lane:
    """What is still to be told of one category.

    From segment `first` on it holds the event that is open, if any, then segments that it claims or not (`active`)
    while it is not known who else does, then those of which even that is not settled.
    """

    def __init__(self, category: str, thresholds: Thresholds, gap: int, shortest: int) -> None:
        self.category, self.thresholds, self.gap, self.shortest = category, thresholds, gap, shortest
        self.first, self.open = 0, 0
        self.scores, self.missing, self.active = np.zeros(0), np.zeros(0, bool), np.zeros(0, bool)
        self.within = False
        """Whether the last settled segment is active."""

    def push(self, scores: np.ndarray, missing: np.ndarray) -> None:
        """Take the next segments, and settle what can be."""
        self.scores = np.concatenate([self.scores, scores])
        self.missing = np.concatenate([self.missing, missing])
        self._settle(ended=False)

    def end(self) -> None:
        """Nothing follows: settle all, and close an event that reaches the end."""
        self._settle(ended=True)
        self.active = np.append(self.active, False)
        self.scores, self.missing = np.append(self.scores, 0.0), np.append(self.missing, True)

    def _settle(self, *, ended: bool) -> None:
        scores, missing = self.scores[len(self.active) :], self.missing[len(self.active) :]
        more = settled(scores, missing, self.thresholds, self.gap, within=self.within, ended=ended)
        if len(more):
            self.active, self.within = np.concatenate([self.active, more]), bool(more[-1])

    @property
    def claims(self) -> np.ndarray:
        """bool [n]: which of the next segments it claims."""
        return self.active[self.open :]

    @property
    def scores_claimed(self) -> np.ndarray:
        """float64 [n]: the scores of the same segments."""
        return self.scores[self.open : len(self.active)]

    def take(self, mine: np.ndarray) -> list[_Found]:
        """Told which of the next segments it is given, gives the events that are over."""
        known = np.concatenate([np.ones(self.open, bool), mine])
        over = runs(known)
        self.open = len(known) - over.pop()[0] if len(known) and known[-1] else 0
        found = [self._found(run) for run in over]
        done = len(known) - self.open
        self.scores, self.missing, self.active = self.scores[done:], self.missing[done:], self.active[done:]
        self.first += done
        return [event for event in found if event is not None]

    def _found(self, run: Run) -> _Found | None:
        """The event of a run, unless it is too short."""
        first, stop = _without_missing_ends(*run, self.missing)
        if stop - first < self.shortest:
            return None
        score = self.scores[first:stop][~self.missing[first:stop]].mean()
        return (self.first + first, self.first + stop, self.category, min(1.0, max(0.0, float(score))))

    def earliest(self) -> tuple[int, int, str]:
        """No event that is still to come is before this, in the order of a timeline."""
        first, stop = _without_missing_ends(0, self.open, self.missing)
        if first == stop:
            return (self.first + self.open, self.first + self.open, "")
        return (self.first + first, self.first + stop, self.category)


def timeline_of_classes(classes: np.ndarray, grid: Grid, categories: Categories) -> Timeline:
    """Segment labels [T] in 0..C as events: each run of one category is one, background is none."""
    classes = np.asarray(classes)
    if classes.ndim != 1 or (len(classes) and not 0 <= classes.min() <= classes.max() <= categories.background):
        raise InvalidValueError(f"segment classes must be [T] numbers in 0..{categories.background}")
    duration_seconds = grid.start_seconds(len(classes))
    events = tuple(
        _event(grid, (*run, categories.name(int(number)), 1.0), duration_seconds)
        for number in np.unique(classes)
        if number != categories.background
        for run in runs(classes == number)
    )
    return Timeline(duration_seconds, events)


def _highest(scores: np.ndarray, active: np.ndarray) -> np.ndarray:
    """bool [T,C] true at the active category of the highest score; the lower number where two are equal."""
    best = np.where(active, scores, -1.0).argmax(axis=1)
    return best[:, None] == np.arange(scores.shape[1])


def _without_missing_ends(first: int, stop: int, missing: np.ndarray) -> Run:
    """The run without missing segments at either end, which only one category's claim on a gap can leave there."""
    held = np.flatnonzero(~missing[first:stop])
    return (first + int(held[0]), first + int(held[-1]) + 1) if len(held) else (first, first)


def _event(grid: Grid, found: _Found, duration_seconds: float) -> Event:
    first, stop, category, score = found
    return Event(grid.start_seconds(first), min(grid.start_seconds(stop), duration_seconds), category, score)


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
