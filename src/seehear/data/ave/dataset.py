"""Training, validation and test sets from a pack of AVE."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seehear.core.errors import DamagedError, InvalidValueError, UnknownNameError
from seehear.core.time import Grid
from seehear.data.ave.annotations import Annotations, read_annotations
from seehear.data.ave.features import background_names
from seehear.data.ave.layout import ANNOTATIONS
from seehear.data.ave.splits import Split
from seehear.data.dataset import Dataset
from seehear.data.packed import Packed, open_packed
from seehear.data.rows import Rows

SPLITS = ("published", "leak_free")
SPLIT_FILE = "split.json"


class AveParts(NamedTuple):
    """The three parts of AVE."""

    training: Dataset
    validation: Dataset
    test: Dataset


def attachments(annotations: Annotations, split: Split) -> Mapping[str, str]:
    """What a pack of AVE carries beside its features, by file name: labels and split are sealed with them."""
    rows = {part: numbers.tolist() for part, numbers in split.parts.items()}
    return {ANNOTATIONS: annotations.text(), SPLIT_FILE: json.dumps(rows) + "\n"}


def load_ave(
    folder: Path, *, split: str = "published", supervision: str = "supervised", verify: bool = True
) -> AveParts:
    """The parts of a pack made by `seehear data pack`; visual features stay on disk until a batch needs them.

    A clip is found in the pack by its annotation row and video id. Rows the pack does not hold (videos that could
    not be had) are left out of their part.

    Args:
        folder: the pack.
        split: `published`, or `leak_free`: without the training rows whose video is in validation or test too.
        supervision: `weak` adds the background-only clips to training (label: background), as the published weak
            setting does; `supervised` leaves them out.
        verify: hold every byte against the manifest first (2 s for all of AVE); without it a changed value of a
            feature is not noticed.

    Raises:
        DamagedError: the pack is not what was written.
        InvalidValueError: it is no pack of AVE.
    """
    if split not in SPLITS:
        raise UnknownNameError("split", split, SPLITS)
    if supervision not in ("supervised", "weak"):
        raise UnknownNameError("supervision", supervision, ("supervised", "weak"))
    packed = open_packed(folder, verify=verify)
    annotations, rows = _attached(packed)
    chosen = rows if split == "published" else rows.leak_free(annotations)
    contents = _Contents(packed, annotations)
    background = contents.background if supervision == "weak" else contents.background[:0]
    return AveParts(
        contents.part(chosen.training, background),
        contents.part(chosen.validation),
        contents.part(chosen.test),
    )


class _Contents:
    """Where in a pack the clips of annotation rows lie."""

    def __init__(self, packed: Packed, annotations: Annotations) -> None:
        self.packed, self.annotations = packed, annotations
        places = {name: place for place, name in enumerate(packed.facts.names)}
        self.places = np.array([places.get(name, -1) for name in annotations.names], dtype=np.int64)
        """int64, place of each annotation row; -1 where the pack does not hold it."""
        count = len(places.keys() - set(annotations.names))
        try:
            self.background = np.array([places[name] for name in background_names(count)], dtype=np.int64)
        except KeyError as error:
            raise InvalidValueError(
                f"{packed.folder} holds clips that its annotations do not name; pack AVE again"
            ) from error

    def part(self, rows: np.ndarray, background: np.ndarray | None = None) -> Dataset:
        """These annotation rows in this order, then the background-only clips at these places."""
        added = np.zeros(0, np.int64) if background is None else background
        held = rows[self.places[rows] >= 0]
        places = np.concatenate([self.places[held], added])
        categories, facts = self.annotations.categories, self.packed.facts
        segments = self.annotations.segment_classes[held]
        nothing = np.full((len(added), segments.shape[1]), categories.background, dtype=np.int64)
        return Dataset(
            categories=categories,
            grid=Grid(facts.hop_seconds),
            fingerprint=facts.fingerprint,
            extractor=facts.extractor,
            names=tuple(facts.names[place] for place in places),
            visual=Rows(self.packed.visual, places),
            audio=self.packed.audio[places],
            segment_classes=np.concatenate([segments, nothing]),
            clip_classes=np.concatenate([self.annotations.clip_classes[held], nothing[:, 0]]),
        )


def _attached(packed: Packed) -> tuple[Annotations, Split]:
    path = packed.folder / SPLIT_FILE
    if not path.is_file() or not (packed.folder / ANNOTATIONS).is_file():
        raise InvalidValueError(f"{packed.folder} is no pack of AVE; make one with `seehear data pack`")
    annotations = read_annotations(packed.folder / ANNOTATIONS)
    try:
        found = json.loads(path.read_text())
        parts = [np.array(found[part], dtype=np.int64) for part in ("training", "validation", "test")]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedError(f"{path} cannot be read ({error}); delete its folder and pack again") from error
    if any(part.ndim != 1 or part.min(initial=0) < 0 or part.max(initial=0) >= len(annotations) for part in parts):
        raise DamagedError(f"{path} names rows that {ANNOTATIONS} does not have; delete its folder and pack again")
    return annotations, Split(*parts)
