"""The contract of every extractor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from seehear.core.errors import InvalidValueError, UnknownNameError
from seehear.features import EXTRACTORS, load_extractor


@pytest.fixture(params=["builtin", "light"])
def extractor(request):
    if request.param == "light":
        request.getfixturevalue("real_weights")
    return load_extractor(request.param)


def part(clip, first, last):
    arrays = {name: getattr(clip, name)[first:last] for name in ("pictures", "sound", "has_picture", "has_sound")}
    return replace(clip, first_segment=first, **arrays)


def test_features_have_the_sizes_the_extractor_says(extractor, make_clip):
    features = extractor.extract(make_clip(extractor, 2))
    assert features.visual.shape == (2, *extractor.grid_shape, extractor.visual_channels)
    assert features.audio.shape == (2, extractor.audio_channels)
    assert features.visual.dtype == features.audio.dtype == np.float32
    for scores, names in (
        (features.visual_scores, extractor.visual_classes),
        (features.audio_scores, extractor.audio_classes),
    ):
        assert (scores is None) == (names is None)
        if scores is not None:
            assert scores.shape == (2, len(names))
            assert scores.min() >= 0
            assert scores.max() <= 1


def test_features_do_not_depend_on_how_the_video_was_cut(extractor, make_clip):
    clip = make_clip(extractor, 7)
    whole = extractor.extract(clip)
    joined = type(whole).join([extractor.extract(part(clip, *ends)) for ends in ((0, 1), (1, 6), (6, 7))])
    for name in ("visual", "audio"):
        np.testing.assert_allclose(getattr(joined, name), getattr(whole, name), atol=1e-5)


def test_missing_segments_are_zero_and_flagged_and_change_no_other(extractor, make_clip):
    clip = make_clip(extractor, 3)
    whole = extractor.extract(clip)
    holes = extractor.extract(
        replace(clip, has_picture=np.array([True, False, True]), has_sound=np.array([False, True, True]))
    )
    assert holes.missing.tolist() == [True, True, False]
    assert not holes.visual[1].any()
    assert not holes.audio[0].any()
    np.testing.assert_allclose(holes.visual[[0, 2]], whole.visual[[0, 2]], atol=1e-5)
    np.testing.assert_allclose(holes.audio[1:], whole.audio[1:], atol=1e-5)


def test_a_clip_without_anything_and_a_clip_of_no_segments_have_features(extractor, make_clip):
    clip = make_clip(extractor, 2)
    nothing = np.zeros(2, bool)
    assert not extractor.extract(replace(clip, has_picture=nothing, has_sound=nothing)).visual.any()
    assert len(extractor.extract(part(clip, 0, 0))) == 0


def test_pictures_of_another_size_are_refused(extractor, make_clip):
    clip = make_clip(extractor, 1)
    with pytest.raises(InvalidValueError, match="pictures"):
        extractor.extract(replace(clip, pictures=clip.pictures[:, :, :-1]))


def test_sound_that_is_not_finite_is_refused(make_clip):
    extractor = load_extractor("builtin")
    clip = make_clip(extractor, 1)
    clip.sound[0, 7] = np.nan
    with pytest.raises(InvalidValueError, match="NaN"):
        extractor.extract(clip)


def test_the_fingerprint_changes_when_anything_does():
    builtin = load_extractor("builtin")
    fingerprints = {builtin.fingerprint, load_extractor("builtin").fingerprint}
    assert len(fingerprints) == 1
    fingerprints.add(replace(builtin, name="other").fingerprint)
    for encoder in ("pictures", "sound"):
        for change in ({"version": 2}, {"weights": "0" * 64}, {"log_offset": 0.5}):
            changed = type(getattr(builtin, encoder))()
            changed.recipe = {**changed.recipe, **change}
            fingerprints.add(replace(builtin, **{encoder: changed}).fingerprint)
    assert len(fingerprints) == 8


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(UnknownNameError, match="builtin, light, paper"):
        load_extractor("heavy")
    assert list(EXTRACTORS) == ["builtin", "light", "paper"]
