"""DAM: dual attention matching (Wu et al., ICCV 2019). An approximation: no code was published.

B clips, T segments, H x W grid, Dv and Da input channels, `width` channels within, C categories.

    visual (B,T,H,W,Dv) --mean over the grid, Linear, ReLU--> seen (B,T,width) --event pooling--> (B,width)
    audio (B,T,Da) ------------------------Linear, ReLU--> heard (B,T,width) --event pooling--> (B,width)
    relevance (B,T): seen against the heard event, heard against the seen event
    category: [heard event; seen event] --Linear--> (B,C), weak (B,C+1)
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from einops import reduce
from torch import Tensor, nn

from seehear.models.network import Network, Paper
from seehear.models.options import NetworkOptions, count, require_heads, share
from seehear.nn.heads import adapt_to_clip
from seehear.nn.losses import Labels
from seehear.nn.matching import EventPooling, cross_check
from seehear.nn.prediction import Prediction


@dataclass(frozen=True, kw_only=True)
class DAMOptions(NetworkOptions):
    """The described width; heads and dropout are choices of ours."""

    width: int = count(256)
    heads: int = count(4)
    dropout: float = share(0.1)

    def __post_init__(self) -> None:
        super().__post_init__()
        require_heads(self.width, heads=self.heads)


class DAM(Network):
    """visual (B,T,H,W,Dv), audio (B,T,Da) -> Prediction with event and category logits.

    `events` (B,T) bool, where labels are known in training, restricts the pooling to event segments.
    """

    name = "dam"
    paper = Paper(
        "DAM",
        "Wu et al.",
        2019,
        "ICCV",
        74.5,
        None,
        "no weak figure; later tables cite this paper's reference number beside the name AVIN",
        title="Dual Attention Matching for Audio-Visual Event Localization",
    )
    approximation = True
    Options = DAMOptions

    def __init__(self, options: DAMOptions) -> None:
        super().__init__(options)
        width = options.width
        self.project_visual = nn.Linear(options.visual_channels, width)
        self.project_audio = nn.Linear(options.audio_channels, width)
        self.pool_visual = EventPooling(width, options.heads, options.dropout)
        self.pool_audio = EventPooling(width, options.heads, options.dropout)
        self.category = nn.Linear(2 * width, options.categories + 1 if options.weak else options.categories)

    def training_inputs(self, labels: Labels) -> dict[str, Tensor]:
        """The event segments, which the description pools over in training."""
        segments = labels.segment_classes
        return {} if segments is None else {"events": segments != self.options.categories}

    def forward(self, visual: Tensor, audio: Tensor, events: Tensor | None = None) -> Prediction:
        self.check_inputs(visual, audio)
        seen = self.project_visual(reduce(visual, "b t h w d -> b t d", "mean")).relu()  # (B,T,width)
        heard = self.project_audio(audio).relu()  # (B,T,width)
        seen_event, heard_event = self.pool_visual(seen, events), self.pool_audio(heard, events)  # (B,width)
        event_logits = cross_check(seen, heard, seen_event, heard_event)  # (B,T)
        category_logits = self.category(torch.cat([heard_event, seen_event], dim=-1))
        clip_scores = adapt_to_clip(event_logits, category_logits) if self.options.weak else None
        return Prediction(
            self.options.categories,
            event_logits=event_logits,
            category_logits=category_logits,
            clip_scores=clip_scores,
        )
