"""What became of every video, in one place: for people, for programs, and for a page over all of them.

`summary.json` holds, for each video in the order given, what its own JSON file says apart from the scores of its
segments, the message for people, and where its results lie. `summary.csv` has a row for each. Nothing in them tells
how long it took or how often it was stopped: equal videos, settings and paths give equal bytes.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seehear.batch.bench import HTML
from seehear.batch.row import THUMBNAILS, Row
from seehear.report.index import Listed, write_index
from seehear.report.result import SCHEMA_VERSION, Report, Status, finite
from seehear.report.writers import text_cell
from seehear.storage.files import write_pieces, write_text

SUMMARY_COLUMNS = (
    "path",
    "status",
    "reason",
    "message",
    "duration_seconds",
    "event_count",
    "event_seconds",
    "categories",
    "results",
)


@dataclass(frozen=True, slots=True)
class Summary:
    """The rows of one call, in the order of the videos."""

    model: Mapping[str, Any]
    """The card of the localizer."""
    rows: tuple[Row, ...]

    @property
    def failed(self) -> list[Row]:
        """Of these videos nothing could be read."""
        return [row for row in self.rows if row.item.status is Status.FAILED]

    @property
    def partial(self) -> list[Row]:
        """Part of these videos could not be read."""
        return [row for row in self.rows if row.item.status is Status.PARTIAL]

    @property
    def report(self) -> Report:
        """The rows as the report that `--json` prints."""
        return Report(self.model, tuple(row.item for row in self.rows))

    def totals(self) -> dict[str, Any]:
        """Counts and seconds over all videos."""
        timelines = [row.item.timeline for row in self.rows if row.item.timeline is not None]
        statuses = Counter(str(row.item.status) for row in self.rows)
        return {
            "files": len(self.rows),
            **{str(status): statuses[str(status)] for status in Status},
            "duration_seconds": round(sum(timeline.duration_seconds for timeline in timelines), 3),
            "events": sum(len(timeline) for timeline in timelines),
            "by_category": dict(sorted(Counter(event.category for line in timelines for event in line).items())),
        }

    def write(self, folder: Path, suffix: str = "") -> None:
        """`summary.json` and `summary.csv`, with a suffix before the dot for one shard's. Raises StorageError."""
        write_pieces(folder / f"summary{suffix}.json", (text.encode() for text in self._json_lines()))
        write_text(folder / f"summary{suffix}.csv", self.to_csv())

    def write_index(self, folder: Path, suffix: str = "") -> Path:
        """The page over all videos; gives its place. Raises StorageError."""
        place = folder / f"index{suffix}.html"
        listed = [Listed(row.item, row.outputs.get(HTML), row.outputs.get(THUMBNAILS)) for row in self.rows]
        write_index(place, listed, self.model)
        return place

    def to_csv(self) -> str:
        """One row a video; `results` is what the names of all its files begin with."""
        stream = io.StringIO()
        table = csv.DictWriter(stream, SUMMARY_COLUMNS, lineterminator="\r\n")
        table.writeheader()
        table.writerows(map(_csv_row, self.rows))
        return stream.getvalue()

    def _json_lines(self) -> list[str]:
        """One line a video, so that a long summary can be looked through with the tools for lines."""
        head = {"schema_version": SCHEMA_VERSION, "model": finite(self.model), "totals": finite(self.totals())}
        opening = "".join(f' "{name}": {json.dumps(value, allow_nan=False)},\n' for name, value in head.items())
        items = [f"  {json.dumps(row.as_dict(), allow_nan=False)}" for row in self.rows]
        return ["{\n", opening, ' "items": [\n', ",\n".join(items), "\n ]\n}\n"]


def _csv_row(row: Row) -> dict[str, Any]:
    item, timeline = row.item, row.item.timeline
    known = timeline is not None
    return {
        "path": text_cell(item.path),
        "status": str(item.status),
        "reason": item.reason or "",
        "message": text_cell(item.message),
        "duration_seconds": f"{timeline.duration_seconds:.3f}" if known else "",
        "event_count": len(timeline) if known else "",
        "event_seconds": f"{sum(event.duration_seconds for event in timeline):.3f}" if known else "",
        "categories": text_cell(", ".join(timeline.categories)) if known else "",
        "results": text_cell(row.stem),
    }
