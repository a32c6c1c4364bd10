"""How features enter a network, by logarithms worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from seehear.core.errors import ExtractorMismatchError, NotFiniteError, UnknownNameError
from seehear.core.inputs import FEATURES, WITH_CLASS_SCORES, network_inputs
from seehear.core.time import Grid
from seehear.core.values import Features


def named(segments: int = 2) -> Features:
    return Features(
        grid=Grid(),
        first_segment=0,
        fingerprint="hand-made",
        visual=np.arange(segments * 12, dtype=np.float32).reshape(segments, 2, 3, 2),
        audio=np.full((segments, 4), 7, np.float32),
        has_picture=np.ones(segments, bool),
        has_sound=np.ones(segments, bool),
        visual_scores=np.tile(np.array([1.0, 0.1, 0.0], np.float32), (segments, 1)),
        audio_scores=np.tile(np.array([0.01, 1e-4], np.float32), (segments, 1)),
    )


def test_features_enter_as_they_are():
    visual, audio = network_inputs(named(), FEATURES)
    np.testing.assert_array_equal(visual, named().visual)
    np.testing.assert_array_equal(audio, named().audio)


def test_a_class_score_enters_as_the_share_of_the_decades_above_the_smallest():
    visual, audio = network_inputs(named(), WITH_CLASS_SCORES)
    assert (visual.shape, audio.shape) == ((2, 2, 3, 5), (2, 6))
    np.testing.assert_array_equal(visual[..., :2], named().visual)
    np.testing.assert_allclose(visual[..., 2:], np.broadcast_to([1.0, 0.75, 0.0], (2, 2, 3, 3)), atol=1e-6)
    np.testing.assert_allclose(audio[:, 4:], [[0.5, 0.0]] * 2, atol=1e-6)


def test_what_cannot_enter_says_what_to_do():
    with pytest.raises(ExtractorMismatchError, match="extractor 'light'"):
        network_inputs(replace(named(), audio_scores=None), WITH_CLASS_SCORES)
    with pytest.raises(NotFiniteError, match="segment 0"):
        network_inputs(replace(named(), visual_scores=np.full((2, 3), np.nan, np.float32)), WITH_CLASS_SCORES)
    with pytest.raises(UnknownNameError, match="features, class_scores"):
        network_inputs(named(), "everything")
