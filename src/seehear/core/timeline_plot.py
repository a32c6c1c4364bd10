"""A timeline as a picture, drawn with matplotlib (extra `notebook`). Imported only where one is asked for."""

from __future__ import annotations

import io

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from seehear.core.palette import category_colour
from seehear.core.time import clock_ticks
from seehear.core.timeline import Event, Timeline

_WIDTH_INCHES, _ROW_INCHES, _MARGIN_INCHES = 9.0, 0.42, 0.8
_BAR_HEIGHT = 0.72
_INK, _QUIET, _RULE = "#202124", "#5f6368", "#dadce0"
_SCORE_SHARE = 0.035
"""Of the width, from which on a span holds its score."""


class TimelineAxes(Axes):
    """Axes that a notebook shows by themselves, as it shows a figure."""

    def _repr_png_(self) -> bytes:
        stream = io.BytesIO()
        figure = self.get_figure(root=True)
        assert figure is not None
        figure.savefig(stream, format="png", dpi=110)
        return stream.getvalue()


def plot_timeline(timeline: Timeline, axis: Axes | None = None) -> Axes:
    """As :meth:`seehear.Timeline.plot` says."""
    names = timeline.categories
    axis = axis or _own_axes(len(names))
    for event in timeline:
        _draw(axis, event, names.index(event.category), timeline.duration_seconds)
    for span in timeline.missing:
        axis.axvspan(span.start_seconds, span.end_seconds, facecolor="none", edgecolor=_QUIET, hatch="///", linewidth=0)
    ticks = clock_ticks(timeline.duration_seconds)
    axis.set_xlim(0, timeline.duration_seconds or 1)
    axis.set_xticks([*ticks], [*ticks.values()])
    axis.set_ylim(max(1, len(names)) - 0.5, -0.5)
    axis.set_yticks(range(len(names)), [shown(name) for name in names], parse_math=False)
    axis.tick_params(color=_RULE, labelcolor=_INK, labelsize=9)
    axis.grid(axis="x", color=_RULE, linewidth=0.6)
    axis.set_axisbelow(True)
    axis.spines[:].set_color(_RULE)
    return axis


def shown(category: str) -> str:
    """A name on one line, of characters that any font file takes."""
    return " ".join(category.encode("utf-8", "replace").decode().split())


def _draw(axis: Axes, event: Event, row: int, duration_seconds: float) -> None:
    red, green, blue = category_colour(event.category)
    colour = (red / 255, green / 255, blue / 255)
    axis.barh(
        row,
        event.duration_seconds,
        _BAR_HEIGHT,
        left=event.start_seconds,
        color=colour,
        edgecolor=colour,
        linewidth=0.7,
    )
    if event.duration_seconds >= _SCORE_SHARE * duration_seconds:
        middle = (event.start_seconds + event.end_seconds) / 2
        axis.text(middle, row, f"{event.score:.2f}", ha="center", va="center", fontsize=8, color=_INK)


def _own_axes(rows: int) -> Axes:
    figure = Figure((_WIDTH_INCHES, max(1, rows) * _ROW_INCHES + _MARGIN_INCHES), layout="constrained")
    FigureCanvasAgg(figure)
    return figure.add_subplot(axes_class=TimelineAxes)
