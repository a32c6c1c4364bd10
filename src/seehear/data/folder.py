"""Labels of one's own videos: a CSV file with one event per row.

    video,category,start_seconds,end_seconds
    walk.mp4,dog,3,7.5
    empty.mp4,,,

A row with a video alone says that it holds no event. The file is UTF-8 (a byte-order mark is allowed).
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path, PurePosixPath

import numpy as np

from seehear.core.errors import InvalidValueError, Reason, StorageError, UnknownNameError
from seehear.core.labels import BACKGROUND, Categories
from seehear.core.time import Grid
from seehear.core.timeline import Event
from seehear.storage.files import storage_errors, write_text

COLUMNS = ("video", "category", "start_seconds", "end_seconds")
MOST_BYTES = 64 << 20
LONGEST_CELL = 1000
_FORMULA_STARTS = ("=", "+", "-", "@")


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
    known = None if videos is None else frozenset(videos)
    found: dict[str, list[Event]] = {}
    for number, row in _rows(path):
        where = f"{path.name} row {number}"
        video = _video(row["video"], known, where)
        events = found.setdefault(video, [])
        if event := _event(row, categories, where):
            events.append(event)
    return {video: tuple(sorted(events)) for video, events in found.items()}


def write_labels(path: Path, events: Mapping[str, Iterable[Event]]) -> None:
    """The inverse of :func:`read_labels`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for video, its_events in events.items():
        rows = [(video, event.category, event.start_seconds, event.end_seconds) for event in its_events]
        writer.writerows(rows or [(video, "", "", "")])
    write_text(path, text.getvalue())


def categories_of(events: Mapping[str, Iterable[Event]]) -> Categories:
    """The category names that occur, in alphabetical order."""
    return Categories(tuple(sorted({event.category for its_events in events.values() for event in its_events})))


def segment_classes(events: Iterable[Event], categories: Categories, grid: Grid, count: int) -> np.ndarray:
    """int64 [count] in 0..C: segment t is of an event's category iff start <= t < end (the AVE rule), else background.

    Raises:
        InvalidValueError: events of two categories claim one segment; a segment has one class.
    """
    classes = np.full(count, categories.background, dtype=np.int64)
    for event in sorted(events):
        claimed = np.array(grid.covered_by([event.span], count), dtype=bool)
        number = categories.number(event.category)
        clash = claimed & (classes != categories.background) & (classes != number)
        if clash.any():
            first = categories.name(int(classes[clash][0]))
            raise InvalidValueError(
                f"{first!r} and {event.category!r} overlap at {grid.start_seconds(int(clash.argmax())):g} s; "
                "a segment has one category, so shorten one of the two"
            )
        classes[claimed] = number
    return classes


def _rows(path: Path) -> Iterable[tuple[int, dict[str, str]]]:
    """Row numbers as a spreadsheet shows them (the header is row 1) and stripped cells by column."""
    with storage_errors(path, "read"):
        if not path.is_file():
            raise StorageError(f"{path} is not there; put a file of labels at this place", Reason.NOT_FOUND)
        if path.stat().st_size > MOST_BYTES:
            raise InvalidValueError(f"{path} is larger than {MOST_BYTES >> 20} MiB; split it", Reason.OVER_LIMIT)
        data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidValueError(f"{path.name} is not UTF-8 (byte {error.start}); save it as CSV UTF-8") from error
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        header = tuple(cell.strip() for cell in next(reader, []))
        if header != COLUMNS:
            raise InvalidValueError(
                f"{path.name} must begin with the row {','.join(COLUMNS)}, not {','.join(header)!r}"
            )
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(COLUMNS):
                raise InvalidValueError(f"{path.name} row {reader.line_num} has {len(row)} cells, not {len(COLUMNS)}")
            yield reader.line_num, dict(zip(COLUMNS, (cell.strip() for cell in row), strict=True))
    except csv.Error as error:
        raise InvalidValueError(f"{path.name} row {reader.line_num} is not CSV: {error}") from error


def _video(name: str, known: frozenset[str] | None, where: str) -> str:
    _check_text("video", name, where)
    parts = PurePosixPath(name)
    if parts.is_absolute() or ".." in parts.parts or "\\" in name:
        raise InvalidValueError(f"{where}: {name!r} must be a path inside the folder, written with /")
    if known is not None and name not in known:
        raise InvalidValueError(
            f"{where}: there is no video {name!r} in the folder; correct the name or remove the row"
        )
    return name


def _event(row: dict[str, str], categories: Categories | None, where: str) -> Event | None:
    category, start, end = row["category"], row["start_seconds"], row["end_seconds"]
    if not (category or start or end):
        return None
    _check_text("category", category, where)
    if category.lower() == BACKGROUND:
        raise InvalidValueError(f"{where}: background is what no row names; leave the three cells after video empty")
    if categories is not None and category not in categories:
        raise UnknownNameError("category", category, categories.names)
    start_seconds, end_seconds = _seconds("start_seconds", start, where), _seconds("end_seconds", end, where)
    if start_seconds < 0:
        raise InvalidValueError(f"{where}: an event cannot start before the video, at {start_seconds:g} s")
    if end_seconds <= start_seconds:
        raise InvalidValueError(f"{where}: end_seconds {end_seconds:g} is not after start_seconds {start_seconds:g}")
    return Event(start_seconds, end_seconds, category)


def _seconds(column: str, cell: str, where: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidValueError(f"{where}: {column} is {cell[:40]!r}, not a number of seconds such as 3 or 7.5")
    return value


def _check_text(column: str, cell: str, where: str) -> None:
    """Names end up in tables and pages: no formula, no control character, no endless text."""
    if not cell:
        raise InvalidValueError(f"{where}: {column} is empty")
    if cell.startswith(_FORMULA_STARTS):
        raise InvalidValueError(f"{where}: {column} {cell[:40]!r} would be a formula in a spreadsheet; rename it")
    if len(cell) > LONGEST_CELL or not cell.isprintable():
        raise InvalidValueError(f"{where}: {column} {cell[:40]!r} is too long or holds control characters; rename it")
