"""AVSDN: dual-modality sequence-to-sequence network for audio-visual events (Lin et al., ICASSP 2019).

As re-implemented by the authors of CPSP, whose numbers it meets.
B clips, T segments, H x W grid of N = `positions`, Dv and Da input channels, C categories.

    visual (B,T,H,W,Dv), audio (B,T,Da) --audio-guided attention--> seen (B,T,Dv)
    encoders: seen --BiLSTM--> last states    audio --BiLSTM--> last states
    DMRN of the hidden and of the cell states --> first state of the decoder
    decoder: [audio; seen] --BiLSTM, ReLU--> (B,T,2*width) --relevance head--> Prediction
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from seehear.models.network import Network, Paper
from seehear.models.options import RecurrentOptions
from seehear.nn.attention import PositionAttention
from seehear.nn.heads import RelevanceHead
from seehear.nn.prediction import Prediction
from seehear.nn.recurrent import ResidualFusion, bidirectional


@dataclass(frozen=True, kw_only=True)
class AVSDNOptions(RecurrentOptions):
    """The published sizes. Only `width` needs changing for a slim network."""


class AVSDN(Network):
    """visual (B,T,H,W,Dv), audio (B,T,Da) -> Prediction with event and category logits, attention (B,T,H,W)
    and `auxiliary["fused"]` (B,T,2*width). Any T; H * W must be `positions`."""

    name = "avsdn"
    paper = Paper(
        "AVSDN",
        "Lin et al.",
        2019,
        "ICASSP",
        75.4,
        74.2,
        "both figures with ResNet-152 features, the others with VGG-19; the code is a re-implementation",
        reference="CPSP authors' code",
        title="Dual-modality Seq2Seq Network for Audio-visual Event Localization",
    )
    Options = AVSDNOptions

    def __init__(self, options: AVSDNOptions) -> None:
        super().__init__(options)
        channels, width = (options.visual_channels, options.audio_channels), options.width
        self.attend = PositionAttention(*channels, options.channels_in_attention, options.positions)
        self.encode_visual = bidirectional(options.visual_channels, width)
        self.encode_audio = bidirectional(options.audio_channels, width)
        self.fuse = ResidualFusion(width)
        self.decode = bidirectional(sum(channels), width)
        self.head = RelevanceHead(2 * width, options.categories, options.weak, pool="mean")

    def forward(self, visual: Tensor, audio: Tensor) -> Prediction:
        self.check_inputs(visual, audio)
        seen, places = self.attend(visual, audio)  # (B,T,Dv)
        _, seen_states = self.encode_visual(seen)  # hidden and cell, (2,B,width) each
        _, heard_states = self.encode_audio(audio)
        hidden, cell = (
            self.fuse(of_seen.relu(), of_heard.relu())
            for of_seen, of_heard in zip(seen_states, heard_states, strict=True)
        )
        decoded, _ = self.decode(torch.cat([audio, seen], dim=-1), (hidden, cell))
        fused = decoded.relu()  # (B,T,2*width)
        return replace(self.head(fused), attention=places, auxiliary={"fused": fused})
