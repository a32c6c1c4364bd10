"""Which segments belong to the events of one category, and from when on that is certain.

T segments. A *run* is a maximal stretch of true values, given as (first, stop).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seehear.core.errors import InvalidValueError

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


def runs(mask: np.ndarray) -> list[Run]:
    """Every maximal stretch of true values of a bool [T], as (first, stop), in order."""
    edges = np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [(int(first), int(stop)) for first, stop in zip(starts, stops, strict=True)]


def active(scores: np.ndarray, missing: np.ndarray, thresholds: Thresholds, gap: int) -> np.ndarray:
    """bool [T] segments of a category's events: double threshold, then gaps of up to `gap` segments filled.

    Scores and missing flags are those of a whole video; a missing stretch as short as a gap breaks no event.
    """
    bridged = np.zeros(len(scores), dtype=bool)
    for first, stop in runs(missing):
        bridged[first:stop] = stop - first <= gap
    high = (scores >= thresholds.on_threshold) & ~missing
    reach = ((scores >= thresholds.off_threshold) & ~missing) | bridged
    found = np.zeros(len(scores), dtype=bool)
    for first, stop in runs(reach):
        found[first:stop] = high[first:stop].any()
    found &= ~missing
    for first, stop in runs(~found):
        inside = first > 0 and stop < len(found)
        found[first:stop] = inside and stop - first <= gap
    return found


def settled(
    scores: np.ndarray, missing: np.ndarray, thresholds: Thresholds, gap: int, *, within: bool, ended: bool = False
) -> np.ndarray:
    """bool [k], k <= T: what :func:`active` will say of the first k segments, whatever may follow the T known ones.

    A higher score never takes event time away, so the least that can follow is nothing and the most is a segment of
    the highest score: where both come to the same, so does all that lies between. `within` is what was settled of the
    segment before the first, and all that the past tells of the future: an event that reaches up to here. Where the
    video has `ended` nothing follows, and all is settled.
    """
    if not within and not (scores >= thresholds.off_threshold).any():
        return np.zeros(len(scores), dtype=bool)
    before = int(within)
    scores = np.concatenate([np.ones(before), scores, [1.0]])
    missing = np.concatenate([np.zeros(before, bool), missing, [False]])
    least = active(scores[:-1], missing[:-1], thresholds, gap)
    if ended:
        return least[before:]
    most = active(scores, missing, thresholds, gap)[:-1]
    unsettled = np.flatnonzero(least != most)
    return least[before : unsettled[0] if len(unsettled) else None]
