"""Values refuse to exist with the wrong shape, and can be cut and joined without loss."""

from __future__ import annotations

import numpy as np
import pytest

from seehear.core.errors import InvalidValueError
from seehear.core.labels import Categories
from seehear.core.time import Grid
from seehear.core.values import Clip, Features, Scores


def features(count: int, first: int = 0, fingerprint: str = "f") -> Features:
    random = np.random.default_rng(first)
    return Features(
        grid=Grid(),
        first_segment=first,
        fingerprint=fingerprint,
        visual=random.random((count, 2, 3, 4), dtype=np.float32),
        audio=random.random((count, 5), dtype=np.float32),
        has_picture=np.ones(count, bool),
        has_sound=np.arange(count) % 2 == 0,
        visual_scores=random.random((count, 7), dtype=np.float32),
    )


def test_cutting_and_joining_gives_the_same_features() -> None:
    whole = features(9, first=4)
    again = Features.join([whole.stretch(4, 2), whole.stretch(6, 6), whole.stretch(12, 1)])
    assert again.first_segment == 4
    for name in ("visual", "audio", "has_picture", "has_sound", "visual_scores"):
        np.testing.assert_array_equal(getattr(again, name), getattr(whole, name))


def test_a_segment_without_sound_is_missing() -> None:
    assert features(3).missing.tolist() == [False, True, False]


@pytest.mark.parametrize(
    "parts",
    [
        [features(2), features(2, first=3)],
        [features(2), features(2, first=2, fingerprint="other")],
    ],
)
def test_stretches_that_do_not_follow_each_other_are_not_joined(parts: list[Features]) -> None:
    with pytest.raises(InvalidValueError, match="consecutive"):
        Features.join(parts)


def test_a_stretch_outside_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="not among"):
        features(3, first=2).stretch(1, 2)


def test_a_clip_of_the_wrong_shape_or_type_is_refused() -> None:
    right = {
        "grid": Grid(),
        "first_segment": 0,
        "pictures": np.zeros((2, 1, 8, 8, 3), np.uint8),
        "sound": np.zeros((2, 16000), np.float32),
        "has_picture": np.ones(2, bool),
        "has_sound": np.ones(2, bool),
    }
    assert len(Clip(**right)) == 2
    for name, wrong in {
        "pictures": np.zeros((2, 8, 8, 3), np.uint8),
        "sound": np.zeros((2, 15999), np.float32),
        "has_sound": np.ones(3, bool),
    }.items():
        with pytest.raises(InvalidValueError, match=name):
            Clip(**{**right, name: wrong})
    with pytest.raises(InvalidValueError, match="float32 sound"):
        Clip(**{**right, "sound": np.zeros((2, 16000))})


def test_scores_have_a_column_for_every_category() -> None:
    with pytest.raises(InvalidValueError, match="events"):
        Scores(Grid(), Categories(("a", "b")), np.zeros((3, 3), np.float32), np.zeros(3, bool))
