"""From fused segments to a :class:`Prediction`. B clips, T segments, C categories; background is class C."""

from __future__ import annotations

from einops import rearrange
from torch import Tensor, nn

from seehear.nn.prediction import Prediction


def adapt_to_clip(event_logits: Tensor, category_logits: Tensor) -> Tensor:
    """Label adaptation of weak supervision (CMRAN, Xu et al. 2020, section 3.6).

    (B,T) relevance and (B,K) category logits -> (B,K) probabilities of the whole clip:
    softmax of the maximum over time of sigmoid(relevance) * category.
    """
    segments = event_logits.sigmoid()[:, :, None] * category_logits[:, None, :]  # (B,T,K)
    return segments.amax(dim=1).softmax(dim=-1)


class RelevanceHead(nn.Module):
    """Is each segment an event, and which is the clip's category (CMRAN, Xu et al. 2020, section 3.5).

    (B,T,width) -> Prediction. Supervised: C category columns. Weak: C + 1, and the clip's scores.
    """

    def __init__(self, width: int, categories: int, weak: bool, pool: str = "max") -> None:
        super().__init__()
        self.categories, self.weak, self.pool = categories, weak, pool
        self.event = nn.Linear(width, 1)
        self.category = nn.Linear(width, categories + 1 if weak else categories)

    def forward(self, segments: Tensor) -> Prediction:
        event_logits = rearrange(self.event(segments), "b t 1 -> b t")
        clip = segments.amax(dim=1) if self.pool == "max" else segments.mean(dim=1)  # (B,width)
        category_logits = self.category(clip)
        clip_scores = adapt_to_clip(event_logits, category_logits) if self.weak else None
        return Prediction(
            self.categories, event_logits=event_logits, category_logits=category_logits, clip_scores=clip_scores
        )


def scores_of_clip(segment_logits: Tensor) -> Tensor:
    """Multiple-instance pooling of weak supervision (AVEL, Tian et al. 2018, eq. 8).

    (B,T,C+1) logits -> (B,C+1) probabilities of the whole clip: softmax of the maximum over time.
    """
    return segment_logits.amax(dim=1).softmax(dim=-1)
