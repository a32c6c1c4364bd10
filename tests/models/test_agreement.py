"""Agreement: an event is what both encoders name, by hand-made class scores and on real clips."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seehear.core.errors import ExtractorMismatchError, InvalidValueError, NotFiniteError, UnknownNameError
from seehear.core.time import Grid
from seehear.core.values import Features, Scores
from seehear.models.agreement import Agreement, AgreementSettings, certainty
from seehear.models.groups import INSTRUMENTS, Group

GROUPS = (
    Group("dog", "pug; beagle", "Bark; Yip"),
    Group("ambulance", "ambulance", "Siren"),
    Group("police car", "police van", "Siren"),
)
VISUAL = ("background", "pug", "beagle", "ambulance", "police van")
AUDIO = ("Speech", "Music", "Bark", "Yip", "Siren")


ASIDE = AgreementSettings(steady=False, music_weight=0.0)
"""Every segment by itself, every sound by its own name."""


def features(*segments: tuple[dict[str, float], dict[str, float]], missing_picture: tuple[int, ...] = ()) -> Features:
    """One segment for each pair of what the picture and the sound encoder say of it."""
    count = len(segments)
    visual_scores = np.array([[seen.get(name, 0.0) for name in VISUAL] for seen, _ in segments], np.float32)
    audio_scores = np.array([[heard.get(name, 0.0) for name in AUDIO] for _, heard in segments], np.float32)
    return Features(
        grid=Grid(),
        first_segment=0,
        fingerprint="hand-made",
        visual=np.zeros((count, 1, 1, 1), np.float32),
        audio=np.zeros((count, 1), np.float32),
        has_picture=np.array([index not in missing_picture for index in range(count)]),
        has_sound=np.ones(count, bool),
        visual_scores=visual_scores,
        audio_scores=audio_scores,
    )


def score(*segments, settings: AgreementSettings | None = None, **options) -> Scores:
    (scores,) = Agreement(VISUAL, AUDIO, settings, groups=GROUPS).score([features(*segments, **options)])
    return scores


def found(scores: Scores) -> list[set[str]]:
    """The categories of each segment that reach one half."""
    return [{name for name, value in zip(scores.categories, row, strict=True) if value >= 0.5} for row in scores.events]


def test_what_is_both_seen_and_heard_is_an_event():
    assert found(score(({"pug": 0.9}, {"Bark": 0.9}))) == [{"dog"}]


def test_what_is_only_seen_or_only_heard_is_none():
    assert found(score(({"pug": 1.0}, {"Speech": 1.0}), ({"background": 1.0}, {"Bark": 1.0}))) == [set(), set()]


def test_one_thing_seen_and_another_heard_is_none():
    assert found(score(({"pug": 1.0}, {"Siren": 1.0}), ({"ambulance": 1.0}, {"Bark": 1.0}))) == [set(), set()]


def test_the_eye_says_whose_siren_it_is():
    assert found(score(({"ambulance": 0.8}, {"Siren": 0.9}), ({"police van": 0.8}, {"Siren": 0.9}))) == [
        {"ambulance"},
        {"police car"},
    ]


def test_an_encoder_unsure_of_the_breed_is_still_sure_of_the_dog():
    breeds_apart = score(({"pug": 0.1}, {"Bark": 1.0}), ({"beagle": 0.1}, {"Bark": 1.0}))
    together = score(({"pug": 0.1, "beagle": 0.1}, {"Bark": 1.0}))
    assert found(breeds_apart) == [set(), set()]
    assert found(together) == [{"dog"}]


def test_two_faint_names_for_a_sound_do_not_add_up():
    assert found(score(({"pug": 1.0}, {"Bark": 0.1, "Yip": 0.1}))) == [set()]


@pytest.mark.parametrize(("seen", "heard"), [(0.3, 0.6), (0.05, 0.9)])
def test_one_half_is_where_both_reach_their_thresholds(seen, heard):
    settings = AgreementSettings(seen_threshold=seen, heard_threshold=heard, steady=False)
    dog = score(
        ({"pug": seen}, {"Bark": heard}),
        ({"pug": seen * 0.99}, {"Bark": 1.0}),
        ({"pug": 1.0}, {"Bark": heard * 0.99}),
        settings=settings,
    ).events[:, 0]
    assert dog[0] == pytest.approx(0.5, abs=1e-6)
    assert dog[1] < 0.5
    assert dog[2] < 0.5


@pytest.mark.parametrize(
    ("settings", "expected"), [(AgreementSettings(music_weight=0.0), set()), (AgreementSettings(), {"banjo"})]
)
def test_music_names_the_instrument_in_view_only_where_asked_for(settings, expected):
    banjo = next(group for group in INSTRUMENTS if group.category == "banjo")
    model = Agreement(
        ("background", "pug", "beagle", "banjo", "drum"),
        ("Speech", "Music", "Bark", "Yip", "Banjo"),
        settings,
        groups=(GROUPS[0], banjo),
    )
    playing = features(({}, {"Music": 0.9}))
    playing.visual_scores[0] = [0.0, 0.5, 0.0, 0.5, 0.0]  # a dog beside a banjo
    (scores,) = model.score([playing])
    assert found(scores) == [expected]


def test_a_segment_whose_picture_was_not_decoded_scores_nothing_and_says_so():
    scores = score(({"pug": 1.0}, {"Bark": 1.0}), ({"pug": 1.0}, {"Bark": 1.0}), missing_picture=(1,))
    assert found(scores) == [{"dog"}, set()]
    assert scores.missing.tolist() == [False, True]
    assert not scores.events[1].any()


def band(*segments: tuple[list[float], list[float]], settings: AgreementSettings | None = None) -> list[set[str]]:
    """What is found of a banjo and a harp, from the scores of (background, banjo, harp) and (Music, Banjo, Harp)."""
    groups = tuple(group for group in INSTRUMENTS if group.category in ("banjo", "harp"))
    given = features(*[({}, {})] * len(segments))
    scored = replace(
        given,
        visual_scores=np.array([seen for seen, _ in segments], np.float32),
        audio_scores=np.array([heard for _, heard in segments], np.float32),
    )
    (scores,) = Agreement(("background", "banjo", "harp"), ("Music", "Banjo", "Harp"), settings, groups=groups).score(
        [scored]
    )
    return found(scores)


def test_music_stands_for_the_instrument_that_is_most_in_view_and_for_no_other():
    assert band(([0.0, 0.6, 0.4], [0.9, 0.0, 0.0]), ([0.0, 0.3, 0.7], [0.9, 0.0, 0.0])) == [{"banjo"}, {"harp"}]


def test_music_stands_for_nothing_where_the_ear_names_an_instrument():
    assert band(([0.0, 0.9, 0.1], [0.9, 0.0, 0.05])) == [set()]
    assert band(([0.0, 0.9, 0.1], [0.9, 0.0, 0.01])) == [{"banjo"}]


def test_music_without_an_instrument_in_view_is_no_event():
    assert band(([1.0, 0.0, 0.0], [1.0, 0.0, 0.0])) == [set()]


def test_a_thing_in_view_before_and_after_is_in_view_between():
    barks = [({"pug": 0.9}, {}), ({"pug": 0.0}, {"Bark": 0.9}), ({"pug": 0.8}, {})]
    assert found(score(*barks)) == [set(), {"dog"}, set()]
    assert found(score(*barks, settings=ASIDE)) == [set(), set(), set()]
    assert found(score(*barks[:2])) == [set(), set()]


def test_a_sound_before_and_after_is_not_heard_between():
    assert found(score(*[({"pug": 0.9}, {"Bark": heard}) for heard in (0.9, 0.0, 0.9)])) == [{"dog"}, set(), {"dog"}]


def test_without_neighbours_windows_give_the_scores_of_the_whole():
    generator = np.random.default_rng(0)
    whole = features(*[({}, {})] * 20)
    whole.visual_scores[:] = generator.random(whole.visual_scores.shape)
    whole.audio_scores[:] = generator.random(whole.audio_scores.shape)
    model = Agreement(VISUAL, AUDIO, ASIDE, groups=GROUPS)
    (together,) = model.score([whole])
    apart = model.score([whole.stretch(0, 7), whole.stretch(7, 13)])
    assert np.array_equal(np.concatenate([part.events for part in apart]), together.events)
    assert together.events.any()


def test_scores_explain_themselves_by_the_evidence_of_both_witnesses():
    scores = score(({"pug": 0.3, "beagle": 0.4}, {"Bark": 0.6, "Yip": 0.2}))
    assert scores.details["seen"][0, 0] == pytest.approx(0.7)
    assert scores.details["heard"][0, 0] == pytest.approx(0.6)
    assert scores.attention is None


def test_certainty_rises_from_nothing_through_one_half_at_the_threshold():
    values = certainty(np.linspace(0, 1, 101), 0.2)
    assert values[0] == 0
    assert values[20] == pytest.approx(0.5)
    assert (np.diff(values) > 0).all()
    assert 0.9 < values[-1] < 1


def test_an_extractor_that_names_nothing_is_refused_with_the_one_to_take():
    with pytest.raises(ExtractorMismatchError, match="use the extractor 'light'"):
        Agreement(None, AUDIO)


def test_features_without_the_class_scores_are_refused():
    model = Agreement(VISUAL, AUDIO, groups=GROUPS)
    named = features(({}, {}))
    with pytest.raises(ExtractorMismatchError, match="no class scores"):
        model.score([replace(named, visual_scores=None)])
    with pytest.raises(ExtractorMismatchError, match="4 and 5 classes"):
        model.score([replace(named, visual_scores=named.visual_scores[:, :4])])


def test_class_scores_that_are_no_numbers_are_refused():
    broken = features(({"pug": float("nan")}, {}))
    with pytest.raises(NotFiniteError):
        Agreement(VISUAL, AUDIO, groups=GROUPS).score([broken])


def test_an_encoder_with_other_classes_than_the_groups_need_is_refused():
    with pytest.raises(UnknownNameError):
        Agreement(VISUAL, AUDIO)


@pytest.mark.parametrize("wrong", [{"seen_threshold": 0.0}, {"heard_threshold": 1.5}, {"music_weight": -1.0}])
def test_settings_outside_their_range_are_refused(wrong):
    with pytest.raises(InvalidValueError, match=next(iter(wrong))):
        AgreementSettings(**wrong)


@pytest.fixture(scope="module")
def segments_with_a_dog(shared: Path):
    """Names a clip's segments in which the real encoders agree on a dog."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEEHEAR_HOME", str(shared / "weights"))
        from seehear.features import load_extractor
        from seehear.media import open_video

        extractor = load_extractor("light")
    model = Agreement(extractor.visual_classes, extractor.audio_classes)
    dog = model.categories.number("dog")

    def find(name: str) -> list[int]:
        with open_video(shared / "clips/events" / name, picture_size=extractor.picture_size) as video:
            (scores,) = model.score([Features.join([extractor.extract(clip) for clip in video])])
        return np.flatnonzero(scores.events[:, dog] >= 0.5).tolist()

    return find


def test_a_real_bark_in_view_is_found_and_the_silence_between_is_not(segments_with_a_dog):
    assert segments_with_a_dog("SpecVQGAN__video_02677.mp4") == [1, 2, 4, 5]


def test_a_real_dog_that_is_seen_while_people_speak_is_no_event(segments_with_a_dog):
    assert segments_with_a_dog("Video-LLaMA__skateboarding_dog.mp4") == []
