"""Label Studio's import format (guide "Import pre-annotated data"): a task a video, its events as predictions."""

from __future__ import annotations

import json
from typing import Any

from seehear.core.timeline import Event
from seehear.report.result import Item, Report, printable, rounded
from seehear.report.writers.timecode import Timebase


def write_label_studio(report: Report) -> str:
    """Tasks for `<Video name="video" value="$video" frameRate="$frames_per_second"/>` with
    `<TimelineLabels name="events" toName="video">`, whose ranges count frames from 1, both ends included.

    Where the frame rate is unknown, or there is only sound, a task is for `<Audio name="audio" value="$audio"/>` with
    `<Labels name="events" toName="audio">` and counts seconds. A video that failed has no task.
    """
    name = report.model_name
    tasks = [_task(item, name) for item in report.items if item.timeline is not None]
    return json.dumps(tasks, indent=1, allow_nan=False) + "\n"


def _task(item: Item, model: str) -> dict[str, Any]:
    assert item.timeline is not None
    rate = item.frames_per_second
    kind = "video" if rate else "audio"
    data: dict[str, Any] = {kind: printable(item.path)} | ({"frames_per_second": rounded(rate, 6)} if rate else {})
    regions = [
        {
            "id": f"event-{number}",
            "from_name": "events",
            "to_name": kind,
            "type": "timelinelabels" if rate else "labels",
            "score": rounded(event.score, 4),
            "value": _frames(event, item, rate) if rate else _seconds(event),
        }
        for number, event in enumerate(item.timeline, 1)
    ]
    return {"data": data, "predictions": [{"model_version": model, "result": regions}]}


def _frames(event: Event, item: Item, rate: float) -> dict[str, Any]:
    assert item.timeline is not None
    first, stop = Timebase.exactly(rate).frames(event, item.timeline.duration_seconds)
    return {"ranges": [{"start": first + 1, "end": stop}], "timelinelabels": [printable(event.category)]}


def _seconds(event: Event) -> dict[str, Any]:
    times = {"start": rounded(event.start_seconds, 3), "end": rounded(event.end_seconds, 3)}
    return {**times, "channel": 0, "labels": [printable(event.category)]}
