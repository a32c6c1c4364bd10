"""Where motion comes from: every source of the ablation, one interface.

B clips, T segments, H x W grid, Dv visual channels, Da motion channels. Each source maps visual (B,T,H,W,Dv) to
motion (B,T,Da); the numbers of equations are those of the PFAGN paper.
"""

from __future__ import annotations

import torch
from einops import einsum, rearrange, reduce
from torch import Tensor, nn
from torch.nn import functional as F

from seehear.nn.displacement import camera_shares, displacement, moved_with_camera


class PastFutureMotion(nn.Module):
    """pf-ME, past and future motion excitation (PFAGN, eq. 1-6); with the future alone it is ME (Li et al. 2020).

    The published form averages a linear difference over the grid, so away from the border it sees the change of
    the spatial mean and is blind to an object that merely moves. `rectified` takes the magnitude of past and of
    future before the mean, and so sees it.
    """

    def __init__(
        self,
        visual_channels: int,
        motion_channels: int,
        *,
        past: bool = True,
        rectified: bool = False,
        full_convolution: bool = False,
    ) -> None:
        super().__init__()
        groups = 1 if full_convolution else motion_channels
        self.rectified = rectified
        self.reduce = nn.Linear(visual_channels, motion_channels)
        self.past = _convolution(motion_channels, groups) if past else None
        self.future = _convolution(motion_channels, groups)
        self.project = nn.Linear(motion_channels, motion_channels)

    def forward(self, visual: Tensor) -> Tensor:
        change = self.change_of_maps if self.rectified else self.change_of_means
        kernels = [self.future] if self.past is None else [self.future, self.past]
        future, *past = change(visual, kernels)  # (B,T-1,Da) each: what changes from a segment to the next
        nothing = future.new_zeros(len(visual), 1, future.shape[-1])
        motion = torch.cat([future, nothing], dim=1)  # the last segment has no future, eq. 3
        for difference in past:
            motion = motion + torch.cat([nothing, difference], dim=1)  # the first has no past, eq. 2, 4
        return self.project(motion)  # eq. 6

    def change_of_maps(self, visual: Tensor, kernels: list[nn.Conv2d]) -> list[Tensor]:
        """For each kernel the mean over the grid of |kernel(x_(i+1)) - x_i|, eq. 1-3 and 5 rectified."""
        maps = rearrange(self.reduce(visual), "b t h w d -> b t d h w")
        before, after = maps[:, :-1], maps[:, 1:]
        return [(convolve(kernel, after) - before).abs().mean(dim=(-2, -1)) for kernel in kernels]

    def change_of_means(self, visual: Tensor, kernels: list[nn.Conv2d]) -> list[Tensor]:
        """For each kernel the mean over the grid of kernel(x_(i+1)) - x_i, eq. 1-3 and 5.

        All of it is linear, so the mean comes first: each of the nine taps of a kernel meets every position but
        those that it would read from beyond the border, and nine means a segment are all that need be reduced.
        """
        means, shares = window_means(visual)  # (B,T,3,3,Dv), (3,3)
        means = F.linear(means, self.reduce.weight) + shares[..., None] * self.reduce.bias  # (B,T,3,3,Da)
        before, after = means[:, :-1, 1, 1], means[:, 1:]
        return [_mean_of_convolution(kernel, after) - before for kernel in kernels]


