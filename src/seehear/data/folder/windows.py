"""From events in seconds to classes of segments, and from a long video to windows of a data set's length."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from seehear.core.errors import InvalidValueError
from seehear.core.labels import Categories
from seehear.core.time import Grid
from seehear.core.timeline import Event
from seehear.data.folder.label import Label, Problem


def categories_of(events: Mapping[str, Iterable[Event]]) -> Categories:
    """The category names that occur in the events of several videos, in alphabetical order."""
    return Categories(tuple(sorted({event.category for its_events in events.values() for event in its_events})))


def segment_classes(events: Iterable[Event], categories: Categories, grid: Grid, count: int) -> np.ndarray:
    """int64 [count] in 0..C: segment t is of an event's category iff start <= t < end (the AVE rule), else background.

    Raises:
        InvalidValueError: events of two categories claim one segment; a segment has one class.
    """
    classes = np.full(count, categories.background, dtype=np.int64)
    for event in sorted(events):
        claimed = np.array(grid.covered_by([event.span], count), dtype=bool)
        number = categories.number(event.category)
        clash = claimed & (classes != categories.background) & (classes != number)
        if clash.any():
            first = categories.name(int(classes[clash][0]))
            raise InvalidValueError(_overlap(first, event.category, grid.start_seconds(int(clash.argmax()))))
        classes[claimed] = number
    return classes


def clashes(labels: Iterable[Label], grid: Grid) -> Iterator[Problem]:
    """The labels of one video that claim a segment of an earlier one of another category."""
    going_on: list[tuple[int, Label, Event]] = []
    for label in sorted((label for label in labels if label.event), key=_in_time):
        event = label.event
        assert event is not None
        first, end = _segments(event, grid)
        going_on = [other for other in going_on if other[0] > first]
        for _, other, its_event in going_on:
            if its_event.category != event.category and end > first:
                message = _overlap(its_event.category, event.category, grid.start_seconds(first))
                yield Problem(label.where, f"{message} (the other: {other.where})")
        going_on.append((end, label, event))


def unreached(labels: Iterable[Label], grid: Grid) -> Iterator[Label]:
    """The labels that no segment starts in, so that no segment is of their category."""
    for label in labels:
        if label.event is not None:
            first, end = _segments(label.event, grid)
            if first >= end:
                yield label


def overrun(labels: Iterable[Label], grid: Grid, count: int) -> Iterator[Problem]:
    """The labels that end more than half a segment behind the last of a video's `count` segments."""
    end_seconds = grid.start_seconds(count)
    for label in labels:
        if label.event is not None and label.event.end_seconds > end_seconds + grid.hop_seconds / 2:
            yield Problem(
                label.where,
                f"it ends at {label.event.end_seconds:g} s, but {end_seconds:g} s of the video can be read; correct "
                "the time, or look whether the labels are of this video",
            )


def window_starts(count: int, length: int) -> list[int]:
    """First segments of the windows of `length` that a video of `count` segments is cut into, from its beginning on.

    The last is moved back to end with the video, so that nothing is lost. A shorter video has none.
    """
    if count < length:
        return []
    return [*range(0, count - length, length), count - length]


def spread(items: Sequence[int], count: int) -> list[int]:
    """At most `count` of the items, evenly spread over them."""
    kept = min(count, len(items))
    return [items[(2 * number + 1) * len(items) // (2 * kept)] for number in range(kept)]


def _segments(event: Event, grid: Grid) -> tuple[int, int]:
    """First segment that starts in an event, and the first behind it; as `Grid.covered_by`."""
    first, end = (math.ceil(time / grid.hop_seconds - 1e-9) for time in (event.start_seconds, event.end_seconds))
    return first, end


def _in_time(label: Label) -> tuple[Event, str]:
    assert label.event is not None
    return label.event, label.where


def _overlap(first: str, second: str, seconds: float) -> str:
    return f"{first!r} and {second!r} overlap at {seconds:g} s; a segment has one category, so shorten one of the two"
