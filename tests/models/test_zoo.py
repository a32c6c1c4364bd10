"""Networks are built by name, slim or as published, and say what they are."""

from __future__ import annotations

import pytest
import torch

from seehear.core.errors import InvalidValueError, UnknownNameError
from seehear.models import MODELS, build, slim_options
from tests.models.zoo_cases import SLIM


def parameters(**options) -> int:
    return sum(weight.numel() for weight in build(categories=28, **options).parameters())


def test_every_network_is_held_to_the_contract():
    assert {case.split()[0] for case in SLIM} == set(MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_network_knows_its_name_paper_and_whether_it_is_an_approximation(name):
    network = MODELS[name]
    assert network.name == name
    assert network.paper.system.lower() == name
    assert 2018 <= network.paper.year <= 2022
    assert network.approximation == (name in ("dam", "avin"))


def test_unknown_network_and_option_list_the_known():
    with pytest.raises(UnknownNameError, match="known: avel, dam"):
        build("tardis", categories=3)
    with pytest.raises(InvalidValueError, match=r"pfagn has no option wdith; known: .*width"):
        build("pfagn", categories=3, wdith=3)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"categories": 0}, "categories must be a whole number"),
        ({"supervision": "none"}, "supervision must be one of supervised, weak"),
        ({"motion": "warp"}, "motion must be one of none, rnn, me, ms, pf_me"),
        ({"visual_dropout": 1.5}, "visual_dropout must be a number in"),
        ({"width": 30}, "heads must divide width"),
        ({"motion": "rnn", "rectified": True}, "rectified is an option of"),
        ({"motion": "ms", "full_convolution": True}, "full_convolution is an option of"),
    ],
)
def test_options_outside_their_range_are_refused(options, words):
    with pytest.raises(InvalidValueError, match=words):
        build("pfagn", **{"categories": 3, **options})


def test_ablation_rows_override_one_field():
    rows = {motion: parameters(name="pfagn", motion=motion) for motion in ("none", "me", "pf_me", "steady")}
    temporal = 128  # one weight per channel
    assert rows["pf_me"] - rows["me"] == 128 * 9  # the kernel of the past
    assert rows["steady"] == rows["pf_me"]
    assert rows["pf_me"] - parameters(name="pfagn", temporal_attention=False) == temporal
    assert rows["none"] == parameters(name="cmran")


def test_temporal_attention_is_on_supervised_and_off_weak():
    visual, audio = torch.rand(1, 3, 7, 7, 512), torch.rand(1, 3, 128)
    for supervision, expected in (("supervised", True), ("weak", False)):
        network = build("pfagn", categories=3, supervision=supervision, width=8, feedforward=8)
        assert (network(visual, audio).temporal_weights is not None) == expected
    asked = build("pfagn", categories=3, supervision="weak", width=8, feedforward=8, temporal_attention=True)
    assert asked(visual, audio).temporal_weights is not None


def test_guided_audio_follows_equations_7_to_10():
    network = build("pfagn", categories=3, width=8, feedforward=8).eval()
    visual, audio = torch.rand(2, 4, 7, 7, 512), torch.rand(2, 4, 128)
    prediction = network(visual, audio)
    weights, motion = prediction.temporal_weights[..., None], prediction.motion
    expected = audio * (1 + weights) * (1 + motion.sigmoid())
    assert torch.allclose(prediction.auxiliary["guided_audio"], expected, atol=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_slim_options_are_options_of_the_network_and_make_it_smaller(name):
    assert parameters(name=name, **slim_options(name, 16)) < parameters(name=name) / 4
