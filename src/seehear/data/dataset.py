"""Labelled clips of equal length as arrays: what training and evaluation read, wherever it came from.

N clips, T segments, H x W grid, Dv and Da channels, C categories; background is class C.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from seehear.core.errors import InvalidValueError
from seehear.core.inputs import FEATURES
from seehear.core.labels import Categories
from seehear.core.time import Grid
from seehear.core.values import check_shape
from seehear.data.rows import Rows, rows_of

SEVERAL = -1
"""In `seen_classes` and `heard_classes`: more than one category at once."""


@dataclass(frozen=True)
class Dataset:
    """Features and labels of N clips by one extractor."""

    categories: Categories
    grid: Grid
    fingerprint: str
    """Of the extractor."""
    extractor: str
    """Its name, as in `EXTRACTORS`."""
    names: tuple[str, ...]
    """N clip names."""
    visual: np.ndarray | Rows
    """float32 or float16 [N,T,H,W,Dv]; an `np.memmap` or :class:`Rows` of one where it is too large for memory."""
    audio: np.ndarray
    """float32 or float16 [N,T,Da]"""
    segment_classes: np.ndarray
    """int64 [N,T] in 0..C"""
    clip_classes: np.ndarray
    """int64 [N] in 0..C: the clip's category, background where it holds no event. All that weak supervision sees."""
    seen_classes: np.ndarray | None = None
    """int64 [N,T] in 0..C or `SEVERAL`: category in view, heard or not (background: none). For recombination."""
    heard_classes: np.ndarray | None = None
    """int64 [N,T] in 0..C or `SEVERAL`: category heard, in view or not."""
    inputs: str = FEATURES
    """How features became `visual` and `audio`, as in `INPUTS`; whatever scores with a network does the same."""

    def __post_init__(self) -> None:
        count, segments = self.visual.shape[:2]
        check_shape("visual", self.visual, (count, segments, None, None, None))
        check_shape("audio", self.audio, (count, segments, None))
        check_shape("segment_classes", self.segment_classes, (count, segments))
        check_shape("clip_classes", self.clip_classes, (count,))
        for name in ("seen_classes", "heard_classes"):
            if (classes := getattr(self, name)) is not None:
                check_shape(name, classes, (count, segments))
        if len(self.names) != count:
            raise InvalidValueError(f"{len(self.names)} names for {count} clips")
        highest = max(int(self.segment_classes.max(initial=0)), int(self.clip_classes.max(initial=0)))
        if highest > self.categories.background:
            raise InvalidValueError(f"class {highest} is outside 0..{self.categories.background}")

    def __len__(self) -> int:
        return len(self.visual)

    def subset(self, indices: np.ndarray | list[int]) -> Dataset:
        """The clips at these positions, in this order; features on disk are not read."""
        chosen = np.asarray(indices, dtype=np.int64)
        arrays = {
            item.name: rows_of(value, chosen)
            for item in fields(self)
            if isinstance(value := getattr(self, item.name), np.ndarray | Rows)
        }
        return replace(self, names=tuple(self.names[index] for index in chosen), **arrays)
