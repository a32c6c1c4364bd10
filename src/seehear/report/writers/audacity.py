"""Audacity label tracks: start, end and label of a line, between tabs."""

from __future__ import annotations

from seehear.report.result import Report
from seehear.report.writers.text import one_line
from seehear.report.writers.tiers import NOT_DECODED


def write_audacity(report: Report) -> str:
    """The events of one video in order of time, and what was not decoded, as labels with six decimals."""
    timeline = report.only_item().found
    labels = [(event.start_seconds, event.end_seconds, one_line(event.category)) for event in timeline]
    labels += [(span.start_seconds, span.end_seconds, NOT_DECODED) for span in timeline.missing]
    return "".join(f"{start:.6f}\t{end:.6f}\t{label}\n" for start, end, label in sorted(labels))
