"""How far a faster way to compute is from plain float32, measured before it is used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from seehear.engine.batch import Batch
from seehear.engine.device import Compute
from seehear.nn.losses import Loss


@dataclass(frozen=True)
class Difference:
    """Of one batch, without dropout, between float32 run as it is written and the way that was asked for."""

    loss: float
    """Of the losses."""
    probability: float
    """The largest over all clips, segments and classes."""

    def __str__(self) -> str:
        return (
            f"differs from plain float32 on the first batch by {self.loss:.1e} in the loss and by at most "
            f"{self.probability:.1e} in a probability"
        )


def difference_to_plain(network: nn.Module, batch: Batch, loss: Loss, compute: Compute) -> Difference | None:
    """What `compute` changes in a network's answer to `batch`; `None` where it is plain itself."""
    plain = replace(compute, precision="float32", compile=False)
    if compute == plain:
        return None
    with compute.applied() as device, torch.inference_mode():
        shown = batch.to(device)
        network = network.to(device).eval()
        expected = _answer(network, shown, loss, plain)
        found = _answer(compute.compiled(network), shown, loss, compute)
    return Difference(*((one - other).abs().max().item() for one, other in zip(expected, found, strict=True)))


def _answer(forward: Callable, batch: Batch, loss: Loss, compute: Compute) -> tuple[Tensor, Tensor]:
    with compute.autocast():
        prediction = forward(batch.visual, batch.audio)
    return loss(prediction, batch.labels), prediction.probabilities().float()
