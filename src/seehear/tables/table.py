"""A finished table as Markdown, CSV and JSON: ours and the papers' numbers, with the protocol in the caption."""

from __future__ import annotations

import csv
import io
import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from seehear.engine.protocol import STRICT, Protocol
from seehear.evaluate import Evaluation
from seehear.tables.published import PUBLISHED
from seehear.tables.rows import Row

NOTHING = "-"


@dataclass(frozen=True)
class RowResult:
    """What a row came to: one evaluation on test for each seed, or why there is none."""

    row: Row
    evaluations: dict[int, Evaluation]
    failures: dict[int, str]
    histories: dict[int, tuple[dict[str, float], ...]] = field(default_factory=dict)
    """Of each seed, one record for each epoch; no table shows them."""

    def mean_and_deviation(self, measure: str) -> tuple[float, float | None] | None:
        """Of a field of :class:`Evaluation` over the seeds; the sample deviation needs two of them."""
        values = [value for one in self.evaluations.values() if (value := getattr(one, measure)) is not None]
        if not values:
            return None
        return statistics.mean(values), statistics.stdev(values) if len(values) > 1 else None


MEASURES = {"accuracy": "accuracy %", "event_f1": "event F1 %", "background_recall": "background recall %"}
"""What a table reports of each row, and the heading."""


@dataclass(frozen=True)
class Table:
    """A finished table; its three texts depend on nothing but the results."""

    title: str
    seeds: tuple[int, ...]
    results: tuple[RowResult, ...]
    test_clips: int
    all_background: float
    right_category: float
    protocol: Protocol = STRICT

    @property
    def caption(self) -> str:
        """Protocol, seeds and trivial reference points, in sentences."""
        seeds = f"mean ± standard deviation over {len(self.seeds)} seeds" if len(self.seeds) > 1 else "one seed"
        return (
            f"{self.title}. Segment accuracy, event F1 at IoU .5 and background recall on {self.test_clips} test "
            f"clips, {seeds}. Protocol {self._protocol()}. "
            f"Trivial reference points: the right category on every segment {100 * self.right_category:.2f} %, "
            f"all background {100 * self.all_background:.2f} %. The papers' numbers are accuracies on AVE with VGG-19 "
            "and VGGish features; ours compare with them on those data only."
        )

    @property
    def heads(self) -> tuple[str, ...]:
        """What stands over the columns."""
        measured = [heading + self.protocol.mark for heading in MEASURES.values()]
        return ("row", "supervision", *measured, "paper, accuracy %")

    @property
    def lines(self) -> tuple[tuple[str, ...], ...]:
        """The cells of each row; a number in brackets is that of a note."""
        return tuple(self._cells(result) for result in self.results)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be known of the papers' numbers, in order of their numbers."""
        return tuple(dict.fromkeys(note for result in self.results if (note := _note(result.row))))

    @property
    def failures(self) -> tuple[str, ...]:
        """A sentence for each training that has no result."""
        return tuple(
            f"Failed: {result.row.name} ({result.row.supervision}), seed {seed}: {why}"
            for result in self.results
            for seed, why in result.failures.items()
        )

    def markdown(self) -> str:
        """The table as a Markdown page, with footnotes."""
        lines = [self.caption, "", *(_line(cells) for cells in (self.heads, ["---"] * len(self.heads), *self.lines))]
        lines += ["", *(f"- [{number}] {note}" for number, note in enumerate(self.notes, 1))]
        lines += [f"- {failure}" for failure in self.failures]
        return "\n".join(lines).rstrip() + "\n"

    def csv(self) -> str:
        """One line for each row and seed, shares in 0..1."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        trivial = ("all_background", "right_category")
        writer.writerow(["row", "supervision", "protocol", "seed", *MEASURES, *trivial, "paper_percent"])
        for result in self.results:
            for seed, one in result.evaluations.items():
                measured = [getattr(one, measure) for measure in (*MEASURES, *trivial)]
                named = [result.row.name, result.row.supervision, self.protocol.name, seed]
                writer.writerow([*named, *measured, _published(result.row)])
        return text.getvalue()

    def json(self) -> str:
        """Everything, with each evaluation in full."""
        rows = [
            {
                "row": asdict(result.row),
                "summary": {measure: result.mean_and_deviation(measure) for measure in MEASURES},
                "paper_percent": _published(result.row) or None,
                "seeds": {seed: asdict(one) for seed, one in result.evaluations.items()},
                "failures": result.failures,
            }
            for result in self.results
        ]
        whole = {"title": self.title, "caption": self.caption, "protocol": self.protocol.name, "rows": rows}
        return json.dumps(whole, indent=1) + "\n"

    def _protocol(self) -> str:
        """How epochs were chosen, of every supervision in the table."""
        rows = [result.row for result in self.results]
        ways = {row.supervision: row.selection or self.protocol.measure(row.supervision) for row in rows}
        labels = {supervision: self.protocol.label(measure) for supervision, measure in ways.items()}
        if len(set(labels.values())) == 1:
            return next(iter(labels.values()))
        return "; ".join(f"{label} ({supervision})" for supervision, label in labels.items())

    def _cells(self, result: RowResult) -> tuple[str, ...]:
        row, note = result.row, _note(result.row)
        mark = f" [{self.notes.index(note) + 1}]" if note else ""
        measured = [_cell(result, measure) for measure in MEASURES]
        return (row.name + mark, row.supervision, *measured, _published(row) or NOTHING)


def _note(row: Row) -> str:
    published = PUBLISHED.get(row.name)
    return f"{row.name}: {published.note}." if published and published.note else ""


def _published(row: Row) -> str:
    published = PUBLISHED.get(row.name)
    accuracy = None if published is None else getattr(published, row.supervision)
    return "" if accuracy is None else f"{accuracy:.1f}"


def _cell(result: RowResult, measure: str) -> str:
    found = result.mean_and_deviation(measure)
    if found is None:
        return NOTHING
    mean, deviation = found
    return f"{100 * mean:.1f}" if deviation is None else f"{100 * mean:.1f} ± {100 * deviation:.1f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
