"""How each published release spells its parameters: one table per network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class Published:
    """One release: its parameter names, its sizes, and what it carries without using."""

    architecture: str
    """Name in `MODELS`."""
    names: dict[str, str]
    """Our module or parameter -> the published one; the longest match counts."""
    sizes: Callable[[Shapes], dict[str, Any]]
    """From published shapes to the options of `build`; raises KeyError or IndexError where a shape is lacking."""
    category_layer: str
    """The published layer with one row per class."""
    background_row_when_supervised: bool
    """Whether that layer has a row for background in the supervised network; in the weak one it always has."""
    dropped: tuple[str, ...] = ()
    """Patterns of published parameters that never influence an output."""
    fixed: dict[str, Any] = field(default_factory=dict)
    """Options of `build` that tell this release from others of the same network."""

    def spelled(self, ours: str) -> str:
        """The published name of one of our parameters."""
        longest = max((prefix for prefix in self.names if f"{ours}.".startswith(f"{prefix}.")), key=len)
        return self.names[longest] + ours[len(longest) :]


def _within(ours: str, theirs: str, names: dict[str, str]) -> dict[str, str]:
    """A table of a part, moved to where the part is held."""
    return {f"{ours}{mine}": f"{theirs}{published}" for mine, published in names.items()}


_POSITION_ATTENTION = {
    "visual": "affine_video",
    "audio": "affine_audio",
    "visual_content": "affine_v",
    "audio_content": "affine_g",
    "score": "affine_h",
}
_RELATION_LAYER = {
    "expand": "linear1",
    "contract": "linear2",
    "norm_attention": "norm1",
    "norm_feedforward": "norm2",
}
_LAYERS_AT_MOST = 16
_SELF_RELATION = {
    "project": "affine_matrix",
    **{
        ours: theirs
        for layer in range(_LAYERS_AT_MOST)
        for ours, theirs in {
            f"layers.{layer}.attention": f"encoder.layers.{layer}.self_attn",
            **_within(f"layers.{layer}.", f"encoder.layers.{layer}.", _RELATION_LAYER),
        }.items()
    },
}
_CROSS_RELATION = {
    "project": "affine_matrix",
    "layer.attention": "decoder.layers.0.multihead_attn",
    **_within("layer.", "decoder.layers.0.", _RELATION_LAYER),
}
_AVEL = {
    **_within("attend.", "", _POSITION_ATTENTION),
    "remember_visual": "lstm_video",
    "remember_audio": "lstm_audio",
    "fuse.mix": "L1",
    "fuse.visual": "U_v",
    "fuse.audio": "U_a",
    "classify": "L2",
}
_AVSDN = {
    **_within("attend.", "", _POSITION_ATTENTION),
    "encode_visual": "lstm_video",
    "encode_audio": "lstm_audio",
    "decode": "lstm_a_v",
    "fuse.visual": "U_v",
    "fuse.audio": "U_a",
    "head.event": "event_classifier.0",
    "head.category": "category_classifier.0",
}
_PSP = {
    "project_audio": "fa",
    "project_visual": "linear_v",
    "project_visual.0": "fv.0",
    "project_visual.1": "fv.1",
    **_within("attend.", "attention.", _POSITION_ATTENTION),
    "remember_visual": "lstm_a_v.lstm_video",
    "remember_audio": "lstm_a_v.lstm_audio",
    "propagate.visual_given": "psp.v_L1",
    "propagate.visual_matched": "psp.v_L2",
    "propagate.audio_matched": "psp.a_L1",
    "propagate.audio_given": "psp.a_L2",
    "propagate.merge_visual": "psp.v_fc",
    "propagate.merge_audio": "psp.a_fc",
    "propagate.norm": "psp.layer_norm",
    "hidden": "L1",
    "classify": "L2",
    "weigh": "W3",
}
_CMRAN = {
    "project_visual": "v_fc",
    "attend.channel_visual": "spatial_channel_att.affine_video_1",
    "attend.channel_audio": "spatial_channel_att.affine_audio_1",
    "attend.channel_squeeze": "spatial_channel_att.affine_bottleneck",
    "attend.channel_excite": "spatial_channel_att.affine_v_c_att",
    "attend.place_visual": "spatial_channel_att.affine_video_2",
    "attend.place_audio": "spatial_channel_att.affine_audio_2",
    "attend.place_score": "spatial_channel_att.affine_v_s_att",
    **_within("encode_visual.", "video_encoder.", _SELF_RELATION),
    **_within("encode_audio.", "audio_encoder.", _SELF_RELATION),
    **_within("relate_visual.", "video_decoder.", _CROSS_RELATION),
    **_within("relate_audio.", "audio_decoder.", _CROSS_RELATION),
    "interact.attention": "AVInter.video_multihead",
    "interact.norm": "AVInter.norm1",
    "head.event": "localize_module.classifier",
    "head.category": "localize_module.event_classifier",
}
_CMRAN_DROPPED = (
    "video_encoder.encoder_layer.*",  # prototypes from which the layers were copied
    "audio_encoder.encoder_layer.*",
    "video_decoder.decoder_layer.*",
    "audio_decoder.decoder_layer.*",
    "video_decoder.decoder.layers.0.self_attn.*",  # made, never called
    "audio_decoder.decoder.layers.0.self_attn.*",
    "spatial_channel_att.affine_video_guided_?.*",
)
_PSP_DROPPED = (
    "linear_v.*",  # of the weak network, carried by the supervised one
    "v_classify.*",
    "a_classify.*",
    "L3.*",
    "L4.*",
    "W1.weight",
    "W2.weight",
    "temperature",
)
_PFAGN = {
    "motion": "motion",
    "guide_audio.temporal": "temporal",
    **_within("relations.", "", _CMRAN),
}


def _avel_sizes(shapes: Shapes) -> dict[str, Any]:
    return {
        **_attention_sizes("", shapes),
        "width": shapes["lstm_audio.weight_hh_l0"][1],
        "classifier_width": shapes["L2.weight"][1],
    }


def _avsdn_sizes(shapes: Shapes) -> dict[str, Any]:
    return {**_attention_sizes("", shapes), "width": shapes["lstm_audio.weight_hh_l0"][1]}


def _psp_sizes(shapes: Shapes) -> dict[str, Any]:
    return {**_attention_sizes("attention.", shapes), "width": shapes["lstm_a_v.lstm_audio.weight_hh_l0"][1]}


def _attention_sizes(prefix: str, shapes: Shapes) -> dict[str, Any]:
    attention_width, visual_channels = shapes[f"{prefix}affine_video.weight"]
    return {
        "visual_channels": visual_channels,
        "audio_channels": shapes[f"{prefix}affine_audio.weight"][1],
        "attention_width": attention_width,
        "positions": shapes[f"{prefix}affine_h.weight"][1],
    }


def _cmran_sizes(shapes: Shapes) -> dict[str, Any]:
    visual_width, visual_channels = shapes["v_fc.weight"]
    width, audio_channels = shapes["audio_encoder.affine_matrix.weight"]
    layers = sum(fnmatchcase(name, "audio_encoder.encoder.layers.*.linear1.weight") for name in shapes)
    return {
        "visual_channels": visual_channels,
        "audio_channels": audio_channels,
        "width": width,
        "visual_width": visual_width,
        "feedforward": shapes["audio_encoder.encoder.layers.0.linear1.weight"][0],
        "layers": layers,
    }


def _pfagn(motion: str) -> Published:
    def sizes(shapes: Shapes) -> dict[str, Any]:
        return {
            **_cmran_sizes(shapes),
            "temporal_attention": "temporal.weight" in shapes,
            "full_convolution": shapes["motion.future.weight"][1] > 1,
        }

    dropped = (*_CMRAN_DROPPED, "temporal.bias")  # a softmax over time does not feel a bias
    return Published(
        "pfagn", _PFAGN, sizes, "localize_module.event_classifier", False, dropped, fixed={"motion": motion}
    )


PUBLISHED: dict[str, Published] = {
    "avel": Published("avel", _AVEL, _avel_sizes, "L2", True),
    "avel_dmrn": Published("avel", _AVEL, _avel_sizes, "L2", True, fixed={"fusion": "dmrn"}),
    "avsdn": Published("avsdn", _AVSDN, _avsdn_sizes, "category_classifier.0", False),
    "cmran": Published("cmran", _CMRAN, _cmran_sizes, "localize_module.event_classifier", False, _CMRAN_DROPPED),
    "psp": Published("psp", _PSP, _psp_sizes, "L2", True, _PSP_DROPPED),
    "pfagn": _pfagn("pf_me"),
    "pfagn_me": _pfagn("me"),
}
"""The published formats that load, by the names :func:`load_published` takes. `dropped` lists what it leaves out."""
