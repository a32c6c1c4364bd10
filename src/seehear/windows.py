"""The scores of a video of any length: overlapping windows of a stream, told as soon as no window can change them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from seehear.core.labels import Categories
from seehear.core.time import Grid
from seehear.core.values import Features, Scores
from seehear.events.stitch import Stitcher

WINDOW_HOP_DIVISOR = 5
"""Windows of `n` segments start every `n // 5`: each segment is judged in five contexts."""


class Scorer(Protocol):
    """Whatever can say, for stretches of features, which events they hold."""

    @property
    def categories(self) -> Categories: ...
    @property
    def grid(self) -> Grid: ...
    @property
    def window_segments(self) -> int:
        """How many segments it looks at together."""
        ...

    def score(self, stretches: list[Features]) -> list[Scores]: ...


def score_parts(parts: Iterable[Features], scorer: Scorer) -> Iterator[Scores]:
    """The scores of a video in consecutive parts, each as soon as it is certain, from its features in consecutive
    parts of any length. In bounded memory; the last part may be empty."""
    windows = _Windows(scorer)
    for features in parts:
        if len(scores := windows.push(features)):
            yield scores
    yield windows.finish()


def score_stream(parts: Iterable[Features], scorer: Scorer) -> Scores:
    """The scores of a whole video, from its features in consecutive parts of any length."""
    return Scores.join([*score_parts(parts, scorer)])


class _Windows:
    """Scores overlapping windows of a stream as soon as they are full, and keeps no more features than that takes."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self._length = scorer.window_segments
        self._hop = max(1, self._length // WINDOW_HOP_DIVISOR)
        self._stitcher = Stitcher(scorer.grid, scorer.categories)
        self._held: Features | None = None
        self._next_start = 0

    def push(self, features: Features) -> Scores:
        """The scores of the segments that are in no window to come: those up to the start of the last full window,
        for the one that ends with the video may start right behind it."""
        self._held = Features.join([self._held, features]) if self._held else features
        end = self._held.first_segment + len(self._held)
        starts = list(range(self._next_start, end - self._length + 1, self._hop))
        if starts:
            self._score(starts, self._length)
            self._next_start = starts[-1] + self._hop
        keep = max(self._held.first_segment, min(self._next_start, end - self._length))
        self._held = self._held.stretch(keep, end - keep)
        return self._stitcher.take(max(0, self._next_start - self._hop + 1))

    def finish(self) -> Scores:
        """The rest. The last window ends with the video; a video shorter than a window is one short window."""
        if self._held is not None:
            end = self._held.first_segment + len(self._held)
            covered = self._next_start - self._hop + self._length if self._next_start else 0
            if covered < end:
                start = max(0, end - self._length)
                self._score([start], end - start)
        return self._stitcher.take()

    def _score(self, starts: list[int], length: int) -> None:
        assert self._held is not None
        stretches = [self._held.stretch(start, length) for start in starts]
        for start, scores in zip(starts, self._scorer.score(stretches), strict=True):
            self._stitcher.add(start, scores)
