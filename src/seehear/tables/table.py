"""A finished table as Markdown, CSV and JSON: ours and the papers' numbers, with the protocol in the caption."""

from __future__ import annotations

import csv
import io
import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass

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

    @property
    def caption(self) -> str:
        """Protocol, seeds and trivial reference points, in sentences."""
        return (
            f"{self.title}. Segment accuracy, event F1 at IoU .5 and background recall on {self.test_clips} test "
            f"clips, mean ± standard deviation over {len(self.seeds)} seeds. Protocol: strict (the epoch is chosen on "
            "validation: by segment accuracy when supervised, by clip loss when weak unless a row says otherwise). "
            f"Trivial reference points: the right category on every segment {100 * self.right_category:.2f} %, "
            f"all background {100 * self.all_background:.2f} %. The papers' numbers are accuracies on AVE with VGG-19 "
            "and VGGish features; ours compare with them on those data only."
        )

    def markdown(self) -> str:
        """The table as a Markdown page, with footnotes."""
        heads = ("row", "supervision", *MEASURES.values(), "paper, accuracy %")
        lines = [self.caption, "", _line(heads), _line(["---"] * len(heads))]
        notes: list[str] = []
        for result in self.results:
            published = PUBLISHED.get(result.row.name)
            mark = ""
            if published and published.note:
                if (note := f"{result.row.name}: {published.note}.") not in notes:
                    notes.append(note)
                mark = f" [{notes.index(note) + 1}]"
            cells = [_cell(result, measure) for measure in MEASURES]
            lines.append(
                _line([result.row.name + mark, result.row.supervision, *cells, _published(result.row) or NOTHING])
            )
        lines += ["", *(f"- [{number}] {note}" for number, note in enumerate(notes, 1))]
        lines += [
            f"- Failed: {result.row.name} ({result.row.supervision}), seed {seed}: {why}"
            for result in self.results
            for seed, why in result.failures.items()
        ]
        return "\n".join(lines).rstrip() + "\n"

    def csv(self) -> str:
        """One line for each row and seed, shares in 0..1."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["row", "supervision", "seed", *MEASURES, "all_background", "right_category", "paper_percent"])
        for result in self.results:
            for seed, one in result.evaluations.items():
                measured = [getattr(one, measure) for measure in MEASURES]
                trivial = [one.all_background, one.right_category]
                writer.writerow(
                    [result.row.name, result.row.supervision, seed, *measured, *trivial, _published(result.row)]
                )
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
        return json.dumps({"title": self.title, "caption": self.caption, "rows": rows}, indent=1) + "\n"


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
