"""Labels as an Audacity label track: `start<TAB>end<TAB>text`, in seconds.

A line of frequencies may follow each label, `\\<TAB>low<TAB>high`; it is not used, as a label is of the whole sound.
An empty file says that its video holds no event.
"""

from __future__ import annotations

from pathlib import Path

from seehear.core.errors import InvalidValueError
from seehear.core.timeline import Event
from seehear.data.folder.label import Reading, checked_event, label_text

_FREQUENCIES = "\\"


def read_label_track(path: Path, name: str) -> Reading:
    """Every line as a label and every wrong one as a problem. `name` is what the file is called in messages.

    Raises StorageError where the file cannot be read at all.
    """
    reading = Reading()
    with reading.at(name):
        for number, line in enumerate(label_text(path).splitlines(), start=1):
            if not line.strip() or line.startswith(_FREQUENCIES):
                continue
            where = f"{name} line {number}"
            with reading.at(where):
                reading.take(where, _event(line))
    return reading


def is_label_track(path: Path) -> bool:
    """Whether a text file looks like one: its first line begins with a number and a tab."""
    try:
        first, tab, _ = label_text(path).lstrip("\n\r").partition("\t")
        float(first)
    except ValueError:  # which InvalidValueError, of a text that cannot be read, is too
        return False
    return bool(tab)


def _event(line: str) -> Event:
    cells = line.split("\t", 2)
    if len(cells) < 3:
        raise InvalidValueError(f"it has {len(cells)} of the three cells start, end and text, with tabs between them")
    start, end, category = cells
    if "," in start + end:
        raise InvalidValueError(f"{start!r} to {end!r} is written with commas; write seconds with a point, as 3.5")
    if start.strip() == end.strip():
        raise InvalidValueError(f"the label at {start} s is a point; drag its end to where the event ends")
    return checked_event(category, start, end)
