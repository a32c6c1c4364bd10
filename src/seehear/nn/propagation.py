"""Positive sample propagation: segments learn from the segments of the other modality that truly agree.

B clips, T segments, `width` channels.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_TINY = 1e-8  # keeps the published quotients finite where a row has no positive entry


class PositiveSamplePropagation(nn.Module):
    """PSP (Zhou et al. 2021, eq. 3-8): weak connections are cut, the others pass features across.

    In: visual and audio (B,T,width). Out: both again, each normalised.
    `threshold` is the share of a segment's attention below which a connection is cut. The supervised network makes
    the remaining shares sum to 1 again (`renormalise`) and has a layer after the exchange (`merge`); the weak one
    does neither.
    """

    def __init__(self, width: int, threshold: float, dropout: float, *, renormalise: bool, merge: bool) -> None:
        super().__init__()
        self.threshold, self.renormalise = threshold, renormalise
        self.visual_given, self.visual_matched, self.audio_matched, self.audio_given = (
            nn.Linear(width, width, bias=False) for _ in range(4)
        )
        self.merge_visual = nn.Linear(width, width, bias=False) if merge else None
        self.merge_audio = nn.Linear(width, width, bias=False) if merge else None
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.dropout = nn.Dropout(dropout)

    def forward(self, visual: Tensor, audio: Tensor) -> tuple[Tensor, Tensor]:
        matched_visual = self.activate(self.visual_matched, visual)
        matched_audio = self.activate(self.audio_matched, audio)
        agreement = F.relu(matched_visual @ matched_audio.mT / math.sqrt(visual.shape[-1]))  # (B,T,T)
        from_audio = self.connect(agreement) @ self.activate(self.audio_given, audio)
        from_visual = self.connect(agreement.mT) @ self.activate(self.visual_given, visual)
        visual = self.activate(self.merge_visual, visual + from_audio)
        audio = self.activate(self.merge_audio, audio + from_visual)
        return self.norm(visual), self.norm(audio)

    def activate(self, layer: nn.Linear | None, segments: Tensor) -> Tensor:
        """Dropout(ReLU(layer(segments))), or the segments where there is no layer."""
        return segments if layer is None else self.dropout(F.relu(layer(segments)))

    def connect(self, agreement: Tensor) -> Tensor:
        """(B,T,T) -> each row's shares where they exceed the threshold, else 0."""
        shares = agreement / (agreement.sum(dim=-1, keepdim=True) + _TINY)
        kept = torch.where(shares > self.threshold, shares, 0.0)
        return kept / (kept.sum(dim=-1, keepdim=True) + _TINY) if self.renormalise else kept
