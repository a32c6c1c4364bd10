"""Checks of annotations, splits and labels."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from seehear.core.errors import Reason
from seehear.data.ave import layout
from seehear.data.ave.annotations import Annotations, read_annotations
from seehear.data.ave.facts import Facts, in_any_order, in_order
from seehear.data.ave.hdf5 import read_array
from seehear.data.ave.inspection import Inspection
from seehear.data.ave.splits import Split, read_order


def inspect_labels(folder: Path, inspection: Inspection, facts: Facts | None) -> None:
    """Look at everything but the features. With `facts`, also whether it is that data set."""
    _annotations(folder, inspection, facts)
    _orders(folder, inspection, facts)
    if inspection.annotations is None:
        return
    if inspection.split is not None:
        _split(inspection, inspection.split, inspection.annotations, facts)
    for part in layout.LISTS:
        _list(folder, inspection, inspection.annotations, part)
    _labels(folder, inspection, inspection.annotations)


def _annotations(folder: Path, inspection: Inspection, facts: Facts | None) -> None:
    name, path = layout.ANNOTATIONS, layout.locate(folder, layout.ANNOTATIONS)
    if not path.exists():
        inspection.missing(name, "the annotations; nothing can be checked without them", wrong=True)
        return
    with inspection.reading(name):
        annotations = inspection.annotations = read_annotations(path)
        lines = [row.line() for row in annotations.rows]
        counts = Counter((row.category, row.video) for row in annotations.rows)
        repeated = [f"{video} as {category}" for (category, video), count in counts.items() if count > 1]
        inspection.none_of(name, "rows that occur twice", repeated)
        if facts is None:
            return
        inspection.hold(name, "rows", facts.rows, len(annotations), _by_size(len(annotations), facts.rows))
        inspection.hold(name, "videos", facts.videos, len(set(annotations.videos)))
        names = tuple(dict.fromkeys(row.category for row in annotations.rows))
        strange = [f"{category!r}" for category in names if category not in facts.categories]
        inspection.none_of(name, "categories that are not AVE's", strange, Reason.UNKNOWN_NAME)
        first = "Church bell ... Mandolin, by first appearance"
        order = first if names == facts.categories.names else ", ".join(names)
        inspection.hold(name, "28 categories in order", first, order)
        several = _videos_of_several_categories(annotations)
        inspection.hold(name, "videos of several categories", facts.videos_of_several_categories, several)
        empty = tuple(np.flatnonzero(~annotations.is_event.any(axis=1)).tolist())
        inspection.hold(name, "rows with an empty event", facts.empty_events, empty)
        throughout = round(float(annotations.is_event.all(axis=1).mean()), 3)
        inspection.hold(name, "share of clips that are events throughout", facts.events_throughout, throughout)
        _content(inspection, name, lines, facts.rows_in_order, facts.rows_in_any_order)


def _orders(folder: Path, inspection: Inspection, facts: Facts | None) -> None:
    """The three order files each for itself, then whether they share out the rows."""
    orders: dict[str, np.ndarray] = {}
    annotations = inspection.annotations
    for part, name in layout.ORDERS.items():
        path = layout.locate(folder, name)
        if not path.exists():
            inspection.missing(name, f"the rows of {part}", wrong=True)
            continue
        with inspection.reading(name):
            order = read_order(path)
            if facts is not None:
                count = facts.part_rows[part]
                inspection.hold(name, "rows", count, len(order), _by_size(len(order), count))
                in_its_order, in_any = facts.order_in_order[part], facts.order_in_any_order[part]
                _content(inspection, name, order.tolist(), in_its_order, in_any)
            repeated = [str(row) for row, count in Counter(order.tolist()).items() if count > 1]
            right = inspection.none_of(name, "rows that occur twice", repeated)
            if annotations is not None:
                outside = [str(row) for row in order.tolist() if not 0 <= row < len(annotations)]
                right &= inspection.none_of(name, "rows that do not exist", outside, Reason.INVALID_VALUE)
            if right:
                orders[part] = order
    if annotations is not None and len(orders) == len(layout.ORDERS):
        inspection.split = Split(**orders)


def _split(inspection: Inspection, split: Split, annotations: Annotations, facts: Facts | None) -> None:
    counts = Counter(np.concatenate(list(split.parts.values())).tolist())
    everything = "the three orders"
    inspection.none_of(everything, "rows in two parts", [str(row) for row, count in counts.items() if count > 1])
    left_out = sorted(set(range(len(annotations))) - set(counts))
    inspection.none_of(everything, "rows in no part", [str(row) for row in left_out])
    if facts is None:
        return
    for (one, other), expected in facts.shared_videos.items():
        shared = len(split.shared_videos(annotations, one, other))
        inspection.hold(everything, f"videos in both {one} and {other}", expected, shared)
    for part, rows in split.parts.items():
        share = round(1 - float(annotations.is_event[rows].mean()), 3)
        inspection.hold(layout.ORDERS[part], "share of background segments", facts.background_shares[part], share)


def _list(folder: Path, inspection: Inspection, annotations: Annotations, part: str) -> None:
    """`trainSet.txt` and its like say in words what the orders say in numbers."""
    name, path = layout.LISTS[part], layout.locate(folder, layout.LISTS[part])
    if not path.exists():
        inspection.missing(name, f"the annotations of {part} as text; the order file is enough")
        return
    with inspection.reading(name):
        listed = read_annotations(path).rows
        if inspection.split is None:
            return
        wanted = annotations.subset(inspection.split.parts[part].tolist()).rows
        inspection.hold(name, "rows", len(wanted), len(listed), _by_size(len(listed), len(wanted)))
        if len(listed) == len(wanted):
            said = f"the rows of {layout.ORDERS[part]} in its order"
            differing = [number for number, pair in enumerate(zip(listed, wanted, strict=True)) if pair[0] != pair[1]]
            mixed = "in another order" if sorted(map(str, listed)) == sorted(map(str, wanted)) else "other rows"
            found = f"{mixed}, first at {differing[0]}" if differing else said
            inspection.hold(name, "content", said, found)


def _labels(folder: Path, inspection: Inspection, annotations: Annotations) -> None:
    classes = np.eye(len(annotations.categories) + 1)
    wanted = {
        layout.SEGMENT_LABELS: classes[annotations.segment_classes],
        layout.EVENT_LABELS: annotations.is_event.astype(np.float64),
        layout.CLIP_LABELS: classes[annotations.clip_classes],
    }
    for name, expected in wanted.items():
        path = layout.locate(folder, name)
        if not path.exists():
            inspection.missing(name, "labels; they can be made from the annotations")
            continue
        with inspection.reading(name):
            found = read_array(path, shape=(None, *expected.shape[1:]), kinds="fiu")
            if inspection.hold(name, "rows", len(expected), len(found), _by_size(len(found), len(expected))):
                _agreement(inspection, name, expected, found)


def _agreement(inspection: Inspection, name: str, expected: np.ndarray, found: np.ndarray) -> None:
    """How many rows say what the annotations say."""
    alike = (found == expected).reshape(len(found), -1).all(axis=1)
    said = f"{len(found)} of {len(found)}"
    problem = ""
    if not alike.all():
        numbers = np.flatnonzero(~alike)
        mixed = np.array_equal(_sorted_rows(expected), _sorted_rows(found))
        values = "NaN" if np.isnan(found).any() else "the annotations' labels in another order" if mixed else "others"
        problem = f": {values}, first in row {numbers[0]}"
    inspection.hold(name, "rows that agree with the annotations", said, f"{alike.sum()} of {len(found)}{problem}")


def _sorted_rows(labels: np.ndarray) -> np.ndarray:
    flat = labels.reshape(len(labels), -1).astype(np.float64)
    return flat[np.lexsort(flat.T[::-1])]


def _content(inspection: Inspection, name: str, lines: list, ordered: str, unordered: str) -> None:
    """Whether these are the published lines: the one check that nothing can be exchanged behind."""
    said = "as published"
    if in_order(lines) == ordered:
        found = said
    else:
        found = "the published rows in another order" if in_any_order(lines) == unordered else "other rows"
    inspection.hold(name, "content", said, found)


def _videos_of_several_categories(annotations: Annotations) -> int:
    pairs = {(row.video, row.category) for row in annotations.rows}
    return sum(count > 1 for count in Counter(video for video, _ in pairs).values())


def _by_size(found: int, expected: int) -> Reason:
    return Reason.TRUNCATED if found < expected else Reason.INVALID_VALUE
