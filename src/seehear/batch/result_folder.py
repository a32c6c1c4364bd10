"""The folder of the results: what in it is done, what is stale, and the journal that knows.

journal.jsonl      one line for each video that is done; journal-2-of-8.jsonl that of a shard
summary.json|csv   what became of all of them, written last
index.html         the page over all of them
<folders of the videos>/<video>.<format>
thumbnails/<folders of the videos>/<video>.jpg
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from types import TracebackType
from typing import Any

from seehear.batch.inputs import Shard, Source
from seehear.batch.journal import Journal, read_journal
from seehear.batch.row import THUMBNAILS, Row
from seehear.core.errors import InvalidValueError
from seehear.storage.files import storage_errors

_LETTERS_OF_A_TEMPORARY_NAME = 8


@dataclass(frozen=True, slots=True)
class Making:
    """What a result depends on. Equal makings give equal bytes."""

    identity: str
    """Of the localizer."""
    size_bytes: int | None
    """Of the video; `None` where there is no file."""
    modified_ns: int | None

    @classmethod
    def of(cls, source: Source, identity: str) -> Making:
        """By size and time of change: to read every video only to see that it is the same would take as long as
        to decode it."""
        try:
            found = source.file.stat()
        except (OSError, ValueError):
            return cls(identity, None, None)
        return cls(identity, found.st_size, found.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line of a journal."""

    file: str
    """The video, absolute."""
    making: Making
    formats: tuple[str, ...]
    """That were asked for; those that have something to say are among the row's outputs."""
    finished_at: float
    """Seconds since 1970, to tell which of two lines is the newer one."""
    row: Row

    def as_dict(self, stem: str) -> dict[str, Any]:
        return {
            "stem": stem,
            "file": self.file,
            "identity": self.making.identity,
            "size_bytes": self.making.size_bytes,
            "modified_ns": self.making.modified_ns,
            "formats": list(self.formats),
            "finished_at": self.finished_at,
            "row": self.row.as_dict(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> _Entry:
        row = Row.from_dict(values["row"])
        if any(PurePath(file).is_absolute() or ".." in PurePath(file).parts for file in row.outputs.values()):
            raise ValueError("outputs lie inside the folder")
        making = Making(values["identity"], values["size_bytes"], values["modified_ns"])
        return cls(values["file"], making, tuple(values["formats"]), float(values["finished_at"]), row)


class ResultFolder:
    """Held by one process at a time, or one for each shard; usable as a context.

    Raises StorageError where it cannot be written, or while another process works on the same part of it.
    """

    def __init__(self, path: Path, shard: Shard | None = None) -> None:
        self.path = path
        self.suffix = f"-{shard.number}-of-{shard.count}" if shard else ""
        self._journal = Journal(path / f"journal{self.suffix}.jsonl")
        try:
            self._entries = _newest_entries(sorted(path.glob("journal*.jsonl")))
        except BaseException:
            self._journal.close()
            raise

    def __enter__(self) -> ResultFolder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._journal.close()

    def refuse_foreign(self, sources: Iterable[Source]) -> None:
        """Raise InvalidValueError where results of one video would take the place of another's that is still there."""
        for source in sources:
            entry = self._entries.get(source.stem)
            if entry and entry.file != str(source.file) and _different_files(entry.file, source.file):
                raise InvalidValueError(
                    f"{self.path / source.stem}.* are the results of {entry.file}, and those of {source.path} would "
                    "take their place; choose another output folder, or give the folders of both videos at once"
                )

    def finished(self, source: Source, making: Making, formats: Sequence[str]) -> Row | None:
        """The row of a video that need not be done again: unchanged, by the same localizer, its files still there."""
        entry = self._entries.get(source.stem)
        if entry is None or entry.making != making or not set(formats) <= set(entry.formats) or not entry.row.settled:
            return None
        if not all((self.path / file).is_file() for file in entry.row.outputs.values()):
            return None
        return replace(entry.row, item=replace(entry.row.item, path=source.path))

    def sweep(self, sources: Iterable[Source]) -> None:
        """Take away what a killed writer of these videos' results, or of all's, left under temporary names."""
        stems = [PurePath(source.stem) for source in sources]
        unfinished = {(place / stem).parent for stem in stems for place in (self.path, self.path / THUMBNAILS)}
        names = {stem.name for stem in stems} | {f"{all_}{self.suffix}" for all_ in ("summary", "index")}
        for folder in unfinished | {self.path}:
            if not folder.is_dir():
                continue
            with storage_errors(folder):
                for hidden in folder.glob(".*"):
                    name, dot, letters = hidden.name[1:].rpartition(".")
                    if dot and len(letters) == _LETTERS_OF_A_TEMPORARY_NAME and _begins_with_one_of(name, names):
                        hidden.unlink(missing_ok=True)

    def make_room(self, source: Source, making: Making) -> None:
        """Take away the files of an older making, so that nothing stale stays beside what is new."""
        entry = self._entries.get(source.stem)
        if entry and entry.making != making:
            for file in entry.row.outputs.values():
                with storage_errors(self.path / file):
                    (self.path / file).unlink(missing_ok=True)
            del self._entries[source.stem]

    def record(self, source: Source, making: Making, formats: Sequence[str], row: Row) -> Row:
        """Note that a video is done, its files being on the disk. Returns the row with all outputs it has by now."""
        if (older := self._entries.get(source.stem)) and older.making == making:
            formats = [*older.formats, *(name for name in formats if name not in older.formats)]
            row = replace(row, outputs={**older.row.outputs, **row.outputs})
        entry = _Entry(str(source.file), making, tuple(formats), time.time(), row)
        self._journal.append(entry.as_dict(source.stem))
        self._entries[source.stem] = entry
        return row


def _newest_entries(journals: Iterable[Path]) -> dict[str, _Entry]:
    newest: dict[str, _Entry] = {}
    for journal in journals:
        for values in read_journal(journal):
            try:
                stem, entry = str(values["stem"]), _Entry.from_dict(values)
            except (ValueError, KeyError, TypeError, AttributeError):
                continue  # of another version
            if stem not in newest or newest[stem].finished_at <= entry.finished_at:
                newest[stem] = entry
    return newest


def _different_files(recorded: str, file: Path) -> bool:
    """Whether these are two videos; one that was moved is not."""
    try:
        return not file.samefile(recorded)
    except OSError:
        return False


def _begins_with_one_of(name: str, stems: set[str]) -> bool:
    """Whether this is a stem and what follows a dot."""
    return any(name[:end] in stems for end, letter in enumerate(name) if letter == ".")
