"""Displacements are those by which the maps were moved."""

from __future__ import annotations

import pytest
import torch

from seehear.nn.displacement import camera_shares, correlation, displacement, moved_with_camera, step_between, steps


def textured(*size: int) -> torch.Tensor:
    return torch.randn(*size, generator=torch.Generator().manual_seed(5), dtype=torch.float64)


@pytest.mark.parametrize(("down", "right"), [(0, 0), (1, 0), (0, -2), (3, -3)])
def test_moved_object_is_seen_as_its_displacement(down, right):
    body, scenery = textured(3, 3, 32), -textured(12, 12, 32)
    scene, moved = scenery.clone(), scenery.clone()
    scene[4:7, 4:7] = body
    moved[4 + down : 7 + down, 4 + right : 7 + right] = body
    seen = displacement(torch.stack([scene, moved])[None])[0, 0, 4:7, 4:7]
    assert torch.allclose(seen[..., 0], torch.tensor(float(down), dtype=torch.float64), atol=1e-2)
    assert torch.allclose(seen[..., 1], torch.tensor(float(right), dtype=torch.float64), atol=1e-2)
    assert torch.allclose(seen[..., 2], torch.tensor(1.0, dtype=torch.float64))


def test_still_and_featureless_maps_go_nowhere():
    still = textured(6, 6, 32).expand(1, 3, -1, -1, -1)
    assert displacement(still)[..., :2].abs().max() < 1e-12
    flat = torch.ones(1, 2, 6, 6, 4, dtype=torch.float64)
    assert displacement(flat)[..., :2].abs().max() < 1e-12


def test_steps_lead_down_and_right_and_never_out_of_the_grid():
    leads = step_between(3, 4, 1, textured(1))  # (9,12,12)
    pairs = leads[steps(1, leads).tolist().index([1, -1])].nonzero().tolist()
    assert pairs == [[1, 4], [2, 5], [3, 6], [5, 8], [6, 9], [7, 10]]
    assert leads.sum(dim=0).max() == 1


def test_correlation_is_the_cosine_with_the_neighbour_in_each_direction():
    before, after = (torch.nn.functional.normalize(maps, dim=-1) for maps in textured(2, 20, 8))
    likeness = correlation(before, after, step_between(4, 5, 1, before))
    for source in range(20):
        for target in range(20):
            near = abs(source // 5 - target // 5) <= 1 and abs(source % 5 - target % 5) <= 1
            expected = before[source] @ after[target] if near else -torch.inf
            assert torch.isclose(likeness[source, target], torch.as_tensor(expected).double())


@pytest.mark.parametrize(("down", "right"), [(0, 0), (1, 0), (-1, 2)])
def test_camera_movement_is_found_and_followed(down, right):
    wide = textured(12, 12, 4)
    before = wide[2:9, 2:9]
    after = wide[2 - down : 9 - down, 2 - right : 9 - right]  # the picture moves by (down, right)
    shares = camera_shares(before, after, reach=2)
    found = steps(2, before)[shares.argmax()]
    assert found.tolist() == [down, right]
    moved, coverage = moved_with_camera(before, shares, reach=2)
    assert (moved - after * coverage[..., None]).abs().max() < 1e-6
    assert coverage.round().sum() == (7 - abs(down)) * (7 - abs(right))


def test_shares_sum_to_one_and_small_grids_work():
    before, after = textured(2, 3, 1, 2, 4), textured(2, 3, 1, 2, 4)
    shares = camera_shares(before, after, reach=2)
    assert torch.allclose(shares.sum(dim=-1), torch.ones(2, 3, dtype=torch.float64))
    assert moved_with_camera(before, shares, reach=2)[0].isfinite().all()
