"""PSP: positive sample propagation along the audio-visual event line (Zhou et al., CVPR 2021).

B clips, T segments, H x W grid of N = `positions`, Dv and Da input channels, C categories.

    audio (B,T,Da) --two Linear (supervised)--> (B,T,Da)
    visual (B,T,H,W,Dv), audio --audio-guided attention--> (B,T,Dv) --Linear--> seen (B,T,width)
    seen --BiLSTM--> (B,T,2*width)     audio --BiLSTM--> (B,T,2*width)
    positive sample propagation, mean of both --> fused (B,T,2*width)
    Linear, ReLU, Linear --> segment_logits (B,T,C+1);  weak: weighted mean over time --> clip_scores (B,C+1)
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seehear.models.network import Network, Paper
from seehear.models.options import RecurrentOptions, share
from seehear.nn.attention import PositionAttention
from seehear.nn.prediction import Prediction
from seehear.nn.propagation import PositiveSamplePropagation
from seehear.nn.recurrent import bidirectional


@dataclass(frozen=True, kw_only=True)
class PSPOptions(RecurrentOptions):
    """The published sizes. Only `width` needs changing for a slim network."""

    threshold: float | None = share(None)
    """Share below which a connection is cut: .099 supervised, .095 weak unless said otherwise. Made for T = 10, where
    an even share is .1: with more segments take less."""
    dropout: float = share(0.1)

    @property
    def cut_below(self) -> float:
        published = 0.095 if self.weak else 0.099
        return published if self.threshold is None else self.threshold


class PSP(Network):
    """visual (B,T,H,W,Dv), audio (B,T,Da) -> Prediction with segment logits, attention (B,T,H,W) and auxiliary
    "fused" (B,T,2*width) and "similarity" (B,T), the cosine of what is seen and heard; weak: also clip scores (B,C+1).
    Any T; H * W must be `positions`."""

    name = "psp"
    paper = Paper(
        "PSP",
        "Zhou et al.",
        2021,
        "CVPR",
        77.8,
        73.5,
        reference="authors' code",
        title="Positive Sample Propagation along the Audio-Visual Event Line",
    )
    Options = PSPOptions

    def __init__(self, options: PSPOptions) -> None:
        super().__init__(options)
        width, audio_channels, weak = options.width, options.audio_channels, options.weak
        channels = (options.visual_channels, audio_channels)
        self.project_audio = nn.Identity() if weak else _two_linear(audio_channels, 2 * width, audio_channels)
        self.attend = PositionAttention(*channels, options.channels_in_attention, options.positions)
        self.project_visual = (
            nn.Linear(options.visual_channels, width)
            if weak
            else _two_linear(options.visual_channels, 2 * width, width)
        )
        self.remember_visual = bidirectional(width, width)
        self.remember_audio = bidirectional(audio_channels, width)
        self.propagate = PositiveSamplePropagation(
            2 * width, options.cut_below, options.dropout, renormalise=not weak, merge=not weak
        )
        self.hidden = nn.Linear(2 * width, max(1, width // 2), bias=False)
        self.classify = nn.Linear(self.hidden.out_features, options.categories + 1, bias=False)
        self.weigh = nn.Linear(options.categories + 1, 1, bias=False) if weak else None

    def forward(self, visual: Tensor, audio: Tensor) -> Prediction:
        self.check_inputs(visual, audio)
        audio = self.project_audio(audio)  # (B,T,Da)
        seen, places = self.attend(visual, audio)  # (B,T,Dv)
        seen, _ = self.remember_visual(self.project_visual(seen))  # (B,T,2*width)
        heard, _ = self.remember_audio(audio)  # (B,T,2*width)
        seen, heard = self.propagate(seen, heard)
        fused = (seen + heard) / 2
        logits = self.classify(self.hidden(fused).relu())  # (B,T,C+1)
        clip_scores = None
        if self.weigh is not None:
            logits = logits * torch.sigmoid(self.weigh(logits).relu())
            clip_scores = logits.mean(dim=1).softmax(dim=-1)
        return Prediction(
            self.options.categories,
            segment_logits=logits,
            clip_scores=clip_scores,
            attention=places,
            auxiliary={"fused": fused, "similarity": F.cosine_similarity(seen, heard, dim=-1)},
        )


def _two_linear(channels: int, hidden: int, width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(channels, hidden, bias=False), nn.Linear(hidden, width, bias=False))
