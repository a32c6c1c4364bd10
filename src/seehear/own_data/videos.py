"""The labelled videos of a folder whose labels are right, and the parts they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from seehear.core.errors import InvalidValueError, Reason
from seehear.core.time import Grid
from seehear.data.folder import Holdings, Problem, clashes, read_folder
from seehear.data.folder.split import SOURCES, SPLIT, Member, Shares, draw_split, read_sources, read_split, write_split
from seehear.extract import file_hash

GRID = Grid()
_MOST_SHOWN = 5


def labelled_videos(folder: Path) -> Holdings:
    """What a folder holds, where every label is right and one at least is of an event. Raises InvalidValueError."""
    holdings = read_folder(folder)
    refuse(folder, [*holdings.problems, *overlaps(holdings)])
    if not any(holdings.events(name) for name in holdings.labels):
        raise InvalidValueError(no_labels(holdings), Reason.NOT_FOUND)
    return holdings


def no_labels(holdings: Holdings) -> str:
    """What is said of a folder from which nothing can be learned."""
    return (
        f"{holdings.folder} holds {len(holdings.videos)} videos and no label of an event; put labels.csv into it, or "
        "for each video a label file of Audacity, ELAN or WebVTT with its name"
    )


def overlaps(holdings: Holdings) -> Iterator[Problem]:
    """The labels that claim a segment which another category has."""
    for labels in holdings.labels.values():
        yield from clashes(labels, GRID)


def refuse(folder: Path, problems: Iterable[Problem]) -> None:
    """Raise InvalidValueError for the problems of a folder, if there are any, with the first few of them."""
    if found := list(problems):
        shown = "\n".join(f"  {problem.text}" for problem in found[:_MOST_SHOWN])
        count = f"{len(found)} problems" if len(found) > 1 else "a problem"
        message = f"the labels have {count}; `seehear data check {folder}` shows all that can be found\n{shown}"
        raise InvalidValueError(message, found[0].reason)


def members_of(holdings: Holdings) -> tuple[dict[str, Member], list[Problem]]:
    """What a split has to know of each labelled video, which is read once for its hash; what is wrong with sources."""
    path = holdings.folder / SOURCES
    sources, problems = read_sources(path, holdings.videos) if path.exists() else ({}, [])
    members = {
        name: Member(
            content=file_hash(holdings.path(name)),
            categories=frozenset(event.category for event in holdings.events(name)),
            source=sources.get(name, ""),
        )
        for name in holdings.labels
    }
    return members, problems


def split_folder(folder: Path, shares: Shares | None = None, *, seed: int = 0) -> dict[str, str]:
    """Draw the part of each labelled video and write it to `split.csv` in the folder; returns it.

    Raises:
        InvalidValueError: a split is there already, labels or sources are wrong, or there are too few videos.
        StorageError: the folder cannot be written.
    """
    path = folder / SPLIT
    if path.exists():
        raise InvalidValueError(f"{path} is there already; edit it, or delete it to draw another")
    split = drawn_split(labelled_videos(folder), shares, seed=seed)
    write_split(path, split)
    return split


def drawn_split(holdings: Holdings, shares: Shares | None = None, *, seed: int = 0) -> dict[str, str]:
    """The part of each labelled video, drawn. Raises InvalidValueError for wrong sources or too few videos."""
    members, problems = members_of(holdings)
    refuse(holdings.folder, problems)
    return draw_split(members, shares or Shares(), seed=seed)


def written_split(holdings: Holdings) -> dict[str, str]:
    """The part of each labelled video as `split.csv` says. Raises InvalidValueError where that is wrong."""
    path = holdings.folder / SPLIT
    if not path.exists():
        raise InvalidValueError(f"{path} is not there; draw one with `seehear data split`", Reason.NOT_FOUND)
    members, problems = members_of(holdings)
    split, more = read_split(path, members)
    refuse(holdings.folder, [*problems, *more])
    return split
