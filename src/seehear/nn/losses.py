"""What training minimises: one function for each published loss, over the one Prediction type.

B clips, T segments, C categories; background is class C. Losses are computed in float32 at least, whatever
precision the network ran in, and average over the batch. No clip of a batch has a say in another's term: the loss of a
batch is the sum of the losses of its parts (:meth:`Labels.part`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from seehear.core.errors import InvalidValueError
from seehear.nn.prediction import Prediction

PSP_SIMILARITY_WEIGHT = 100.0
"""Weight of the audio-visual pair similarity loss (Zhou et al., CVPR 2021)."""


@dataclass(frozen=True)
class Labels:
    """The truth of a batch. Weak supervision has no segment classes, so no loss can look at them."""

    clip_classes: Tensor
    """(B,) in 0..C: the clip's category, C where it holds no event."""
    segment_classes: Tensor | None = None
    """(B,T) in 0..C"""
    batch_clip_classes: Tensor | None = None
    """Of every clip of the batch, where these labels are of a part of it: what an average is taken over."""

    @property
    def share(self) -> float:
        """Of the clips of the batch."""
        return len(self.clip_classes) / len(self.whole)

    @property
    def whole(self) -> Tensor:
        """Clip classes of the whole batch."""
        return self.clip_classes if self.batch_clip_classes is None else self.batch_clip_classes

    def part(self, clips: slice) -> Labels:
        """Of some clips of the batch. The losses of parts that make up a batch sum to the loss of the batch."""
        segments = self.segment_classes
        return Labels(self.clip_classes[clips], None if segments is None else segments[clips], self.whole)

    def to(self, device: torch.device) -> Labels:
        segments, batch = self.segment_classes, self.batch_clip_classes
        return Labels(
            self.clip_classes.to(device),
            None if segments is None else segments.to(device),
            None if batch is None else batch.to(device),
        )


Loss = Callable[[Prediction, Labels], Tensor]


def relevance_loss(prediction: Prediction, labels: Labels) -> Tensor:
    """Is-event cross-entropy of every segment plus category cross-entropy of every clip (PFAGN eq. 27-29).

    A clip without an event has no category to learn: it counts in the first term only.
    """
    background = prediction.categories
    is_event = _segment_classes(labels) != background  # (B,T)
    event_logits = _full(_needed(prediction.event_logits, "event_logits"))
    category_logits = _full(_needed(prediction.category_logits, "category_logits"))[:, :background]
    relevance = F.binary_cross_entropy_with_logits(event_logits, is_event.to(event_logits.dtype))
    targets = labels.clip_classes.masked_fill(labels.clip_classes == background, _IGNORED)
    category = F.cross_entropy(category_logits, targets, ignore_index=_IGNORED, reduction="sum")
    return relevance * labels.share + category / (labels.whole != background).sum().clamp(min=1)


def segment_cross_entropy(prediction: Prediction, labels: Labels) -> Tensor:
    """Cross-entropy of every segment over C + 1 classes (AVIN; the first term of PSP)."""
    logits = _full(_needed(prediction.segment_logits, "segment_logits"))
    return F.cross_entropy(logits.flatten(0, 1), _segment_classes(labels).flatten()) * labels.share


def segment_soft_margin(prediction: Prediction, labels: Labels) -> Tensor:
    """Multi-label soft margin of every segment on the *softmax output* (AVEL, Tian et al., ECCV 2018).

    The margin is taken of probabilities, not of logits, as the authors trained it.
    """
    logits = _full(_needed(prediction.segment_logits, "segment_logits"))
    probabilities = logits.softmax(dim=-1).flatten(0, 1)  # (B*T,C+1)
    targets = _one_hot(_segment_classes(labels).flatten(), probabilities)
    return F.multilabel_soft_margin_loss(probabilities, targets) * labels.share


def pair_similarity_loss(prediction: Prediction, labels: Labels) -> Tensor:
    """Segment cross-entropy + 100 x squared error of the audio-visual similarity (PSP, Zhou et al., CVPR 2021).

    `auxiliary["similarity"]` (B,T) is the cosine of each segment's visual and audio vectors. Its positive part,
    divided by its sum over time, should spread evenly over the clip's event segments.
    """
    cosine = _full(_needed(prediction.auxiliary.get("similarity"), 'auxiliary["similarity"]'))  # (B,T)
    is_event = (_segment_classes(labels) != prediction.categories).to(cosine.dtype)
    error = F.mse_loss(_share_of_time(cosine.relu()), _share_of_time(is_event))
    return segment_cross_entropy(prediction, labels) + PSP_SIMILARITY_WEIGHT * error * labels.share


def clip_soft_margin(prediction: Prediction, labels: Labels) -> Tensor:
    """Weak supervision: multi-label soft margin of the clip's probabilities against its one category.

    `clip_scores` (B,C+1) come from label adaptation in relevance heads (CMRAN, Xu et al., ACM MM 2020) and from the
    maximum over time in AVEL; a clip without an event is of class C.
    """
    scores = _full(_needed(prediction.clip_scores, "clip_scores"))
    return F.multilabel_soft_margin_loss(scores, _one_hot(labels.clip_classes, scores)) * labels.share


def clip_cross_entropy(prediction: Prediction, labels: Labels) -> Tensor:
    """Weak supervision: binary cross-entropy of each of the clip's C + 1 probabilities (PSP).

    The released code's targets are each category's share of the clip's *segments*, which gives the segment labels
    away; here the target is the clip's category alone.
    """
    scores = _full(_needed(prediction.clip_scores, "clip_scores"))
    return F.binary_cross_entropy(scores, _one_hot(labels.clip_classes, scores)) * labels.share


LOSSES: dict[str, Loss] = {
    "relevance": relevance_loss,
    "segment_cross_entropy": segment_cross_entropy,
    "segment_soft_margin": segment_soft_margin,
    "pair_similarity": pair_similarity_loss,
    "clip_soft_margin": clip_soft_margin,
    "clip_cross_entropy": clip_cross_entropy,
}

_IGNORED = -100
_SMALLEST_SUM = 1e-8


def _share_of_time(values: Tensor) -> Tensor:
    """(B,T) each row divided by its sum; a row of zeros stays zero."""
    return values / values.sum(dim=-1, keepdim=True).clamp(min=_SMALLEST_SUM)


def _one_hot(classes: Tensor, like: Tensor) -> Tensor:
    return F.one_hot(classes, like.shape[-1]).to(like.dtype)


def _full(values: Tensor) -> Tensor:
    """Half precision as float32, anything wider as it is."""
    return values.float() if values.dtype in (torch.float16, torch.bfloat16) else values


def _needed(values: Tensor | None, name: str) -> Tensor:
    if values is None:
        raise InvalidValueError(
            f"this loss needs the network's {name}, which it did not return; choose the loss of its own recipe"
        )
    return values


def _segment_classes(labels: Labels) -> Tensor:
    if labels.segment_classes is None:
        raise InvalidValueError("this loss needs segment labels, which weak supervision does not have")
    return labels.segment_classes
