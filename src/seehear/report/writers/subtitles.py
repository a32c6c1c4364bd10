"""Subtitles of one video, for any player."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pysubs2

from seehear.core.timeline import Event
from seehear.report.result import Report
from seehear.report.writers.text import one_line


def write_srt(report: Report) -> str:
    """SubRip subtitles of one video. The format cannot escape `<`, so look-alikes stand in for angle brackets."""
    text = str.maketrans("<>", "\u2039\u203a")
    return _subtitles(report, "srt", lambda name: name.translate(text))


def write_vtt(report: Report) -> str:
    """WebVTT subtitles of one video, with `<`, `>` and `&` escaped as the standard says."""
    return _subtitles(report, "vtt", lambda name: html.escape(name, quote=False))


def _subtitles(report: Report, format_name: str, escape: Callable[[str], str]) -> str:
    file = pysubs2.SSAFile()
    file.events = [_cue(event, escape) for event in report.only_item().timeline or ()]
    return file.to_string(format_name, keep_ssa_tags=True)


def _cue(event: Event, escape: Callable[[str], str]) -> pysubs2.SSAEvent:
    """One line of plain text, in which no reader can find the end of the cue, a timing or a formatting code."""
    text = one_line(event.category).replace("\\", "\uff3c").replace("-->", "\u2192")
    text = re.sub(r"(?<=\d):(?=\d)", "\u2236", text)
    return pysubs2.SSAEvent(round(event.start_seconds * 1000), round(event.end_seconds * 1000), text=escape(text))
