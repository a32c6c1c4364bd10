"""CMRAN: cross-modal relation-aware networks (Xu et al., ACM MM 2020).

B clips, T segments, H x W grid, Dv and Da input channels, `width` channels within, C categories.

    visual (B,T,H,W,Dv) --Linear, ReLU--> (B,T,H,W,Vw) --spatial-channel attention--> (B,T,Vw) --+
                                                ^                                                  |
    audio (B,T,Da) -----------------------------+--------------------------------------------+    |
                                                                                              |    |
        seen  = relation of the picture to the encoded sound    (B,T,width)  <---------------+----+
        heard = relation of the sound to the encoded picture    (B,T,width)  <---------------+----+
        fused = interaction of seen and heard                   (B,T,width)
        Prediction: event_logits (B,T), category_logits (B,C), weak (B,C+1)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor, nn

from seehear.models.network import Network, Paper
from seehear.models.options import NetworkOptions, count, require_heads, share
from seehear.nn.attention import SpatialChannelAttention
from seehear.nn.dropout import ReLUDropout
from seehear.nn.heads import RelevanceHead
from seehear.nn.prediction import Prediction
from seehear.nn.relation import CrossRelation, Interaction, SelfRelation


@dataclass(frozen=True, kw_only=True)
class CMRANOptions(NetworkOptions):
    """The published sizes. Only `width` and `feedforward` need changing for a slim network."""

    width: int = count(256)
    visual_width: int | None = count(None)
    """Channels of the picture within the attention; twice the width unless said otherwise."""
    feedforward: int = count(2048)
    layers: int = count(2)
    heads: int = count(4)
    interaction_heads: int | None = count(None)
    """4 when supervised and 2 when weak, as published, unless said otherwise."""
    dropout: float = share(0.1)
    visual_dropout: float = share(0.2)

    def __post_init__(self) -> None:
        super().__post_init__()
        require_heads(self.width, heads=self.heads, interaction_heads=self.heads_of_interaction)

    @property
    def channels_in_attention(self) -> int:
        return self.visual_width or 2 * self.width

    @property
    def heads_of_interaction(self) -> int:
        return self.interaction_heads or (2 if self.weak else 4)


class CMRAN(Network):
    """visual (B,T,H,W,Dv), audio (B,T,Da) -> Prediction with event and category logits, attention (B,T,H,W)
    and `auxiliary["channel_weights"]` (B,T,Vw)."""

    name = "cmran"
    paper = Paper(
        "CMRAN",
        "Xu et al.",
        2020,
        "ACM MM",
        77.4,
        72.9,
        "76.8 / 72.5 as run again by the PFAGN paper",
        reference="authors' code",
        title="Cross-Modal Relation-Aware Networks for Audio-Visual Event Localization",
    )
    Options = CMRANOptions

    def __init__(self, options: CMRANOptions) -> None:
        super().__init__(options)
        width, attended = options.width, options.channels_in_attention
        sizes = (width, options.feedforward, options.heads)
        self.project_visual = nn.Linear(options.visual_channels, attended)
        self.attend = SpatialChannelAttention(attended, options.audio_channels, width)
        self.encode_visual = SelfRelation(attended, *sizes, options.layers, options.dropout)
        self.encode_audio = SelfRelation(options.audio_channels, *sizes, options.layers, options.dropout)
        self.relate_visual = CrossRelation(attended, *sizes, options.dropout)
        self.relate_audio = CrossRelation(options.audio_channels, *sizes, options.dropout)
        self.interact = Interaction(width, options.heads_of_interaction, options.dropout)
        self.head = RelevanceHead(width, options.categories, options.weak)
        self.activate_visual = ReLUDropout(options.visual_dropout)

    def forward(self, visual: Tensor, audio: Tensor) -> Prediction:
        self.check_inputs(visual, audio)
        visual = self.activate_visual(self.project_visual(visual))  # (B,T,H,W,Vw)
        visual, places, channels = self.attend(visual, audio)  # (B,T,Vw)
        seen = self.relate_visual(visual, self.encode_audio(audio))  # (B,T,width)
        heard = self.relate_audio(audio, self.encode_visual(visual))  # (B,T,width)
        prediction = self.head(self.interact(seen, heard))
        return replace(prediction, attention=places, auxiliary={"channel_weights": channels})
