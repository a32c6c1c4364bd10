"""Edit decision lists in CMX 3600 form: the events of a video one after the other, ready to be cut."""

from __future__ import annotations

from pathlib import PurePath

from seehear.report.result import Report
from seehear.report.writers.text import one_line
from seehear.report.writers.timecode import Timebase

_REEL = "AX"
"""The usual name of a source that is a file and no tape."""
_PICTURE_AND_SOUND = "B"
_LONGEST_TITLE = 70


def write_edl(report: Report) -> str:
    """An edit an event: its place in the video, and its place when all events are played in a row.

    Times are timecode at the video's frame rate, drop-frame at 29.97 and 59.94 frames a second. The category stands
    in a marker and, with the score, in a comment; the video's file name is the clip's.
    """
    item = report.only_item()
    timeline = item.found
    base = Timebase.of(item.frames_per_second)
    name = one_line(PurePath(item.path).name)
    lines = [f"TITLE: {one_line(PurePath(item.path).stem)[:_LONGEST_TITLE]}"]
    lines += [f"FCM: {'DROP FRAME' if base.drop_frame else 'NON-DROP FRAME'}", ""]
    played = 0
    for number, event in enumerate(timeline, 1):
        first, stop = base.frames(event, timeline.duration_seconds)
        frames = (first, stop, played, played + stop - first)
        times = " ".join(base.timecode(frame) for frame in frames)
        lines.append(f"{number:03d}  {_REEL:<8} {_PICTURE_AND_SOUND:<5} C        {times}")
        lines.append(f"* FROM CLIP NAME: {name}")
        lines.append(f"* LOC: {base.timecode(played)} GREEN {one_line(event.category)}")
        lines.append(f"* COMMENT: {one_line(event.category)}, score {event.score:.2f}")
        played += stop - first
    return "\n".join(lines) + "\n"
