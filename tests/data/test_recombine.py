"""Recombined clips: the label is what the chosen picture and the rolled sound truly make together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from seehear.core.errors import InvalidValueError
from seehear.data.dataset import SEVERAL
from seehear.data.recombine import Recombiner
from tests.data.small_data import BELL, DRUM, NONE, dataset_of

DATA = dataset_of(
    seen=[[BELL] * 4, [NONE, DRUM, DRUM, NONE], [NONE] * 4, [BELL, BELL, SEVERAL, DRUM]],
    heard=[[NONE, BELL, BELL, NONE], [NONE, DRUM, NONE, NONE], [BELL, NONE, NONE, DRUM], [BELL, SEVERAL, DRUM, NONE]],
)
EVERY = np.arange(len(DATA))


def test_the_label_is_what_is_seen_in_one_and_heard_in_the_other():
    recombine = Recombiner(DATA, share=1.0)
    pairs = 0
    for step in range(200):
        made = recombine(EVERY, step)
        for clip in range(3):
            other, shift = made.audio_indices[clip], made.shifts[clip]
            for segment in range(4):
                seen, heard = DATA.seen_classes[clip][segment], DATA.heard_classes[other][(segment - shift) % 4]
                expected = seen if seen == heard else NONE
                assert made.segment_classes[clip, segment] == expected
            pairs += other != clip
    assert pairs > 300


def test_the_audio_is_the_other_clips_rolled_forward_with_its_labels():
    recombine = Recombiner(DATA, share=1.0)
    for step in range(20):
        made = recombine(EVERY, step)
        audio = made.audio(DATA.audio)[:, :, 0]
        for clip in range(3):
            for segment in range(4):
                assert audio[clip, segment] == 10 * made.audio_indices[clip] + (segment - made.shifts[clip]) % 4


def test_a_rolled_sound_by_hand():
    made = replace(Recombiner(DATA)(EVERY[:1], 0), audio_indices=np.array([2]), shifts=np.array([1]))
    assert made.audio(DATA.audio)[0, :, 0].tolist() == [23, 20, 21, 22]


def test_the_clips_class_is_its_events_category_or_background():
    recombine = Recombiner(DATA, share=1.0)
    seen = set()
    for step in range(50):
        made = recombine(EVERY, step)
        for row, clip in zip(made.segment_classes[:3], made.clip_classes[:3], strict=True):
            assert clip == next((label for label in row if label != NONE), NONE)
            seen.add(int(clip))
    assert seen == {BELL, DRUM, NONE}


def test_clips_whose_labels_would_be_uncertain_are_left_alone():
    recombine = Recombiner(DATA, share=1.0)
    for step in range(100):
        made = recombine(EVERY, step)
        assert (made.audio_indices[3], made.shifts[3]) == (3, 0)
        np.testing.assert_array_equal(made.segment_classes[3], DATA.segment_classes[3])
        assert made.clip_classes[3] == DATA.clip_classes[3]
        assert 3 not in made.audio_indices[:3]


def test_it_is_a_pure_function_of_seed_and_step():
    first, again, other = Recombiner(DATA, seed=1), Recombiner(DATA, seed=1), Recombiner(DATA, seed=2)
    for step in (7, 3):
        for name in ("audio_indices", "shifts", "segment_classes", "clip_classes"):
            np.testing.assert_array_equal(getattr(first(EVERY, step), name), getattr(again(EVERY, step), name))
    assert any((first(EVERY, step).shifts != other(EVERY, step).shifts).any() for step in range(10))
    assert any((first(EVERY, 0).shifts != first(EVERY, step).shifts).any() for step in range(1, 10))


def test_the_share_says_how_many_clips_are_recombined():
    many = np.zeros(4000, dtype=np.int64)
    for share in (0.0, 0.3, 1.0):
        made = Recombiner(DATA, share=share)(many, 0)
        changed = (made.audio_indices != 0) | (made.shifts != 0)
        untouched_by_chance = 1 / 3 * 1 / 4 * share  # its own audio, not rolled, drawn at random
        assert abs(changed.mean() - share) < untouched_by_chance + 0.11


def test_matched_partners_sound_what_is_in_view():
    many = np.zeros(500, dtype=np.int64)
    made = Recombiner(DATA, share=1.0, matched=1.0)(many, 0)
    assert set(made.audio_indices.tolist()) == {0, 2}  # the certain clips in which a bell is heard
    made = Recombiner(DATA, share=1.0, matched=0.0)(many, 0)
    assert set(made.audio_indices.tolist()) == {0, 1, 2}


def test_without_knowing_what_is_seen_and_heard_there_is_no_recombination():
    with pytest.raises(InvalidValueError, match="needs seen_classes and heard_classes"):
        Recombiner(replace(DATA, seen_classes=None))
    with pytest.raises(InvalidValueError, match="from 0 to 1"):
        Recombiner(DATA, share=1.5)
