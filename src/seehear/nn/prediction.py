"""What every network returns: one shared type for relevance heads and for per-segment heads."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from seehear.core.errors import InvalidValueError


@dataclass(frozen=True)
class Prediction:
    """Probabilities over C + 1 classes for each clip and segment; background is class C.

    A network fills either the relevance pair (`event_logits`, `category_logits`: CMRAN, PFAGN, AVSDN, DAM) or
    `segment_logits` (AVEL, PSP, AVIN). In the weak relevance head the category itself may be background, so
    `category_logits` has C + 1 columns there.
    """

    categories: int
    """C, without background."""
    event_logits: Tensor | None = None
    """(B,T) relevance: is this segment an event."""
    category_logits: Tensor | None = None
    """(B,C), or (B,C+1) where the category may be background."""
    segment_logits: Tensor | None = None
    """(B,T,C+1)"""
    clip_scores: Tensor | None = None
    """(B,C+1) probabilities of the whole clip: what weak supervision is compared with."""
    attention: Tensor | None = None
    """(B,T,H,W) where the network looked, sums to 1 over the grid."""
    temporal_weights: Tensor | None = None
    """(B,T) weight of each segment under motion-guided temporal attention."""
    motion: Tensor | None = None
    """(B,T,Da) the motion that guides the audio."""
    auxiliary: dict[str, Tensor] = field(default_factory=dict)
    """Whatever else a network's own loss or explanation needs, by name."""

    def probabilities(self) -> Tensor:
        """(B,T,C+1), each row sums to 1."""
        if self.segment_logits is not None:
            return self.segment_logits.softmax(dim=-1)
        event_logits, category_logits = self._relevance_pair()
        relevance = event_logits.sigmoid()[..., None]  # (B,T,1)
        category = category_logits.softmax(dim=-1)[:, None, :]  # (B,1,C) or (B,1,C+1)
        events = relevance * category[..., : self.categories]  # (B,T,C)
        return torch.cat([events, 1 - events.sum(dim=-1, keepdim=True)], dim=-1)

    def classes(self) -> Tensor:
        """(B,T) the published decision: the clip's category where sigmoid(event_logits) > 0.5, else background;
        the largest segment logit for per-segment heads."""
        if self.segment_logits is not None:
            return self.segment_logits.argmax(dim=-1)
        event_logits, category_logits = self._relevance_pair()
        category = category_logits.argmax(dim=-1)[:, None]  # (B,1)
        background = torch.full_like(category, self.categories)
        return torch.where(event_logits > 0, category, background)

    def _relevance_pair(self) -> tuple[Tensor, Tensor]:
        if self.event_logits is None or self.category_logits is None:
            raise InvalidValueError("a prediction needs segment_logits, or both event_logits and category_logits")
        return self.event_logits, self.category_logits
