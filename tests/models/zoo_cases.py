"""Every network and supervision in a small size, and clips to give them."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from seehear.models import MODELS, Network, build

CATEGORIES, VISUAL, AUDIO = 4, 12, 8
SLIM: dict[str, dict[str, Any]] = {
    "avel": {"width": 6},
    "avel dmrn": {"width": 6, "fusion": "dmrn"},
    "dam": {"width": 8},
    "avsdn": {"width": 6},
    "avin": {"width": 6},
    "cmran": {"width": 8, "feedforward": 16},
    "psp": {"width": 6},
    "pfagn": {"width": 8, "feedforward": 16},
    "pfagn rnn": {"width": 8, "feedforward": 16, "motion": "rnn"},
    "pfagn me": {"width": 8, "feedforward": 16, "motion": "me"},
    "pfagn ms": {"width": 8, "feedforward": 16, "motion": "ms"},
    "pfagn rectified": {"width": 8, "feedforward": 16, "rectified": True},
    "pfagn steady": {"width": 8, "feedforward": 16, "motion": "steady"},
    "pfagn none": {"width": 8, "feedforward": 16, "motion": "none"},
}
every_network = pytest.mark.parametrize("supervision", ["supervised", "weak"])
every_case = pytest.mark.parametrize("case", SLIM)


def network_of(case: str, supervision: str, positions: int = 15) -> Network:
    """A slim network with the same weights every time, for grids of `positions` where it is tied to them."""
    name = case.split()[0]
    tied = {"positions": positions} if hasattr(MODELS[name].Options, "positions") else {}
    torch.manual_seed(11)
    return build(
        name,
        categories=CATEGORIES,
        supervision=supervision,
        visual_channels=VISUAL,
        audio_channels=AUDIO,
        **SLIM[case],
        **tied,
    )


def clips(count: int = 2, segments: int = 4, height: int = 3, width: int = 5) -> tuple[Tensor, Tensor]:
    """visual (B,T,H,W,Dv) and audio (B,T,Da), the same every time."""
    random = torch.Generator().manual_seed(7)
    visual = torch.rand(count, segments, height, width, VISUAL, generator=random)
    return visual, torch.rand(count, segments, AUDIO, generator=random)
