"""How far things moved between neighbouring segments, from the likeness of their maps.

B clips, T segments, H x W grid of N positions, D channels. A displacement is (down, right) in cells; the K of at most
`reach` cells either way are those of :func:`steps`. All of it is matrix products of N x N: which position of one map
looks like which of the other, and which goes where.
"""

from __future__ import annotations

import torch
from einops import rearrange
from torch import Tensor

_SHARPNESS = 100.0  # 1 / temperature of the soft maximum (MotionSqueeze, Kwon et al. 2020)
_POWER = 4  # of the inverse error by which camera movements weigh
_LEAST = 1e-4  # of the mean error: what counts as no difference at all
_SHORTEST = 1e-12  # length of a vector that still has a direction


def steps(reach: int, like: Tensor) -> Tensor:
    """Every displacement of at most `reach` cells either way: (K,2) with K = (2 * reach + 1) squared."""
    line = torch.arange(-reach, reach + 1, device=like.device)
    return torch.cartesian_prod(line, line)


def positions(height: int, width: int, like: Tensor) -> Tensor:
    """Where each position of a grid lies, row by row: (N,2)."""
    return torch.cartesian_prod(torch.arange(height, device=like.device), torch.arange(width, device=like.device))


def step_between(height: int, width: int, reach: int, like: Tensor) -> Tensor:
    """Which of `steps` leads from each position to each other: (K,N,N) bool."""
    places = positions(height, width, like)
    return (places[None, :] - places[:, None] == steps(reach, like)[:, None, None]).all(dim=-1)


def correlation(before: Tensor, after: Tensor, leads: Tensor) -> Tensor:
    """Cosine of each position's vector with those of the next map around it (MotionSqueeze, eq. 1).

    Two maps (...,N,D) whose vectors have length 1, and which steps lead where (K,N,N) -> (...,N,N); minus infinity
    between positions that no step connects.
    """
    return (before @ after.mT).masked_fill(~leads.any(dim=0), -torch.inf)


def displacement(maps: Tensor, reach: int = 3) -> Tensor:
    """Where each position goes in the next segment, and how sure that is (MotionSqueeze, Kwon et al. 2020, eq. 2-4).

    Maps (B,T,H,W,D) -> (B,T-1,H,W,3): down, right (soft arg max, in cells) and confidence (the largest cosine).
    What each map would show if it stood still is subtracted: a featureless map is alike in every direction, and near
    the border more directions lead inwards than outwards.
    """
    clips, segments, height, width = maps.shape[:4]
    maps = rearrange(maps, "b t h w d -> b t (h w) d")
    maps = maps * maps.norm(dim=-1, keepdim=True).clamp(min=_SHORTEST).reciprocal()
    before, after = maps[:, :-1].flatten(0, 1), maps[:, 1:].flatten(0, 1)  # (B*(T-1),N,D)
    leads = step_between(height, width, reach, maps)
    likeness, still = correlation(before, after, leads), correlation(before, before, leads)  # (B*(T-1),N,N)
    places = positions(height, width, maps).to(likeness.dtype)
    arrived, stayed = ((alike * _SHARPNESS).softmax(dim=-1) @ places for alike in (likeness, still))
    moved = torch.cat([arrived - stayed, likeness.max(dim=-1, keepdim=True).values], dim=-1)
    return moved.view(clips, segments - 1, height, width, 3)


def camera_shares(before: Tensor, after: Tensor, reach: int) -> Tensor:
    """Which displacement of the whole picture explains the next map best: (...,K), sums to 1.

    Each displacement weighs by the inverse fourth power of the mean squared difference that it leaves where the
    maps overlap: a movement between two cells shares its weight among both, a still camera has it all on zero.
    """
    height, width, channels = before.shape[-3:]
    leads = step_between(height, width, reach, before).flatten(1).double()  # (K,N*N)
    # |b - a|^2 = |b|^2 + |a|^2 - 2 b.a: in double precision, for still maps leave nothing of large numbers.
    before, after = (rearrange(maps, "... h w d -> ... (h w) d").double() for maps in (before, after))
    lengths = [maps.norm(dim=-1).square() for maps in (before, after)]  # (...,N) each
    squares = (lengths[0][..., :, None] + lengths[1][..., None, :] - 2 * (before @ after.mT)).clamp(min=0)
    met = leads.sum(dim=-1) * channels
    errors = squares.flatten(-2) @ leads.mT / met.clamp(min=1)
    scale = errors.mean(dim=-1, keepdim=True)
    tiny = torch.finfo(torch.float32).eps
    errors = (errors / (scale + tiny) + _LEAST).masked_fill(met == 0, torch.inf)
    return (-_POWER * errors.log()).softmax(dim=-1)


def moved_with_camera(before: Tensor, shares: Tensor, reach: int) -> tuple[Tensor, Tensor]:
    """The map before as the camera's movement leaves it, times how much of each position is known, and that.

    Map (...,H,W,D) and shares (...,K) -> map (...,H,W,D), coverage (...,H,W) in 0..1: what came into view with the
    movement was not there before.
    """
    height, width = before.shape[-3:-1]
    leads = step_between(height, width, reach, before).flatten(1).to(shares.dtype)  # (K,N*N)
    taken = rearrange(shares @ leads, "... (source target) -> ... target source", target=height * width)
    moved = taken.to(before.dtype) @ rearrange(before, "... h w d -> ... (h w) d")
    grid = {"h": height, "w": width}
    return (
        rearrange(moved, "... (h w) d -> ... h w d", **grid),
        rearrange(taken.sum(dim=-1), "... (h w) -> ... h w", **grid),
    )
