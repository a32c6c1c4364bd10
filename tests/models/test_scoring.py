"""Stretches of features become scores, whatever their lengths and neighbours, or a clear refusal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from seehear.core.errors import ExtractorMismatchError, InvalidValueError, NotFiniteError
from seehear.core.inputs import WITH_CLASS_SCORES
from seehear.core.time import Grid
from seehear.core.values import Features
from seehear.models.calibration import Calibration
from seehear.models.checkpoint import ModelCard
from seehear.models.scoring import NetworkScorer
from seehear.models.zoo import build
from tests.models.test_checkpoint import CATEGORIES, card_of
from tests.models.zoo_cases import AUDIO, VISUAL, every_case, every_network, network_of


def features(segments: int, seed: int = 0) -> Features:
    random = np.random.default_rng(seed)
    return Features(
        grid=Grid(1.0),
        first_segment=0,
        fingerprint="f00d",
        visual=random.random((segments, 3, 5, VISUAL), dtype=np.float32),
        audio=random.random((segments, AUDIO), dtype=np.float32),
        has_picture=np.ones(segments, bool),
        has_sound=np.arange(segments) != 1,
    )


def scorer(case: str = "pfagn", supervision: str = "supervised", **options: int) -> NetworkScorer:
    network = network_of(case, supervision)
    return NetworkScorer(network, card_of(network), **options)


@every_case
@every_network
def test_every_network_scores(case, supervision):
    (scores,) = scorer(case, supervision).score([features(6)])
    assert scores.events.shape == (6, len(CATEGORIES))
    assert scores.events.dtype == np.float32
    assert scores.events.min() >= 0
    assert scores.events.max() <= 1
    assert scores.missing.tolist() == [False, True, False, False, False, False]


def test_class_scores_enter_as_the_card_says_and_scores_are_calibrated_as_it_says():
    given = replace(
        features(4),
        visual_scores=np.full((4, 2), 0.1, np.float32),
        audio_scores=np.full((4, 3), 0.01, np.float32),
    )
    network = build("cmran", categories=4, visual_channels=VISUAL + 2, audio_channels=AUDIO + 3, width=8, feedforward=8)
    calibration = Calibration(2.0, {CATEGORIES.name(0): 0.2})
    card = replace(card_of(network), inputs=WITH_CLASS_SCORES, calibration=calibration)
    (scores,) = NetworkScorer(network, card).score([given])
    visual = np.concatenate([given.visual, np.full((4, 3, 5, 2), 0.75, np.float32)], axis=-1)
    audio = np.concatenate([given.audio, np.full((4, 3), 0.5, np.float32)], axis=-1)
    with torch.inference_mode():
        raw = network(torch.from_numpy(visual)[None], torch.from_numpy(audio)[None]).probabilities()[0, :, :-1].numpy()
    logits = np.log(raw / (1 - raw)) - np.log([0.2 / 0.8, 1, 1, 1])
    assert np.allclose(scores.events, 1 / (1 + np.exp(-logits / 2)), atol=1e-5)
    with pytest.raises(ExtractorMismatchError, match="no class scores"):
        NetworkScorer(network, card).score([features(4)])


def test_scores_are_the_event_columns_of_the_probabilities_and_motion_is_the_length_of_m():
    network = network_of("pfagn", "supervised").eval()
    given = features(5)
    (scores,) = NetworkScorer(network, card_of(network)).score([given])
    prediction = network(torch.from_numpy(given.visual)[None], torch.from_numpy(given.audio)[None])
    expected = prediction.probabilities()[0, :, :-1]
    assert np.allclose(scores.events, expected.detach(), atol=1e-6)
    assert np.allclose(scores.motion, prediction.motion[0].norm(dim=-1).detach(), atol=1e-6)
    assert np.allclose(scores.attention.sum(axis=(1, 2)), 1, atol=1e-5)
    assert np.allclose(scores.details["relevance"], prediction.event_logits[0].sigmoid().detach(), atol=1e-6)
    assert np.isclose(scores.details["temporal_weights"].sum(), 1, atol=1e-5)


def test_stretches_of_any_lengths_come_back_in_order_and_independent_of_their_batch():
    stretches = [features(length, seed=length) for length in (10, 10, 3, 10, 1)]
    together = scorer(batch_stretches=2).score(stretches)
    for stretch, scores in zip(stretches, together, strict=True):
        (alone,) = scorer().score([stretch])
        assert len(scores) == len(stretch)
        assert np.allclose(scores.events, alone.events, atol=1e-6)
    assert scorer().score([]) == []


def test_dropout_is_off_and_gradients_are_not_kept():
    ready = scorer()
    ready.network.train()
    (one,), (other,) = (NetworkScorer(ready.network, ready.card).score([features(4)]) for _ in range(2))
    assert np.array_equal(one.events, other.events)


def test_features_of_another_extractor_are_refused_with_the_way_out():
    foreign = replace(features(4), fingerprint="beef")
    with pytest.raises(ExtractorMismatchError, match=r"f00d.*beef.*seehear extract VIDEO --extractor builtin"):
        scorer().score([features(4), foreign])


def test_other_grid_longer_stretch_and_broken_numbers_are_refused():
    broken = features(4)
    broken.visual[2, 0, 0, 0] = np.nan
    with pytest.raises(InvalidValueError, match="segments last"):
        scorer().score([replace(features(4), grid=Grid(0.5))])
    with pytest.raises(InvalidValueError, match="1 to 10 segments, not 11"):
        scorer().score([features(11)])
    with pytest.raises(NotFiniteError, match="not finite"):
        scorer().score([broken])


def test_scorer_says_what_the_card_says():
    network = network_of("cmran", "weak")
    card: ModelCard = card_of(network)
    ready = NetworkScorer(network, card)
    assert (ready.categories, ready.grid, ready.window_segments) == (CATEGORIES, Grid(1.0), 10)
