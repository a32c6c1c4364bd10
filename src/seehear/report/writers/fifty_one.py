"""FiftyOne's `FiftyOneTemporalDetectionDataset`: the `labels.json` beside its folder of videos."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import Any

from seehear.core.timeline import Event
from seehear.report.result import Item, Report, printable, rounded
from seehear.report.writers.timecode import Timebase


def write_fiftyone(report: Report) -> str:
    """Temporal detections of every video by its file name without extension, which is how FiftyOne finds the video.

    `support` counts frames from 1, both ends included; where the frame rate is unknown `timestamps` are seconds.
    A video that failed is not listed.
    """
    labels = {
        printable(PurePath(item.path).stem): [_detection(event, item) for event in item.timeline]
        for item in report.items
        if item.timeline is not None
    }
    return json.dumps({"labels": labels}, indent=1, allow_nan=False) + "\n"


def _detection(event: Event, item: Item) -> dict[str, Any]:
    detection: dict[str, Any] = {"label": printable(event.category), "confidence": rounded(event.score, 4)}
    assert item.timeline is not None
    if item.frames_per_second:
        base = Timebase.exactly(item.frames_per_second)
        first, stop = base.frames(event, item.timeline.duration_seconds)
        return detection | {"support": [first + 1, stop]}
    return detection | {"timestamps": [rounded(event.start_seconds, 3), rounded(event.end_seconds, 3)]}
