"""Labels as WebVTT: each cue is an event, its text the category. An empty track says that its video holds no event."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pysubs2

from seehear.core.errors import InvalidValueError
from seehear.core.timeline import Event
from seehear.data.folder.label import Reading, checked_event, label_text

_TIME = r"(?:\d{2,4}:)?[0-5]\d:[0-5]\d\.\d{3}"
_TIMING = re.compile(rf"\s*{_TIME}\s+-->\s+{_TIME}(\s.*)?")
_TAG = re.compile(r"<[^>]*>")


def read_webvtt(path: Path, name: str) -> Reading:
    """Every cue as a label and every wrong one as a problem. `name` is what the file is called in messages.

    Raises StorageError where the file cannot be read at all.
    """
    reading = Reading()
    with reading.at(name):
        lines = label_text(path).splitlines()
        if not lines or not re.match(r"WEBVTT(\s|$)", lines[0]):
            raise InvalidValueError("it does not begin with WEBVTT; save it as WebVTT")
        for number, cue in _cues(lines):
            where = f"{name} line {number}"
            with reading.at(where):
                reading.take(where, _event(cue))
    return reading


def _cues(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """The number of each timing line, from 1, with it and its text: the lines up to an empty one or the next timing."""
    number, cue = 0, list[str]()
    for at, line in enumerate([*lines, ""], start=1):
        if cue and ("-->" in line or not line.strip()):
            yield number, cue
            cue = []
        if "-->" in line:
            number, cue = at, [line]
        elif cue:
            cue.append(line.strip())


def _event(cue: list[str]) -> Event:
    """pysubs2 reads the times; it is given no text, for it would take the name of the next cue for this one's."""
    if not _TIMING.fullmatch(cue[0]):
        raise InvalidValueError(f"{cue[0].strip()[:60]!r} is not a timing such as 00:00:03.000 --> 00:00:07.500")
    (line,) = pysubs2.SSAFile.from_string(cue[0], format_="vtt")
    category = html.unescape(_TAG.sub("", " ".join(cue[1:])))
    return checked_event(category, line.start / 1000, line.end / 1000)
