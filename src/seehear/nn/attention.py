"""Attention across the grid, the channels and the modalities.

B clips, T segments, H x W grid of N positions, Dv visual channels, Da audio channels.
"""

from __future__ import annotations

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from seehear.core.errors import InvalidValueError
from seehear.nn.rectified import RectifiedLinear


class SpatialChannelAttention(nn.Module):
    """The sound says which channels of the picture matter, then which places (CMRAN, Xu et al. 2020, section 3.2).

    In: visual (B,T,H,W,Dv), audio (B,T,Da). Out: attended visual (B,T,Dv), place weights (B,T,H,W) that sum to 1,
    channel weights (B,T,Dv) in 1..2.
    """

    def __init__(self, visual_channels: int, audio_channels: int, width: int) -> None:
        super().__init__()
        self.channel_visual = RectifiedLinear(visual_channels, visual_channels)
        self.channel_audio = nn.Linear(audio_channels, visual_channels)
        self.channel_squeeze = nn.Linear(visual_channels, width)
        self.channel_excite = nn.Linear(width, visual_channels)
        self.place_visual = RectifiedLinear(visual_channels, width)
        self.place_audio = nn.Linear(audio_channels, width)
        self.place_score = nn.Linear(width, 1)

    def forward(self, visual: Tensor, audio: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        height, width = visual.shape[2:4]
        visual = rearrange(visual, "b t h w d -> b t (h w) d")
        channels = self.weigh_channels(visual, audio)  # (B,T,Dv)
        visual = visual * channels[:, :, None, :]
        places = self.weigh_places(visual, audio)  # (B,T,N)
        return _weighted_sum(places, visual), rearrange(places, "b t (h w) -> b t h w", h=height, w=width), channels

    def weigh_channels(self, visual: Tensor, audio: Tensor) -> Tensor:
        """1 + sigmoid(W2 ReLU(W1 mean over the grid of (ReLU(Wa a) * ReLU(Wv V)))): (B,T,Dv)."""
        seen = self.channel_visual(visual).sum(dim=2) / visual.shape[2]  # (B,T,Dv)
        query = F.relu(self.channel_audio(audio)) * seen  # the sound has no place, so it may leave the mean
        return 1 + self.channel_excite(F.relu(self.channel_squeeze(query))).sigmoid()

    def weigh_places(self, visual: Tensor, audio: Tensor) -> Tensor:
        """softmax over the grid of tanh(w (ReLU(Wv V) * ReLU(Wa a)) + b): (B,T,N)."""
        seen = self.place_visual(visual)  # (B,T,N,width)
        heard = F.relu(self.place_audio(audio)) * self.place_score.weight[0]  # (B,T,width)
        scores = (seen @ heard[..., None])[..., 0] + self.place_score.bias
        return scores.tanh().softmax(dim=-1)


class PositionAttention(nn.Module):
    """Where the sound comes from (AVEL, Tian et al. 2018, section 4.3).

    In: visual (B,T,H,W,Dv), audio (B,T,Da). Out: attended visual (B,T,Dv), place weights (B,T,H,W) that sum to 1.
    The sound adds one number to each *position*, so the layer is tied to grids of N = `positions`; raises
    InvalidValueError for any other.
    """

    def __init__(self, visual_channels: int, audio_channels: int, width: int, positions: int) -> None:
        super().__init__()
        self.positions = positions
        self.visual = RectifiedLinear(visual_channels, width)
        self.audio = nn.Linear(audio_channels, width)
        self.visual_content = nn.Linear(width, positions, bias=False)
        self.audio_content = nn.Linear(width, positions, bias=False)
        self.score = nn.Linear(positions, 1, bias=False)
        for layer in (self.visual, self.audio, self.visual_content, self.audio_content, self.score):
            nn.init.xavier_uniform_(layer.weight)

    def forward(self, visual: Tensor, audio: Tensor) -> tuple[Tensor, Tensor]:
        height, width = visual.shape[2:4]
        if height * width != self.positions:
            raise InvalidValueError(
                f"this attention is tied to {self.positions} positions and was given a grid of {height} x {width}; "
                f"build the network with positions={height * width}"
            )
        visual = rearrange(visual, "b t h w d -> b t (h w) d")
        seen = self.visual_content(self.visual(visual))  # (B,T,N,N)
        heard = self.audio_content(F.relu(self.audio(audio)))  # (B,T,N)
        scores = self.score((seen + heard[..., None]).tanh())  # (B,T,N,1)
        places = rearrange(scores, "b t n 1 -> b t n").softmax(dim=-1)
        return _weighted_sum(places, visual), rearrange(places, "b t (h w) -> b t h w", h=height, w=width)


class MotionGuidedAudioAttention(nn.Module):
    """Motion says which segments and which channels of the sound matter (PFAGN, eq. 7-10).

    In: audio (B,T,Da), motion (B,T,Da). Out: guided audio (B,T,Da), segment weights (B,T) that sum to 1 over time,
    or `None` without temporal attention.
    """

    def __init__(self, audio_channels: int, temporal_attention: bool) -> None:
        super().__init__()
        # A bias would add the same to every segment, which the softmax over time takes away again.
        self.temporal = nn.Linear(audio_channels, 1, bias=False) if temporal_attention else None

    def forward(self, audio: Tensor, motion: Tensor) -> tuple[Tensor, Tensor | None]:
        weights = None
        if self.temporal is not None:
            weights = self.temporal(motion).softmax(dim=1)  # (B,T,1) eq. 7
            audio = audio + weights * audio  # eq. 8
            weights = rearrange(weights, "b t 1 -> b t")
        return audio + torch.sigmoid(motion) * audio, weights  # eq. 9-10


def _weighted_sum(places: Tensor, visual: Tensor) -> Tensor:
    """Place weights (B,T,N), visual (B,T,N,Dv) -> (B,T,Dv), as a matrix product, which copies nothing."""
    return (places[:, :, None, :] @ visual)[:, :, 0, :]
