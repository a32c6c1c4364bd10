"""One command from AVE's files to the paper's tables; started again it goes on wherever it was stopped.

OUTPUT/reproduction.html     everything on one page
OUTPUT/table-1.md csv json   Table I, and so on to Table IV; they depend on results alone
OUTPUT/pictures              curves, confusion, accuracy by category
OUTPUT/reproduction.json     settings, data and versions
OUTPUT/times.csv             what took how long, on which machine
OUTPUT/check.txt pack        what was looked at in the data, and its features as they are trained on
OUTPUT/runs results times    see `tables.workshop`
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from seehear.core.errors import InvalidValueError
from seehear.data.ave.features import DRAWN
from seehear.engine.device import Compute
from seehear.engine.protocol import protocol_named
from seehear.engine.run_folder import versions
from seehear.report.charts import INSTALL_COMMAND, charts_can_be_drawn
from seehear.report.document import write_document
from seehear.reproduce.page import ShownTable, sections, times_csv
from seehear.reproduce.pictures import draw_table
from seehear.reproduce.plan import Changes, PaperTable, plan_tables
from seehear.reproduce.prepare import CHECK_FILE, prepared
from seehear.storage.files import write_bytes, write_text
from seehear.tables import Splits, Table, Workshop, make_all, table_of, trainings_of, write_table
from seehear.tables.times import read_times

PAGE_FILE = "reproduction.html"


@dataclass(frozen=True)
class Share:
    """The part of all trainings that one of several machines makes, where they share no folder."""

    number: int = 1
    """From 1."""
    of: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of:
            raise InvalidValueError(f"shard {self.number}/{self.of}: give one of 1/{self.of} to {self.of}/{self.of}")

    @classmethod
    def parse(cls, text: str) -> Share:
        """From the form `2/5`."""
        number, _, of = text.partition("/")
        if not (number.isdecimal() and of.isdecimal()):
            raise InvalidValueError(f"{text!r} is no shard; the second of five is 2/5")
        return cls(int(number), int(of))


@dataclass(frozen=True)
class Reproduction:
    """What a call came to."""

    tables: tuple[Table, ...]
    """Finished ones; none while trainings of other shards are missing."""
    made: int
    """Trainings that are made."""
    planned: int

    @property
    def complete(self) -> bool:
        return self.made == self.planned

    @property
    def failures(self) -> tuple[str, ...]:
        return tuple(failure for table in self.tables for failure in table.failures)


def reproduce(
    data: Path,
    output: Path,
    *,
    seeds: Sequence[int] = range(5),
    protocol: str = "strict",
    split: str = "published",
    rows: Sequence[str] = (),
    supervisions: Sequence[str] = ("supervised", "weak"),
    changes: Changes | None = None,
    part: bool = False,
    compute: Compute | None = None,
    processes: int = 1,
    share: Share | None = None,
    tell: Callable[[str], None] = lambda message: None,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Reproduction:
    """Check and pack AVE, train and evaluate the paper's four tables, write them with pictures and one page.

    Killed at any moment and called again with the same arguments it goes on, and the tables end with the same bytes.
    Calls on several machines that share `output` divide the trainings; where machines share nothing, each makes a
    `share`, and a call without one in a folder that holds all `results` writes the tables.

    Args:
        data: folder of AVE with its features, or a finished pack.
        output: folder of everything that is made.
        seeds: of the trainings.
        protocol: `strict` or `paper`; a folder of results holds one of them.
        split: `published` or `leak_free`.
        rows: names of rows, `systems` or `ablation`; all by default.
        supervisions: whose tables.
        changes: to shorten a trial; the captions say so.
        part: the folder holds a part of AVE or other data of this form.
        compute: by default one thread.
        processes: trainings at a time on this machine.
        share: make only this part of the trainings.
        tell: told in sentences what is done.
        progress: told of checking and packing: what, clips done, all clips.

    Raises:
        InvalidValueError: the data are not right, or `output` holds results of other settings.
    """
    output, changes, share = Path(output), changes or Changes(), share or Share()
    protocol_named(protocol)
    plan_tables(rows, supervisions, changes)  # a wrong name is said before hours of work, not after
    if not charts_can_be_drawn():
        tell(f"pictures need matplotlib ({INSTALL_COMMAND}); without it there will be tables only")
    splits = prepared(data, output, part=part, split=split, tell=tell, progress=progress)
    height, width = splits.test.visual.shape[2:4]
    planned = plan_tables(rows, supervisions, changes, positions=height * width)
    workshop = Workshop(splits, output, protocol=protocol, compute=compute)
    trainings = trainings_of([row for table in planned for row in table.rows], seeds)
    about = _about(splits, part, split, protocol, seeds, changes)
    settings = {"about": about, "compute": asdict(workshop.compute), "versions": versions()}
    write_text(output / "reproduction.json", json.dumps(settings, indent=1) + "\n")
    make_all(workshop, trainings[share.number - 1 :: share.of], processes=processes, tell=tell)
    made = sum(workshop.outcome(training) is not None for training in trainings)
    if made < len(trainings):
        return Reproduction((), made, len(trainings))
    shown = [_written(workshop, table, seeds, _data_name(splits, part, split, changes), output) for table in planned]
    _write_page(output, shown, about)
    return Reproduction(tuple(one.table for one in shown), made, len(trainings))


def _written(workshop: Workshop, planned: PaperTable, seeds: Sequence[int], data_name: str, output: Path) -> ShownTable:
    table = table_of(workshop, planned.rows, seeds, f"{planned.title}; {data_name}")
    write_table(table, output, planned.file)
    pictures = draw_table(table, planned.file) if charts_can_be_drawn() else {}
    for name, png in pictures.items():
        write_bytes(output / "pictures" / name, png)
    return ShownTable(planned.title, planned.file, table, pictures)


def _write_page(output: Path, shown: Sequence[ShownTable], about: dict[str, str]) -> None:
    times = read_times(output / "times")
    write_text(output / "times.csv", times_csv(times))
    check = output / CHECK_FILE
    found = check.read_text() if check.is_file() else ""
    lines = [f"{name}: {text}" for name, text in about.items()]
    if not charts_can_be_drawn():
        lines.append(f"Without pictures, which need matplotlib: {INSTALL_COMMAND}, then start the same command again.")
    write_document(output / PAGE_FILE, "Tables I to IV on AVE", sections(shown, lines, found, times))


def _data_name(splits: Splits, part: bool, split: str, changes: Changes) -> str:
    """What the captions call the data and whatever else keeps the numbers from being the published experiment's."""
    drawn = splits.test.extractor == DRAWN
    named = ["a part of AVE or other data of its form" if part else "AVE"]
    named += ["split without the videos that parts share"] if split == "leak_free" else []
    named += ["DRAWN FEATURES that say nothing of real videos" if drawn else f"features {splits.test.extractor}"]
    named += [changes.text()] if changes.text() else []
    return ", ".join(named)


def _about(
    splits: Splits, part: bool, split: str, protocol: str, seeds: Sequence[int], changes: Changes
) -> dict[str, str]:
    weak = splits.training_for("weak")
    background = len(weak) - len(splits.training)
    clips = f"{len(splits.training)} training, {len(splits.validation)} validation, {len(splits.test)} test clips"
    return {
        "data": f"{_data_name(splits, part, split, Changes())}; {clips}, {background} of background for weak training",
        "protocol": protocol,
        "seeds": ", ".join(str(seed) for seed in seeds),
        "trainings": changes.text() or "by the published recipes, at the published sizes",
    }
