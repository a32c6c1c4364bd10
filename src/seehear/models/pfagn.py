"""PFAGN: past and future motion guided network (Chen, Yin and Tang 2022).

B clips, T segments, H x W grid, Dv and Da input channels, C categories.

    visual (B,T,H,W,Dv) --motion source--> motion (B,T,Da)                       eq. 1-6
    audio (B,T,Da) ------motion-guided audio attention--> guided audio (B,T,Da)  eq. 7-10
    visual, guided audio --CMRAN--> Prediction                                   eq. 11-23
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from torch import Tensor, nn

from seehear.core.errors import InvalidValueError
from seehear.models.cmran import CMRAN, CMRANOptions
from seehear.models.network import Network, Paper
from seehear.models.options import choice, switch
from seehear.nn.attention import MotionGuidedAudioAttention
from seehear.nn.motion import PastFutureMotion, RecurrentMotion, SqueezedMotion, SteadyMotion
from seehear.nn.prediction import Prediction

MOTIONS = ("none", "rnn", "me", "ms", "pf_me", "steady")
_CONVOLVED = ("me", "pf_me")


@dataclass(frozen=True, kw_only=True)
class PFAGNOptions(CMRANOptions):
    """The paper's network. A row of its ablation overrides one field."""

    motion: str = choice("pf_me", MOTIONS)
    """`none` is CMRAN; `steady` goes beyond the paper."""
    temporal_attention: bool | None = switch(None)
    """Eq. 7-8: on when supervised, off when weak, as published, unless said otherwise."""
    rectified: bool = switch(False)
    """Whether ME and pf-ME take the magnitude before the mean over the grid; published: they do not."""
    full_convolution: bool = switch(False)
    """Whether the 3x3 kernels of ME and pf-ME mix channels; published: channel by channel."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("rectified", "full_convolution"):
            if getattr(self, name) and self.motion not in _CONVOLVED:
                raise InvalidValueError(f"{name} is an option of {' and '.join(_CONVOLVED)}, not of {self.motion!r}")

    @property
    def attends_to_time(self) -> bool:
        return not self.weak if self.temporal_attention is None else self.temporal_attention

    @property
    def relations(self) -> CMRANOptions:
        """The part that is CMRAN."""
        return CMRANOptions(**{item.name: getattr(self, item.name) for item in fields(CMRANOptions)})


class PFAGN(Network):
    """visual (B,T,H,W,Dv), audio (B,T,Da) -> Prediction as CMRAN's, with `motion` (B,T,Da), `temporal_weights` (B,T)
    and `auxiliary["guided_audio"]` (B,T,Da)."""

    name = "pfagn"
    paper = Paper(
        "PFAGN",
        "Chen, Yin, Tang",
        2022,
        "arXiv",
        78.5,
        73.5,
        "arXiv 2205.03802; weak figure without temporal attention; checked against a second implementation",
        reference="independent code",
        title="Past and Future Motion Guided Network for Audio Visual Event Localization",
    )
    Options = PFAGNOptions

    def __init__(self, options: PFAGNOptions) -> None:
        super().__init__(options)
        self.motion = motion_source(options)
        guided = self.motion is not None
        self.guide_audio = (
            MotionGuidedAudioAttention(options.audio_channels, options.attends_to_time) if guided else None
        )
        self.relations = CMRAN(options.relations)

    def forward(self, visual: Tensor, audio: Tensor) -> Prediction:
        self.check_inputs(visual, audio)
        if self.motion is None or self.guide_audio is None:
            return self.relations(visual, audio)
        motion = self.motion(visual)  # (B,T,Da) eq. 1-6
        audio, weights = self.guide_audio(audio, motion)  # (B,T,Da), (B,T) eq. 7-10
        prediction = self.relations(visual, audio)
        auxiliary = {**prediction.auxiliary, "guided_audio": audio}
        return replace(prediction, motion=motion, temporal_weights=weights, auxiliary=auxiliary)


def motion_source(options: PFAGNOptions) -> nn.Module | None:
    """The motion source of an ablation row, from the raw visual features to the channels of the audio."""
    sizes = (options.visual_channels, options.audio_channels)
    kernels = {"rectified": options.rectified, "full_convolution": options.full_convolution}
    match options.motion:
        case "none":
            return None
        case "rnn":
            return RecurrentMotion(*sizes)
        case "me":
            return PastFutureMotion(*sizes, past=False, **kernels)
        case "ms":
            return SqueezedMotion(*sizes)
        case "pf_me":
            return PastFutureMotion(*sizes, **kernels)
        case "steady":
            return SteadyMotion(*sizes)
    raise InvalidValueError(f"no motion source {options.motion!r}; known: {', '.join(MOTIONS)}")
