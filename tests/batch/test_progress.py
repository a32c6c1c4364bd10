"""What is said of a call while it goes on, and at its end."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from seehear.batch import Progress, Row, Summary
from seehear.cli.watch import account, progress_line
from seehear.core.errors import Reason
from seehear.core.timeline import Event, Timeline
from seehear.report.result import Item, Status


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def good(stem: str, duration_seconds: float, *events: Event) -> Row:
    timeline = Timeline(duration_seconds, events)
    return Row(Item(f"{stem}.mp4", Status.OK, timeline=timeline), stem, {"json": f"{stem}.json"})


BAD = Row(Item("=bad.mp4", Status.FAILED, Reason.NOT_MEDIA, message="=bad.mp4: no video"), "=bad")
EVENTS = (Event(1, 3, "dog", 0.75), Event(5, 6, "church bell", 0.5))


def test_rate_and_time_left_by_hand() -> None:
    """Ten files before; of four more with 400 bytes, two with 100 bytes and a minute of video take ten seconds."""
    clock = Clock()
    progress = Progress(clock)
    progress.begin([good(str(number), 1) for number in range(10)], [60, 40, 200, 100])
    assert progress_line(progress) == "10/14 files"
    progress.went_on("a", 15)
    clock.seconds = 5.0
    assert progress_line(progress) == "10/14 files, 3.0x real time"
    clock.seconds = 10.0
    progress.ended("a", good("a", 60), 60)
    progress.ended("=bad", BAD, 40)
    assert (progress.times_real_time, progress.seconds_left) == (6.0, 30.0)
    assert progress_line(progress) == "12/14 files, 1 failed, 6.0x real time, 0:00:30 left"


def test_a_video_without_events_counts_as_long_as_it_is() -> None:
    summary = Summary({}, (good("quiet", 90), good("loud", 30, *EVENTS)))
    assert summary.totals()["duration_seconds"] == 120
    assert summary.totals()["by_category"] == {"church bell": 1, "dog": 1}


def test_the_account_names_every_failure() -> None:
    clock = Clock()
    progress = Progress(clock)
    progress.begin([], [10, 10])
    progress.ended("a", good("a", 60), 10)
    progress.ended("=bad", BAD, 10)
    clock.seconds = 2.0
    assert account(Summary({}, (good("a", 60, *EVENTS), BAD)), progress).splitlines() == [
        "2 files: 1 ok, 0 partial, 1 failed; 2 events in 1:00.0 of video; took 0:00:02, 30x real time",
        "  failed: =bad.mp4: no video (not_media)",
    ]


def test_the_summary_is_read_back_by_other_readers(tmp_path: Path) -> None:
    Summary({"name": "model"}, (good("a", 60, *EVENTS), BAD)).write(tmp_path, "-1-of-2")
    values = json.loads((tmp_path / "summary-1-of-2.json").read_text())
    assert (values["schema_version"], values["model"]) == (1, {"name": "model"})
    assert [Row.from_dict(item) for item in values["items"]] == [good("a", 60, *EVENTS), BAD]
    table = list(csv.DictReader(io.StringIO((tmp_path / "summary-1-of-2.csv").read_text())))
    assert [row["path"] for row in table] == ["a.mp4", "'=bad.mp4"], "no cell is a formula"
    assert (table[0]["event_count"], table[0]["event_seconds"], table[0]["categories"]) == (
        "2",
        "3.000",
        "dog, church bell",
    )
    assert (table[1]["status"], table[1]["reason"], table[1]["message"]) == (
        "failed",
        "not_media",
        "'=bad.mp4: no video",
    )
