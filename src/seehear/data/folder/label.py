"""One line of a label file, what it may say, and what is wrong where."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from seehear.core.errors import InvalidValueError, Reason, SeehearError, StorageError
from seehear.core.labels import BACKGROUND
from seehear.core.timeline import Event
from seehear.storage.files import storage_errors

MOST_BYTES = 64 << 20
LONGEST_TEXT = 1000
NOT_DECODED = "not decoded"
"""What a result that was exported for correction says of a stretch that could not be read."""
_FORMULA_STARTS = ("=", "+", "-", "@")
_SHOWN = 40
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Label:
    """What one line of a label file says."""

    where: str
    """File and line, as a person finds it: `labels.csv row 2`."""
    event: Event | None
    """`None` where the line says that the video holds no event."""
    video: str = ""
    """As the line itself names it; empty where the whole file belongs to one video."""


@dataclass(frozen=True)
class Problem:
    """What is wrong at one place, with the next step."""

    where: str
    message: str
    reason: Reason = Reason.INVALID_VALUE

    @property
    def text(self) -> str:
        return f"{self.where}: {self.message}"


@dataclass
class Reading:
    """What was read of label files: the labels that are right, and a problem for each place that is not."""

    labels: list[Label] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    media: tuple[str, ...] = ()
    """File names of the videos that the file says it belongs to (ELAN)."""

    def take(self, where: str, event: Event | None, video: str = "") -> None:
        """Add a label; what our own results mark as not decoded is none, as it is found out anew."""
        if event is None or event.category != NOT_DECODED:
            self.labels.append(Label(where, event, video))

    @contextmanager
    def at(self, where: str) -> Iterator[None]:
        """Note an error met in the block as a problem of this place, and go on behind it; not an error of the disk."""
        try:
            yield
        except StorageError:
            raise
        except SeehearError as error:
            self.problems.append(Problem(where, str(error), error.reason))


def label_text(path: Path) -> str:
    """The text of a label file: UTF-8, with or without a byte-order mark; the message of an error does not name it."""
    with storage_errors(path, "read"):
        if not path.is_file():
            raise StorageError(f"{path} is not there; put a file of labels at this place", Reason.NOT_FOUND)
        if path.stat().st_size > MOST_BYTES:
            raise InvalidValueError(f"it is larger than {MOST_BYTES >> 20} MiB; split it", Reason.OVER_LIMIT)
        data = path.read_bytes()
    if data.startswith(_UTF16_MARKS):
        raise InvalidValueError("it is UTF-16, not UTF-8; save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InvalidValueError(f"it is not UTF-8 (byte {error.start}, line {line}); save it as UTF-8") from error


def checked_event(category: str, start: str | float, end: str | float) -> Event:
    """An event of a label file. Raises InvalidValueError for a name or a time that cannot be one."""
    category = checked_name("category", category)
    if category.casefold() == BACKGROUND:
        raise InvalidValueError(f"{BACKGROUND} is what no label names; remove the line")
    start_seconds, end_seconds = _seconds("start", start), _seconds("end", end)
    if start_seconds < 0:
        raise InvalidValueError(f"an event cannot start before the video, at {start_seconds:g} s; correct its start")
    if end_seconds < start_seconds:
        raise InvalidValueError(f"end {end_seconds:g} s is before start {start_seconds:g} s; exchange the two")
    if end_seconds == start_seconds:
        raise InvalidValueError(f"the event at {start_seconds:g} s has no length; give it the end that it has")
    return Event(start_seconds, end_seconds, category)


def checked_name(kind: str, text: str) -> str:
    """A name that may end up in tables and pages: no formula, no control character, no endless text."""
    text = unicodedata.normalize("NFC", text.strip())
    if not text:
        raise InvalidValueError(f"{kind} is empty; write one")
    if text.startswith(_FORMULA_STARTS):
        raise InvalidValueError(f"{kind} {text[:_SHOWN]!r} would be a formula in a spreadsheet; rename it")
    if len(text) > LONGEST_TEXT or not text.isprintable():
        raise InvalidValueError(f"{kind} {text[:_SHOWN]!r} is too long or holds control characters; rename it")
    return text


def _seconds(kind: str, value: str | float) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        shown = str(value)[:_SHOWN]
        raise InvalidValueError(f"{kind} is {shown!r}, not a number of seconds such as 3 or 7.5; correct it")
    return seconds
