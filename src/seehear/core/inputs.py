"""How features enter a network: as they are, or with what both encoders call what they see and hear.

T segments, H x W grid, Dv and Da channels, Kv and Ka classes that the encoders name.
"""

from __future__ import annotations

import numpy as np

from seehear.core.errors import ExtractorMismatchError, NotFiniteError, UnknownNameError
from seehear.core.values import Features

FEATURES = "features"
WITH_CLASS_SCORES = "class_scores"
INPUTS = (FEATURES, WITH_CLASS_SCORES)

SMALLEST_SCORE = 1e-4
"""Scores below are all alike: neither encoder means anything by the difference."""


def require_inputs(name: str) -> str:
    """The name, if it is one of `INPUTS`; raises UnknownNameError else."""
    if name not in INPUTS:
        raise UnknownNameError("kind of inputs", name, INPUTS)
    return name


def network_inputs(features: Features, inputs: str) -> tuple[np.ndarray, np.ndarray]:
    """(visual [T,H,W,Dv], audio [T,Da]); with `class_scores`, [T,H,W,Dv+Kv] and [T,Da+Ka].

    A class score enters as its logarithm, scaled so that `SMALLEST_SCORE` and less is 0 and certainty is 1. The
    picture's scores are the same at every position of the grid.

    Raises ExtractorMismatchError for features without class scores where they are needed, NotFiniteError for scores
    that are no numbers.
    """
    if require_inputs(inputs) == FEATURES:
        return features.visual, features.audio
    seen, heard = features.visual_scores, features.audio_scores
    if seen is None or heard is None:
        raise ExtractorMismatchError(
            "these features hold no class scores, which the network reads too; extract the video again with the "
            "extractor 'light'"
        )
    if not (np.isfinite(seen).all() and np.isfinite(heard).all()):
        raise NotFiniteError(
            f"class scores from segment {features.first_segment} on are not finite; extract the video again"
        )
    everywhere = np.broadcast_to(_scaled_logarithm(seen)[:, None, None], (*features.visual.shape[:3], seen.shape[1]))
    visual = np.concatenate([features.visual, everywhere], axis=-1)  # (T,H,W,Dv+Kv)
    audio = np.concatenate([features.audio, _scaled_logarithm(heard)], axis=-1)  # (T,Da+Ka)
    return visual, audio


def _scaled_logarithm(scores: np.ndarray) -> np.ndarray:
    """float32, 0 for `SMALLEST_SCORE` and less, 1 for 1."""
    held = np.clip(scores.astype(np.float32), SMALLEST_SCORE, 1.0)
    return (1 - np.log(held) / np.log(np.float32(SMALLEST_SCORE))).astype(np.float32)
