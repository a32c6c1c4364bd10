"""A trained network and its card as one thing that scores stretches of a video.

T segments, H x W grid, C categories.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import numpy as np
import torch
from torch import Tensor

from seehear.core.errors import ExtractorMismatchError, InvalidValueError, NotFiniteError
from seehear.core.inputs import network_inputs
from seehear.core.labels import Categories
from seehear.core.time import Grid
from seehear.core.values import Features, Scores
from seehear.models.checkpoint import ModelCard
from seehear.models.network import Network
from seehear.nn.prediction import Prediction


class NetworkScorer:
    """Scores stretches of features with a network; where the network is, there it computes.

    A stretch may be shorter than the window the network was trained on, but not longer. Scores are calibrated as the
    card says. With `channel_weights` set,
    scores also hold what the network weighs channels with, which takes a few kilobytes a segment. `fingerprint` is
    that of the features it takes, where these stand in for those of the card.
    """

    def __init__(
        self,
        network: Network,
        card: ModelCard,
        batch_stretches: int = 16,
        *,
        channel_weights: bool = False,
        fingerprint: str | None = None,
    ) -> None:
        self.network = network.eval()
        self.card = card
        self.fingerprint = fingerprint or card.fingerprint
        self.batch_stretches = batch_stretches
        self.channel_weights = channel_weights

    @property
    def categories(self) -> Categories:
        return self.card.categories

    @property
    def grid(self) -> Grid:
        return self.card.grid

    @property
    def window_segments(self) -> int:
        return self.card.window_segments

    def score(self, stretches: list[Features]) -> list[Scores]:
        """The scores of each stretch, in order; a stretch's result does not depend on its neighbours.

        `motion` is the Euclidean length of the motion M that guides the audio, per segment. `details` holds
        `relevance` [T] and `temporal_weights` [T] where the network has them and, if asked for, the
        `channel_weights` [T,Vw] of the picture (CMRAN, 1..2) and the `audio_channel_weights` [T,Da] (PFAGN eq. 9).
        Raises ExtractorMismatchError for features of another extractor or without class scores that the network reads,
        InvalidValueError for another grid or a
        stretch longer than the window, NotFiniteError for features that are not finite.
        """
        for features in stretches:
            self._check(features)
        scores: list[Scores] = []
        for _, alike in groupby(stretches, key=lambda features: features.visual.shape):
            for batch in _batches(list(alike), self.batch_stretches):
                scores += self._score_batch(batch)
        return scores

    def _score_batch(self, batch: list[Features]) -> list[Scores]:
        place = next(self.network.parameters())
        visual, audio = map(np.stack, zip(*(network_inputs(one, self.card.inputs) for one in batch), strict=True))
        with torch.inference_mode():
            prediction = self.network(_tensor(visual).to(place), _tensor(audio).to(place))
        arrays = _arrays(prediction) | (_channel_weights(prediction) if self.channel_weights else {})
        return [
            _scores({name: array[index] for name, array in arrays.items()}, features, self.card)
            for index, features in enumerate(batch)
        ]

    def _check(self, features: Features) -> None:
        card = self.card
        if features.fingerprint != self.fingerprint:
            raise ExtractorMismatchError(
                f"the model takes features {self.fingerprint} of extractor {card.extractor!r}, "
                f"these are {features.fingerprint}; extract the video again with "
                f"`seehear extract VIDEO --extractor {card.extractor}`"
            )
        if features.grid != card.grid:
            raise InvalidValueError(
                f"the model's segments last {card.hop_seconds} s, these {features.grid.hop_seconds} s; "
                "extract the features again on the model's grid"
            )
        if not 1 <= len(features) <= card.window_segments:
            raise InvalidValueError(f"a stretch has 1 to {card.window_segments} segments, not {len(features)}")
        if not (np.isfinite(features.visual).all() and np.isfinite(features.audio).all()):
            raise NotFiniteError(
                f"features from segment {features.first_segment} on are not finite; extract the video again"
            )


def _batches(items: list[Features], size: int) -> Iterator[list[Features]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _tensor(array: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32))


def _arrays(prediction: Prediction) -> dict[str, np.ndarray]:
    """What scores are made of, each [B,T,...] float32; only what the network gave."""
    relevance = None if prediction.event_logits is None else prediction.event_logits.sigmoid()
    motion = None if prediction.motion is None else torch.linalg.vector_norm(prediction.motion, dim=-1)
    given = {
        "probabilities": prediction.probabilities(),
        "attention": prediction.attention,
        "motion": motion,
        "relevance": relevance,
        "temporal_weights": prediction.temporal_weights,
    }
    return _numbers(given)


def _channel_weights(prediction: Prediction) -> dict[str, np.ndarray]:
    guidance = None if prediction.motion is None else prediction.motion.sigmoid()  # eq. 9
    given = {"channel_weights": prediction.auxiliary.get("channel_weights"), "audio_channel_weights": guidance}
    return _numbers(given)


def _numbers(given: dict[str, Tensor | None]) -> dict[str, np.ndarray]:
    return {name: tensor.float().cpu().numpy() for name, tensor in given.items() if tensor is not None}


_DETAILS = ("relevance", "temporal_weights", "channel_weights", "audio_channel_weights")


def _scores(arrays: dict[str, np.ndarray], features: Features, card: ModelCard) -> Scores:
    details = {name: arrays[name] for name in _DETAILS if name in arrays}
    return Scores(
        grid=card.grid,
        categories=card.categories,
        events=card.calibration(arrays["probabilities"][:, : len(card.categories)], card.categories),
        missing=features.missing,
        attention=arrays.get("attention"),
        motion=arrays.get("motion"),
        details=details,
    )
