"""What all networks share: options, where they come from, and the check of what they are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn

from seehear.core.errors import InvalidValueError
from seehear.models.options import NetworkOptions
from seehear.nn.losses import Labels


@dataclass(frozen=True, slots=True)
class Paper:
    """Where a network was published, and what it reached there on AVE."""

    system: str
    authors: str
    year: int
    venue: str
    supervised_accuracy: float | None = None
    """Percent of segments."""
    weak_accuracy: float | None = None
    footnote: str = ""
    reference: str = ""
    """Whose code ours gives the same numbers as (docs/zoo.md); empty for an approximation."""
    title: str = ""


class Network(nn.Module):
    """visual (B,T,H,W,Dv), audio (B,T,Da) -> Prediction. Any B, T and grid unless the subclass says otherwise."""

    name: ClassVar[str]
    """As in `MODELS`."""
    paper: ClassVar[Paper]
    approximation: ClassVar[bool] = False
    """Whether no code was published, so that the network follows a description and cannot be checked by numbers."""
    Options: ClassVar[type[NetworkOptions]]

    def __init__(self, options: NetworkOptions) -> None:
        super().__init__()
        self.options = options

    def training_inputs(self, labels: Labels) -> dict[str, Tensor]:
        """What `forward` is given besides features while it is trained, by argument; nothing unless a subclass says so.

        Weak labels know no segments, so that nothing made of them can give a segment away.
        """
        return {}

    def check_inputs(self, visual: Tensor, audio: Tensor) -> None:
        """Raise InvalidValueError unless both have the shapes of the contract and this network's channels."""
        visual_channels, audio_channels = self.options.visual_channels, self.options.audio_channels
        if visual.ndim != 5 or visual.shape[-1] != visual_channels:
            raise InvalidValueError(f"visual must be (B,T,H,W,{visual_channels}), not {tuple(visual.shape)}")
        if audio.ndim != 3 or audio.shape[-1] != audio_channels:
            raise InvalidValueError(f"audio must be (B,T,{audio_channels}), not {tuple(audio.shape)}")
        if audio.shape[:2] != visual.shape[:2]:
            raise InvalidValueError(
                f"visual and audio need the same clips and segments, not {tuple(visual.shape[:2])} "
                f"and {tuple(audio.shape[:2])}"
            )
