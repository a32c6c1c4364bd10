"""Data sets small enough to check by hand: each feature says which clip and segment it belongs to."""

from __future__ import annotations

import numpy as np

from seehear.core.labels import Categories
from seehear.core.time import Grid
from seehear.data.dataset import Dataset

CATEGORIES = Categories(("bell", "drum"))
BELL, DRUM, NONE = 0, 1, 2


def dataset_of(seen: list[list[int]], heard: list[list[int]], dtype: type = np.float32) -> Dataset:
    """`visual[n, t]` and `audio[n, t]` hold the number 10 n + t; events where seen and heard agree."""
    seen_classes, heard_classes = np.array(seen), np.array(heard)
    count, segments = seen_classes.shape
    numbers = (10 * np.arange(count)[:, None] + np.arange(segments)).astype(dtype)
    labels = np.where((seen_classes == heard_classes) & (seen_classes >= 0), seen_classes, NONE)
    return Dataset(
        categories=CATEGORIES,
        grid=Grid(),
        fingerprint="f",
        extractor="builtin",
        names=tuple(f"{number}.mp4" for number in range(count)),
        visual=np.broadcast_to(numbers[:, :, None, None, None], (count, segments, 1, 1, 1)).copy(),
        audio=numbers[:, :, None].copy(),
        segment_classes=labels,
        clip_classes=np.array([next((label for label in row if label != NONE), NONE) for row in labels]),
        seen_classes=seen_classes,
        heard_classes=heard_classes,
    )
