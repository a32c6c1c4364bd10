"""AVIN: what makes the sound? (Ramaswamy, ICASSP 2020). An approximation: no code was published.

B clips, T segments, H x W grid of N = `positions`, Dv and Da input channels, C categories.

    visual (B,T,H,W,Dv), audio (B,T,Da) --audio-guided attention--> (B,T,Dv)
    each modality --BiLSTM--> local (B,T,2*width) --mean over time--> global (B,2*width)
    each local + interaction with its own global + interaction with the other's global
    concatenate, Linear --> segment_logits (B,T,C+1)
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from seehear.models.network import Network, Paper
from seehear.models.options import RecurrentOptions
from seehear.nn.attention import PositionAttention
from seehear.nn.heads import scores_of_clip
from seehear.nn.matching import LocalGlobalInteraction
from seehear.nn.prediction import Prediction
from seehear.nn.recurrent import bidirectional


@dataclass(frozen=True, kw_only=True)
class AVINOptions(RecurrentOptions):
    """Sizes after AVEL's. Only `width` needs changing for a slim network."""


class AVIN(Network):
    """visual (B,T,H,W,Dv), audio (B,T,Da) -> Prediction with segment logits and attention (B,T,H,W); weak: also
    clip scores (B,C+1). Any T; H * W must be `positions`."""

    name = "avin"
    paper = Paper(
        "AVIN",
        "Ramaswamy",
        2020,
        "ICASSP",
        75.2,
        69.4,
        "later tables cite DAM's reference number beside this name",
        title="What Makes the Sound?: A Dual-Modality Interacting Network for Audio-Visual Event Localization",
    )
    approximation = True
    Options = AVINOptions

    def __init__(self, options: AVINOptions) -> None:
        super().__init__(options)
        channels, both = (options.visual_channels, options.audio_channels), 2 * options.width
        self.attend = PositionAttention(*channels, options.channels_in_attention, options.positions)
        self.remember_visual = bidirectional(options.visual_channels, options.width)
        self.remember_audio = bidirectional(options.audio_channels, options.width)
        self.seen_in_seen, self.heard_in_seen, self.seen_in_heard, self.heard_in_heard = (
            LocalGlobalInteraction(both) for _ in range(4)
        )
        self.classify = nn.Linear(2 * both, options.categories + 1)

    def forward(self, visual: Tensor, audio: Tensor) -> Prediction:
        self.check_inputs(visual, audio)
        seen, places = self.attend(visual, audio)  # (B,T,Dv)
        seen, _ = self.remember_visual(seen)  # (B,T,2*width)
        heard, _ = self.remember_audio(audio)  # (B,T,2*width)
        seen_clip, heard_clip = seen.mean(dim=1), heard.mean(dim=1)  # (B,2*width)
        seen_in_context = seen + self.seen_in_seen(seen, seen_clip) + self.heard_in_seen(seen, heard_clip)
        heard_in_context = heard + self.heard_in_heard(heard, heard_clip) + self.seen_in_heard(heard, seen_clip)
        logits = self.classify(torch.cat([seen_in_context, heard_in_context], dim=-1).relu())  # (B,T,C+1)
        clip_scores = scores_of_clip(logits) if self.options.weak else None
        return Prediction(self.options.categories, segment_logits=logits, clip_scores=clip_scores, attention=places)
