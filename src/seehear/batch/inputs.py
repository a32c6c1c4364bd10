"""Which videos are meant: files, folders, patterns and lists, as they stand on a command line."""

from __future__ import annotations

import glob
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from seehear.batch.naming import common_folder, name_results
from seehear.core.errors import InvalidValueError
from seehear.core.suffixes import VIDEO_SUFFIXES
from seehear.storage.files import storage_errors

_ALSO_PROGRAMS = {".ts", ".mts"}
_PACKET_STARTS = ((0, 188), (4, 196))
"""Where the first two packets of a transport stream start, without and with time codes before each."""


@dataclass(frozen=True, slots=True)
class Source:
    """One video that is meant."""

    path: str
    """As it was given; inside a folder, that folder as it was given and the way down."""
    file: Path
    """Absolute."""
    stem: str
    """Of its results below the output folder, with `/` between folders: unlike that of all others, and a pure function
    of the set of videos, whatever their order."""
    fault: str = ""
    """Why nothing of it can be read, known already; empty for all others."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several equal parts of all videos, for as many machines or jobs."""

    number: int
    """From 1 on."""
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.count:
            raise InvalidValueError(f"a shard is I/N with I in 1..N, such as 2/8, not {self.number}/{self.count}")

    @classmethod
    def parse(cls, text: str) -> Shard:
        """`2/8` is the second of eight. Raises InvalidValueError."""
        found = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text)
        if not found:
            raise InvalidValueError(f"a shard is I/N with I in 1..N, such as 2/8, not {text!r}")
        return cls(int(found[1]), int(found[2]))

    def holds(self, source: Source) -> bool:
        """Whether a video is in this part: its own name alone decides, so others may come and go."""
        return int.from_bytes(sha256(source.stem.encode()).digest()[:8]) % self.count == self.number - 1


def find_videos(inputs: Iterable[str | os.PathLike[str]], *, without: Path | None = None) -> list[Source]:
    """Every video that is meant, once, in the order given; those of a folder in the order of their names.

    A folder stands for the videos in it, to any depth, links followed and hidden names left out; a pattern that names
    no file itself (`2024-*/**/*.mp4`) for what it matches. What does not exist is a source as well, to fail by itself.

    Args:
        without: a folder to leave out wherever it is met, such as the one the results go to.

    Raises:
        InvalidValueError: where inputs are given and no video is found in any of them.
    """
    seen: set[tuple[int, int]] = set()
    if without is not None and without.is_dir():
        seen.add(_identity(without))
    found: dict[str, _Found] = {}
    anchors, inputs = [], [os.fspath(given) for given in inputs]
    for given in inputs:
        for one in _meant(given, seen, anchors):
            found.setdefault(os.path.realpath(one.path), one)
    if inputs and not found:
        raise InvalidValueError(
            f"there is no video in {', '.join(inputs)}; looked for files that end in {' '.join(VIDEO_SUFFIXES)}"
        )
    return _named(list(found.values()), anchors)


def sources_of(videos: Iterable[str | os.PathLike[str]]) -> list[Source]:
    """These files and no others, in this order, whatever they are; results of one given twice have one name."""
    paths = [os.fspath(video) for video in videos]
    return _named([_Found(path) for path in paths], [os.path.dirname(path) for path in paths])  # noqa: PTH120


def read_list(path: str) -> list[str]:
    """The paths that a file, or for `-` standard input, names: one a line, or with a zero byte after each.

    Raises StorageError where there is no such file.
    """
    if path == "-":
        data = sys.stdin.buffer.read()
    else:
        with storage_errors(Path(path), "read"):
            data = Path(path).read_bytes()
    lines = data.split(b"\0") if b"\0" in data else data.splitlines()
    return [os.fsdecode(line) for line in lines if line.strip()]


@dataclass(frozen=True, slots=True)
class _Found:
    path: str
    fault: str = ""


def _named(found: Sequence[_Found], anchors: Sequence[str]) -> list[Source]:
    files = [Path(os.path.abspath(one.path)) for one in found]  # noqa: PTH100 (keeps links as they are)
    stems = name_results(files, common_folder(anchors))
    return [Source(one.path, file, stem, one.fault) for one, file, stem in zip(found, files, stems, strict=True)]


def _meant(given: str, seen: set[tuple[int, int]], anchors: list[str]) -> Iterator[_Found]:
    """What one input stands for. Notes in `anchors` the folder below which its results are named."""
    if os.path.isdir(given):  # noqa: PTH112 (a pattern is no path)
        anchors.append(given)
        yield from _walk(given, seen)
    elif glob.has_magic(given) and not os.path.lexists(given):
        anchors.append(_fixed_part(given))
        for match in sorted(glob.iglob(given, recursive=True)):  # noqa: PTH207
            yield from _walk(match, seen) if os.path.isdir(match) else [_Found(match)]  # noqa: PTH112
    else:
        anchors.append(os.path.dirname(given))  # noqa: PTH120
        yield _Found(given)


def _fixed_part(pattern: str) -> str:
    """The folder above the first part of a pattern that varies."""
    parts = Path(pattern).parts
    varying = next(number for number, part in enumerate(parts) if glob.has_magic(part))
    return str(Path(*parts[:varying]))


def _walk(folder: str, seen: set[tuple[int, int]]) -> Iterator[_Found]:
    """The videos below a folder. Each folder is entered once, by its own name rather than that of a link to it."""
    linked_files: list[str] = []
    starts = [folder]
    for start in starts:
        below = [start]
        while below:
            here = below.pop()
            try:
                identity = _identity(here)
                entries = sorted(os.scandir(here), key=lambda entry: entry.name) if identity not in seen else []
            except OSError as error:
                yield _Found(here, f"cannot list {here}: {error.strerror}; change its permissions or leave it out")
                continue
            seen.add(identity)
            entries = [entry for entry in entries if not entry.name.startswith(".")]
            below += [entry.path for entry in reversed(entries) if entry.is_dir(follow_symlinks=False)]
            starts += [entry.path for entry in entries if entry.is_symlink() and _leads_to_folder(entry)]
            linked_files += [entry.path for entry in entries if entry.is_symlink() and _is_video(entry.path)]
            for entry in entries:
                if entry.is_file(follow_symlinks=False) and _is_video(entry.path):
                    yield _Found(entry.path)
    for path in linked_files:
        if not os.path.isdir(path):  # noqa: PTH112
            yield _Found(path)


def _identity(folder: str | Path) -> tuple[int, int]:
    found = Path(folder).stat()
    return found.st_dev, found.st_ino


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _is_video(path: str) -> bool:
    suffix = os.path.splitext(path)[1].lower()  # noqa: PTH122
    return suffix in VIDEO_SUFFIXES and (suffix not in _ALSO_PROGRAMS or _is_transport_stream(path))


def _is_transport_stream(path: str) -> bool:
    """Whether packets start where they must: TypeScript has the same suffixes. What cannot be read counts as one."""
    try:
        with open(path, "rb") as stream:  # noqa: PTH123
            head = stream.read(max(_PACKET_STARTS)[1] + 1)
    except OSError:
        return True
    return any(head[first : first + 1] == head[second : second + 1] == b"G" for first, second in _PACKET_STARTS)
