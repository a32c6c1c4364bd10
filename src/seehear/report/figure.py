"""Where models look and what guides them, as one picture: a row for each model over the same frames.

The layout of Figure 5 of the PFAGN paper. T columns are segments; the first row shows the frames, every further row
one model: its attention as heat over each frame, what it says, and bars of what guides it. H x W grid.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from seehear.core.errors import InvalidValueError
from seehear.core.values import check_shape
from seehear.report.result import printable
from seehear.storage.files import write_bytes

MOST_COLUMNS = 20
"""Segments that fit side by side and can still be read."""
_LABEL_WIDTH, _MARGIN, _GAP, _BAR_HEIGHT, _LINE = 196, 24, 6, 30, 17
_TILE_AREA = 104 * 104
_INK, _QUIET, _PAPER, _RULE = (32, 33, 36), (95, 99, 104), (255, 255, 255), (218, 220, 224)
_BAR_INK = (98, 116, 142)
_CATEGORY_INKS = [(59, 102, 153), (78, 128, 92), (122, 88, 148), (60, 128, 133), (150, 118, 40), (153, 87, 59)]
_HEAT = np.array([[255, 236, 170], [250, 170, 70], [214, 60, 36], [120, 10, 40]], np.float32)
"""From an even share to the strongest attention."""


@dataclass(frozen=True, slots=True)
class Bars:
    """One number a segment, drawn as bars with their largest value and, where there is one, an even share."""

    name: str
    values: np.ndarray
    """float [T], 0 or more."""
    even: float | None = None
    """The value each segment would have if all had the same: a dashed line."""
    top: float | None = None
    """What a full bar means; the largest value unless said otherwise."""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One model over the frames."""

    label: str
    notes: tuple[str, ...]
    """Lines under the label: what it is, what the heat means."""
    verdicts: tuple[tuple[str, float] | None, ...]
    """T: category and score, or `None` where the model calls nothing."""
    missing: tuple[bool, ...] = ()
    """T: whether picture or sound was not decoded; none if empty."""
    attention: np.ndarray | None = None
    """float [T,H,W], sums to 1 over the grid. Without it the frames stay as they are."""
    bars: tuple[Bars, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """All that the picture shows."""

    title: str
    frames: np.ndarray
    """uint8 [T,height,width,3]"""
    times: tuple[str, ...]
    """T: what stands over each column."""
    rows: tuple[FigureRow, ...]
    aspect: float = 1.0
    """Width by height of a frame as it is to be shown."""

    def __post_init__(self) -> None:
        count = len(self.frames)
        check_shape("frames", self.frames, (count, None, None, 3))
        if not 1 <= count <= MOST_COLUMNS:
            raise InvalidValueError(f"a figure has 1 to {MOST_COLUMNS} columns, not {count}; choose fewer segments")
        for row in self.rows:
            if row.attention is not None:
                check_shape("attention", row.attention, (count, None, None))
            for bars in row.bars:
                check_shape(bars.name, bars.values, (count,))
        if any(len(row.verdicts) != count for row in self.rows) or len(self.times) != count:
            raise InvalidValueError(f"times and verdicts of a figure need one entry for each of {count} segments")


def write_figure(path: Path, figure: Figure) -> None:
    """Draw a figure as PNG; raises StorageError where it cannot be written."""
    stream = io.BytesIO()
    draw_figure(figure).save(stream, "PNG", optimize=True)
    write_bytes(path, stream.getvalue())


def draw_figure(figure: Figure) -> Image.Image:
    """The picture in RGB, as large as its columns and rows need."""
    return _Canvas(figure).draw()


def heat_over(frame: np.ndarray, share: np.ndarray, top: float) -> np.ndarray:
    """A frame with attention laid over it: uint8 [height,width,3].

    `share` [H,W] is attention in multiples of an even share: up to 1 nothing is added, at `top` the heat is full.
    Under the heat the frame loses most of its colour, so that the heat alone speaks in colours.
    """
    height, width = frame.shape[:2]
    strength = np.clip((share - 1) / max(top - 1, 1e-6), 0, 1).astype(np.float32)
    field = Image.fromarray(strength).resize((width, height), Image.Resampling.BICUBIC)
    strength = np.clip(np.asarray(field), 0, 1)[..., None]  # (height,width,1)
    place = strength * (len(_HEAT) - 1)
    lower = np.minimum(place.astype(int), len(_HEAT) - 2)
    heat = _HEAT[lower[..., 0]] + (place - lower) * (_HEAT[lower[..., 0] + 1] - _HEAT[lower[..., 0]])
    grey = frame.mean(axis=-1, keepdims=True) * 0.8 + frame * 0.2
    opacity = 0.75 * np.sqrt(strength)
    return np.round(grey * (1 - opacity) + heat * opacity).astype(np.uint8)


class _Canvas:
    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.tile_width = round(np.sqrt(_TILE_AREA * figure.aspect))
        self.tile_height = round(np.sqrt(_TILE_AREA / figure.aspect))
        columns = len(figure.frames) * (self.tile_width + _GAP) - _GAP
        self.left = _MARGIN + _LABEL_WIDTH
        self.width = max(self.left + columns + _MARGIN, self.left + 460)
        self.row_heights = [self._height_of(row) for row in figure.rows]
        self.top = _MARGIN + 34
        frames = self.top + _LINE + self.tile_height + 18
        self.height = frames + sum(self.row_heights) + 3 * _LINE + _MARGIN
        self.image = Image.new("RGB", (self.width, self.height), _PAPER)
        self.pen = ImageDraw.Draw(self.image)
        names = [verdict[0] for row in figure.rows for verdict in row.verdicts if verdict]
        self.inks = {
            name: _CATEGORY_INKS[number % len(_CATEGORY_INKS)] for number, name in enumerate(dict.fromkeys(names))
        }

    def draw(self) -> Image.Image:
        self._text((_MARGIN, _MARGIN - 4), self.figure.title, 17, width=self.width - 2 * _MARGIN)
        y = self.top
        self._text((_MARGIN, y + _LINE), "frames", 14)
        for column, time in enumerate(self.figure.times):
            x = self._x(column)
            self._text((x, y - 1), time, 12, _QUIET, width=self.tile_width)
            self._tile(self.figure.frames[column], x, y + _LINE)
        y += _LINE + self.tile_height + 18
        for row, height in zip(self.figure.rows, self.row_heights, strict=True):
            self._row(row, y)
            y += height
        self._legend(y)
        return self.image

    def _row(self, row: FigureRow, y: int) -> None:
        self.pen.line([(_MARGIN, y - 9), (self.width - _MARGIN, y - 9)], _RULE)
        self._text((_MARGIN, y), row.label, 14, width=_LABEL_WIDTH - 10)
        for number, note in enumerate(row.notes, 1):
            self._text((_MARGIN, y + 3 + number * 15), note, 11, _QUIET, width=_LABEL_WIDTH - 10)
        shares, top = shares_of(row.attention)
        for column, frame in enumerate(self.figure.frames):
            tile = frame if shares is None else heat_over(self._sized(frame), shares[column], top)
            self._tile(tile, self._x(column), y)
            nothing = "missing" if row.missing and row.missing[column] else "-"
            self._verdict(row.verdicts[column], nothing, self._x(column), y + self.tile_height + 3)
        y += self.tile_height + 3 + _LINE
        for bars in row.bars:
            self._bars(bars, y)
            y += _BAR_HEIGHT + 6

    def _verdict(self, verdict: tuple[str, float] | None, nothing: str, x: int, y: int) -> None:
        if verdict is None:
            self._text((x, y), nothing, 12, _QUIET)
            return
        name, score = verdict
        self.pen.rectangle([x, y + 3, x + 7, y + 10], self.inks[name])
        number = f"{score:.2f}"
        room = self.tile_width - 12 - self._length(number, 12) - 4
        self._text((x + 12, y), name, 12, self.inks[name], width=room)
        self._text((x + self.tile_width, y), number, 12, _QUIET, anchor="ra")

    def _bars(self, bars: Bars, y: int) -> None:
        values = np.nan_to_num(np.asarray(bars.values, float), posinf=0, neginf=0)
        top = bars.top or max(float(values.max()), 1e-9)
        self._text((_MARGIN, y + 2), bars.name, 12, width=_LABEL_WIDTH - 10)
        even = f", even share {bars.even:.3g} (dashes)" if bars.even is not None else ""
        self._text((_MARGIN, y + 16), f"up to {_number(top)}{even}", 11, _QUIET, width=_LABEL_WIDTH - 10)
        bottom = y + _BAR_HEIGHT
        for column, value in enumerate(values):
            x = self._x(column)
            height = round(min(value / top, 1) * (_BAR_HEIGHT - 2))
            self.pen.line([(x, bottom), (x + self.tile_width - 1, bottom)], _RULE)
            bar_width = self.tile_width // 2
            if height:
                self.pen.rectangle([x, bottom - height, x + bar_width, bottom - 1], _BAR_INK)
            self._text((x + bar_width + 6, bottom), _number(value), 11, _QUIET, anchor="ld")
            if bars.even is not None:
                level = bottom - round(min(bars.even / top, 1) * (_BAR_HEIGHT - 2))
                for start in range(x, x + bar_width, 7):
                    self.pen.line([(start, level), (start + 3, level)], _INK)

    def _legend(self, y: int) -> None:
        if any(row.attention is not None for row in self.figure.rows):
            ramp = np.broadcast_to(np.linspace(1, 2, 120), (10, 120))
            heat = heat_over(np.full((10, 120, 3), 200, np.uint8), ramp, 2)
            self.image.paste(Image.fromarray(heat), (_MARGIN, y + 3))
            text = (
                "attention, from an even share of the picture (grey) to the largest of the row or twice the even share"
            )
            self._text((_MARGIN + 130, y), text, 12, _QUIET, width=self.width - 2 * _MARGIN - 130)
            y += _LINE
        text = "Under each frame: the category with the highest score where that is one half or more, else a dash."
        self._text((_MARGIN, y + 3), text, 12, _QUIET, width=self.width - 2 * _MARGIN)

    def _height_of(self, row: FigureRow) -> int:
        tiles = self.tile_height + 3 + _LINE + len(row.bars) * (_BAR_HEIGHT + 6)
        return max(tiles, 3 + (len(row.notes) + 1) * 15) + 20

    def _x(self, column: int) -> int:
        return self.left + column * (self.tile_width + _GAP)

    def _sized(self, frame: np.ndarray) -> np.ndarray:
        size = (self.tile_width, self.tile_height)
        return np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.LANCZOS))

    def _tile(self, frame: np.ndarray, x: int, y: int) -> None:
        sized = frame if frame.shape[:2] == (self.tile_height, self.tile_width) else self._sized(frame)
        self.image.paste(Image.fromarray(sized), (x, y))

    def _text(
        self,
        place: tuple[int, int],
        text: str,
        size: int,
        ink: tuple[int, int, int] = _INK,
        *,
        width: int | None = None,
        anchor: str = "la",
    ) -> None:
        """One line; what does not fit into the width ends in an ellipsis."""
        text = " ".join(printable(text).split())
        if width is not None and self._length(text, size) > width:
            text = text[: width // 2]  # no letter is narrower than two pixels
            while text and self._length(f"{text}...", size) > width:
                text = text[:-1]
            text = f"{text}..."
        self.pen.text(place, text, ink, _font(size), anchor=anchor)

    def _length(self, text: str, size: int) -> int:
        return round(_font(size).getlength(text))


def shares_of(attention: np.ndarray | None) -> tuple[np.ndarray | None, float]:
    """Attention [T,H,W] in multiples of an even share, and the largest: 2 or more, so that even attention is pale."""
    if attention is None:
        return None, 2.0
    shares = attention * attention[0].size
    return shares, max(2.0, float(shares.max()))


def _number(value: float) -> str:
    """Two or three digits; what no bar shows is only said to be small."""
    return "<.001" if 0 < value < 0.001 else f"{value:.3g}" if value >= 1 else f"{value:.2g}"


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def columns_of(count: int) -> Sequence[int]:
    """At most `MOST_COLUMNS` of so many segments, evenly spaced from the first."""
    return range(0, count, -(-count // MOST_COLUMNS) or 1)
