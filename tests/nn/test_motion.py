"""The physics of motion: what each source must see, and what it must not."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from seehear.nn.motion import PastFutureMotion, RecurrentMotion, SqueezedMotion, SteadyMotion, convolve

CHANNELS = 6
PAST_FUTURE = {
    "published": {},
    "future only": {"past": False},
    "rectified": {"rectified": True},
    "full convolution": {"full_convolution": True},
}


def transparent(source: nn.Module) -> nn.Module:
    """The source in float64 with every linear layer and kernel the identity and every bias 0."""
    for layer in source.modules():
        if isinstance(layer, nn.Linear):
            nn.init.eye_(layer.weight)
            nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.Conv2d):
            nn.init.dirac_(layer.weight, groups=layer.groups)
    return source.double()


def past_future(**options: bool) -> nn.Module:
    return transparent(PastFutureMotion(CHANNELS, CHANNELS, **options))


def steady() -> nn.Module:
    return transparent(SteadyMotion(CHANNELS, CHANNELS))


def textured(*size: int) -> Tensor:
    """Random maps (...,CHANNELS) in float64, the same every time."""
    return torch.rand(*size, CHANNELS, generator=torch.Generator().manual_seed(3), dtype=torch.float64)


def object_that_moves(down: int, right: int, scenery: Tensor | None = None) -> Tensor:
    """(1,3,9,9,CHANNELS): an object of 2x2 cells in the middle, a step further in each segment."""
    scenery = torch.zeros(9, 9, CHANNELS, dtype=torch.float64) if scenery is None else scenery
    clip = scenery.repeat(3, 1, 1, 1)
    body = 2 + textured(2, 2)
    for segment in range(3):
        top, left = 3 + down * (segment - 1), 3 + right * (segment - 1)
        clip[segment, top : top + 2, left : left + 2] = body
    return clip[None]


def camera_that_pans(still: Tensor, right: int) -> Tensor:
    """(1,3,H,W-2*right,CHANNELS): a window that moves over a wide picture (H,W,CHANNELS)."""
    width = still.shape[1] - 2 * right
    return torch.stack([still[:, segment * right : segment * right + width] for segment in range(3)])[None]


@pytest.mark.parametrize("options", PAST_FUTURE.values(), ids=PAST_FUTURE)
def test_still_clip_has_no_motion(options):
    still = textured(2, 1, 5, 4).expand(-1, 4, -1, -1, -1)
    assert past_future(**options)(still).abs().max() < 1e-12


def test_still_clip_has_no_steady_motion():
    still = textured(2, 1, 5, 4).expand(-1, 4, -1, -1, -1)
    assert steady()(still).abs().max() < 1e-6


def test_still_clip_keeps_the_output_bias_alone():
    source = past_future()
    nn.init.constant_(source.project.bias, 0.25)
    still = textured(1, 1, 3, 3).expand(-1, 3, -1, -1, -1)
    assert torch.allclose(source(still), torch.tensor(0.25, dtype=torch.float64))


def test_motion_is_the_change_of_the_mean_towards_past_and_future():
    visual = textured(2, 4, 3, 5)
    means = visual.mean(dim=(2, 3))
    steps = means[:, 1:] - means[:, :-1]
    expected = torch.zeros_like(means)
    expected[:, 1:] += steps  # past: what came since the segment before
    expected[:, :-1] += steps  # future: what comes with the next one
    assert torch.allclose(past_future()(visual), expected)


def test_first_segment_has_no_past_and_last_no_future():
    visual = textured(1, 4, 3, 3)
    both, future = past_future()(visual), past_future(past=False)(visual)
    past = both - future
    assert past[:, 0].abs().max() < 1e-12
    assert future[:, -1].abs().max() < 1e-12
    assert past[:, 1:].abs().min() > 0
    assert future[:, :-1].abs().min() > 0


def test_reversing_time_swaps_past_and_future_with_their_signs():
    visual = textured(2, 5, 4, 3)
    both, future = past_future(), past_future(past=False)
    backwards = visual.flip(1)
    future_backwards = future(backwards).flip(1)
    past_forwards = both(visual) - future(visual)
    assert torch.allclose(future_backwards, -past_forwards)


def test_each_kernel_belongs_to_its_direction():
    source = past_future()
    nn.init.zeros_(source.past.weight)
    visual = textured(1, 3, 3, 3)
    means = visual.mean(dim=(2, 3))
    expected = torch.stack([means[:, 1] - means[:, 0], means[:, 2] - means[:, 1] - means[:, 0], -means[:, 1]], dim=1)
    assert torch.allclose(source(visual), expected)


@pytest.mark.parametrize("full_convolution", [False, True])
@pytest.mark.parametrize("grid", [(5, 4), (1, 3), (2, 1)])
def test_mean_taken_first_is_the_mean_of_the_convolved_maps(full_convolution, grid):
    source = PastFutureMotion(CHANNELS, 4, full_convolution=full_convolution).double()
    visual = textured(2, 3, *grid)
    maps = source.reduce(visual).movedim(-1, 2)  # (B,T,Da,H,W)
    past = (convolve(source.past, maps[:, 1:]) - maps[:, :-1]).mean(dim=(-2, -1))
    future = (convolve(source.future, maps[:, 1:]) - maps[:, :-1]).mean(dim=(-2, -1))
    expected = nn.functional.pad(past, (0, 0, 1, 0)) + nn.functional.pad(future, (0, 0, 0, 1))
    assert torch.allclose(source(visual), source.project(expected))


@pytest.mark.parametrize("step", [(0, 1), (2, 0), (-1, 2)])
def test_published_form_is_blind_to_an_object_that_merely_moves(step):
    source = past_future()
    nn.init.normal_(source.past.weight)  # whatever the kernels: away from the border only their sum counts
    nn.init.normal_(source.future.weight)
    moving, resting = object_that_moves(*step), object_that_moves(0, 0)
    assert torch.allclose(source(moving), source(resting), atol=1e-12)


@pytest.mark.parametrize("step", [(0, 1), (2, 0), (-1, 2)])
def test_rectified_form_sees_an_object_that_moves(step):
    source = past_future(rectified=True)
    assert source(object_that_moves(*step)).min() > 0.01
    assert source(object_that_moves(0, 0)).abs().max() < 1e-12


@pytest.mark.parametrize("step", [(0, 1), (2, 0), (-1, 2)])
def test_steady_form_sees_an_object_that_moves_over_scenery(step):
    scenery = textured(9, 9)
    assert steady()(object_that_moves(*step, scenery=scenery)).min() > 0.01
    assert steady()(object_that_moves(0, 0, scenery=scenery)).abs().max() < 1e-6


@pytest.mark.parametrize("right", [1, 2])
def test_steady_form_holds_still_while_the_camera_pans(right):
    panned = camera_that_pans(textured(9, 15), right)
    assert steady()(panned).max() < 0.01 * past_future(rectified=True)(panned).max()


def test_steady_form_sees_the_object_while_the_camera_pans():
    wide = textured(9, 13)
    clip = camera_that_pans(wide, 2)
    clip[0, 1, 4:6, 5:7] += 3  # appears where the camera looks
    motion = steady()(clip)
    assert motion.min() > 0.01
    assert motion.mean() > 20 * steady()(camera_that_pans(wide, 2)).mean()


def test_steady_form_costs_as_many_parameters_as_past_future_motion():
    counts = [
        sum(weight.numel() for weight in source(40, 16).parameters()) for source in (SteadyMotion, PastFutureMotion)
    ]
    assert counts[0] == counts[1]


def test_recurrent_motion_reads_the_mean_alone():
    source = RecurrentMotion(CHANNELS, 4).double()
    visual = textured(2, 3, 3, 3)
    shuffled = visual.flatten(2, 3)[:, :, torch.randperm(9)].reshape(visual.shape)
    assert torch.allclose(source(visual), source(shuffled))


@pytest.mark.parametrize("source", [PastFutureMotion, SqueezedMotion, SteadyMotion, RecurrentMotion])
@pytest.mark.parametrize("segments", [1, 2])
def test_short_clips_have_motion_of_the_right_shape(source, segments):
    motion = source(CHANNELS, 5)(torch.rand(2, segments, 1, 2, CHANNELS))
    assert motion.shape == (2, segments, 5)
    assert motion.isfinite().all()
