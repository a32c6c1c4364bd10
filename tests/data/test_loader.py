"""Batches: the same for the same (seed, epoch), every clip once, and blind where supervision is weak."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from seehear.core.errors import InvalidValueError
from seehear.data.loader import batch_indices, batches, weak_view
from seehear.data.recombine import Recombiner
from tests.data.small_data import dataset_of

generator = np.random.default_rng(0)
DATA = dataset_of(generator.integers(0, 3, (23, 4)).tolist(), generator.integers(0, 3, (23, 4)).tolist())


def test_every_clip_comes_once_per_epoch_in_a_new_order():
    first, second = batch_indices(23, 5, seed=1, epoch=0), batch_indices(23, 5, seed=1, epoch=1)
    assert [len(batch) for batch in first] == [5, 5, 5, 5, 3]
    assert sorted(np.concatenate(first)) == sorted(np.concatenate(second)) == list(range(23))
    assert np.concatenate(first).tolist() != np.concatenate(second).tolist()
    assert np.concatenate(first).tolist() != list(range(23))


def test_a_resumed_run_sees_the_same_batches():
    recombiner = Recombiner(DATA, seed=1)
    whole = list(batches(DATA, 5, seed=1, epoch=3, recombiner=recombiner))
    resumed = list(batches(DATA, 5, seed=1, epoch=3, first_batch=2, recombiner=Recombiner(DATA, seed=1)))
    assert len(resumed) == len(whole) - 2
    for one, other in zip(whole[2:], resumed, strict=True):
        for item in fields(one):
            assert torch.equal(getattr(one, item.name), getattr(other, item.name))


def test_a_batch_holds_its_clips_as_float32_whatever_they_are_stored_as():
    half = replace(DATA, visual=DATA.visual.astype(np.float16), audio=DATA.audio.astype(np.float16))
    (batch,) = batches(half, 100, seed=0)
    assert batch.visual.dtype == batch.audio.dtype == torch.float32
    assert batch.segment_classes.dtype == batch.clip_classes.dtype == batch.indices.dtype == torch.int64
    order = batch.indices.numpy()
    np.testing.assert_array_equal(batch.visual.numpy(), DATA.visual[order])
    np.testing.assert_array_equal(batch.audio.numpy(), DATA.audio[order])
    np.testing.assert_array_equal(batch.segment_classes.numpy(), DATA.segment_classes[order])
    np.testing.assert_array_equal(batch.clip_classes.numpy(), DATA.clip_classes[order])


def test_evaluation_keeps_the_order():
    assert torch.cat([batch.indices for batch in batches(DATA, 4, shuffle=False)]).tolist() == list(range(23))


def test_a_recombined_batch_carries_the_new_audio_with_the_new_labels():
    recombiner = Recombiner(DATA, seed=5, share=1.0)
    for number, batch in enumerate(batches(DATA, 5, seed=5, epoch=2, recombiner=recombiner)):
        made = recombiner(batch.indices.numpy(), 2 * 5 + number)
        np.testing.assert_array_equal(batch.audio.numpy(), made.audio(DATA.audio))
        np.testing.assert_array_equal(batch.segment_classes.numpy(), made.segment_classes)
        np.testing.assert_array_equal(batch.clip_classes.numpy(), made.clip_classes)
        np.testing.assert_array_equal(batch.visual.numpy(), DATA.visual[batch.indices.numpy()])


def test_the_weak_view_carries_no_segment_label():
    view = weak_view(DATA)
    assert {item.name for item in fields(view)} == {"categories", "names", "visual", "audio", "clip_classes"}
    assert not hasattr(view, "segment_classes")


def test_permuted_segment_labels_change_not_one_bit_of_weak_training():
    shuffled = replace(
        DATA,
        segment_classes=DATA.segment_classes[:, ::-1].copy(),
        seen_classes=DATA.seen_classes[:, ::-1].copy(),
        heard_classes=DATA.heard_classes[:, ::-1].copy(),
    )
    pairs = zip(batches(weak_view(DATA), 5), batches(weak_view(shuffled), 5), strict=True)
    for one, other in pairs:
        assert one.segment_classes is None
        assert other.segment_classes is None
        for name in ("visual", "audio", "clip_classes", "indices"):
            assert torch.equal(getattr(one, name), getattr(other, name))


def test_recombination_is_no_way_around_weak_supervision():
    with pytest.raises(InvalidValueError, match="weak training may not see it"):
        next(batches(weak_view(DATA), 5, recombiner=Recombiner(DATA)))


def test_an_empty_batch_is_refused():
    with pytest.raises(InvalidValueError, match="at least one clip"):
        batch_indices(3, 0, seed=0, epoch=0)
