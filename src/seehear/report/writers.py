"""Results as files that other programs read: JSON, tables, subtitles."""

from __future__ import annotations

import csv
import html
import io
import re
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import PurePath

import pysubs2

from seehear.core.errors import InvalidValueError
from seehear.core.timeline import Event
from seehear.report.result import Item, Report, printable

CSV_COLUMNS = ("path", "status", "reason", "category", "start_seconds", "end_seconds", "score")
_FORMULA_STARTS = "=+-@\uff1d\uff0b\uff0d\uff20"
_LONGEST_STEM_BYTES = 150
_FORBIDDEN_IN_NAMES = re.compile(r'[<>:"/\\|?*]')


def write_json(report: Report) -> str:
    """The whole report, schema version 1."""
    return report.to_json(indent=1) + "\n"


def write_csv(report: Report) -> str:
    """One row an event; a video without events has one row whose event columns are empty.

    A text cell that a spreadsheet might take for a formula gets an apostrophe in front.
    """
    stream = io.StringIO()
    rows = csv.writer(stream, lineterminator="\r\n")
    rows.writerow(CSV_COLUMNS)
    for item in report.items:
        head = [text_cell(item.path), str(item.status), "" if item.reason is None else str(item.reason)]
        for event in item.timeline or ():
            times = [f"{event.start_seconds:.3f}", f"{event.end_seconds:.3f}", f"{event.score:.4f}"]
            rows.writerow([*head, text_cell(event.category), *times])
        if not item.timeline:
            rows.writerow([*head, "", "", "", ""])
    return stream.getvalue()


def write_srt(report: Report) -> str:
    """SubRip subtitles of one video. The format cannot escape `<`, so look-alikes stand in for angle brackets."""
    text = str.maketrans("<>", "\u2039\u203a")
    return _subtitles(report, "srt", lambda name: name.translate(text))


def write_vtt(report: Report) -> str:
    """WebVTT subtitles of one video, with `<`, `>` and `&` escaped as the standard says."""
    return _subtitles(report, "vtt", lambda name: html.escape(name, quote=False))


WRITERS: dict[str, Callable[[Report], str]] = {
    "json": write_json,
    "csv": write_csv,
    "srt": write_srt,
    "vtt": write_vtt,
}
"""Text of a report in each format. The subtitle formats take a report of a single video."""


def text_cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    text = printable(text)
    stripped = text.lstrip()
    risky = text[:1] in ("\t", "\r", "\n") or stripped[:1] in tuple(_FORMULA_STARTS)
    return f"'{text}" if text and risky else text


def output_stems(paths: Sequence[str]) -> list[str]:
    """A file name without extension for the outputs of each video: its stem, made safe, and unlike all others.

    Only the last part of a path counts, without separators, control characters or leading dots, so that a name
    stays inside the folder it is written to; the second video of a name gets `-2`, whatever its case or extension.
    """
    taken: set[str] = set()
    stems = []
    for path in paths:
        stem, number = _safe_stem(path), 1
        name = stem
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.casefold())
        stems.append(name)
    return stems


def _safe_stem(path: str) -> str:
    stem = unicodedata.normalize("NFC", printable(PurePath(path).stem))
    stem = "".join(character for character in stem if unicodedata.category(character)[0] != "C")
    stem = _FORBIDDEN_IN_NAMES.sub("_", stem).strip(". ")
    return stem.encode()[:_LONGEST_STEM_BYTES].decode(errors="ignore").strip(". ") or "video"


def _subtitles(report: Report, format_name: str, escape: Callable[[str], str]) -> str:
    item = _only(report, format_name)
    file = pysubs2.SSAFile()
    file.events = [_cue(event, escape) for event in item.timeline or ()]
    return file.to_string(format_name, keep_ssa_tags=True)


def _only(report: Report, format_name: str) -> Item:
    if len(report.items) != 1:
        raise InvalidValueError(f"{format_name} holds one video, not {len(report.items)}; write a file for each")
    return report.items[0]


def _cue(event: Event, escape: Callable[[str], str]) -> pysubs2.SSAEvent:
    """One line of plain text, in which no reader can find the end of the cue, a timing or a formatting code."""
    visible = "".join(" " if unicodedata.category(character) == "Cc" else character for character in event.category)
    text = " ".join(visible.split()).replace("\\", "\uff3c").replace("-->", "\u2192")
    text = re.sub(r"(?<=\d):(?=\d)", "\u2236", text)
    return pysubs2.SSAEvent(
        round(event.start_seconds * 1000), round(event.end_seconds * 1000), text=escape(printable(text))
    )
