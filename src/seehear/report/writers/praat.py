"""Praat TextGrids, in the long text form of its manual ("TextGrid file formats")."""

from __future__ import annotations

from collections.abc import Iterator

from seehear.report.result import Report
from seehear.report.writers.tiers import Interval, Tier, milliseconds, tiers_of

_NO_EVENTS = Tier("events", "", ())


def write_textgrid(report: Report) -> str:
    """One video with an interval tier a category; a tier covers the whole time, with empty labels between events."""
    timeline = report.only_item().found
    tiers = tiers_of(timeline) or [_NO_EVENTS]
    _, duration = milliseconds(0.0, timeline.duration_seconds)
    end = max([duration, *(tier.intervals[-1][1] for tier in tiers if tier.intervals)])
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", *_times("", 0, end)]
    lines += ["tiers? <exists>", f"size = {len(tiers)}", "item []:"]
    for number, tier in enumerate(tiers, 1):
        lines += [f"    item [{number}]:", '        class = "IntervalTier"', f"        name = {_quoted(tier.name)}"]
        lines += _times(" " * 8, 0, end)
        intervals = list(_covering(tier, end))
        lines.append(f"        intervals: size = {len(intervals)}")
        for place, (interval, label) in enumerate(intervals, 1):
            lines.append(f"        intervals [{place}]:")
            lines += [*_times(" " * 12, *interval), f"            text = {_quoted(label)}"]
    return "\n".join(lines) + "\n"


def _covering(tier: Tier, end: int) -> Iterator[tuple[Interval, str]]:
    """The intervals of a tier and the empty ones between them, from 0 to the end."""
    reached = 0
    for interval in tier.intervals:
        if interval[0] > reached:
            yield (reached, interval[0]), ""
        yield interval, tier.label
        reached = interval[1]
    if reached < end:
        yield (reached, end), ""


def _times(indent: str, start: int, end: int) -> list[str]:
    return [f"{indent}xmin = {start / 1000:.3f}", f"{indent}xmax = {end / 1000:.3f}"]


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
