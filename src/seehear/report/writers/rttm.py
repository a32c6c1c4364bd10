"""RTTM (Rich Transcription Time Marked, NIST RT-09 evaluation plan, appendix A) as tools for diarization read it."""

from __future__ import annotations

import math
from pathlib import PurePath

from seehear.core.timeline import Event
from seehear.report.result import Report
from seehear.report.writers.text import one_line

_UNKNOWN = "<NA>"


def write_rttm(report: Report) -> str:
    """A SPEAKER line an event, whose speaker is the category. Spaces, which end a field, become underscores.

    The file is called by its name without extension. A video without events has no line.
    """
    return "".join(
        _line(_field(PurePath(item.path).stem), event) for item in report.items for event in item.timeline or ()
    )


def _line(file: str, event: Event) -> str:
    score = f"{event.score:.4f}" if math.isfinite(event.score) else _UNKNOWN
    times = f"{event.start_seconds:.3f} {max(0.001, event.duration_seconds):.3f}"
    return f"SPEAKER {file} 1 {times} {_UNKNOWN} {_UNKNOWN} {_field(event.category)} {score} {_UNKNOWN}\n"


def _field(text: str) -> str:
    return "_".join(one_line(text).split())
