"""The user's own photos and sounds: who is a category, who is held out, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seehear.core.errors import InvalidValueError, MediaError, Reason
from seehear.core.time import Span
from seehear.core.values import SAMPLE_RATE_HZ
from seehear.data.scenes import PhotographedMaterial, PictureSettings, ScenePlan, plan_scenes
from seehear.data.scenes.cases import Played, Shown
from seehear.data.scenes.photographed import active_part
from seehear.data.scenes.render import scene_pictures, scene_sound

PICTURES = PictureSettings(64, 48, 10)
COLOURS = {"cat": (220, 40, 40), "dog": (40, 220, 40), "background": (20, 20, 20)}


def read_tone(path: Path) -> np.ndarray:
    """The file's text is a frequency in Hz."""
    return np.sin(2 * np.pi * float(path.read_text()) * np.arange(8000) / SAMPLE_RATE_HZ).astype(np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, colour in COLOURS.items():
        (tmp_path / "photos" / name).mkdir(parents=True)
        noise = np.random.default_rng(0).integers(-20, 20, (80, 100, 3))
        for number in range(6):
            picture = np.clip(np.array(colour) + noise + number, 0, 255).astype(np.uint8)
            Image.fromarray(picture).save(tmp_path / "photos" / name / f"{number}.png")
    for name, frequency in (("cat", 500), ("dog", 1500), ("rain", 3000)):
        (tmp_path / "sounds" / name).mkdir(parents=True)
        for number in range(3):
            for take in "AB":
                (tmp_path / "sounds" / name / f"1-{number}-{take}.txt").write_text(str(frequency))
    (tmp_path / "sounds" / "cat" / ".hidden").write_text("not a sound")
    return tmp_path


def material(folder: Path, **options) -> PhotographedMaterial:
    return PhotographedMaterial.open(folder, read_sound=read_tone, **options)


def scene(**changes) -> ScenePlan:
    values = {"shown": (), "played": (), **changes}
    return ScenePlan("a.mp4", (1,), "plain", 4.0, ("cat", "dog"), values["shown"], values["played"])


def test_categories_are_the_names_with_photos_and_sounds(folder):
    found = material(folder)
    assert found.categories.names == ("cat", "dog")
    assert found.distractors == ("rain",)
    assert len(found.sounds["cat"]) == 6


def test_the_photo_is_in_view_and_the_recording_heard_where_planned(folder):
    made = scene(shown=(Shown(0, Span(1, 3)),), played=(Played(1, Span(2, 4)),))
    pictures = np.stack(list(scene_pictures(made, material(folder), PICTURES))).astype(int)
    red = (pictures[..., 0] > 150) & (pictures[..., 1] < 110)
    assert (red.sum(axis=(1, 2)) > 300).tolist() == [10 <= frame < 30 for frame in range(40)]
    sound = scene_sound(made, material(folder))
    assert not sound[: 2 * SAMPLE_RATE_HZ].any()
    spectrum = np.abs(np.fft.rfft(sound[2 * SAMPLE_RATE_HZ :]))
    assert spectrum.argmax() / 2 == pytest.approx(1500, abs=2)


def test_motion_follows_sound_only_where_asked(folder):
    made = scene(shown=(Shown(0, Span(0, 4), (Span(1, 3),)),), played=(Played(0, Span(1, 3)),))

    def moving(seed: int, **options) -> np.ndarray:
        plan = ScenePlan("a.mp4", (seed,), "plain", 4.0, made.cast, made.shown, made.played)
        frames = np.stack(list(scene_pictures(plan, material(folder, **options), PICTURES))).astype(int)
        return np.abs(np.diff(frames, axis=0)).sum(axis=(1, 2, 3)) > 0

    for seed in range(6):
        follows = moving(seed, motion_follows_sound=True)
        assert not follows[:9].any()
        assert follows[10:29].mean() > 0.8
        assert not follows[31:].any()
    free = [moving(seed).mean() for seed in range(12)]
    assert {share > 0.5 for share in free} == {True, False}  # some move all the time, some never
    assert min(free) == 0


def test_a_third_is_held_out_and_no_recording_is_on_both_sides(folder):
    training, held_out = material(folder).split()
    for kind in ("photos", "sounds"):
        for name, files in getattr(material(folder), kind).items():
            kept, out = getattr(training, kind)[name], getattr(held_out, kind)[name]
            assert sorted(kept + out) == sorted(files)
            assert not set(kept) & set(out)
            assert len(out) == 2
    for name in ("cat", "dog", "rain"):
        recordings = [{file.stem[:-2] for file in part.sounds[name]} for part in (training, held_out)]
        assert not recordings[0] & recordings[1]


def test_the_split_follows_the_names_and_the_seed_alone(folder):
    first = material(folder).split(seed=1)
    assert first[1].photos == material(folder).split(seed=1)[1].photos
    assert any(first[1].photos != material(folder).split(seed=seed)[1].photos for seed in range(2, 6))


def test_a_category_of_one_file_cannot_be_split(folder):
    for file in sorted((folder / "photos" / "cat").iterdir())[1:]:
        file.unlink()
    with pytest.raises(InvalidValueError, match="'cat' has a single photo or recording"):
        material(folder).split()


def test_too_little_material_is_an_error_that_says_what_was_found(folder, tmp_path):
    for file in (folder / "sounds" / "dog").iterdir():
        file.unlink()
    with pytest.raises(InvalidValueError, match="photos of background, cat, dog and sounds of cat, rain"):
        material(folder)
    with pytest.raises(InvalidValueError, match="photos of nothing and sounds of nothing"):
        material(tmp_path / "absent")


def test_files_that_are_no_photo_or_no_sound_are_named(folder):
    for file in (folder / "photos" / "cat").iterdir():
        file.write_bytes(b"<svg onload=alert(1)>")
    with pytest.raises(MediaError, match="is not a photo that can be read"):
        list(scene_pictures(scene(shown=(Shown(0, Span(0, 4)),)), material(folder), PICTURES))
    silent = PhotographedMaterial.open(folder, read_sound=read_nothing)
    with pytest.raises(MediaError, match="holds no sound"):
        scene_sound(scene(played=(Played(0, Span(0, 4)),)), silent)


def read_nothing(path: Path) -> np.ndarray:
    return np.zeros(0, dtype=np.float32)


def test_a_photo_of_too_many_pixels_is_refused_before_it_is_decoded(folder):
    for file in (folder / "photos" / "cat").iterdir():
        file.unlink()
    Image.new("1", (9000, 9000)).save(folder / "photos" / "cat" / "huge.png")
    with pytest.raises(MediaError) as caught:
        list(scene_pictures(scene(shown=(Shown(0, Span(0, 4)),)), material(folder), PICTURES))
    assert caught.value.reason == Reason.OVER_LIMIT


def test_pauses_are_left_out_so_that_heard_means_audible():
    bark = np.sin(np.arange(4000)).astype(np.float32)
    recording = np.concatenate([np.zeros(16000, np.float32), bark, np.zeros(60000, np.float32)])
    active = active_part(recording)
    assert len(bark) <= len(active) <= len(bark) + 2 * 3 * 800 + 800
    assert np.abs(active).max() == np.abs(bark).max()
    steady = np.ones(16000, np.float32)
    np.testing.assert_array_equal(active_part(steady), steady)
    assert len(active_part(np.zeros(16000, np.float32))) == 16000


def test_scenes_of_the_shared_assets(shared):
    assets = PhotographedMaterial.open(shared / "assets", read_sound=read_steady)
    assert assets.categories.names == ("bird", "cat", "clock", "dog", "guitar", "helicopter", "rooster", "saxophone")
    assert assets.distractors == ("baby", "chainsaw", "fire", "rain", "sea", "sneeze")
    training, held_out = assets.split()
    for name in assets.categories:
        for kind in ("photos", "sounds"):
            kept, out = len(getattr(training, kind)[name]), len(getattr(held_out, kind)[name])
            assert 0.3 < out / (kept + out) < 0.45
    for plan in plan_scenes(3, assets.categories, seed=0):
        assert len(list(scene_pictures(plan, held_out, PICTURES))) == 100
        assert len(scene_sound(plan, held_out)) == 160_000


def read_steady(path: Path) -> np.ndarray:
    return np.ones(16000, dtype=np.float32)
