"""Which picture belongs to which segment: the one on screen at each of its instants."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from seehear.core.time import Grid

_ROUNDING_SECONDS = 0.002
"""Containers round timestamps to a millisecond; a frame due at 1.0 may be stamped a little after."""
_USUAL_FRAME_SECONDS = 0.04

Draw = Callable[[Any], np.ndarray]


class _Shown:
    """A frame on screen, drawn when it is first asked for."""

    def __init__(self, frame: Any, draw: Draw) -> None:
        self._frame, self._draw = frame, draw

    @cached_property
    def picture(self) -> np.ndarray:
        return self._draw(self._frame)


class PictureTrack:
    """Frames in, segments of `count` pictures out.

    Instant j of segment i is `(i + j / count) * hop`. It shows the latest frame that is not newer, for at most
    `hold_seconds`; where there is none, the first frame that comes before the middle between it and the next
    instant. A segment has pictures where at least half of its instants do; the others then take the nearest.

    `draw` turns a frame into uint8 [height,width,3]; it is called only for frames that are needed, once each.
    """

    def __init__(self, grid: Grid, count: int, hold_seconds: float, draw: Draw) -> None:
        self._count = count
        self._step_seconds = grid.hop_seconds / count
        self._hold_seconds = hold_seconds
        self._draw = draw
        self._slots: dict[int, np.ndarray] = {}
        self._next_instant = 0
        self._shown: _Shown | None = None
        self._lasts_seconds = 0.0
        self._interrupted = False
        self.settled_seconds = -math.inf
        """Time of the newest frame: every instant before it is decided."""

    @property
    def end_seconds(self) -> float:
        """Where the newest frame ends if none follows; 0 where there was none."""
        return 0.0 if self._shown is None else max(0.0, self.settled_seconds + self._lasts_seconds)

    def show(self, seconds: float, frame: Any, lasts_seconds: float = 0.0) -> None:
        """A frame comes on screen, for `lasts_seconds` if it is the last one (0: unknown). Older ones are ignored."""
        if seconds < self.settled_seconds:
            return
        newcomer = _Shown(frame, self._draw)
        self._decide(seconds - _ROUNDING_SECONDS, newcomer, late_from=seconds - self._step_seconds / 2)
        spacing_seconds = 0.0 if self._shown is None else seconds - self.settled_seconds
        self._lasts_seconds = min(self._hold_seconds, lasts_seconds or spacing_seconds or _USUAL_FRAME_SECONDS)
        self._shown, self.settled_seconds, self._interrupted = newcomer, seconds, False

    def interrupt(self) -> None:
        """What follows the newest frame is lost, or there is nothing: it stays on screen for its own length only."""
        self._interrupted = True

    def finish(self) -> None:
        """There are no more frames."""
        self.interrupt()
        self._decide(self.end_seconds, None, late_from=math.inf)

    def take(self, segment: int) -> np.ndarray | None:
        """uint8 [count,height,width,3] of a segment, which is forgotten; None where it has no pictures."""
        first = segment * self._count
        self._next_instant = max(self._next_instant, first + self._count)
        found = {j: self._slots.pop(first + j) for j in range(self._count) if first + j in self._slots}
        if not found or 2 * len(found) < self._count:
            return None
        nearest = (min(found, key=lambda have, j=j: abs(have - j)) for j in range(self._count))
        return np.stack([found[j] for j in nearest])

    def _decide(self, before_seconds: float, newcomer: _Shown | None, late_from: float) -> None:
        """Choose the picture of every instant before a time: the frame on screen, or a newcomer that is hardly late."""
        while (instant_seconds := self._next_instant * self._step_seconds) < before_seconds:
            chosen = self._shown if self._on_screen(instant_seconds) else None
            if chosen is None and instant_seconds >= late_from:
                chosen = newcomer
            if chosen is not None:
                self._slots[self._next_instant] = chosen.picture
            self._next_instant += 1

    def _on_screen(self, instant_seconds: float) -> bool:
        shown_for_seconds = instant_seconds - self.settled_seconds
        lasts_seconds = self._lasts_seconds if self._interrupted else self._hold_seconds
        return self._shown is not None and -_ROUNDING_SECONDS <= shown_for_seconds < lasts_seconds
