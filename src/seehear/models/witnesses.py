"""Two witnesses heard together: seven learned numbers that serve every group of things alike.

B windows of T segments, C groups, D channels of the picture.

    looks [B,T,D] -- alike, near in time --.
                                            v
    seen  [B,T,C] -- what the eye remembers of a thing that is still there -- slope, threshold --.
                                                                                                  >-- both --> [B,T,C]
    heard [B,T,C] -- as it is -- slope, threshold ----------------------------------------------'

A group enters by its evidence alone, so what is learned from some holds for any. Every slope is above 0: more evidence
never makes an event less likely. The ear remembers nothing, for between two barks a dog is silent.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seehear.core.errors import InvalidValueError

SMALLEST_EVIDENCE = 1e-3
"""Evidence below is all alike."""


@dataclass(frozen=True)
class WitnessOptions:
    """What is not learned."""

    reach_segments: int = 2
    """How far the eye remembers, both ways."""

    def __post_init__(self) -> None:
        if isinstance(self.reach_segments, bool) or not isinstance(self.reach_segments, int):
            raise InvalidValueError(f"reach_segments must be a whole number, not {self.reach_segments!r}")
        if not 0 <= self.reach_segments <= 100:
            raise InvalidValueError(f"reach_segments must be in 0..100, not {self.reach_segments}")


class Witnesses(nn.Module):
    """Logits of "this group is seen and heard here", from what two encoders say of each group."""

    def __init__(self, options: WitnessOptions | None = None) -> None:
        super().__init__()
        self.options = options or WitnessOptions()
        self.memory = _number(0.0)  # logit of the share of what is remembered
        self.likeness = _number(2.3)  # how much more those segments count that look alike
        self.nearness = _number(0.0)  # how much less those count that are far
        self.seen_slope, self.seen_threshold = _number(1.0), _number(-1.6)
        self.heard_slope, self.heard_threshold = _number(1.0), _number(-1.9)

    def forward(self, seen: Tensor, heard: Tensor) -> Tensor:
        """Logits [...,C] of remembered `seen` and `heard` evidence in 0..1; 0 lies where both together suffice.

        The probability is 1 / (1 + exp(-eye) + exp(-ear)): near that of the weaker witness, never above either.
        """
        eye = F.softplus(self.seen_slope) * (_log(seen) - self.seen_threshold)
        ear = F.softplus(self.heard_slope) * (_log(heard) - self.heard_threshold)
        return -torch.logaddexp(-eye, -ear)

    def remember(self, seen: Tensor, looks: Tensor, present: Tensor) -> Tensor:
        """`seen` [B,T,C] mixed with that of neighbours that look alike; `present` [B,T]: who has a picture at all."""
        share = self.memory.sigmoid()
        return (1 - share) * seen + share * (self.attention(looks, present) @ seen)

    def attention(self, looks: Tensor, present: Tensor) -> Tensor:
        """[B,T,T]: what each segment takes from each within reach; rows sum to 1."""
        directions = F.normalize(looks, dim=-1)
        places = torch.arange(looks.shape[-2], device=looks.device)
        apart = (places[:, None] - places[None]).abs()  # (T,T)
        logits = F.softplus(self.likeness) * (directions @ directions.mT) - F.softplus(self.nearness) * apart
        taken = (apart <= self.options.reach_segments) & (present[..., None, :] | (apart == 0))
        return logits.masked_fill(~taken, -torch.inf).softmax(dim=-1)


def _number(value: float) -> nn.Parameter:
    return nn.Parameter(torch.tensor(value))


def _log(evidence: Tensor) -> Tensor:
    return (evidence + SMALLEST_EVIDENCE).log()
