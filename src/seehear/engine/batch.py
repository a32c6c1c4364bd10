"""Some clips of a training set, ready for a network; and a part of them, for one of several that share the work."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from seehear.nn.losses import Labels


@dataclass(frozen=True)
class Batch:
    """B clips: names, features, labels."""

    names: tuple[str, ...]
    visual: Tensor
    """(B,T,H,W,Dv)"""
    audio: Tensor
    """(B,T,Da)"""
    labels: Labels

    def __len__(self) -> int:
        return len(self.names)

    def to(self, device: torch.device) -> Batch:
        return replace(self, visual=self.visual.to(device), audio=self.audio.to(device), labels=self.labels.to(device))

    def shard(self, number: int, count: int) -> Batch:
        """Part `number` of `count` parts of nearly equal size, in order; empty where there are fewer clips than parts.

        Its labels remember the whole batch, so that the losses of all parts sum to the loss of the batch.
        """
        part = slice(number * len(self) // count, (number + 1) * len(self) // count)
        return Batch(self.names[part], self.visual[part], self.audio[part], self.labels.part(part))
