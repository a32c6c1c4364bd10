"""What is rendered does what the plan says: it moves when it should, and it is loud exactly where it is heard."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from seehear.core.errors import InvalidValueError, UnknownNameError
from seehear.core.labels import Categories
from seehear.core.time import Span
from seehear.core.values import SAMPLE_RATE_HZ
from seehear.data.scenes import DrawnMaterial, PictureSettings, ScenePlan, plan_scenes, read_scenes, render_scenes
from seehear.data.scenes.cases import DISTRACTORS, Disturbance, Played, Shown
from seehear.data.scenes.drawn import LOOKS, drawn
from seehear.data.scenes.render import scene_pictures, scene_sound
from seehear.data.scenes.synthesis import SOUNDS, Voice
from seehear.data.scenes.untrimmed import plan_untrimmed, render_untrimmed
from tests.data.written import read_arrays, write_arrays

PICTURES = PictureSettings(64, 48, 10)
MATERIAL = DrawnMaterial()


def plan(category: str, *, other: str = "saw", **changes) -> ScenePlan:
    made = ScenePlan("a.mp4", (9, 4), "plain", 10.0, (category, other), (), ())
    return replace(made, **changes)


def pictures_of(made: ScenePlan) -> np.ndarray:
    return np.stack(list(scene_pictures(made, MATERIAL, PICTURES))).astype(np.int64)


def loudness_by_second(made: ScenePlan) -> np.ndarray:
    return np.sqrt(np.mean(scene_sound(made, MATERIAL).reshape(10, SAMPLE_RATE_HZ) ** 2, axis=1))


@pytest.mark.parametrize("category", MATERIAL.categories)
def test_a_drawn_object_moves_exactly_where_the_plan_says(category):
    made = plan(category, shown=(Shown(0, Span(0, 10), (Span(3, 6),)),), played=(Played(0, Span(3, 6)),))
    changes = np.abs(np.diff(pictures_of(made), axis=0)).sum(axis=(1, 2, 3))  # between frames k and k + 1
    assert (changes[:29] == 0).all()
    assert (changes[30:58] > 0).mean() > 0.75
    assert (changes[60:] == 0).all()


@pytest.mark.parametrize("category", MATERIAL.categories)
def test_a_drawn_object_is_in_view_exactly_where_the_plan_says(category):
    empty = pictures_of(plan(category))
    made = plan(category, shown=(Shown(0, Span(2, 7), (Span(2, 7),)),))
    visible = np.abs(pictures_of(made) - empty).max(axis=(1, 2, 3)) > 20
    assert visible.tolist() == [20 <= frame < 70 for frame in range(100)]


@pytest.mark.parametrize("category", MATERIAL.categories)
def test_a_sound_is_loud_exactly_where_the_plan_says(category):
    loudness = loudness_by_second(plan(category, played=(Played(0, Span(3, 7), 0.5),)))
    assert (loudness[3:7] > 0.02).all()
    assert (loudness[:3] == 0).all()
    assert (loudness[7:] == 0).all()


@pytest.mark.parametrize("kind", DISTRACTORS)
def test_a_disturbance_sounds_where_the_plan_says(kind):
    loudness = loudness_by_second(plan("bell", disturbances=(Disturbance(kind, Span(2, 8)),)))
    assert (loudness[2:8] > 0.02).all()
    assert (loudness[:2] == 0).all()
    assert (loudness[8:] == 0).all()


def test_loudness_is_as_planned_and_nothing_is_clipped():
    made = plan("siren", played=(Played(0, Span(0, 10), 0.5),))
    np.testing.assert_allclose(loudness_by_second(made), 0.06, rtol=0.05)
    crowd = plan("drum", played=(Played(0, Span(0, 10)), Played(1, Span(0, 10))), noise=1.0)
    crowd = replace(crowd, disturbances=tuple(Disturbance(kind, Span(0, 10)) for kind in DISTRACTORS))
    assert np.abs(scene_sound(crowd, MATERIAL)).max() <= 1


@pytest.mark.parametrize("category", ["drum", "ball", "metronome", "bird"])
def test_the_stroke_is_heard_at_half_beats(category):
    sound = np.abs(SOUNDS[category](Voice(tempo_hz=2.0, pitch=1.0, seed=0), 4.0))
    strokes = [0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.25, 3.75]
    for stroke in strokes:
        at = round(stroke * SAMPLE_RATE_HZ)
        assert sound[at : at + 1600].max() > 10 * sound[at - 400 : at].max()


def test_the_ball_is_lowest_and_the_bell_swings_furthest_at_the_stroke():
    def lowest(beat: float) -> int:
        coloured = np.asarray(drawn("ball", (255, 0, 0), beat, 64)).astype(int)
        red = (coloured[..., 0] > 200) & (coloured[..., 1] < 80) & (coloured[..., 3] > 200)
        return int(np.flatnonzero(red.any(axis=1)).max())

    def centre(beat: float) -> float:
        return float(np.flatnonzero(np.asarray(drawn("bell", (255, 0, 0), beat, 64))[32:, :, 3].any(axis=0)).mean())

    heights = {beat: lowest(beat) for beat in (0.0, 0.25, 0.5, 0.75, 1.0)}
    assert max(heights, key=lambda beat: heights[beat]) == 0.5
    middle = centre(0.0)
    assert abs(centre(0.5) - middle) > abs(centre(0.25) - middle) > 2
    assert (centre(0.5) - middle) * (centre(1.5) - middle) < 0


def test_a_moving_camera_moves_what_stands_still():
    standing = plan("bell", shown=(Shown(0, Span(0, 10)),))
    assert (np.diff(pictures_of(standing), axis=0) == 0).all()
    for camera in ("pan", "shake"):
        changes = np.abs(np.diff(pictures_of(replace(standing, camera=camera)), axis=0)).sum(axis=(1, 2, 3))
        assert (changes > 0).mean() > 0.3


def test_objects_vary_in_place_size_and_colour():
    seen = [
        pictures_of(plan("drum", seed=(seed,), duration_seconds=0.1, shown=(Shown(0, Span(0, 1)),)))[0]
        - pictures_of(plan("drum", seed=(seed,), duration_seconds=0.1))[0]
        for seed in range(12)
    ]
    masks = [np.abs(difference).sum(axis=-1) > 30 for difference in seen]
    areas = [int(mask.sum()) for mask in masks]
    columns = [float(np.argwhere(mask)[:, 1].mean()) for mask in masks]
    assert max(areas) > 1.5 * min(areas)
    assert max(columns) - min(columns) > 10


def test_every_drawn_category_looks_and_sounds_unlike_the_others():
    assert set(LOOKS) == set(SOUNDS)
    assert len(LOOKS) >= 8
    spectra = []
    for name in LOOKS:
        sound = SOUNDS[name](Voice(2.0, 1.0, 0), 4.0)
        power = np.abs(np.fft.rfft(sound)) ** 2
        spectra.append(np.add.reduceat(power, np.geomspace(200, 31000, 24).astype(int)) / power.sum())
    likeness = np.corrcoef(spectra) - np.eye(len(spectra))
    assert likeness.max() < 0.9


def test_the_same_seed_gives_the_same_pictures_sound_and_labels(tmp_path):
    plans = plan_scenes(4, MATERIAL.categories, seed=11)
    for folder in ("a", "b"):
        render_scenes(tmp_path / folder, plans, MATERIAL, write_video=write_arrays, pictures=PICTURES)
    for made in plans:
        first, second = (read_arrays(tmp_path / folder / made.name) for folder in ("a", "b"))
        np.testing.assert_array_equal(first[0], second[0])
        np.testing.assert_array_equal(first[1], second[1])
    for name in ("labels.csv", "scenes.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    other = plan_scenes(4, MATERIAL.categories, seed=12)
    assert not np.array_equal(scene_sound(plans[0], MATERIAL), scene_sound(other[0], MATERIAL))


def test_two_processes_render_what_one_does(tmp_path):
    plans, done = plan_scenes(3, MATERIAL.categories, seed=1), []
    for jobs in (1, 2):
        render_scenes(
            tmp_path / str(jobs),
            plans,
            MATERIAL,
            write_video=write_arrays,
            pictures=PICTURES,
            jobs=jobs,
            progress=done.append,
        )
    assert done == [1, 2, 3] * 2
    assert not multiprocessing.active_children()
    for made in plans:
        one, two = (read_arrays(tmp_path / jobs / made.name) for jobs in ("1", "2"))
        np.testing.assert_array_equal(one[0], two[0])
        np.testing.assert_array_equal(one[1], two[1])


def test_rendering_that_goes_on_leaves_what_is_there(tmp_path):
    plans = plan_scenes(3, MATERIAL.categories, seed=5)
    written: list[str] = []

    def write(path, pictures, sound, **rates):
        written.append(path.name)
        path.write_bytes(b"video")

    (tmp_path / plans[1].name).write_bytes(b"video")
    reached: list[int] = []
    render_scenes(tmp_path, plans, MATERIAL, write_video=write, resume=True, progress=reached.append)
    assert written == [plans[0].name, plans[2].name]
    assert reached == [2, 3]
    assert read_scenes(tmp_path).names == tuple(plan.name for plan in plans)
    render_scenes(tmp_path, plans, MATERIAL, write_video=write)
    assert len(written) == 2 + 3


def test_frames_and_sound_last_as_long_as_the_plan(tmp_path):
    plans = plan_scenes(1, MATERIAL.categories, seed=0)
    render_scenes(tmp_path, plans, MATERIAL, write_video=write_arrays)
    pictures, sound = read_arrays(tmp_path / plans[0].name)
    assert pictures.shape == (120, 120, 160, 3)
    assert pictures.dtype == np.uint8
    assert sound.shape == (160_000,)
    assert sound.dtype == np.float32


def test_a_minute_holds_several_events_of_several_categories_with_gaps(tmp_path):
    for seed in range(20):
        made = plan_untrimmed(MATERIAL.categories, "a.mp4", seed=seed)
        events = made.events
        assert len(events) >= 4
        assert len({event.category for event in events}) >= 3
        assert all(event.end_seconds <= 60 and event.duration_seconds >= 3 for event in events)
        gaps = [after.start_seconds - before.end_seconds for before, after in pairwise(events)]
        assert min(gaps) >= 1
    truth = render_untrimmed(
        tmp_path / "long.mp4", MATERIAL, seed=0, duration_seconds=20, write_video=write_arrays, pictures=PICTURES
    )
    pictures, sound = read_arrays(tmp_path / "long.mp4")
    assert (len(pictures), len(sound)) == (200, 320_000)
    assert truth.events == plan_untrimmed(MATERIAL.categories, "long.mp4", seed=0, duration_seconds=20).events


def test_an_untrimmed_video_is_none_of_the_training_scenes():
    training = {made.seed for made in plan_scenes(2000, MATERIAL.categories, seed=0)}
    assert plan_untrimmed(MATERIAL.categories, "a.mp4", seed=0).seed not in training


def test_impossible_requests_are_refused(tmp_path):
    with pytest.raises(InvalidValueError, match="even sides"):
        PictureSettings(161, 120)
    with pytest.raises(UnknownNameError, match="known: bell, drum"):
        DrawnMaterial(Categories(("bell", "dragon")))
    with pytest.raises(InvalidValueError, match="same file name"):
        render_scenes(tmp_path, [plan("bell"), plan("drum")], MATERIAL, write_video=write_arrays)
    with pytest.raises(InvalidValueError, match="room for one act"):
        plan_untrimmed(MATERIAL.categories, "a.mp4", seed=0, duration_seconds=5)


class Clockwork:
    """Material whose only actor notes the clock it is drawn at."""

    categories, sizes = MATERIAL.categories, (0.5, 0.5)

    def __init__(self) -> None:
        self.clocks: list[float | None] = []

    def actor(self, category: str, random: np.random.Generator) -> Clockwork:
        return self

    def backdrop(self, width: int, height: int, random: np.random.Generator) -> Image.Image:
        return Image.new("RGB", (width, height))

    def picture(self, seconds: float, clock: float | None, side: int) -> Image.Image:
        self.clocks.append(clock)
        return Image.new("RGBA", (side, side))

    def clocks_of(self, made: ScenePlan) -> list[float | None]:
        list(scene_pictures(made, self, PictureSettings(64, 48, 1)))
        return self.clocks


def test_an_object_that_comes_into_view_moves_in_step_with_the_sound_that_was_there_before():
    made = plan("bell", shown=(Shown(0, Span(3, 6), (Span(3, 6),)),), played=(Played(0, Span(1, 9)),))
    assert Clockwork().clocks_of(made) == [2, 3, 4]


def test_an_object_starts_with_its_sound_and_rests_without_it():
    made = plan("bell", shown=(Shown(0, Span(0, 6), (Span(2, 5),)),), played=(Played(0, Span(2, 5)),))
    assert Clockwork().clocks_of(made) == [None, None, 0, 1, 2, None]


def test_an_object_that_moves_to_another_sound_keeps_its_own_time():
    made = plan(
        "bell", shown=(Shown(0, Span(0, 6), (Span(0, 6),)),), played=(Played(1, Span(0, 3)), Played(0, Span(3, 6)))
    )
    assert Clockwork().clocks_of(made) == [0, 1, 2, 0, 1, 2]
