"""Pictures of a video's events in one small JPEG file, cell beside cell, for a page over many videos.

    ┌────┬────┬────┬────┬────┬────┬────┬────┐
    │ 0  │ 1  │ 2  │ ...                  │   a cell is 192 x 112, the picture whole inside it
    └────┴────┴────┴────┴────┴────┴────┴────┘   and black beside it

One file a video: thousands of videos have as many files, which a browser reads when they come into view, where pictures
inside the page would be read at once and a file an event would be too many for a folder or a stick.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from PIL import Image

from seehear.core.timeline import Event, Timeline

COLUMNS = 8
CELL_WIDTH, CELL_HEIGHT = 192, 112
"""Whole blocks of 16, so that no cell bleeds into its neighbour."""
MOST_EVENTS = 240
"""A sheet has no more than this, so that one of a day's video stays small; they are spread evenly over all."""
_STAGE = (8, 9, 10)
"""As behind the video on its own page."""
_POSTER_SHARE = 1 / 3
"""Where in a video without events its picture is taken."""


def pictured(timeline: Timeline) -> Sequence[Event]:
    """The events that have a cell, in the order of the cells."""
    count = len(timeline)
    if count <= MOST_EVENTS:
        return timeline.events
    return [timeline[number * count // MOST_EVENTS] for number in range(MOST_EVENTS)]


def contact_sheet(
    timeline: Timeline, thumbnails: Mapping[int, bytes], *, hop_seconds: float, aspect: float | None = None
) -> bytes | None:
    """JPEG bytes of the pictures nearest to the middle of each event; of a video without events, one of its own.

    Args:
        thumbnails: JPEG bytes by segment number.
        aspect: width / height of the video, which undoes the square resize that networks are given.

    Returns:
        `None` where there are no thumbnails.
    """
    if not thumbnails:
        return None
    middles = [(event.start_seconds + event.end_seconds) / 2 for event in pictured(timeline)]
    middles = middles or [timeline.duration_seconds * _POSTER_SHARE]
    columns, rows = min(COLUMNS, len(middles)), -(-len(middles) // COLUMNS)
    sheet = Image.new("RGB", (columns * CELL_WIDTH, rows * CELL_HEIGHT), _STAGE)
    for number, middle in enumerate(middles):
        segment = min(thumbnails, key=lambda segment: (abs((segment + 0.5) * hop_seconds - middle), segment))
        row, column = divmod(number, COLUMNS)
        _place(sheet, thumbnails[segment], aspect, column * CELL_WIDTH, row * CELL_HEIGHT)
    stream = io.BytesIO()
    sheet.save(stream, "JPEG", quality=72, optimize=True)
    return stream.getvalue()


def _place(sheet: Image.Image, thumbnail: bytes, aspect: float | None, left: int, top: int) -> None:
    with Image.open(io.BytesIO(thumbnail)) as picture:
        aspect = aspect or picture.width / picture.height
        width = max(1, min(CELL_WIDTH, round(CELL_HEIGHT * aspect)))
        height = max(1, min(CELL_HEIGHT, round(CELL_WIDTH / aspect)))
        small = picture.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
    sheet.paste(small, (left + (CELL_WIDTH - width) // 2, top + (CELL_HEIGHT - height) // 2))
