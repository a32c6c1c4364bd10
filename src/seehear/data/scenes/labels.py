"""Labels of rendered scenes: written beside the videos, read back as arrays.

`labels.csv` has the same format as the labels of one's own videos; `scenes.json` adds what only a renderer
knows: who was in view, who was heard, and which hard case it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seehear.core.errors import DamagedError, StorageError
from seehear.core.labels import Categories
from seehear.core.time import Grid, Span
from seehear.core.timeline import Timeline
from seehear.data.dataset import SEVERAL
from seehear.data.folder import read_labels, segment_classes, write_labels
from seehear.data.scenes.plan import ScenePlan
from seehear.storage.files import sha256_of
from seehear.storage.records import read_record, write_record

LABELS = "labels.csv"
SCENES = "scenes.json"


@dataclass(frozen=True)
class SceneLabels:
    """What is known of N rendered videos of T segments each."""

    names: tuple[str, ...]
    categories: Categories
    grid: Grid
    cases: tuple[str, ...]
    """N hard cases, as in `CASES`."""
    timelines: tuple[Timeline, ...]
    """N truths in seconds."""
    segment_classes: np.ndarray
    """int64 [N,T] in 0..C"""
    clip_classes: np.ndarray
    """int64 [N] in 0..C"""
    seen_classes: np.ndarray
    """int64 [N,T]: category in view, background where none is, `SEVERAL` where more than one is."""
    heard_classes: np.ndarray
    """int64 [N,T]: category heard, in view or not; else as `seen_classes`."""

    def __len__(self) -> int:
        return len(self.names)


def write_scene_labels(folder: Path, plans: list[ScenePlan], categories: Categories, grid: Grid) -> None:
    """Write `labels.csv` and `scenes.json` for the plans' videos."""
    write_labels(folder / LABELS, {plan.name: plan.events for plan in plans})
    described = [LABELS, *(plan.name for plan in plans if (folder / plan.name).is_file())]
    facts = {
        "schema_version": 1,
        "categories": list(categories),
        "hop_seconds": grid.hop_seconds,
        "scenes": [_facts(plan) for plan in plans],
        "sha256": {name: sha256_of(folder / name) for name in described},
    }
    write_record(folder / SCENES, facts)


def read_scenes(folder: str | Path) -> SceneLabels:
    """Labels of a folder that `render_scenes` filled.

    Raises:
        DamagedError: a file is absent, or its bytes are not those that were written.
    """
    folder = Path(folder)
    try:
        facts = read_record(folder / SCENES)
        damaged = [name for name, sha256 in facts["sha256"].items() if sha256_of(folder / name) != sha256]
        categories, grid = Categories(tuple(facts["categories"])), Grid(float(facts["hop_seconds"]))
        scenes = facts["scenes"]
        names = tuple(str(scene["video"]) for scene in scenes)
        count = grid.count(max(float(scene["duration_seconds"]) for scene in scenes))
        seen = np.stack([span_classes(_spans(scene["seen"]), categories, grid, count) for scene in scenes])
        heard = np.stack([span_classes(_spans(scene["heard"]), categories, grid, count) for scene in scenes])
        cases = tuple(str(scene["case"]) for scene in scenes)
    except (StorageError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError(f"{folder / SCENES} is absent or damaged ({error}); render the scenes again") from error
    if damaged:
        raise DamagedError(f"{folder / damaged[0]} is not what {SCENES} says was rendered; render the scenes again")
    events = read_labels(folder / LABELS, videos=names, categories=categories)
    labels = np.stack([segment_classes(events.get(name, ()), categories, grid, count) for name in names])
    _check_agreement(folder, names, labels, seen, heard, categories)
    timelines = tuple(
        Timeline(float(scene["duration_seconds"]), events.get(name, ()))
        for scene, name in zip(scenes, names, strict=True)
    )
    clips = np.array([clip_class(row, categories.background) for row in labels], dtype=np.int64)
    return SceneLabels(names, categories, grid, cases, timelines, labels, clips, seen, heard)


def span_classes(spans: dict[str, list[Span]], categories: Categories, grid: Grid, count: int) -> np.ndarray:
    """int64 [count]: the category whose span holds the segment's start, background, or `SEVERAL`."""
    covered = np.array([grid.covered_by(spans.get(name, []), count) for name in categories])  # [C,T]
    many = covered.sum(axis=0)
    classes = np.where(many == 1, covered.argmax(axis=0), categories.background)
    return np.where(many > 1, SEVERAL, classes).astype(np.int64)


def clip_class(segment_classes: np.ndarray, background: int) -> int:
    """The category of most segments, the first of equals; background only where no segment is an event."""
    events = segment_classes[segment_classes != background]
    return int(np.bincount(events).argmax()) if len(events) else background


def _facts(plan: ScenePlan) -> dict[str, object]:
    present: Iterable[str] = dict.fromkeys(plan.cast)
    return {
        "video": plan.name,
        "seed": list(plan.seed),
        "case": plan.case,
        "duration_seconds": plan.duration_seconds,
        "camera": plan.camera,
        "noise": plan.noise,
        "seen": {name: _pairs(spans) for name in present if (spans := plan.seen(name))},
        "heard": {name: _pairs(spans) for name in present if (spans := plan.heard(name))},
        "disturbances": [[item.kind, item.span.start_seconds, item.span.end_seconds] for item in plan.disturbances],
    }


def _pairs(spans: list[Span]) -> list[list[float]]:
    return [[span.start_seconds, span.end_seconds] for span in spans]


def _spans(pairs_by_category: dict[str, list[list[float]]]) -> dict[str, list[Span]]:
    return {name: [Span(float(start), float(end)) for start, end in pairs] for name, pairs in pairs_by_category.items()}


def _check_agreement(
    folder: Path,
    names: tuple[str, ...],
    labels: np.ndarray,
    seen: np.ndarray,
    heard: np.ndarray,
    categories: Categories,
) -> None:
    """An event must be both seen and heard; where several are seen or heard it may be any of them."""
    events = labels != categories.background
    agrees = ((seen == labels) | (seen == SEVERAL)) & ((heard == labels) | (heard == SEVERAL))
    both = (seen == heard) & (seen != categories.background) & (seen != SEVERAL)
    wrong = ((events & ~agrees) | (both & ~events)).any(axis=1)
    if wrong.any():
        name = names[int(wrong.argmax())]
        raise DamagedError(f"{folder / LABELS} and {SCENES} disagree about {name}; render the scenes again")
