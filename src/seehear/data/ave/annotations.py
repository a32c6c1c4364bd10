"""Annotations of AVE: which category is seen and heard in which seconds of which video.

    Category&VideoID&Quality&StartTime&EndTime
    Church bell&RUhOCu3LNXM&good&0&10

The header row is in the archive's copy and absent from the repository's. Row numbers count annotations from 0; they
are what orders, labels and features refer to.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from seehear.core.errors import InvalidValueError, Reason, StorageError
from seehear.core.labels import AVE_28, Categories
from seehear.core.time import Grid, Span
from seehear.storage.files import storage_errors, write_text

HEADER = "Category&VideoID&Quality&StartTime&EndTime"
CLIP_SEGMENTS = 10
GRID = Grid(1.0)
_MOST_BYTES = 16 << 20
_VIDEO = re.compile(r"[A-Za-z0-9_-]{11}")


@dataclass(frozen=True, slots=True)
class Annotation:
    """One row: a video and the stretch, in seconds, in which its category is both seen and heard."""

    category: str
    video: str
    quality: str
    start_seconds: float
    end_seconds: float

    def line(self) -> str:
        """The row as it is written in the file."""
        return f"{self.category}&{self.video}&{self.quality}&{self.start_seconds:g}&{self.end_seconds:g}"


@dataclass(frozen=True)
class Annotations:
    """All rows, in the order of the file."""

    rows: tuple[Annotation, ...]

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def categories(self) -> Categories:
        """AVE's own where all rows are of these, else the names in order of first appearance (which AVE's are)."""
        names = tuple(dict.fromkeys(row.category for row in self.rows))
        return AVE_28 if set(names) <= set(AVE_28) else Categories(names)

    @property
    def videos(self) -> tuple[str, ...]:
        """Video id of each row."""
        return tuple(row.video for row in self.rows)

    @property
    def names(self) -> tuple[str, ...]:
        """Row number and video id of each row: unique, as a video may have several rows."""
        return tuple(f"{number:04d} {row.video}" for number, row in enumerate(self.rows))

    @cached_property
    def clip_classes(self) -> np.ndarray:
        """int64 [N] in 0..C-1: the annotated category, as in `mil_labels.h5`: also where the event is empty."""
        return np.array([self.categories.number(row.category) for row in self.rows], dtype=np.int64)

    @cached_property
    def is_event(self) -> np.ndarray:
        """bool [N,T]: segment t is an event iff start <= t < end, as in `labels_closs.h5`."""
        spans = [Span(row.start_seconds, row.end_seconds) for row in self.rows]
        covered = [GRID.covered_by([span], CLIP_SEGMENTS) for span in spans]
        return np.array(covered, dtype=bool).reshape(len(self), CLIP_SEGMENTS)

    @cached_property
    def segment_classes(self) -> np.ndarray:
        """int64 [N,T] in 0..C: the category where there is an event, else background."""
        return np.where(self.is_event, self.clip_classes[:, None], self.categories.background)

    @cached_property
    def sha256(self) -> str:
        """Of all rows in order, whatever header, line ends or byte-order mark the file had."""
        return hashlib.sha256("\n".join(row.line() for row in self.rows).encode()).hexdigest()

    def subset(self, rows: Iterable[int]) -> Annotations:
        """These rows, in this order."""
        return Annotations(tuple(self.rows[row] for row in rows))

    def text(self) -> str:
        """As a file with its header; :func:`parse_annotations` reads it back."""
        return "\n".join((HEADER, *(row.line() for row in self.rows))) + "\n"


def read_annotations(path: Path) -> Annotations:
    """The annotations in a file.

    Raises:
        InvalidValueError: the file or a row is not of this format; the message names the line and what is expected.
        StorageError: the file cannot be read.
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        raise StorageError(f"{path} is not a file; put AVE's annotations there", Reason.NOT_A_FILE)
    if not path.is_file():
        raise StorageError(f"{path} is not there; it comes with the AVE data set", Reason.NOT_FOUND)
    with storage_errors(path, "read"):
        if path.stat().st_size > _MOST_BYTES:
            raise InvalidValueError(f"{path} is larger than {_MOST_BYTES >> 20} MiB: no annotations", Reason.OVER_LIMIT)
        data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidValueError(f"{path.name} is not text (byte {error.start}); get it again") from error
    return parse_annotations(text, path.name)


def parse_annotations(text: str, name: str = "Annotations.txt") -> Annotations:
    """The annotations in a text; `name` is what errors call it."""
    rows = tuple(_rows(text, name))
    if not rows:
        raise InvalidValueError(f"{name} holds no annotation; get it again")
    return Annotations(rows)


def write_annotations(path: Path, annotations: Annotations) -> None:
    """The inverse of :func:`read_annotations`, with the header row."""
    write_text(path, annotations.text())


def _rows(text: str, name: str) -> Iterator[Annotation]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not (number == 1 and line.strip().lower() == HEADER.lower()):
            yield _row(line, f"{name} line {number}")


def _row(line: str, where: str) -> Annotation:
    cells = [cell.strip() for cell in line.split("&")]
    if len(cells) != 5:
        raise InvalidValueError(f"{where} has {len(cells)} fields, not the 5 of {HEADER}: {line[:80]!r}")
    category, video, quality, start, end = cells
    if not category or not category.isprintable() or category[0] in "=+-@":
        raise InvalidValueError(f"{where}: {category[:40]!r} is no category name")
    if not _VIDEO.fullmatch(video):
        raise InvalidValueError(f"{where}: {video[:40]!r} is no video id (11 letters, digits, - or _)")
    start_seconds, end_seconds = _seconds(start, where), _seconds(end, where)
    if end_seconds < start_seconds:
        raise InvalidValueError(f"{where}: the event ends at {end} s, before it starts at {start} s")
    return Annotation(category, video, quality, start_seconds, end_seconds)


def _seconds(cell: str, where: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = float("nan")
    if not 0 <= value <= CLIP_SEGMENTS:
        raise InvalidValueError(f"{where}: {cell[:40]!r} is no time within the clip, 0 to {CLIP_SEGMENTS} seconds")
    return value
