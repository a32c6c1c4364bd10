"""Where motion comes from: every source of the ablation, one interface.

B clips, T segments, H x W grid, Dv visual channels, Da motion channels. Each source maps visual (B,T,H,W,Dv) to
motion (B,T,Da); the numbers of equations are those of the PFAGN paper.
"""

from __future__ import annotations

import torch
from einops import rearrange, reduce
from torch import Tensor, nn


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
        maps = rearrange(self.reduce(visual), "b t h w d -> b t d h w")  # eq. 1
        motion = self.pool(_future(self.future, maps))  # eq. 3, 5
        if self.past is not None:
            motion = motion + self.pool(_past(self.past, maps))  # eq. 2, 4, 5
        return self.project(motion)  # eq. 6

    def pool(self, difference: Tensor) -> Tensor:
        """(B,T,Da,H,W) -> (B,T,Da), eq. 5."""
        return reduce(difference.abs() if self.rectified else difference, "b t d h w -> b t d", "mean")


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


def _convolution(channels: int, groups: int) -> nn.Conv2d:
    return nn.Conv2d(channels, channels, kernel_size=3, padding=1, groups=groups, bias=False)


def _convolve(kernel: nn.Conv2d, maps: Tensor) -> Tensor:
    """A 3x3 convolution of each segment's map; (B,T,Da,H,W) stays."""
    flat = kernel(rearrange(maps, "b t d h w -> (b t) d h w"))
    return rearrange(flat, "(b t) d h w -> b t d h w", b=maps.shape[0])


def _past(kernel: nn.Conv2d, maps: Tensor) -> Tensor:
    """past_i = kernel(x_i) - x_(i-1); the first segment has no past (eq. 2)."""
    difference = _convolve(kernel, maps[:, 1:]) - maps[:, :-1]
    return torch.cat([torch.zeros_like(maps[:, :1]), difference], dim=1)


def _future(kernel: nn.Conv2d, maps: Tensor) -> Tensor:
    """future_i = kernel(x_(i+1)) - x_i; the last segment has no future (eq. 3)."""
    difference = _convolve(kernel, maps[:, 1:]) - maps[:, :-1]
    return torch.cat([difference, torch.zeros_like(maps[:, :1])], dim=1)
