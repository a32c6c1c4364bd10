"""What is drawn on a video: names of the events going on, a bar of time, and where the model looked.

Everything that stays the same is drawn once; a picture takes little more than its own pixels' arithmetic.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from seehear.core.palette import category_colour
from seehear.core.timeline import Event, Timeline
from seehear.core.values import Scores
from seehear.report.lettering import font_for
from seehear.report.writers.text import one_line

_INK, _SHADE, _PLAYHEAD, _MISSING = (255, 255, 255), (12, 13, 15), (255, 255, 255), (96, 100, 108)
_SHADE_SHARE = 0.62
"""Of the band under the bar and of labels: what is behind stays visible."""
_MOST_LANES = 6
_LANES_TALL = 30
"""A picture has a lane for so much of its height: together they cover a quarter of it."""
_LONGEST_LABEL = 48
_TALL_AND_DEEP = "Agj|"
"""Letters that reach as high and as low as any: all labels have their height."""
_HEAT_LOW, _HEAT_HIGH = np.array([255, 205, 30], np.float32), np.array([255, 70, 30], np.float32)
_HEAT_SHARE = 0.6
"""The page's heat: amber to red, at most so opaque."""


class Canvas:
    """Draws on the pictures of one video of a given size; `scores` may hold attention."""

    def __init__(self, timeline: Timeline, scores: Scores | None, width: int, height: int) -> None:
        self._timeline, self._scores = timeline, scores
        self._width, self._height = width, height
        self._unit = max(1, round(min(width, height) / 240))
        self._letter_size = max(9, round(min(width, height) / 22))
        self._bar = self._draw_bar()
        self._label = lru_cache(maxsize=64)(self._draw_label)
        self._heat = lru_cache(maxsize=2)(self._draw_heat)

    def draw(self, seconds: float, picture: np.ndarray) -> np.ndarray:
        """The picture uint8 [height,width,3] on screen at a time, with everything drawn on a copy of it."""
        picture = self._heated(seconds, picture)
        _blend(picture[-len(self._bar) :], self._bar)
        self._draw_playhead(seconds, picture)
        top = self._unit * 4
        for event in sorted(self._timeline.at(seconds), key=lambda event: -event.score):
            label = self._label(event)
            space = picture[top : top + len(label), self._unit * 4 :]
            if len(space) < len(label) or top + len(label) > self._height - len(self._bar):
                break
            space[:, : label.shape[1]] = label[:, : space.shape[1]]
            top += len(label) + self._unit * 2
        return picture

    # Heat

    def _heated(self, seconds: float, picture: np.ndarray) -> np.ndarray:
        """A copy of the picture, under the attention of its segment."""
        scores = self._scores
        if scores is None or scores.attention is None:
            return picture.copy()
        segment = min(scores.grid.index(seconds), len(scores) - 1)
        if segment < 0 or scores.missing[segment]:
            return picture.copy()
        colour, kept = self._heat(segment)
        return ((picture * kept[..., None]) >> 8).astype(np.uint8) + colour

    def _draw_heat(self, segment: int) -> tuple[np.ndarray, np.ndarray]:
        """uint8 [height,width,3] to be added, and uint16 [height,width] of 256 that the picture keeps.

        Nothing where attention is even or less; the strongest place of the segment is the reddest.
        """
        assert self._scores is not None
        assert self._scores.attention is not None
        attention = np.nan_to_num(self._scores.attention[segment].astype(np.float32))
        above = np.maximum(attention - 1 / attention.size, 0)
        strength = above / max(float(above.max()), 1e-9) * (float(above.max()) > 1e-9)
        field = Image.fromarray(strength).resize((self._width, self._height), Image.Resampling.BICUBIC)
        strength = np.clip(np.asarray(field), 0, 1)[..., None]
        opacity = _HEAT_SHARE * strength**0.9
        colour = (_HEAT_LOW + strength * (_HEAT_HIGH - _HEAT_LOW)) * opacity
        return np.floor(colour).astype(np.uint8), np.floor(256 * (1 - opacity[..., 0])).astype(np.uint16)

    # Time

    def _draw_bar(self) -> np.ndarray:
        """uint8 [rows,width,4]: a lane a category, as long as the video; where there is no room they share lanes."""
        most = max(1, min(_MOST_LANES, self._height // (_LANES_TALL * self._unit)))
        lanes = {name: lane % most for lane, name in enumerate(self._timeline.categories)}
        row, gap = self._unit * 5, self._unit * 2
        rows = min(self._height, max(1, min(len(lanes), most)) * (row + gap) + gap)
        image = Image.new("RGBA", (self._width, rows), (*_SHADE, round(255 * _SHADE_SHARE)))
        pen = ImageDraw.Draw(image)
        for span in self._timeline.missing:
            pen.rectangle((self._x(span.start_seconds), 0, self._x(span.end_seconds) - 1, rows), (*_MISSING, 200))
        for event in self._timeline:
            top = gap + lanes[event.category] * (row + gap)
            left = self._x(event.start_seconds)
            right = max(left, self._x(event.end_seconds) - 1)
            pen.rectangle((left, top, right, top + row - 1), (*category_colour(event.category), 255))
        return np.asarray(image)

    def _draw_playhead(self, seconds: float, picture: np.ndarray) -> None:
        left = min(self._x(seconds), self._width - self._unit)
        picture[-len(self._bar) :, left : left + self._unit] = _PLAYHEAD

    def _x(self, seconds: float) -> int:
        duration = max(self._timeline.duration_seconds, 1e-9)
        return round(min(1.0, max(0.0, seconds / duration)) * self._width)

    # Names

    def _draw_label(self, event: Event) -> np.ndarray:
        """uint8 [rows,columns,3]: the category beside its colour, and how sure the model is."""
        name = one_line(event.category)
        name = name if len(name) <= _LONGEST_LABEL else f"{name[: _LONGEST_LABEL - 1]}\u2026"
        text = f"{name}  {event.score:.2f}"
        edge = self._unit * 3
        font = font_for(text, self._letter_size)
        left, _, right, _ = (round(number) for number in font.getbbox(text))
        _, top, _, bottom = (round(number) for number in font.getbbox(_TALL_AND_DEEP))
        columns, rows = right - left + edge * 3 + self._unit * 2, bottom - top + edge * 2
        image = Image.new("RGB", (min(columns, self._width), rows), _SHADE)
        pen = ImageDraw.Draw(image)
        pen.rectangle((0, 0, edge - 1, rows), category_colour(event.category))
        pen.text((edge * 2 - left, edge - top), text, _INK, font)
        return np.asarray(image)


def _blend(under: np.ndarray, over: np.ndarray) -> None:
    """Lay uint8 [rows,columns,4] over uint8 [rows,columns,3], in place."""
    opacity = over[..., 3:].astype(np.uint16)
    under[:] = (under * (255 - opacity) + over[..., :3] * opacity + 127) // 255
