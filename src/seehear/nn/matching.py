"""Matching each segment with the clip as a whole, within and across modalities.

B clips, T segments, `width` channels.
"""

from __future__ import annotations

import math

import torch
from einops import einsum
from torch import Tensor, nn
from torch.nn import functional as F

from seehear.nn.relation import MultiHeadAttention


class EventPooling(nn.Module):
    """One vector for what happens in a clip: self-attention over time, then the mean (after DAM, Wu et al. 2019).

    In: segments (B,T,width) and, where known, events (B,T) bool, so that only event segments count; a clip without
    any counts them all. Out: (B,width).
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attention = MultiHeadAttention(width, heads, dropout)
        self.norm = nn.LayerNorm(width)

    def forward(self, segments: Tensor, events: Tensor | None = None) -> Tensor:
        attended = self.norm(segments + self.attention(segments, segments))
        if events is None:
            return attended.mean(dim=1)
        counted = torch.where(events.any(dim=1, keepdim=True), events, True).to(attended.dtype)  # (B,T)
        return einsum(attended, counted, "b t d, b t -> b d") / counted.sum(dim=1, keepdim=True)


def cross_check(visual: Tensor, audio: Tensor, visual_event: Tensor, audio_event: Tensor) -> Tensor:
    """Relevance of each segment: does it show what is heard, and sound like what is seen (after DAM, eq. 5-7).

    Segments (B,T,width) and events of the clip (B,width), per modality -> (B,T) logits of the mean of
    sigmoid(audio event . visual segment) and sigmoid(visual event . audio segment). The mean is taken of logarithms: in
    half precision the probability itself is soon exactly 1, of which no logit is finite.
    """
    agreements = torch.stack(
        [einsum(visual, audio_event, "b t d, b d -> b t"), einsum(audio, visual_event, "b t d, b d -> b t")]
    )
    return F.logsigmoid(agreements).logsumexp(dim=0) - F.logsigmoid(-agreements).logsumexp(dim=0)


class LocalGlobalInteraction(nn.Module):
    """Segments take up as much of a clip's summary as they agree with it (after AVIN, Ramaswamy 2020).

    In: segments (B,T,width), summary (B,width). Out: the part to add to each segment, (B,T,width):
    softmax over time of (x_t W g / sqrt(width)), times g.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.bilinear = nn.Linear(width, width, bias=False)

    def forward(self, segments: Tensor, summary: Tensor) -> Tensor:
        scores = einsum(segments, self.bilinear(summary), "b t d, b d -> b t") / math.sqrt(segments.shape[-1])
        return einsum(scores.softmax(dim=1), summary, "b t, b d -> b t d")
