"""Which videos are trained on, chosen on and reported on: drawn from a seed, written down, read again.

Files that hold the same bytes, and clips that were cut out of one source, go to the same part. What is drawn depends
on the seed, the bytes of the videos, their categories and their sources alone: not on the order or the names in which
a folder lists them, nor on the machine.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from seehear.core.errors import InvalidValueError, Reason, UnknownNameError
from seehear.core.labels import BACKGROUND
from seehear.data.folder.label import Problem, Reading, checked_name
from seehear.data.folder.table import no_video, read_rows, video_path, write_rows

PARTS = ("training", "validation", "test")
SPLIT = "split.csv"
SPLIT_COLUMNS = ("video", "part")
SOURCES = "sources.csv"
SOURCES_COLUMNS = ("video", "source")


@dataclass(frozen=True)
class Member:
    """What a split has to know of a labelled video."""

    content: str
    """SHA-256 of its bytes."""
    categories: frozenset[str] = frozenset()
    """Of its events; none where it holds none."""
    source: str = ""
    """What it was cut out of, where that is known: videos of one source stay together."""


@dataclass(frozen=True)
class Shares:
    """How much of the videos each part is given; training has the rest."""

    validation: float = 0.15
    test: float = 0.15

    def __post_init__(self) -> None:
        if not (min(self.validation, self.test) >= 0 and self.validation + self.test < 1):
            raise InvalidValueError(
                f"shares are 0 or more and leave something to train on, not {self.validation} and {self.test}"
            )

    def of(self, part: str) -> Fraction:
        """Exact, so that every machine decides alike."""
        validation, test = Fraction(str(self.validation)), Fraction(str(self.test))
        return {"training": 1 - validation - test, "validation": validation, "test": test}[part]


def groups_of(members: Mapping[str, Member]) -> list[tuple[str, ...]]:
    """The names of each group that must stay together, because of content or source; all sorted."""
    group: dict[str, str] = {name: name for name in members}

    def head(name: str) -> str:
        while group[name] != name:
            group[name] = name = group[group[name]]
        return name

    first: dict[tuple[str, str], str] = {}
    for name in sorted(members):
        member = members[name]
        for tie in (("content", member.content), *([("source", member.source)] if member.source else [])):
            group[head(name)] = head(first.setdefault(tie, name))
    together: dict[str, list[str]] = defaultdict(list)
    for name in sorted(members):
        together[head(name)].append(name)
    return sorted(tuple(names) for names in together.values())


def draw_split(members: Mapping[str, Member], shares: Shares = Shares(), *, seed: int = 0) -> dict[str, str]:
    """The part of each video, by sorted name: stratified by category as far as the groups allow.

    Iterative stratification (Sechidis et al. 2011) over groups: the rarest category is shared out first, each of its
    groups to the part that still lacks most of it.

    Raises:
        InvalidValueError: fewer groups than parts.
    """
    parts = [part for part in PARTS if shares.of(part) > 0]
    groups = _drawn_order(members, seed)
    if len(groups) < len(parts):
        raise InvalidValueError(
            f"{len(groups)} sources cannot be shared out among {' and '.join(parts)}; add videos, or give the test "
            "part a share of 0"
        )
    counts = [_categories(members[name] for name in names) for names in groups]
    total = sum(counts, Counter())
    lacking = {part: {name: shares.of(part) * count for name, count in total.items()} for part in parts}
    part_of = _share_out(counts, lacking, parts)
    _fill_empty(part_of, parts)
    found = {name: part_of[number] for number, names in enumerate(groups) for name in names}
    return {name: found[name] for name in sorted(found)}


def write_split(path: Path, split: Mapping[str, str]) -> None:
    """The split as a CSV file `video,part`, to be edited and read again."""
    write_rows(path, SPLIT_COLUMNS, sorted(split.items()))


def read_split(path: Path, members: Mapping[str, Member]) -> tuple[dict[str, str], list[Problem]]:
    """The part of each video, and what is wrong with the file: every labelled video has one part, groups have one.

    Raises StorageError where the file cannot be read at all.
    """
    reading, split = Reading(), dict[str, str]()
    for where, (name, part) in read_rows(path, path.name, SPLIT_COLUMNS, reading):
        with reading.at(where):
            video = _member(name, members, split)
            if part not in PARTS:
                raise UnknownNameError("part", part, PARTS)
            split[video] = part
    for names in groups_of(members):
        with reading.at(path.name):
            if absent := [name for name in names if name not in split]:
                raise InvalidValueError(
                    f"no row says which part {absent[0]!r} belongs to; add one, or delete the file to draw a new split"
                )
            if apart := next((name for name in names if split[name] != split[names[0]]), None):
                raise InvalidValueError(
                    f"{names[0]!r} is in {split[names[0]]} and {apart!r} in {split[apart]}, but both are of one "
                    "source; give them the same part"
                )
    return split, reading.problems


def read_sources(path: Path, videos: Iterable[str]) -> tuple[dict[str, str], list[Problem]]:
    """What each video was cut out of, by video, and what is wrong with the file.

    Raises StorageError where the file cannot be read at all.
    """
    reading, sources, known = Reading(), dict[str, str](), frozenset(videos)
    for where, (name, source) in read_rows(path, path.name, SOURCES_COLUMNS, reading):
        with reading.at(where):
            sources[_member(name, known, sources)] = checked_name("source", source)
    return sources, reading.problems


def _member(name: str, known: Iterable[str], taken: Mapping[str, str]) -> str:
    video = video_path(name)
    if video not in known:
        raise InvalidValueError(no_video(video), Reason.NOT_FOUND)
    if video in taken:
        raise InvalidValueError(f"{video!r} is named twice; keep one row")
    return video


def _drawn_order(members: Mapping[str, Member], seed: int) -> list[tuple[str, ...]]:
    def drawn(names: tuple[str, ...]) -> str:
        key = min(members[name].content for name in names)
        return hashlib.sha256(f"{seed} {key}".encode()).hexdigest()

    return sorted(groups_of(members), key=drawn)


def _categories(members: Iterable[Member]) -> Counter[str]:
    """How many videos of a group hold each category; background stands for those without an event."""
    return Counter(name for member in members for name in (member.categories or (BACKGROUND,)))


def _share_out(
    counts: Sequence[Counter[str]], lacking: Mapping[str, dict[str, Fraction]], parts: Sequence[str]
) -> dict[int, str]:
    part_of: dict[int, str] = {}
    waiting = dict(enumerate(counts))
    while waiting:
        left = Counter(name for count in waiting.values() for name in count)
        rarest = min(left, key=lambda name: (left[name], name))
        for number in [number for number, count in waiting.items() if rarest in count]:
            chosen = max(parts, key=lambda part: (lacking[part][rarest], sum(lacking[part].values())))
            for name, count in waiting.pop(number).items():
                lacking[chosen][name] -= count
            part_of[number] = chosen
    return part_of


def _fill_empty(part_of: dict[int, str], parts: Sequence[str]) -> None:
    """Give a part that was left with nothing the last group of the largest part."""
    for part in parts:
        if part not in part_of.values():
            largest = max(parts, key=lambda other: sum(one == other for one in part_of.values()))
            part_of[max(number for number, one in part_of.items() if one == largest)] = part
