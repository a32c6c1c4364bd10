"""One row an event: CSV for spreadsheets, NDJSON for pipes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from seehear.report.result import Report, printable, rounded

CSV_COLUMNS = ("path", "status", "reason", "category", "start_seconds", "end_seconds", "score")
_FORMULA_STARTS = "=+-@\uff1d\uff0b\uff0d\uff20"


def write_csv(report: Report) -> str:
    """One row an event; a video without events has one row whose event columns are empty.

    A text cell that a spreadsheet might take for a formula gets an apostrophe in front.
    """
    stream = io.StringIO()
    rows = csv.writer(stream, lineterminator="\r\n")
    rows.writerow(CSV_COLUMNS)
    for path, status, reason, category, *numbers in _rows(report):
        texts = [text_cell(path), status, reason or "", text_cell(category or "")]
        decimals = (".3f", ".3f", ".4f")
        rows.writerow(
            [*texts, *("" if n is None else f"{n:{form}}" for n, form in zip(numbers, decimals, strict=True))]
        )
    return stream.getvalue()


def write_ndjson(report: Report) -> str:
    """The rows of :func:`write_csv` as one JSON object a line, with `null` where a cell would be empty."""
    return "".join(json.dumps(_json_row(row), allow_nan=False) + "\n" for row in _rows(report))


def text_cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    text = printable(text)
    stripped = text.lstrip()
    risky = text[:1] in ("\t", "\r", "\n") or stripped[:1] in tuple(_FORMULA_STARTS)
    return f"'{text}" if text and risky else text


def _rows(report: Report) -> Iterator[tuple[Any, ...]]:
    for item in report.items:
        head = (item.path, str(item.status), None if item.reason is None else str(item.reason))
        for event in item.timeline or ():
            yield (*head, event.category, event.start_seconds, event.end_seconds, event.score)
        if not item.timeline:
            yield (*head, None, None, None, None)


def _json_row(row: tuple[Any, ...]) -> dict[str, Any]:
    texts = [None if text is None else printable(text) for text in row[:4]]
    numbers = [None if n is None else rounded(n, decimals) for n, decimals in zip(row[4:], (3, 3, 4), strict=True)]
    return dict(zip(CSV_COLUMNS, [*texts, *numbers], strict=True))
