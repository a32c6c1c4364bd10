"""Train and evaluate the rows of a table over several seeds; what is done stays done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from seehear.core.errors import InvalidValueError
from seehear.engine.device import Compute
from seehear.events.metrics import trivial_points
from seehear.storage.files import write_text
from seehear.tables.crew import make_all
from seehear.tables.rows import Row
from seehear.tables.table import RowResult, Table
from seehear.tables.workshop import Splits, Training, Workshop


def run_table(
    rows: Sequence[Row],
    seeds: Sequence[int],
    splits: Splits,
    output: Path,
    *,
    title: str = "Comparison",
    protocol: str = "strict",
    compute: Compute | None = None,
    processes: int = 1,
    tell: Callable[[str], None] = lambda message: None,
) -> Table:
    """Train every row with every seed, evaluate on test, write `table.md`, `table.csv`, `table.json` to `output`.

    Each finished (row, seed) is one sealed folder under `output/results`; called again, only what is missing is done,
    and an interrupted training goes on where it was. Calls side by side that share `output` divide the trainings. A
    training that diverges is noted in the table as failed.

    Args:
        rows: names must differ within a supervision.
        seeds: of the trainings.
        splits: training, validation and test data.
        output: folder of this table; made when absent.
        title: first words of the caption.
        protocol: which set chooses epochs, as in `PROTOCOLS`.
        compute: by default one thread, which for slim networks uses two cores best with `processes=2`.
        processes: trainings at a time.
        tell: called with a sentence after each finished training.

    Raises:
        InvalidValueError: rows of one name, or `output` holds results of other settings or data.
    """
    workshop = Workshop(splits, output, protocol=protocol, compute=compute)
    make_all(workshop, trainings_of(rows, seeds), processes=processes, tell=tell)
    table = table_of(workshop, rows, seeds, title)
    write_table(table, Path(output), "table")
    return table


def trainings_of(rows: Sequence[Row], seeds: Sequence[int]) -> list[Training]:
    """Every row with every seed; trainings that rows share are there once.

    Raises :class:`InvalidValueError` where two rows would keep different trainings in one folder, or without a seed.
    """
    if not seeds:
        raise InvalidValueError("a table needs 1 seed or more; 2 or more for a deviation")
    owners: dict[str, Row] = {}
    for row in rows:
        owner = owners.get(row.folder)
        if owner is not None and (row.name == owner.name or not row.trained_like(owner)):
            raise InvalidValueError("rows of one supervision need different names, as each has a folder of its own")
        owners.setdefault(row.folder, row)
    return [Training(row, seed) for row in owners.values() for seed in seeds]


def table_of(workshop: Workshop, rows: Sequence[Row], seeds: Sequence[int], title: str) -> Table:
    """What the trainings of these rows came to; those that are not made yet are left out."""
    splits = workshop.splits
    trivial = trivial_points(splits.test.segment_classes, splits.test.categories)
    return Table(
        title,
        tuple(seeds),
        tuple(_result(workshop, row, seeds) for row in rows),
        len(splits.test),
        trivial.all_background,
        trivial.right_category,
        workshop.protocol,
    )


def write_table(table: Table, folder: Path, name: str) -> None:
    """As Markdown, CSV and JSON, `name` and its ending."""
    for ending, text in (("md", table.markdown()), ("csv", table.csv()), ("json", table.json())):
        write_text(folder / f"{name}.{ending}", text)


def _result(workshop: Workshop, row: Row, seeds: Sequence[int]) -> RowResult:
    found = {seed: outcome for seed in seeds if (outcome := workshop.outcome(Training(row, seed))) is not None}
    return RowResult(
        row,
        {seed: one.evaluation for seed, one in found.items() if one.evaluation is not None},
        {seed: one.failure for seed, one in found.items() if one.failure},
        {seed: one.history for seed, one in found.items() if one.history},
    )
