"""Labels as a CSV file with one event per row.

    video,category,start_seconds,end_seconds
    walk.mp4,dog,3,7.5
    empty.mp4,,,

A row with a video alone says that it holds no event. The file is UTF-8 (a byte-order mark is allowed).
"""

from __future__ import annotations

import csv
import io
import itertools
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from seehear.core.errors import InvalidValueError, UnknownNameError
from seehear.core.labels import Categories
from seehear.core.timeline import Event
from seehear.data.folder.label import Reading, checked_event, checked_name, label_text
from seehear.storage.files import write_text

COLUMNS = ("video", "category", "start_seconds", "end_seconds")


def read_labels(
    path: str | Path, *, videos: Collection[str] | None = None, categories: Categories | None = None
) -> dict[str, tuple[Event, ...]]:
    """Events of each video in order of time; videos in order of first appearance.

    Args:
        path: the CSV file.
        videos: the names that may occur; any other is an error. `None` takes every name.
        categories: the category names that may occur. `None` takes every name.

    Raises:
        InvalidValueError: the file or a row is not of this format; the message names the row and what to change.
        UnknownNameError: a category that is not among `categories`.
        StorageError: the file cannot be read.
    """
    path = Path(path)
    reading = read_table(path, path.name)
    if reading.problems:
        raise InvalidValueError(reading.problems[0].text, reading.problems[0].reason)
    known = None if videos is None else frozenset(videos)
    found: dict[str, list[Event]] = {}
    for label in reading.labels:
        if known is not None and label.video not in known:
            raise InvalidValueError(f"{label.where}: {no_video(label.video)}")
        events = found.setdefault(label.video, [])
        if event := label.event:
            if categories is not None and event.category not in categories:
                raise UnknownNameError("category", event.category, categories.names)
            events.append(event)
    return {video: tuple(sorted(events)) for video, events in found.items()}


def write_labels(path: Path, events: Mapping[str, Iterable[Event]]) -> None:
    """The inverse of :func:`read_labels`."""
    rows: list[tuple[object, ...]] = []
    for video, its_events in events.items():
        own = [(video, event.category, event.start_seconds, event.end_seconds) for event in its_events]
        rows += own or [(video, "", "", "")]
    write_rows(path, COLUMNS, rows)


def read_table(path: Path, name: str) -> Reading:
    """Every row as a label and every wrong one as a problem. `name` is what the file is called in messages.

    Raises StorageError where the file cannot be read at all.
    """
    reading = Reading()
    for where, row in read_rows(path, name, COLUMNS, reading):
        with reading.at(where):
            video, category, start, end = row
            event = checked_event(category, start, end) if category or start or end else None
            reading.take(where, event, video_path(video))
    return reading


def is_table(path: Path) -> bool:
    """Whether a CSV file holds labels: its first row says so, or it is in no encoding in which that could be seen."""
    try:
        first = label_text(path).lstrip().partition("\n")[0]
    except InvalidValueError:
        return True
    return tuple(cell.strip() for cell in first.split(",")) == COLUMNS


def video_path(text: str) -> str:
    """The name of a video as a row gives it: a path inside the folder, written with /."""
    name = checked_name("video", text)
    parts = PurePosixPath(name)
    if parts.is_absolute() or ".." in parts.parts or "\\" in name:
        raise InvalidValueError(f"{name!r} must be a path inside the folder, written with /")
    return unicodedata.normalize("NFC", str(parts))


def no_video(name: str, instead: str = "") -> str:
    """What is said of a name that is no file."""
    hint = f"; did you mean {instead!r}?" if instead else "; correct the name or remove the row"
    return f"there is no video {name!r} in the folder{hint}"


def read_rows(path: Path, name: str, columns: tuple[str, ...], reading: Reading) -> Iterator[tuple[str, list[str]]]:
    """Where each row is, numbered as a spreadsheet shows them, and its stripped cells; what is wrong goes to `reading`.

    Raises StorageError where the file cannot be read at all.
    """
    lines: Iterator[list[str]] = iter(())
    with reading.at(name):
        lines = csv.reader(io.StringIO(label_text(path), newline=""), strict=True)
        header = tuple(cell.strip() for cell in next(lines, []))
        if header != columns:
            lines = iter(())
            raise InvalidValueError(f"it must begin with the row {','.join(columns)}, not {','.join(header)[:80]!r}")
    for number in itertools.count(2):
        where, cells = f"{name} row {number}", None
        with reading.at(where):
            cells = _next_cells(lines)
            if cells and len(cells) != len(columns):
                raise InvalidValueError(f"it has {len(cells)} cells, not {len(columns)}: {', '.join(columns)}")
        if cells is None:
            return
        if len(cells) == len(columns):
            yield where, cells


def write_rows(path: Path, columns: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    """A CSV file with a header, wholly or not at all."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    write_text(path, text.getvalue())


def _next_cells(lines: Iterator[list[str]]) -> list[str] | None:
    """The stripped cells of the next row, none of an empty one; `None` at the end."""
    try:
        row = next(lines, None)
    except csv.Error as error:
        raise InvalidValueError(f"it is not CSV: {error}; look at the quotation marks") from error
    if row is None:
        return None
    cells = [cell.strip() for cell in row]
    return cells if any(cells) else []
