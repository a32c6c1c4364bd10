"""Events as tiers of intervals in whole milliseconds: what annotation programs of linguists and ethologists show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from seehear.core.timeline import Timeline
from seehear.report.writers.text import one_line

NOT_DECODED = "not decoded"
"""Tier and label of the stretches of which nothing can be said."""

Interval = tuple[int, int]
"""Start and end in milliseconds."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Intervals of one label, in order, none of which overlaps another."""

    name: str
    """Unlike that of every other tier of the video."""
    label: str
    intervals: tuple[Interval, ...]


def tiers_of(timeline: Timeline) -> list[Tier]:
    """A tier a category, in order of appearance, and one for what was not decoded.

    Where events of one category overlap, which these programs cannot show in one tier, a further tier takes them.
    """
    labelled = [(name, [(e.start_seconds, e.end_seconds) for e in timeline.of(name)]) for name in timeline.categories]
    labelled.append((NOT_DECODED, [(span.start_seconds, span.end_seconds) for span in timeline.missing]))
    tiers: list[Tier] = []
    for category, stretches in labelled:
        label = one_line(category)
        for intervals in _side_by_side(stretches):
            tiers.append(Tier(_unlike(label, {tier.name for tier in tiers}), label, intervals))
    return tiers


def milliseconds(start_seconds: float, end_seconds: float) -> Interval:
    """The nearest whole milliseconds, at least one apart."""
    start = round(start_seconds * 1000)
    return start, max(start + 1, round(end_seconds * 1000))


def _side_by_side(stretches: Iterable[tuple[float, float]]) -> list[tuple[Interval, ...]]:
    """Each interval in the first row where it fits."""
    rows: list[list[Interval]] = []
    for stretch in sorted(stretches):
        start, end = milliseconds(*stretch)
        row = next((row for row in rows if row[-1][1] <= start), None)
        if row is None:
            rows.append(row := [])
        row.append((start, end))
    return [tuple(row) for row in rows]


def _unlike(name: str, taken: set[str]) -> str:
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        candidate = f"{name} ({number})"
    return candidate
