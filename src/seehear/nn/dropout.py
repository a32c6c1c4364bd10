"""Dropout after a ReLU over millions of positions, at a fraction of the usual cost."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_WORDS = 1 << 16


class ReLUDropout(nn.Module):
    """Dropout(ReLU(x)), any shape; in evaluation the ReLU alone.

    Each 64-bit random number decides for four entries, and the output itself says which entries the gradient
    reaches, so no mask is kept. The share is rounded to a multiple of 2**-16, the scale with it.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.p = share

    def forward(self, entries: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return F.relu(entries)
        return _DroppedReLU.apply(entries, self.p)


class _DroppedReLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, entries: Tensor, share: float) -> Tensor:
        dropped = round(share * _WORDS)
        random = torch.empty((entries.numel() + 3) // 4, dtype=torch.int64, device=entries.device)
        words = random.random_(-(1 << 63), None).view(torch.int16)[: entries.numel()].view(entries.shape)
        ctx.scale = _WORDS / (_WORDS - dropped)
        kept = F.relu(entries).mul_(words >= dropped - _WORDS // 2).mul_(ctx.scale)
        ctx.save_for_backward(kept)
        return kept

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        (kept,), (gradient,) = ctx.saved_tensors, grad_outputs
        return torch.ops.aten.threshold_backward(gradient, kept, 0).mul_(ctx.scale), None
