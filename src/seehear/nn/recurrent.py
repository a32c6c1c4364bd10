"""Memory over time, one per modality, and the fusion of two memories.

B clips, T segments.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def bidirectional(channels: int, width: int) -> nn.LSTM:
    """An LSTM in both directions, `width` each: (B,T,channels) -> (B,T,2 * width)."""
    return nn.LSTM(channels, width, batch_first=True, bidirectional=True)


class ResidualFusion(nn.Module):
    """DMRN, dual multimodal residual fusion (AVEL, Tian et al. 2018, section 4.4).

    The released code adds the common part to the *other* modality, which does not show in the mean of both.
    In: visual and audio (...,width). Out: (...,width).
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.visual = _transform(width)
        self.audio = _transform(width)

    def forward(self, visual: Tensor, audio: Tensor) -> Tensor:
        common = (self.audio(audio) + self.visual(visual)) / 2
        return (torch.tanh(audio + common) + torch.tanh(visual + common)) / 2


def _transform(width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, width))
