"""A timeline as a notebook shows it: a strip and a table, which bring no script, no style sheet and no remote asset.

Ink is the notebook's own, so that it can be read on light and on dark; colours lie between.
"""

from __future__ import annotations

import zlib
from html import escape
from itertools import groupby

from seehear.core.palette import category_colour
from seehear.core.time import Span, clock, clock_ticks
from seehear.core.timeline import Event, Timeline

MOST_ROWS = 30
"""Of the table; the strip shows every event."""
_FINEST = 400
"""Parts of the strip's length that are told apart where there are more events than that."""
_NARROWEST_PERCENT = 0.15
"""A second of a long video can still be seen."""
_LANE_PIXELS = 22
_TONE = 0.68
_NAME = "height:22px;line-height:22px;max-width:16em;overflow:hidden;text-overflow:ellipsis;white-space:nowrap"
_CELL = "text-align:left;padding:1px 14px 1px 0"
_NUMBER = "text-align:right;padding:1px 14px 1px 0;font-variant-numeric:tabular-nums"


def timeline_html(timeline: Timeline) -> str:
    """As :meth:`seehear.Timeline._repr_html_` says: names are text, whatever they hold."""
    lanes = timeline.categories
    names = "".join(f'<div style="{_NAME}"><bdi>{_text(name)}</bdi></div>' for name in lanes)
    strip = f"<div>{names}</div>{_strip(timeline, lanes)}"
    grid = "display:grid;grid-template-columns:max-content minmax(12em,1fr);column-gap:12px;max-width:60em"
    body = f'<div style="{grid}">{strip}</div>' + (_table(timeline) if timeline else "")
    return f'<div><div style="padding:4px 0"><b>{_text(timeline.summary)}</b></div>{body}</div>'


def _strip(timeline: Timeline, lanes: tuple[str, ...]) -> str:
    """One row of spans a category over one time axis; x is in percent, so that it is as wide as its place."""
    length = timeline.duration_seconds or 1.0
    height = max(1, len(lanes)) * _LANE_PIXELS
    hatch = f"seehear-missing-{zlib.crc32(repr(timeline).encode('utf-8', 'replace')):08x}"
    parts = [
        f'<pattern id="{hatch}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<path d="M0 0V6" stroke="currentColor" stroke-opacity=".55" stroke-width="2"/></pattern>'
    ]
    for seconds, label in clock_ticks(timeline.duration_seconds).items():
        x = f"{100 * seconds / length:.3f}%"
        anchor = "start" if seconds == 0 else "end" if seconds > 0.97 * length else "middle"
        parts.append(f'<line x1="{x}" x2="{x}" y2="{height}" stroke="currentColor" stroke-opacity=".2"/>')
        parts.append(f'<text x="{x}" y="{height + 14}" text-anchor="{anchor}">{label}</text>')
    for lane, name in enumerate(lanes):
        colour = "rgb({},{},{})".format(*category_colour(name, _TONE))
        for span, title in _spans(timeline, name):
            place = _place(span, length, lane * _LANE_PIXELS + 3, _LANE_PIXELS - 6)
            parts.append(f'<rect {place} rx="2" fill="{colour}"><title>{_text(title)}</title></rect>')
    for span in timeline.missing:
        title = f"{clock(span.start_seconds)} - {clock(span.end_seconds)}, missing: could not be decoded"
        parts.append(f'<rect {_place(span, length, 0, height)} fill="url(#{hatch})"><title>{title}</title></rect>')
    style = "font-size:11px;overflow:visible;fill:currentColor"
    return (
        f'<svg role="img" aria-label="{_text(timeline.summary)}" width="100%" height="{height + 20}" style="{style}">'
        f"{''.join(parts)}</svg>"
    )


def _spans(timeline: Timeline, category: str) -> list[tuple[Span, str]]:
    """The category's events; where a strip cannot tell them apart, those that fall together as one."""
    events = timeline.of(category).events
    if len(timeline) <= _FINEST:
        return [(event.span, " ".join(str(event).split())) for event in events]
    finest_seconds = timeline.duration_seconds / _FINEST
    groups = [[*group] for _, group in groupby(events, lambda event: int(event.start_seconds / finest_seconds))]
    return [(_hull(group), f"{len(group)} x {category}") for group in groups]


def _hull(events: list[Event]) -> Span:
    return Span(events[0].start_seconds, max(event.end_seconds for event in events))


def _place(span: Span, length_seconds: float, y: int, height: int) -> str:
    x = 100 * span.start_seconds / length_seconds
    width = max(_NARROWEST_PERCENT, 100 * span.duration_seconds / length_seconds)
    return f'x="{x:.3f}%" y="{y}" width="{width:.3f}%" height="{height}"'


def _table(timeline: Timeline) -> str:
    head = "".join(
        f'<th style="{style}">{title}</th>'
        for title, style in (("category", _CELL), ("start", _NUMBER), ("end", _NUMBER), ("score", _NUMBER))
    )
    rows = "".join(_row(event) for event in timeline.events[:MOST_ROWS])
    more = len(timeline) - MOST_ROWS
    rest = f"<div>and {more} more: <code>timeline.to_dataframe()</code></div>" if more > 0 else ""
    return f'<table style="margin:8px 0"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{rest}'


def _row(event: Event) -> str:
    colour = "rgb({},{},{})".format(*category_colour(event.category, _TONE))
    mark = f'<span style="display:inline-block;width:9px;height:9px;border-radius:2px;background:{colour}"></span>'
    numbers = (clock(event.start_seconds), clock(event.end_seconds), f"{event.score:.2f}")
    cells = "".join(f'<td style="{_NUMBER}">{number}</td>' for number in numbers)
    return f'<tr><td style="{_CELL}">{mark} <bdi>{_text(event.category)}</bdi></td>{cells}</tr>'


def _text(text: str) -> str:
    """Text that stays text in an element and in an attribute; what UTF-8 cannot say is replaced."""
    return escape(text.encode("utf-8", "replace").decode(), quote=True)
