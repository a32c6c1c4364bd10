"""AVEL: audio-visual event localization in unconstrained videos (Tian et al., ECCV 2018).

B clips, T segments, H x W grid of N = `positions`, Dv and Da input channels, C categories.

    visual (B,T,H,W,Dv), audio (B,T,Da) --audio-guided attention--> seen (B,T,Dv)
    seen --BiLSTM--> (B,T,2*width)     audio --BiLSTM--> (B,T,2*width)
    late fusion: concatenate, ReLU, Linear, ReLU, Linear --> segment_logits (B,T,C+1)
    dmrn:        dual multimodal residual fusion, Linear --> segment_logits (B,T,C+1)
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from seehear.models.network import Network, Paper
from seehear.models.options import RecurrentOptions, choice, count
from seehear.nn.attention import PositionAttention
from seehear.nn.heads import scores_of_clip
from seehear.nn.prediction import Prediction
from seehear.nn.recurrent import ResidualFusion, bidirectional


@dataclass(frozen=True, kw_only=True)
class AVELOptions(RecurrentOptions):
    """The published sizes. Only `width` needs changing for a slim network."""

    classifier_width: int | None = count(None)
    """Of late fusion's hidden layer: half the width unless said otherwise."""
    fusion: str = choice("late", ("late", "dmrn"))

    @property
    def channels_in_classifier(self) -> int:
        return self.classifier_width or max(1, self.width // 2)


class LateFusion(nn.Module):
    """Concatenate, ReLU, Linear, ReLU: visual and audio (B,T,width) -> (B,T,hidden)."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.mix = nn.Linear(2 * width, hidden)
        nn.init.xavier_uniform_(self.mix.weight)

    def forward(self, visual: Tensor, audio: Tensor) -> Tensor:
        return self.mix(torch.cat([audio, visual], dim=-1).relu()).relu()


class AVEL(Network):
    """visual (B,T,H,W,Dv), audio (B,T,Da) -> Prediction with segment logits and attention (B,T,H,W); weak: also
    clip scores (B,C+1). Any T; H * W must be `positions`."""

    name = "avel"
    paper = Paper(
        "AVEL",
        "Tian et al.",
        2018,
        "ECCV",
        72.7,
        66.7,
        reference="authors' code",
        title="Audio-Visual Event Localization in Unconstrained Videos",
    )
    Options = AVELOptions

    def __init__(self, options: AVELOptions) -> None:
        super().__init__(options)
        channels, both = (options.visual_channels, options.audio_channels), 2 * options.width
        late = options.fusion == "late"
        self.attend = PositionAttention(*channels, options.channels_in_attention, options.positions)
        self.remember_visual = bidirectional(options.visual_channels, options.width)
        self.remember_audio = bidirectional(options.audio_channels, options.width)
        self.fuse = LateFusion(both, options.channels_in_classifier) if late else ResidualFusion(both)
        self.classify = nn.Linear(options.channels_in_classifier if late else both, options.categories + 1)
        nn.init.xavier_uniform_(self.classify.weight)

    def forward(self, visual: Tensor, audio: Tensor) -> Prediction:
        self.check_inputs(visual, audio)
        seen, places = self.attend(visual, audio)  # (B,T,Dv)
        seen, _ = self.remember_visual(seen)  # (B,T,2*width)
        heard, _ = self.remember_audio(audio)  # (B,T,2*width)
        logits = self.classify(self.fuse(seen, heard))  # (B,T,C+1)
        clip_scores = scores_of_clip(logits) if self.options.weak else None
        return Prediction(self.options.categories, segment_logits=logits, clip_scores=clip_scores, attention=places)
