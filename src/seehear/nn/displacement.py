"""How far things moved between neighbouring segments, from the likeness of their maps.

B clips, T segments, H x W grid of N positions, D channels. A displacement is (down, right) in cells.
"""

from __future__ import annotations

import torch
from einops import einsum, rearrange
from torch import Tensor
from torch.nn import functional as F

_SHARPNESS = 100.0  # 1 / temperature of the soft maximum (MotionSqueeze, Kwon et al. 2020)
_POWER = 4  # of the inverse error by which camera movements weigh
_LEAST = 1e-4  # of the mean error: what counts as no difference at all


def steps(reach: int, like: Tensor) -> Tensor:
    """Every displacement of at most `reach` cells either way: (K,2) with K = (2 * reach + 1) squared."""
    line = torch.arange(-reach, reach + 1, device=like.device)
    return rearrange(torch.stack(torch.meshgrid(line, line, indexing="ij")), "two down right -> (down right) two")


def correlation(before: Tensor, after: Tensor, reach: int) -> Tensor:
    """Cosine of each position's vector with those of the next map around it (MotionSqueeze, eq. 1).

    Two maps (...,H,W,D) -> (...,H,W,K); minus infinity where the displacement leads out of the grid.
    """
    height, width = before.shape[-3:-1]
    before, after = F.normalize(before, dim=-1), F.normalize(after, dim=-1)
    likeness = rearrange(einsum(before, after, "... h w d, ... i j d -> ... h w i j"), "... i j -> ... (i j)")
    down, right = steps(reach, before).unbind(dim=-1)
    rows = torch.arange(height, device=before.device)[:, None, None] + down  # (H,1,K)
    columns = torch.arange(width, device=before.device)[None, :, None] + right  # (1,W,K)
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)  # (H,W,K)
    targets = torch.where(inside, rows * width + columns, 0)
    around = likeness.gather(-1, targets.expand(*likeness.shape[:-1], -1))
    return around.masked_fill(~inside, -torch.inf)


def displacement(before: Tensor, after: Tensor, reach: int = 3) -> Tensor:
    """Where each position went, and how sure that is (MotionSqueeze, Kwon et al. 2020, eq. 2-4).

    Two maps (...,H,W,D) -> (...,H,W,3): down, right (soft arg max, in cells) and confidence (the largest cosine).
    What the map before would show if it stood still is subtracted: a featureless map is alike in every direction,
    and near the border more directions lead inwards than outwards.
    """
    likeness = correlation(before, after, reach)
    moved = _soft_arg_max(likeness, reach) - _soft_arg_max(correlation(before, before, reach), reach)
    return torch.cat([moved, likeness.amax(dim=-1, keepdim=True)], dim=-1)


def _soft_arg_max(likeness: Tensor, reach: int) -> Tensor:
    """The mean displacement under sharpened likeness: (...,K) -> (...,2)."""
    return (likeness * _SHARPNESS).softmax(dim=-1) @ steps(reach, likeness).to(likeness.dtype)


def camera_shares(before: Tensor, after: Tensor, reach: int) -> Tensor:
    """Which displacement of the whole picture explains the next map best: (...,K), sums to 1.

    Each displacement weighs by the inverse fourth power of the mean squared difference that it leaves where the
    maps overlap: a movement between two cells shares its weight among both, a still camera has it all on zero.
    """
    height, width = before.shape[-3:-1]
    left = [
        (_cut(before, -down, -right) - _cut(after, down, right)).square().mean(dim=(-3, -2, -1))
        if abs(down) < height and abs(right) < width
        else torch.full_like(before[..., 0, 0, 0], torch.inf)
        for down, right in _steps_as_numbers(reach)
    ]
    errors = torch.stack(left, dim=-1)
    scale = torch.where(errors.isfinite(), errors, 0).mean(dim=-1, keepdim=True)
    tiny = torch.finfo(errors.dtype).eps
    return (-_POWER * (errors / (scale + tiny) + _LEAST).log()).softmax(dim=-1)


def moved_with_camera(before: Tensor, shares: Tensor, reach: int) -> tuple[Tensor, Tensor]:
    """The map before as the camera's movement leaves it, and how much of each position is known.

    Map (...,H,W,D) and shares (...,K) -> map (...,H,W,D), coverage (...,H,W) in 0..1: what came into view with the
    movement was not there before.
    """
    height, width = before.shape[-3:-1]
    moved = torch.zeros_like(before)
    coverage = torch.zeros_like(before[..., 0])
    for index, (down, right) in enumerate(_steps_as_numbers(reach)):
        if abs(down) >= height or abs(right) >= width:
            continue
        share = shares[..., index, None, None]
        margins = (max(right, 0), max(-right, 0), max(down, 0), max(-down, 0))
        kept = _cut(before, -down, -right)
        moved = moved + F.pad(share[..., None] * kept, (0, 0, *margins))
        coverage = coverage + F.pad(share.expand(kept.shape[:-1]), margins)
    tiny = torch.finfo(before.dtype).eps
    return moved / (coverage[..., None] + tiny), coverage


def _steps_as_numbers(reach: int) -> list[tuple[int, int]]:
    line = range(-reach, reach + 1)
    return [(down, right) for down in line for right in line]


def _cut(maps: Tensor, down: int, right: int) -> Tensor:
    """The part of (...,H,W,D) that a map moved by (down, right) covers; by the negative step, what is so moved."""
    height, width = maps.shape[-3:-1]
    rows = slice(max(down, 0), height + min(down, 0))
    columns = slice(max(right, 0), width + min(right, 0))
    return maps[..., rows, columns, :]
