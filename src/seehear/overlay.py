"""A video with what was found drawn on it: events, a bar of time, and where the network looked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seehear.core.errors import InvalidValueError
from seehear.core.timeline import Timeline
from seehear.core.values import Scores
from seehear.localizer import Localizer
from seehear.media import write_excerpt
from seehear.report.canvas import Canvas
from seehear.sources import failure, items_of


@dataclass(frozen=True, slots=True)
class Overlay:
    """What was written."""

    path: Path
    timeline: Timeline
    attention: bool
    """Whether the model gave attention, so that heat lies over the picture."""
    notes: tuple[str, ...] = ()
    """What of the video could not be read."""


def write_overlay(
    source: Path,
    output: Path,
    load: Callable[[], Localizer],
    *,
    report: Callable[[float, float], None] | None = None,
) -> Overlay:
    """Write the video of a source, with its sound, to `output`, with everything that is known of it drawn on it.

    `load` gives the localizer where the source is a video; a result holds no attention. `report` is shown the seconds
    done and all seconds. Raises MediaError for a video that cannot be read or has no pictures, InvalidValueError for a
    result of several videos and an `output` that is the video itself, StorageError where it cannot be written.
    """
    items = items_of(source, load)
    if len(items) != 1:
        raise InvalidValueError(f"{source} holds {len(items)} videos; give the result of one, or a video")
    path, item = items[0]
    if item.timeline is None:
        raise failure(path, item)
    if output.exists() and path.exists() and output.samefile(path):
        raise InvalidValueError(f"{output} is the video itself; choose another name for the output")
    painter = _Painter(item.timeline, item.scores, report)
    notes = write_excerpt(path, output, change=painter)
    shown = item.scores is not None and item.scores.attention is not None
    return Overlay(output, item.timeline, shown, notes)


class _Painter:
    """Draws on every picture; what it draws with depends on the size of the first."""

    def __init__(
        self, timeline: Timeline, scores: Scores | None, report: Callable[[float, float], None] | None
    ) -> None:
        self._timeline, self._scores, self._report = timeline, scores, report
        self._canvas: Canvas | None = None

    def __call__(self, seconds: float, picture: np.ndarray) -> np.ndarray:
        if self._canvas is None:
            height, width, _ = picture.shape
            self._canvas = Canvas(self._timeline, self._scores, width, height)
        if self._report:
            self._report(seconds, self._timeline.duration_seconds)
        return self._canvas.draw(seconds, picture)
