"""The page that shows a reproduction: four tables, their pictures, the data, the time it took."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime, timedelta

from seehear.report.document import Block, Cells, Files, Folded, Notes, Picture, Section, Text
from seehear.tables import Table
from seehear.tables.times import Stretch


@dataclass(frozen=True)
class ShownTable:
    """A table with its pictures, by file name, and what the two are called on the page and on the disk."""

    title: str
    file: str
    table: Table
    pictures: Mapping[str, bytes]


def sections(shown: Sequence[ShownTable], about: Sequence[str], check: str, times: Sequence[Stretch]) -> list[Section]:
    """Everything on the page."""
    first = Section("What this is", [Notes(about)])
    tables = [Section(one.title, list(_table(one))) for one in shown]
    data = [Section("Data", [Folded("what was checked", [Notes(check.splitlines())])])] if check else []
    return [first, *tables, *data, Section("Time and machine", list(_times(times)))]


def times_csv(times: Sequence[Stretch]) -> str:
    """One line for each stretch of work."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([item.name for item in fields(Stretch)])
    writer.writerows(astuple(stretch) for stretch in times)
    return text.getvalue()


def _table(shown: ShownTable) -> list[Block]:
    table = shown.table
    blocks: list[Block] = [Text(table.caption), Cells(table.heads, table.lines)]
    blocks += [Notes(table.notes, numbered=True)] if table.notes else []
    blocks += [Notes(table.failures)] if table.failures else []
    blocks.append(Files([f"{shown.file}.{ending}" for ending in ("md", "csv", "json")]))
    titles = {"curves": "training curves", "categories": "accuracy by category"}
    confusions = []
    for name, png in shown.pictures.items():
        what = name.removeprefix(f"{shown.file}-").removesuffix(".png")
        if what in titles:
            blocks.append(Picture(png, f"{titles[what]}, {shown.title}"))
        else:
            confusions.append(Picture(png, what.replace("-", " ")))
    return [*blocks, Folded("confusion matrices", confusions)] if confusions else blocks


def _times(times: Sequence[Stretch]) -> list[Block]:
    if not times:
        return [Text("Nothing was timed.")]
    seconds: dict[str, float] = {}
    for stretch in times:
        seconds[stretch.what] = seconds.get(stretch.what, 0.0) + stretch.seconds
    began = [datetime.fromisoformat(stretch.began) for stretch in times]
    ended = [start + timedelta(seconds=stretch.seconds) for start, stretch in zip(began, times, strict=True)]
    machines = sorted({f"{stretch.machine}; {stretch.device}" for stretch in times})
    return [
        Text(
            f"{_clock(sum(seconds.values()))} of work in {len(times)} stretches, "
            f"{_clock((max(ended) - min(began)).total_seconds())} from the first beginning to the last end, idle time "
            "between interrupted runs included."
        ),
        Notes(machines),
        Folded(
            "time of each piece of work", [Cells(("what", "time"), [(what, _clock(s)) for what, s in seconds.items()])]
        ),
        Files(["times.csv"]),
    ]


def _clock(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
