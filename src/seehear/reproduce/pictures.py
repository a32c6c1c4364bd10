"""The pictures of a table: how its networks were trained, what they take for what, which categories they know."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from seehear.report.charts import Course, draw_categories, draw_confusion, draw_courses
from seehear.tables import RowResult, Table


def draw_table(table: Table, name: str) -> dict[str, bytes]:
    """PNG of the curves, of accuracy by category and of each row's confusion, by file name; none where none succeeded.

    Confusion and accuracy are over the segments of all seeds together.
    """
    results = [result for result in table.results if result.evaluations]
    if not results:
        return {}
    confusions = {result.row.name: _confusion(result) for result in results}
    classes = (*next(iter(results[0].evaluations.values())).categories, "background")
    seeds = f"{len(table.seeds)} seeds" if len(table.seeds) > 1 else "one seed"
    supervision = results[0].row.supervision
    return {
        f"{name}-curves.png": draw_courses([_course(table, result) for result in results]),
        f"{name}-categories.png": draw_categories(
            f"% of each class's test segments that were called so, {supervision}, {seeds}",
            classes,
            {row: _recalls(confusion) for row, confusion in confusions.items()},
        ),
        **{
            f"{name}-confusion-{replace(result.row, trained_as=None).folder}.png": draw_confusion(
                f"{result.row.name}, {supervision}, {seeds}", classes, confusions[result.row.name]
            )
            for result in results
        },
    }


def _course(table: Table, result: RowResult) -> Course:
    measure = result.row.selection or table.protocol.measure(result.row.supervision)
    metric = table.protocol.metric(measure)
    histories = list(result.histories.values())
    scores = [tuple(record[metric] for record in history) for history in histories]
    best = max if measure == "accuracy" else min
    return Course(
        result.row.name,
        tuple(tuple(record["loss"] for record in history) for history in histories),
        metric.replace("_", " "),
        tuple(scores),
        tuple(values.index(best(values)) + 1 for values in scores),
    )


def _confusion(result: RowResult) -> np.ndarray:
    return np.sum([np.array(one.confusion) for one in result.evaluations.values()], axis=0)


def _recalls(confusion: np.ndarray) -> list[float | None]:
    return [row[number] / row.sum() if row.sum() else None for number, row in enumerate(confusion.astype(float))]
