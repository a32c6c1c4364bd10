"""`seehear.read`: the timeline of one video, from the file that holds it."""

from __future__ import annotations

from pathlib import Path

import pytest

import seehear
from seehear.core.errors import InvalidValueError, Reason, SeehearError
from seehear.report.result import Item, Report, Status

TIMELINE = seehear.Timeline(42.0, (seehear.Event(3.0, 10.0, "dog", 0.79),), (seehear.Span(12.0, 15.0),))
GOOD = Item("holiday.mp4", Status.OK, timeline=TIMELINE)
FAILED = Item("text.mp4", Status.FAILED, Reason.NOT_MEDIA)


def written(path: Path, *items: Item) -> Path:
    path.write_text(Report("agreement", items).to_json())
    return path


def test_a_timeline_comes_back_as_it_was(tmp_path: Path) -> None:
    assert seehear.read(str(written(tmp_path / "holiday.json", GOOD))) == TIMELINE


def test_a_failed_video_says_why_it_has_none(tmp_path: Path) -> None:
    with pytest.raises(SeehearError, match=r"text\.mp4 failed \(not_media\)") as caught:
        seehear.read(written(tmp_path / "text.json", FAILED))
    assert caught.value.reason is Reason.NOT_MEDIA


def test_of_several_videos_the_reader_of_all_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match=r"holds 2 videos; .*read_report"):
        seehear.read(written(tmp_path / "all.json", GOOD, FAILED))
