"""What is trained for which table: the paper's Tables I to IV as rows, published or shortened for trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from seehear.core.errors import UnknownNameError
from seehear.models import MODELS
from seehear.tables import ABLATION, SYSTEMS, Row, ablation_rows, shortened, system_rows

PAPER_TABLES = {
    "I": ("systems", "supervised"),
    "II": ("systems", "weak"),
    "III": ("ablation", "supervised"),
    "IV": ("ablation", "weak"),
}
"""Number of each table in the PFAGN paper, what it compares, and how that is supervised."""

SYSTEMS_IN_ABLATION = {
    "supervised": {"no motion": "cmran", "pf-ME + temporal attention": "pfagn"},
    "weak": {"no motion": "cmran", "pf-ME": "pfagn"},
}
"""Rows of Tables III and IV that are networks of Tables I and II: trained once, shown twice."""


@dataclass(frozen=True)
class Changes:
    """How the rows of a trial differ from the published ones."""

    recipe: str = "published"
    epochs: int | None = None
    width: int | None = None

    def text(self) -> str:
        """In words; empty for none."""
        changed = [f"recipe {self.recipe}"] if self.recipe != "published" else []
        changed += [f"{self.epochs} epochs"] if self.epochs is not None else []
        changed += [f"width {self.width}"] if self.width is not None else []
        return f"shortened for trial ({', '.join(changed)})" if changed else ""

    def applied(self, row: Row, positions: int) -> Row:
        """The row with these changes, its attention fitted to a grid of so many positions."""
        known = {item.name for item in fields(MODELS[row.model].Options)}
        fitted = {"positions": positions} if "positions" in known and positions != _PUBLISHED_POSITIONS else {}
        changed = replace(row, recipe=self.recipe, options={**fitted, **row.options})
        return shortened(changed, epochs=self.epochs, width=self.width)


_PUBLISHED_POSITIONS = 49


@dataclass(frozen=True)
class PaperTable:
    """One of the paper's tables, or the part of it that was asked for."""

    number: str
    rows: tuple[Row, ...]

    @property
    def title(self) -> str:
        compared, supervision = PAPER_TABLES[self.number]
        return f"Table {self.number} of the PFAGN paper: {compared}, {supervision}"

    @property
    def file(self) -> str:
        """What its files are called."""
        return f"table-{list(PAPER_TABLES).index(self.number) + 1}"


def plan_tables(
    names: Sequence[str] = (),
    supervisions: Sequence[str] = ("supervised", "weak"),
    changes: Changes | None = None,
    positions: int = _PUBLISHED_POSITIONS,
) -> list[PaperTable]:
    """The tables with their rows; a table of which no row is asked for is left out.

    Args:
        names: rows, by the name they have in their table; `systems` and `ablation` stand for all of these. All by
            default.
        supervisions: whose tables.
        changes: to shorten a trial.
        positions: of the grid of the features, H x W.

    Raises:
        UnknownNameError: a name that no table has.
    """
    changes = changes or Changes()
    wanted = _rows_called(names)
    tables = []
    for number, (compared, supervision) in PAPER_TABLES.items():
        if supervision in supervisions:
            rows = system_rows((supervision,)) if compared == "systems" else _ablation(supervision)
            chosen = tuple(changes.applied(row, positions) for row in rows if row.name in wanted)
            tables += [PaperTable(number, chosen)] if chosen else []
    return tables


def _rows_called(names: Sequence[str]) -> set[str]:
    groups = {"systems": SYSTEMS, "ablation": tuple(ABLATION)}
    known = (*SYSTEMS, *ABLATION)
    for name in names:
        if name not in known and name not in groups:
            raise UnknownNameError("row", name, (*groups, *known))
    return {row for name in names or groups for row in groups.get(name, (name,))}


def _ablation(supervision: str) -> list[Row]:
    systems = {row.name: row for row in system_rows((supervision,))}
    same = SYSTEMS_IN_ABLATION[supervision]
    return [
        replace(systems[same[row.name]], name=row.name, trained_as=same[row.name]) if row.name in same else row
        for row in ablation_rows((supervision,))
    ]
