"""Relations between segments, within and across modalities (CMRAN, Xu et al. 2020, section 3.3).

B clips, T segments, `width` channels in all. The attention divides by sqrt(width / heads), as the published
code does; equation 15 of the paper divides by the width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class SelfRelation(nn.Module):
    """Segments of one modality attend to one another: post-norm transformer layers without positions.

    (B,T,channels) -> (B,T,width)
    """

    def __init__(self, channels: int, width: int, feedforward: int, heads: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.project = nn.Linear(channels, width)
        self.layers = nn.Sequential(
            *(
                nn.TransformerEncoderLayer(width, heads, feedforward, dropout=dropout, batch_first=True)
                for _ in range(layers)
            )
        )

    def forward(self, segments: Tensor) -> Tensor:
        return self.layers(self.project(segments))


class CrossRelation(nn.Module):
    """Segments of one modality attend to both: the other's, encoded, and their own, side by side in time.

    In: query (B,T,channels), other (B,T,width). Out: (B,T,width).
    """

    def __init__(self, channels: int, width: int, feedforward: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.project = nn.Linear(channels, width)
        self.attention = nn.MultiheadAttention(width, heads, dropout=dropout, batch_first=True)
        self.expand = nn.Linear(width, feedforward)
        self.contract = nn.Linear(feedforward, width)
        self.norm_attention = nn.LayerNorm(width)
        self.norm_feedforward = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query: Tensor, other: Tensor) -> Tensor:
        query = self.project(query)
        memory = torch.cat([other, query], dim=1)  # (B,2T,width)
        attended, _ = self.attention(query, memory, memory, need_weights=False)
        query = self.norm_attention(query + self.dropout(attended))
        update = self.contract(self.dropout(F.relu(self.expand(query))))
        return self.norm_feedforward(query + self.dropout(update))


class Interaction(nn.Module):
    """What both modalities agree on attends to each of them (CMRAN, section 3.4).

    In: visual and audio (B,T,width). Out: (B,T,width).
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, dropout=dropout, batch_first=True)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, visual: Tensor, audio: Tensor) -> Tensor:
        agreed = visual * audio
        memory = torch.cat([audio, visual], dim=1)  # (B,2T,width)
        attended, _ = self.attention(agreed, memory, memory, need_weights=False)
        return self.norm(agreed + self.dropout(attended))
