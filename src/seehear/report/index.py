"""One page over many videos: what is in each, found by name and category, with a picture of every event.

The page holds what it says; pictures lie beside it, one contact sheet a video, and are read when they come into view.
It needs no server and asks nothing of any network, as a report page does.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from seehear.core.timeline import Timeline
from seehear.report.contact_sheet import COLUMNS, pictured
from seehear.report.result import Item, Status, printable, rounded
from seehear.report.single_file import card_lines, json_inside_html, page_pieces
from seehear.storage.files import write_pieces

_SCRIPTS = [
    "look/words",
    "look/glance",
    *(f"index/{name}" for name in ("payload", "search", "tiles", "results", "categories", "main")),
]
_SOURCES = {"img-src": "'self'"}


@dataclass(frozen=True, slots=True)
class Listed:
    """One video of the page; files are relative to the page, with `/` between folders."""

    item: Item
    page: str | None = None
    """The video's own report page."""
    sheet: str | None = None
    """Of :func:`seehear.report.contact_sheet.contact_sheet`."""


def write_index(path: Path, videos: Sequence[Listed], model: Mapping[str, Any]) -> None:
    """Write the page to `path`, wholly or not at all, a video at a time. Raises StorageError."""
    write_pieces(path, (piece.encode() for piece in index_pieces(videos, model)))


def index_pieces(videos: Sequence[Listed], model: Mapping[str, Any]) -> Iterator[str]:
    """The page as HTML text in pieces: equal videos and models give equal pieces."""
    base = _base(video.item.path for video in videos)
    title = printable(PurePosixPath(base).name) or "Videos"
    return page_pieces("index", title, _payload(videos, base, model), scripts=_SCRIPTS, sources=_SOURCES)


def _base(paths: Iterable[str]) -> str:
    """The deepest folder that all paths name, found one by one; empty where they have none in common."""
    folders = (os.path.dirname(path) for path in paths)  # noqa: PTH120
    base = next(folders, "")
    try:
        for folder in folders:
            base = os.path.commonpath([base, folder])
    except ValueError:  # some from here, some from the root
        return ""
    return base


def _payload(videos: Sequence[Listed], base: str, model: Mapping[str, Any]) -> Iterator[str]:
    numbers: dict[str, int] = {}
    yield f'{{"columns":{COLUMNS},"model":{json_inside_html(card_lines(model))},"videos":['
    for place, video in enumerate(videos):
        yield f"{',' if place else ''}\n{json_inside_html(_listed(video, base, numbers))}"
    yield f'\n],"categories":{json_inside_html(list(numbers))}}}'


def _listed(video: Listed, base: str, numbers: dict[str, int]) -> list[Any]:
    """[name, status, reason, message, seconds, page, sheet, best score, [[category, events]], [[start, end, ...]]].

    `numbers` gives each category its number, and learns new ones.
    """
    item = video.item
    name = printable(os.path.relpath(item.path, base) if base else item.path)
    facts = [name, str(item.status), item.reason and str(item.reason), printable(item.message)]
    if item.status is Status.FAILED:
        return facts
    return [
        *facts,
        rounded(item.found.duration_seconds, 3),
        _address(video.page),
        _address(video.sheet),
        *_events(item.found, numbers),
    ]


def _events(timeline: Timeline, numbers: dict[str, int]) -> list[Any]:
    def number(category: str) -> int:
        return numbers.setdefault(printable(category), len(numbers))

    counts = Counter(number(event.category) for event in timeline)
    best = max((rounded(event.score, 4) or 0.0 for event in timeline), default=None)
    shown = [
        [rounded(e.start_seconds, 3), rounded(e.end_seconds, 3), number(e.category), rounded(e.score, 4) or 0.0]
        for e in pictured(timeline)
    ]
    return [best, [list(pair) for pair in counts.items()], shown]


def _address(file: str | None) -> str | None:
    """A relative address that stays a path, whatever the file is called."""
    return None if file is None else "./" + quote(os.fsencode(file))
