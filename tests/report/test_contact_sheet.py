"""Pictures of events beside one another: which, where and how."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from seehear.core.timeline import Event, Timeline
from seehear.core.values import StreamFacts
from seehear.report.contact_sheet import CELL_HEIGHT, CELL_WIDTH, COLUMNS, MOST_EVENTS, contact_sheet, pictured
from seehear.report.html import encode_thumbnail
from seehear.report.result import Item, Status


def grey(level: int) -> bytes:
    return encode_thumbnail(np.full((64, 64, 3), level, np.uint8))


def sheet_of(timeline: Timeline, thumbnails: dict[int, bytes], **options: float) -> Image.Image:
    data = contact_sheet(timeline, thumbnails, hop_seconds=options.pop("hop_seconds", 1.0), **options)
    assert data is not None
    return Image.open(io.BytesIO(data)).convert("RGB")


def level(sheet: Image.Image, column: int, row: int = 0, across: float = 0.5) -> int:
    return sheet.getpixel((int((column + across) * CELL_WIDTH), int((row + 0.5) * CELL_HEIGHT)))[0]


def test_each_event_has_the_picture_of_its_middle():
    """Segments of half a second, each 10 levels brighter: the middles 1.25 s, 4.0 s lie in segments 2 and 7 or 8."""
    thumbnails = {segment: grey(10 * segment) for segment in range(20)}
    timeline = Timeline(10.0, (Event(0.5, 2.0, "dog"), Event(3.25, 4.0, "bell")))
    sheet = sheet_of(timeline, thumbnails, hop_seconds=0.5)
    assert sheet.size == (2 * CELL_WIDTH, CELL_HEIGHT)
    assert [level(sheet, 0), level(sheet, 1)] == pytest.approx([20, 70], abs=3)


def test_cells_fill_rows_of_eight_and_do_not_bleed():
    timeline = Timeline(20.0, tuple(Event(second, second + 1, "dog") for second in range(11)))
    thumbnails = {second: grey(250 if second % 2 else 0) for second in range(20)}
    sheet = sheet_of(timeline, thumbnails, aspect=CELL_WIDTH / CELL_HEIGHT)
    assert sheet.size == (COLUMNS * CELL_WIDTH, 2 * CELL_HEIGHT)
    for number in range(11):
        row, column = divmod(number, COLUMNS)
        cell = [level(sheet, column, row, across) for across in (0.01, 0.5, 0.99)]
        assert cell == pytest.approx([250 if number % 2 else 0] * 3, abs=6), number


@pytest.mark.parametrize(("width", "height", "rotation", "inside"), [(640, 360, 0, 0.49), (640, 360, 90, 0.15)])
def test_a_picture_is_whole_inside_its_cell_and_has_the_shape_of_the_video(
    width: int, height: int, rotation: int, inside: float
):
    """A wide video fills the width of 192; one that is held upright is 63 wide, and the stage is beside it."""
    facts = StreamFacts("h264", 0.0, width, height, rotation, 25.0)
    item = Item("a.mp4", Status.OK, timeline=Timeline(3.0, (Event(1, 2, "dog"),)), video=facts)
    assert item.aspect == pytest.approx(height / width if rotation else width / height)
    sheet = sheet_of(item.found, {1: grey(200)}, aspect=item.aspect)
    assert level(sheet, 0, across=0.5 - inside) == pytest.approx(200, abs=3)
    if rotation:
        assert level(sheet, 0, across=0.5 - inside - 0.05) < 30


def test_a_video_without_events_has_one_picture_and_one_without_pictures_has_no_sheet():
    sheet = sheet_of(Timeline(9.0), {segment: grey(20 * segment) for segment in range(9)})
    assert sheet.size == (CELL_WIDTH, CELL_HEIGHT)
    assert level(sheet, 0) == pytest.approx(2 * 20, abs=25)
    assert contact_sheet(Timeline(9.0, (Event(1, 2, "dog"),)), {}, hop_seconds=1.0) is None


def test_a_days_video_has_a_small_sheet_of_events_from_all_of_it():
    timeline = Timeline(80_000.0, tuple(Event(20 * n, 20 * n + 5, "dog") for n in range(4000)))
    chosen = pictured(timeline)
    assert len(chosen) == MOST_EVENTS
    assert chosen[0] == timeline[0]
    gaps = np.diff([event.start_seconds for event in chosen])
    assert gaps.min() >= 20 * 4000 / MOST_EVENTS - 20
    assert gaps.max() <= 20 * 4000 / MOST_EVENTS + 20
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    data = contact_sheet(timeline, {0: encode_thumbnail(noise)}, hop_seconds=1.0)
    assert data is not None
    assert len(data) < 3 << 20


def test_equal_events_and_pictures_give_equal_bytes():
    timeline, thumbnails = Timeline(5.0, (Event(1, 2, "dog"),)), {segment: grey(segment) for segment in range(5)}
    again = dict(reversed(thumbnails.items()))
    assert contact_sheet(timeline, thumbnails, hop_seconds=1.0) == contact_sheet(timeline, again, hop_seconds=1.0)
