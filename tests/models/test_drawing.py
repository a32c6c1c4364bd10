"""A drawing is the network itself: every weight is in it once, and shapes are those of a real pass."""

from __future__ import annotations

import re
from functools import cache

import torch

from seehear.models import build
from seehear.models.drawing import BY_WEIGHTS, SAME_WEIGHTS, Step, draw, trace
from tests.models.zoo_cases import SLIM, every_case, every_network

SIZES = {"visual_channels": 11, "audio_channels": 10}


@cache
def traced(case: str, supervision: str) -> Step:
    return trace(case.split()[0], categories=5, supervision=supervision, **SIZES, **SLIM[case])


def named(root: Step, *names: str) -> Step:
    for name in names:
        root = next(step for step in root.inside if step.name == name)
    return root


@every_case
@every_network
def test_every_weight_is_drawn_once(case, supervision) -> None:
    leaves = [step for step in traced(case, supervision).walk() if not step.inside and step.note != SAME_WEIGHTS]
    network = build(case.split()[0], categories=5, supervision=supervision, **SIZES, **SLIM[case])
    assert sum(step.parameters for step in leaves) == sum(weight.numel() for weight in network.parameters())


@every_case
@every_network
def test_shapes_hold_letters_and_the_networks_own_sizes_only(case, supervision) -> None:
    """No size of the trial run is left over: every number is a channel, a direction or a single column."""
    for step in traced(case, supervision).walk():
        for shape in (*step.inputs, *step.outputs):
            numbers = [int(number) for number in re.findall(r"(?<![A-Z+*-])\b\d+\b", shape.replace("T-1", "T"))]
            assert all(number <= 32 for number in numbers), shape


def test_letters_stand_for_the_sizes_of_a_real_pass() -> None:
    root = trace("pfagn", categories=28)
    network = build("pfagn", categories=28, width=32, feedforward=32)
    with torch.inference_mode():
        prediction = network(torch.rand(2, 6, 3, 5, 512), torch.rand(2, 6, 128))
    sizes = {"B": 2, "T": 6, "H": 3, "W": 5, "C": 28}
    drawn = dict(output.split() for output in root.outputs)
    for name in ("attention", "motion", "temporal_weights", "event_logits", "category_logits"):
        letters = drawn[name].strip("()").split(",")
        assert tuple(sizes.get(letter, letter) for letter in letters) == tuple(
            size if size in sizes.values() and letter in sizes else str(size)
            for size, letter in zip(getattr(prediction, name).shape, letters, strict=True)
        )


def test_pf_me_shows_the_kernels_it_uses_by_their_weights() -> None:
    motion = named(trace("pfagn", categories=28), "motion")
    assert [(step.name, step.note) for step in motion.inside] == [
        ("reduce", BY_WEIGHTS),
        ("past", BY_WEIGHTS),
        ("future", BY_WEIGHTS),
        ("project", ""),
    ]
    assert motion.inputs == ["(B,T,H,W,512)"]
    assert motion.outputs == ["(B,T,128)"]


def test_attention_tied_to_positions_shows_them_as_n() -> None:
    content = named(trace("avel", categories=28), "attend", "visual_content")
    assert content.kind == "Linear 512 -> 49"
    assert content.outputs == ["(B,T,N,N)"]


def test_weak_networks_may_call_the_clip_background() -> None:
    assert named(trace("cmran", categories=28), "head", "category").outputs == ["(B,C)"]
    assert named(trace("cmran", categories=28, supervision="weak"), "head", "category").outputs == ["(B,C+1)"]


def test_parts_called_twice_count_once() -> None:
    first, second = (step for step in trace("avsdn", categories=28).inside if step.name == "fuse")
    assert (first.note, second.note) == ("", SAME_WEIGHTS)


def test_drawing_indents_parts_and_names_repeated_ones() -> None:
    text = draw("cmran", categories=28)
    lines = text.splitlines()
    depths = {line.split(":")[0].strip(): len(line) - len(line.lstrip()) for line in lines if ": " in line}
    assert depths["attend"] == 4
    assert depths["place_score"] == 8
    assert "as encode_audio.layers.0" in text
    assert text.count("Linear 256 -> 2048") == 2, "once in the encoders, once in the relations, whose memory is longer"
    assert max(len(line) for line in lines) <= 130


def test_drawing_leaves_the_random_numbers_alone() -> None:
    before = torch.get_rng_state()
    draw("psp", categories=28)
    assert torch.equal(before, torch.get_rng_state())
