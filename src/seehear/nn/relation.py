"""Relations between segments, within and across modalities (CMRAN, Xu et al. 2020, section 3.3).

B clips, T segments, `width` channels in all. The attention divides by sqrt(width / heads), as the published
code does; equation 15 of the paper divides by the width.
"""

from __future__ import annotations

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F


class MultiHeadAttention(nn.Module):
    """Each query takes what it needs from a memory (Vaswani et al. 2017): (B,T,width), (B,S,width) -> (B,T,width).

    Parameters are those of `torch.nn.MultiheadAttention`, whose shortcut for inference fails in mixed precision.
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)
        nn.init.xavier_uniform_(self.in_proj_weight)
        nn.init.zeros_(self.out_proj.bias)

    def forward(self, query: Tensor, memory: Tensor) -> Tensor:
        width = query.shape[-1]
        of_query, of_memory = self.in_proj_weight.split([width, 2 * width])
        bias_of_query, bias_of_memory = self.in_proj_bias.split([width, 2 * width])
        asked = self.split_heads(F.linear(query, of_query, bias_of_query))
        keys, values = (self.split_heads(half) for half in F.linear(memory, of_memory, bias_of_memory).chunk(2, dim=-1))
        dropout = self.dropout if self.training else 0.0
        taken = F.scaled_dot_product_attention(asked, keys, values, dropout_p=dropout)
        return self.out_proj(rearrange(taken, "b h t d -> b t (h d)"))

    def split_heads(self, segments: Tensor) -> Tensor:
        return rearrange(segments, "b t (h d) -> b h t d", h=self.heads)


class RelationLayer(nn.Module):
    """A post-norm transformer layer: attention to a memory, then two linear layers, each added and normalised.

    In: query (B,T,width), memory (B,S,width). Out: (B,T,width).
    """

    def __init__(self, width: int, feedforward: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attention = MultiHeadAttention(width, heads, dropout)
        self.expand = nn.Linear(width, feedforward)
        self.contract = nn.Linear(feedforward, width)
        self.norm_attention = nn.LayerNorm(width)
        self.norm_feedforward = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query: Tensor, memory: Tensor) -> Tensor:
        query = self.norm_attention(query + self.dropout(self.attention(query, memory)))
        update = self.contract(self.dropout(F.relu(self.expand(query))))
        return self.norm_feedforward(query + self.dropout(update))


class SelfRelation(nn.Module):
    """Segments of one modality attend to one another, layer after layer, without positions.

    (B,T,channels) -> (B,T,width)
    """

    def __init__(self, channels: int, width: int, feedforward: int, heads: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.project = nn.Linear(channels, width)
        self.layers = nn.ModuleList(RelationLayer(width, feedforward, heads, dropout) for _ in range(layers))

    def forward(self, segments: Tensor) -> Tensor:
        segments = self.project(segments)
        for layer in self.layers:
            segments = layer(segments, segments)
        return segments


class CrossRelation(nn.Module):
    """Segments of one modality attend to both: the other's, encoded, and their own, side by side in time.

    In: query (B,T,channels), other (B,T,width). Out: (B,T,width).
    """

    def __init__(self, channels: int, width: int, feedforward: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.project = nn.Linear(channels, width)
        self.layer = RelationLayer(width, feedforward, heads, dropout)

    def forward(self, query: Tensor, other: Tensor) -> Tensor:
        query = self.project(query)
        return self.layer(query, torch.cat([other, query], dim=1))  # memory (B,2T,width)


class Interaction(nn.Module):
    """What both modalities agree on attends to each of them (CMRAN, section 3.4).

    In: visual and audio (B,T,width). Out: (B,T,width).
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attention = MultiHeadAttention(width, heads, dropout)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, visual: Tensor, audio: Tensor) -> Tensor:
        agreed = visual * audio
        memory = torch.cat([audio, visual], dim=1)  # (B,2T,width)
        return self.norm(agreed + self.dropout(self.attention(agreed, memory)))
