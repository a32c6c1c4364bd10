"""Which lines a table has: a network each, with what differs from its published options."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from seehear.core.errors import InvalidValueError, UnknownNameError
from seehear.models import slim_options
from seehear.recipes import RECIPES, Recipe, recipe_for


@dataclass(frozen=True)
class Row:
    """One line of a table: a network, how it is supervised and what differs from its published options."""

    name: str
    """As shown; where it is in `PUBLISHED` the paper's number stands beside ours."""
    model: str
    supervision: str = "supervised"
    options: Mapping[str, Any] = field(default_factory=dict)
    recipe: Recipe | str = "published"
    recombine: float = 0.0
    selection: str | None = None
    """What chooses the epoch, as in :func:`seehear.train.train`; `None` for the protocol's own choice."""
    trained_as: str | None = None
    """Name of the row whose trainings these are, where two tables show the same ones; they must then be equal."""

    def __post_init__(self) -> None:
        if isinstance(self.recipe, str):
            recipe_for(self.model, self.supervision, self.recipe)  # raises for a name that is not known

    @property
    def chosen_recipe(self) -> Recipe:
        """The recipe in full."""
        return recipe_for(self.model, self.supervision, self.recipe) if isinstance(self.recipe, str) else self.recipe

    @property
    def folder(self) -> str:
        """A file name of its own, or of the row whose trainings these are."""
        return re.sub(r"[^a-z0-9]+", "-", f"{self.trained_as or self.name} {self.supervision}".lower()).strip("-")

    def trained_like(self, other: Row) -> bool:
        """Whether the two differ in how they are called only."""
        return replace(self, name=other.name, trained_as=other.trained_as) == other


ABLATION: dict[str, dict[str, Any]] = {
    "no motion": {"motion": "none"},
    "RNN": {"motion": "rnn", "temporal_attention": False},
    "ME": {"motion": "me", "temporal_attention": False},
    "MS": {"motion": "ms", "temporal_attention": False},
    "pf-ME": {"motion": "pf_me", "temporal_attention": False},
    "pf-ME + temporal attention": {"motion": "pf_me", "temporal_attention": True},
    "rectified pf-ME + temporal attention": {"motion": "pf_me", "rectified": True, "temporal_attention": True},
    "steady + temporal attention": {"motion": "steady", "temporal_attention": True},
}
"""Options of PFAGN for the rows of the paper's Tables III and IV (MS is discussed there), and beyond it two sources of
motion with as many parameters as pf-ME that see what moves."""

SYSTEMS = ("avel", "dam", "avin", "avsdn", "cmran", "psp", "pfagn")
"""Networks of the paper's Tables I and II, in order of year."""


def rows_of(names: Sequence[str], supervisions: Sequence[str] = ("supervised", "weak"), **shared: Any) -> list[Row]:
    """A row for every name of a network or of `ABLATION`. `shared` goes to every :class:`Row`; its `options` are added
    to the row's own. Raises :class:`UnknownNameError` for any other name."""
    common = dict(shared)
    options = common.pop("options", {})
    wanted = {name: ("pfagn", ABLATION[name]) if name in ABLATION else (name, {}) for name in names}
    for name, (model, _) in wanted.items():
        if model not in RECIPES:
            raise UnknownNameError("row", name, (*RECIPES, *ABLATION))
    return [
        Row(name, model, supervision, {**options, **own}, **common)
        for supervision in supervisions
        for name, (model, own) in wanted.items()
    ]


def shortened(row: Row, *, epochs: int | None = None, width: int | None = None) -> Row:
    """The row trained for so many epochs, its network as slim as :func:`seehear.models.slim_options` makes one of this
    width where the row does not say otherwise; `None` changes nothing.

    Raises :class:`InvalidValueError` for less than one epoch.
    """
    if width is not None:
        row = replace(row, options={**slim_options(row.model, width), **row.options})
    if epochs is None:
        return row
    if epochs < 1:
        raise InvalidValueError(f"epochs must be 1 or more, not {epochs}")
    return replace(row, recipe=replace(row.chosen_recipe, epochs=epochs))


def ablation_rows(supervisions: Sequence[str] = ("supervised", "weak"), **shared: Any) -> list[Row]:
    """Tables III and IV, by :func:`rows_of`."""
    return rows_of(tuple(ABLATION), supervisions, **shared)


def system_rows(
    supervisions: Sequence[str] = ("supervised", "weak"), systems: Sequence[str] = SYSTEMS, **shared: Any
) -> list[Row]:
    """Tables I and II, by :func:`rows_of`."""
    return rows_of(systems, supervisions, **shared)
