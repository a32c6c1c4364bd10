"""Pictures of how networks were trained and what they take for what, as PNG; drawn with matplotlib (extra `train`).

C categories; background is the last class.
"""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from seehear.core.errors import Reason, SeehearError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INSTALL_COMMAND = "pip install 'seehear[train]'"
_INK, _QUIET, _RULE = "#202124", "#5f6368", "#dadce0"
_LOSS_INK, _METRIC_INK = "#5f6368", "#0b57a4"
_SHARES = "Blues"
_DOTS_PER_INCH = 110
_TITLE_LETTERS = 18
"""That fit above a narrow panel."""


@dataclass(frozen=True)
class Course:
    """How the trainings of one network went, one sequence for each seed, one number for each epoch."""

    title: str
    loss: tuple[tuple[float, ...], ...]
    metric_name: str
    metric: tuple[tuple[float, ...], ...]
    """What chose the epoch."""
    chosen: tuple[int, ...]
    """The epoch that was kept of each seed, from 1."""


def charts_can_be_drawn() -> bool:
    """Whether matplotlib is installed."""
    return importlib.util.find_spec("matplotlib") is not None


def draw_courses(courses: Sequence[Course]) -> bytes:
    """A column for each network: its training loss above, below what chose the epoch, with a dot where it did."""
    figure = _figure(1.55 * len(courses) + 0.6, 4.0)
    panels = figure.subplots(2, len(courses), squeeze=False, sharex="col")
    for above, below, course in zip(*panels, courses, strict=True):
        _lines(above, course.loss, _LOSS_INK)
        _lines(below, course.metric, _METRIC_INK)
        for values, epoch in zip(course.metric, course.chosen, strict=True):
            below.plot(epoch, values[epoch - 1], "o", color=_METRIC_INK, markersize=4)
        above.set_title(fill(course.title, _TITLE_LETTERS), fontsize=9, color=_INK)
        below.set_xlabel("epoch", fontsize=8, color=_QUIET)
        below.set_title(fill(course.metric_name, _TITLE_LETTERS), fontsize=8, color=_METRIC_INK)
    panels[0][0].set_ylabel("training loss", fontsize=8, color=_QUIET)
    return _png(figure)


def draw_confusion(title: str, classes: Sequence[str], confusion: np.ndarray) -> bytes:
    """Share of each true class's segments (row) that were called each class (column).

    `confusion` holds counts, [C+1,C+1].
    """
    totals = confusion.sum(axis=1, keepdims=True)
    shares = np.divide(confusion, totals, out=np.zeros(confusion.shape), where=totals > 0)
    size = 2.6 + 0.2 * len(classes)
    figure = _figure(size + 0.6, size)
    panel = figure.subplots()
    image = panel.imshow(shares, cmap=_SHARES, vmin=0, vmax=1)
    panel.set_xticks(range(len(classes)), classes, rotation=90, fontsize=7)
    panel.set_yticks(range(len(classes)), classes, fontsize=7)
    panel.set_xlabel("called", fontsize=9, color=_QUIET)
    panel.set_ylabel("truth", fontsize=9, color=_QUIET)
    panel.set_title(title, fontsize=10, color=_INK)
    _frame(panel)
    bar = figure.colorbar(image, ax=panel, fraction=0.04, pad=0.02)
    bar.set_label("share of the true class's segments", fontsize=8, color=_QUIET)
    bar.ax.tick_params(labelsize=7)
    return _png(figure)


def draw_categories(title: str, classes: Sequence[str], shares: Mapping[str, Sequence[float | None]]) -> bytes:
    """Percent of each class's segments that were called so, a column for each network; empty where it never occurs."""
    values = np.array([[np.nan if share is None else share for share in one] for one in shares.values()]).T
    figure = _figure(2.4 + 0.85 * max(2, len(shares)), 1.7 + 0.24 * len(classes))
    panel = figure.subplots()
    panel.imshow(np.ma.masked_invalid(values), cmap=_SHARES, vmin=0, vmax=1, aspect="auto")
    for (row, column), share in np.ndenumerate(values):
        if np.isfinite(share):
            ink = "white" if share > 0.6 else _INK
            panel.text(column, row, f"{100 * share:.0f}", ha="center", va="center", fontsize=7, color=ink)
    panel.set_xticks(range(len(shares)), list(shares), rotation=30, ha="left", fontsize=8)
    panel.xaxis.tick_top()
    panel.set_yticks(range(len(classes)), classes, fontsize=7)
    panel.set_xlabel(fill(title, 30), fontsize=9, color=_INK)
    _frame(panel)
    return _png(figure)


def _figure(width_inches: float, height_inches: float) -> Figure:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise SeehearError(
            f"pictures of trainings are drawn with matplotlib: {INSTALL_COMMAND}", Reason.NOT_FOUND
        ) from error
    return Figure((width_inches, height_inches), dpi=_DOTS_PER_INCH, layout="constrained")


def _lines(panel: Axes, sequences: Sequence[Sequence[float]], ink: str) -> None:
    """Each sequence thin and, where there are several, their mean over the epochs all have."""
    for values in sequences:
        panel.plot(range(1, len(values) + 1), values, color=ink, linewidth=0.7, alpha=0.5)
    if len(sequences) > 1:
        epochs = min(len(values) for values in sequences)
        mean = np.mean([values[:epochs] for values in sequences], axis=0)
        panel.plot(range(1, epochs + 1), mean, color=ink, linewidth=1.6)
    panel.grid(color=_RULE, linewidth=0.6)
    panel.locator_params(axis="x", nbins=4, integer=True)
    _frame(panel)


def _frame(panel: Axes) -> None:
    panel.tick_params(labelsize=7, color=_RULE, labelcolor=_INK)
    for side in panel.spines.values():
        side.set_color(_RULE)


def _png(figure: Figure) -> bytes:
    """The same bytes for the same picture: without the name of the program."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()
