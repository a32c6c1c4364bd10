"""OpenTimelineIO: the whole video as one clip with a marker on every event."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING
from urllib.parse import quote

from seehear.report.result import Report, printable, rounded
from seehear.report.writers.text import one_line
from seehear.report.writers.tiers import NOT_DECODED
from seehear.report.writers.timecode import Timebase

if TYPE_CHECKING:
    from opentimelineio.opentime import TimeRange


def write_otio(report: Report) -> str:
    """A timeline that editing programs import; `metadata["seehear"]` of each marker holds category, score and times.

    What was not decoded is marked too. Needs the extra `exports`.
    """
    from opentimelineio import adapters, schema

    item = report.only_item()
    timeline = item.found
    base = Timebase.of(item.frames_per_second)
    whole = _range(0, base.count(timeline.duration_seconds), base)
    target = schema.ExternalReference(quote(printable(item.path)), whole)
    clip = schema.Clip(one_line(PurePath(item.path).name), target, whole)
    for event in timeline:
        first, stop = base.frames(event, timeline.duration_seconds)
        facts = {"category": printable(event.category), "score": rounded(event.score, 4)}
        facts |= {"start_seconds": rounded(event.start_seconds, 3), "end_seconds": rounded(event.end_seconds, 3)}
        marked = _range(first, stop - first, base)
        marker = schema.Marker(one_line(event.category), marked, schema.MarkerColor.GREEN, {"seehear": facts})
        clip.markers.append(marker)
    for span in timeline.missing:
        first = base.frame(span.start_seconds)
        marked = _range(first, max(1, base.frame(span.end_seconds) - first), base)
        clip.markers.append(schema.Marker(NOT_DECODED, marked, schema.MarkerColor.RED))
    track = schema.Track("video", [clip], kind=schema.TrackKind.Video)
    cut = schema.Timeline(one_line(PurePath(item.path).stem), tracks=[track])
    return adapters.write_to_string(cut, "otio_json") + "\n"


def _range(first: int, count: int, base: Timebase) -> TimeRange:
    from opentimelineio.opentime import RationalTime, TimeRange

    return TimeRange(RationalTime(first, float(base.rate)), RationalTime(count, float(base.rate)))
