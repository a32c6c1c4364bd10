"""The real files: what is decoded from a rendered MP4 is what its labels say."""

from __future__ import annotations

import numpy as np
import pytest

from seehear.core.values import Clip
from seehear.data.scenes import DrawnMaterial, PlanSettings, plan_scenes, read_scenes, render_scenes
from seehear.media import open_video, write_video

MATERIAL = DrawnMaterial()


def decoded(path) -> Clip:
    with open_video(path, picture_size=64, pictures_per_segment=2) as video:
        (clip,) = list(video)
    return clip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Six `plain` scenes without noise: silent and empty but for the event."""
    settings = PlanSettings(proportions=(("plain", 1.0),), noise_share=0, moving_camera_share=0)
    plans = plan_scenes(6, MATERIAL.categories, seed=8, settings=settings)
    return render_scenes(tmp_path_factory.mktemp("scenes"), plans, MATERIAL, write_video=write_video)


def test_what_is_decoded_is_seen_and_heard_where_the_labels_say(folder):
    labels = read_scenes(folder)
    for name, classes in zip(labels.names, labels.segment_classes, strict=True):
        clip = decoded(folder / name)
        assert len(clip) == 10
        assert clip.has_picture.all()
        assert clip.has_sound.all()
        event = classes != labels.categories.background
        loudness = np.sqrt(np.mean(clip.sound[:, 1600:-1600] ** 2, axis=1))
        assert ((loudness > 0.01) == event).all(), name
        pictures = clip.pictures[:, 0].astype(int)
        empty = pictures[~event][0]
        differs = (np.abs(pictures - empty).max(axis=-1) > 40).mean(axis=(1, 2)) > 0.01
        assert (differs == event).all(), name


def test_the_same_seed_gives_the_same_decoded_content(folder, tmp_path):
    settings = PlanSettings(proportions=(("plain", 1.0),), noise_share=0, moving_camera_share=0)
    plans = plan_scenes(2, MATERIAL.categories, seed=8, settings=settings)
    render_scenes(tmp_path, plans, MATERIAL, write_video=write_video, jobs=2)
    for plan in plans:
        one, other = decoded(folder / plan.name), decoded(tmp_path / plan.name)
        np.testing.assert_array_equal(one.pictures, other.pictures)
        np.testing.assert_array_equal(one.sound, other.sound)
