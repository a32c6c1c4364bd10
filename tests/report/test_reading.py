"""A result that was read back is the result that was written."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from seehear.core.errors import InvalidValueError, Reason, StorageError
from seehear.core.labels import Categories
from seehear.core.time import Grid, Span
from seehear.core.timeline import Event, Timeline
from seehear.core.values import Scores, StreamFacts
from seehear.report.reading import read_report
from seehear.report.result import Item, Report, Status


def test_every_byte_comes_back(tmp_path: Path):
    scores = Scores(
        Grid(0.5), Categories(("dog", "\u72ac")), np.array([[0.25, np.nan], [1, 0]]), np.array([False, True])
    )
    events = (Event(0.25, 0.5001, "dog", 0.123456), Event(0.5, 0.50001, "\u72ac", float("nan")))
    facts = StreamFacts("h264", 1.5, 640, 360, 90, 30000 / 1001)
    whole = Item(
        "a.mp4", Status.PARTIAL, Reason.MISSING_STRETCH, Timeline(1, events, (Span(0.5, 1),)), scores, "", facts
    )
    report = Report({"name": "agreement"}, (whole, Item("b.mp4", Status.FAILED, Reason.NOT_MEDIA, message="no")))
    path = tmp_path / "result.json"
    path.write_text(report.to_json())
    read = read_report(path)
    written = report.as_dict()
    written["items"][0]["events"][1]["end_seconds"] = 0.501  # JSON rounds it to nothing, and no event is nothing
    assert read.as_dict() == written
    path.write_text(read.to_json())
    assert read_report(path).to_json() == read.to_json()


def test_a_result_of_an_older_version_without_frames_is_read(tmp_path: Path):
    values = Report("m", (Item("a.mp4", Status.OK, None, Timeline(3.0, (Event(1, 2, "dog"),))),)).as_dict()
    del values["items"][0]["video"], values["items"][0]["missing"]
    (tmp_path / "r.json").write_text(json.dumps(values))
    (item,) = read_report(tmp_path / "r.json").items
    assert (item.frames_per_second, item.timeline.missing, len(item.timeline)) == (None, (), 1)


@pytest.mark.parametrize(
    "text",
    [
        "", "{}", "[]", "null", "{" * 5000, "[" * 100_000, '{"schema_version": 1}', "\x00\xff",
        '{"schema_version": 1, "model": "m", "items": [{}]}',
        '{"schema_version": 1, "model": "m", "items": {"a": 1}}',
        '{"schema_version": 1, "model": "m", "items": [{"path": "a", "status": "ok", "reason": null, "segments": null,'
        ' "duration_seconds": 3, "events": [{"category": "a", "start_seconds": -1, "end_seconds": 2, "score": 1}]}]}',
        '{"schema_version": 1, "model": "m", "items": [{"path": "a", "status": "ok", "reason": null, "segments": null,'
        ' "duration_seconds": 1e999, "events": [{"category": "a", "start_seconds": NaN, "end_seconds": 2,'
        ' "score": 1}]}]}',
    ],
)  # fmt: skip
def test_what_is_no_result_is_refused_in_one_line(text: str, tmp_path: Path):
    path = tmp_path / "r.json"
    path.write_text(text)
    with pytest.raises(InvalidValueError, match=r"is not a result of seehear .*`seehear localize` writes"):
        read_report(path)


def test_another_schema_version_says_so(tmp_path: Path):
    (tmp_path / "r.json").write_text('{"schema_version": 2, "model": null, "items": []}')
    with pytest.raises(InvalidValueError, match="schema version 2"):
        read_report(tmp_path / "r.json")


def test_a_result_that_is_not_there_is_a_storage_error(tmp_path: Path):
    with pytest.raises(StorageError, match="cannot read"):
        read_report(tmp_path / "none.json")