class RecurrentMotion(nn.Module):
    """RNN: a bidirectional LSTM over the spatial mean, Da channels in total (PFAGN, Tables III and IV)."""

    def __init__(self, visual_channels: int, motion_channels: int) -> None:
        super().__init__()
        self.reduce = nn.Linear(visual_channels, motion_channels)
        self.lstm = nn.LSTM(motion_channels, motion_channels // 2, batch_first=True, bidirectional=True)
        self.project = nn.Linear(motion_channels // 2 * 2, motion_channels)

    def forward(self, visual: Tensor) -> Tensor:
        means = reduce(visual, "b t h w d -> b t d", "mean")  # the mean passes through the linear layer
        return self.project(self.lstm(self.reduce(means))[0])


class SqueezedMotion(nn.Module):
    """MS, MotionSqueeze: where each position went, turned into channels (Kwon et al. 2020).

    The last segment has no next one and so neither displacement nor confidence.
    """

    def __init__(self, visual_channels: int, motion_channels: int, reach: int = 3) -> None:
        super().__init__()
        self.reach = reach
        self.reduce = nn.Linear(visual_channels, motion_channels)
        self.transform = nn.Sequential(
            UnfoldedConvolution(3, motion_channels, kernel_size=3),
            nn.ReLU(),
            UnfoldedConvolution(motion_channels, motion_channels, kernel_size=1),
            nn.ReLU(),
        )
        self.project = nn.Linear(motion_channels, motion_channels)

    def forward(self, visual: Tensor) -> Tensor:
        moved = displacement(self.reduce(visual), self.reach)  # (B,T-1,H,W,3)
        moved = F.pad(moved, (0, 0, 0, 0, 0, 0, 0, 1))
        windows = F.unfold(rearrange(moved, "b t h w d -> (b t) d h w"), kernel_size=3, padding=1)
        channels = self.transform(rearrange(windows, "(b t) window n -> b t n window", b=len(visual)))  # (B,T,N,Da)
        return self.project(channels.sum(dim=2) / channels.shape[2])


class UnfoldedConvolution(nn.Conv2d):
    """A convolution of windows that were unfolded before, which on small grids is faster.

    (...,D * kernel size squared) -> (...,channels): one product for all positions of all maps.
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.linear(input, self.weight.flatten(1), self.bias)


class SteadyMotion(nn.Module):
    """Past and future motion that sees what moves within the picture and not the movement of the picture.

    pf-ME's parameters, three changes: each neighbour is first moved with the camera (the displacement of the whole
    picture that explains most), the magnitude is taken before the mean, and it is taken at two scales, cell by cell
    and over 3x3 cells, so that what only trembles weighs less than what travels. Kernels start as the identity.
    """

    def __init__(self, visual_channels: int, motion_channels: int, reach: int = 2) -> None:
        super().__init__()
        self.reach = reach
        self.reduce = nn.Linear(visual_channels, motion_channels)
        self.past = _convolution(motion_channels, motion_channels)
        self.future = _convolution(motion_channels, motion_channels)
        self.project = nn.Linear(motion_channels, motion_channels)
        for kernel in (self.past, self.future):
            nn.init.dirac_(kernel.weight, groups=motion_channels)

    def forward(self, visual: Tensor) -> Tensor:
        maps = self.reduce(visual)  # (B,T,H,W,Da)
        before, after = (side.flatten(0, 1) for side in (maps[:, :-1], maps[:, 1:]))  # (B*(T-1),H,W,Da)
        with torch.no_grad():  # the camera is estimated, not learned
            shares = camera_shares(before, after, self.reach).to(maps.dtype)  # (B*(T-1),K)
        expected, coverage = moved_with_camera(before, shares, self.reach)
        directions = (
            rearrange(self.magnitude(kernel, after, expected, coverage), "(b t) d -> b t d", b=len(visual))
            for kernel in (self.past, self.future)
        )
        past, future = directions  # (B,T-1,Da)
        nothing = torch.zeros_like(maps[:, :1, 0, 0])  # (B,1,Da)
        return self.project(torch.cat([nothing, past], dim=1) + torch.cat([future, nothing], dim=1))

    def magnitude(self, kernel: nn.Conv2d, after: Tensor, expected: Tensor, coverage: Tensor) -> Tensor:
        """Mean |kernel(after) - expected| over the positions that were in view before, at both scales.

        Maps (M,H,W,Da) and coverage (M,H,W), by which `expected` is already multiplied -> (M,Da).
        """
        convolved = kernel(after.movedim(-1, 1)).movedim(1, -1)  # (M,H,W,Da) stays in memory as it is
        difference = torch.addcmul(expected, convolved, coverage[..., None], value=-1)
        box = difference.new_full((difference.shape[-1], 1, 3, 3), 1 / 9)
        coarse = F.conv2d(difference.movedim(-1, 1), box, padding=1, groups=len(box))  # (M,Da,H,W)
        total = difference.abs().sum(dim=(1, 2)) + coarse.abs().sum(dim=(2, 3))
        return total / coverage.sum(dim=(1, 2))[:, None]


def _convolution(channels: int, groups: int) -> nn.Conv2d:
    return nn.Conv2d(channels, channels, kernel_size=3, padding=1, groups=groups, bias=False)


def convolve(kernel: nn.Conv2d, maps: Tensor) -> Tensor:
    """A 3x3 convolution of each segment's map; (B,T,Da,H,W) stays."""
    flat = kernel(rearrange(maps, "b t d h w -> (b t) d h w"))
    return rearrange(flat, "(b t) d h w -> b t d h w", b=maps.shape[0])


def window_means(maps: Tensor) -> tuple[Tensor, Tensor]:
    """What each tap of a zero-padded 3x3 kernel meets on average as it passes over a grid.

    Maps (B,T,H,W,D) -> sums over the positions met, divided by N (B,T,3,3,D), and the share of positions met (3,3).
    """
    height, width = maps.shape[2:4]
    rows = torch.stack(_without_ends(maps, 2), dim=2)  # (B,T,3,W,D)
    windows = torch.stack(_without_ends(rows, 3), dim=3)  # (B,T,3,3,D)
    met_rows = maps.new_tensor([height - 1, height, height - 1]) / height
    met_columns = maps.new_tensor([width - 1, width, width - 1]) / width
    return windows / (height * width), torch.outer(met_rows, met_columns)


def _without_ends(maps: Tensor, axis: int) -> list[Tensor]:
    """Sums along an axis: without its last entry, whole, without its first."""
    whole = maps.sum(dim=axis)
    return [whole - maps.select(axis, -1), whole, whole - maps.select(axis, 0)]


def _mean_of_convolution(kernel: nn.Conv2d, means: Tensor) -> Tensor:
    """Window means (B,T,3,3,Da) -> the mean over the grid of the convolution (B,T,Da)."""
    if kernel.groups == 1:
        return einsum(means, kernel.weight, "b t i j d, e d i j -> b t e")
    return einsum(means, kernel.weight[:, 0], "b t i j d, d i j -> b t d")
