"""A small data set with something to learn: each category has its own visual and audio vector, under noise."""

from __future__ import annotations

import numpy as np

from seehear.core.labels import Categories
from seehear.core.time import Grid
from seehear.data.dataset import Dataset

SLIM = {"width": 16, "feedforward": 16, "heads": 2, "interaction_heads": 2, "layers": 1}
"""Options that make PFAGN and CMRAN tiny."""


def small_dataset(clips: int = 24, *, seed: int = 0, categories: int = 3, noise: float = 0.5) -> Dataset:
    segments, height, visual_channels, audio_channels = 6, 2, 8, 6
    prototypes, random = np.random.default_rng(99), np.random.default_rng(seed)
    looks = prototypes.normal(size=(categories + 1, visual_channels))
    sounds = prototypes.normal(size=(categories + 1, audio_channels))
    clip_classes = random.integers(0, categories + 1, clips)  # some clips hold no event
    inside = np.zeros((clips, segments), dtype=bool)
    for row, first in zip(inside, random.integers(0, segments - 2, clips), strict=True):
        row[first : random.integers(first + 2, segments + 1)] = True
    classes = np.where(inside, clip_classes[:, None], categories)
    visual = looks[classes][:, :, None, None] + noise * random.normal(
        size=(clips, segments, height, height, visual_channels)
    )
    audio = sounds[classes] + noise * random.normal(size=(clips, segments, audio_channels))
    return Dataset(
        categories=Categories(tuple(f"category {number}" for number in range(categories))),
        grid=Grid(),
        fingerprint="f" * 64,
        extractor="builtin",
        names=tuple(f"clip {number}.mp4" for number in range(clips)),
        visual=visual.astype(np.float32),
        audio=audio.astype(np.float32),
        segment_classes=classes,
        clip_classes=clip_classes,
        seen_classes=classes,
        heard_classes=classes,
    )
