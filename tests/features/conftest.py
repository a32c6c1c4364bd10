"""Clips made of arrays, and the real weights where they are."""

from __future__ import annotations

import numpy as np
import pytest

from seehear.core.time import Grid
from seehear.core.values import Clip


@pytest.fixture
def real_weights(shared, monkeypatch):
    """Lets the extractors find the pinned files beside the project."""
    monkeypatch.setenv("SEEHEAR_HOME", str(shared / "weights"))
    return shared / "weights"


@pytest.fixture
def make_clip():
    """A clip of T random segments for an extractor, the same each time."""

    def make(extractor, segments: int) -> Clip:
        draw = np.random.default_rng(5)
        size = extractor.picture_size
        shape = (segments, extractor.pictures_per_segment, size, size, 3)
        pictures = draw.integers(0, 256, shape, dtype=np.uint8)
        sound = 0.1 * draw.standard_normal((segments, 16000)).astype(np.float32)
        return Clip(Grid(), 0, pictures, sound, np.ones(segments, bool), np.ones(segments, bool))

    return make
