"""The JSON form is exactly the one promised, and holds no number that JSON does not know."""

from __future__ import annotations

import json

import numpy as np
import pytest

from seehear.core.errors import InvalidValueError, Reason
from seehear.core.labels import Categories
from seehear.core.time import Grid
from seehear.core.timeline import Event, Timeline
from seehear.core.values import Scores
from seehear.report.result import Item, Report, Status, rounded


def scores(events: list[list[float]]) -> Scores:
    array = np.array(events, np.float32)
    return Scores(Grid(1.0), Categories(("Bark", "Bell")), array, np.array([False] * (len(array) - 1) + [True]))


def test_the_json_form_word_for_word():
    timeline = Timeline(2.0004, (Event(0.5, 1.23456, "Bark", 0.123456),))
    report = Report("agreement", (Item("a.mp4", Status.OK, None, timeline, scores([[0.5, 1 / 3], [0, 1]])),))
    assert json.loads(report.to_json()) == {
        "schema_version": 1,
        "model": "agreement",
        "items": [
            {
                "path": "a.mp4",
                "status": "ok",
                "reason": None,
                "duration_seconds": 2.0,
                "video": None,
                "events": [{"category": "Bark", "start_seconds": 0.5, "end_seconds": 1.235, "score": 0.1235}],
                "missing": [],
                "segments": {
                    "hop_seconds": 1.0,
                    "categories": ["Bark", "Bell"],
                    "scores": [[0.5, 0.3333], [0.0, 1.0]],
                    "missing": [False, True],
                },
            }
        ],
    }


def test_a_failed_video_is_a_row_with_a_reason():
    item = Item("b.mp4", Status.FAILED, Reason.NOT_MEDIA, message="b.mp4 is no video")
    assert item.as_dict() == {
        "path": "b.mp4",
        "status": "failed",
        "reason": "not_media",
        "duration_seconds": None,
        "video": None,
        "events": [],
        "missing": [],
        "segments": None,
    }


def refuse_constant(name: str) -> None:
    raise AssertionError(f"JSON holds {name}")


def test_numbers_that_json_does_not_know_become_null():
    timeline = Timeline(1.0, (Event(0, 1, "Bark", float("nan")),))
    items = (Item("a", Status.OK, None, timeline, scores([[np.nan, np.inf]])),)
    report = Report({"metrics": {"accuracy": float("inf"), "seeds": [1, float("nan")]}}, items)
    read = json.loads(report.to_json(), parse_constant=refuse_constant)
    assert read["model"] == {"metrics": {"accuracy": None, "seeds": [1, None]}}
    assert read["items"][0]["events"][0]["score"] is None
    assert read["items"][0]["segments"]["scores"] == [[None, None]]


def test_a_file_name_that_is_not_unicode_still_makes_json():
    name = b"dog-\xff.mp4".decode("utf-8", "surrogateescape")
    report = Report(None, (Item(name, Status.FAILED, Reason.NOT_FOUND),))
    assert json.loads(report.to_json().encode("ascii"))["items"][0]["path"] == "dog-?.mp4"


@pytest.mark.parametrize(
    ("status", "reason", "timeline"),
    [
        (Status.OK, Reason.TRUNCATED, Timeline(1.0)),
        (Status.PARTIAL, None, Timeline(1.0)),
        (Status.FAILED, Reason.NOT_MEDIA, Timeline(1.0)),
        (Status.OK, None, None),
    ],
)
def test_an_item_that_contradicts_itself_is_refused(status: Status, reason: Reason, timeline: Timeline):
    with pytest.raises(InvalidValueError):
        Item("a.mp4", status, reason, timeline)


def test_rounding_never_leaves_a_negative_zero():
    assert str(rounded(-0.00001, 3)) == "0.0"
