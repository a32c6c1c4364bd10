"""Feature recombination: new training clips from the picture of one scene and the sound of another.

Clip i keeps its visual features and gets the audio of clip j, rolled in time. A segment of the result is an event
iff what is seen in i is what is then heard from j. The many pairs that do not match teach that neither picture
nor sound alone is an event.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seehear.core.errors import InvalidValueError
from seehear.data.dataset import SEVERAL, Dataset

_PAIRS = 0x9A12


@dataclass(frozen=True)
class Recombination:
    """B clips, some of them with another clip's audio."""

    audio_indices: np.ndarray
    """int64 [B], whose audio each clip hears; its own where it was left as it is."""
    shifts: np.ndarray
    """int64 [B], by how many segments that audio is rolled forward; 0 where left as it is."""
    segment_classes: np.ndarray
    """int64 [B,T] in 0..C"""
    clip_classes: np.ndarray
    """int64 [B] in 0..C"""

    def audio(self, audio: np.ndarray) -> np.ndarray:
        """[B,T,...]: the rows of `audio` [N,T,...] that these clips hear, rolled."""
        return _rolled(audio[self.audio_indices], self.shifts)


class Recombiner:
    """Recombines part of every batch; a pure function of (seed, step).

    Args:
        dataset: must know `seen_classes` and `heard_classes`. Clips with `SEVERAL` in the one are never the visual
            half of a pair, in the other never its audio half: their labels would not be certain.
        share: the chance that a clip gets another's audio.
        matched: the chance that this audio is drawn among the clips in which a category that clip i shows is
            heard at some time, so that events stay frequent; otherwise it is drawn among all clips.
    """

    def __init__(self, dataset: Dataset, *, seed: int = 0, share: float = 0.5, matched: float = 0.6) -> None:
        if dataset.seen_classes is None or dataset.heard_classes is None:
            raise InvalidValueError("recombination needs seen_classes and heard_classes; rendered scenes have both")
        if not (0 <= share <= 1 and 0 <= matched <= 1):
            raise InvalidValueError(f"share {share} and matched {matched} are chances, from 0 to 1")
        self.seed, self.share, self.matched = seed, share, matched
        self._background = dataset.categories.background
        self._segment_classes, self._clip_classes = dataset.segment_classes, dataset.clip_classes
        self._seen, self._heard = dataset.seen_classes, dataset.heard_classes
        self._certain_visual = (self._seen != SEVERAL).all(axis=1)
        self._certain_audio = np.flatnonzero((self._heard != SEVERAL).all(axis=1))
        heard_in = self._heard[self._certain_audio]
        self._hearing = {
            category: self._certain_audio[(heard_in == category).any(axis=1)]
            for category in range(len(dataset.categories))
        }

    def __call__(self, indices: np.ndarray, step: int) -> Recombination:
        """New labels and audio for the clips of one batch."""
        random = np.random.default_rng((self.seed, step, _PAIRS))
        audio_indices, shifts = indices.astype(np.int64), np.zeros(len(indices), dtype=np.int64)
        chosen = (random.random(len(indices)) < self.share) & self._certain_visual[indices]
        if len(self._certain_audio):
            for place in np.flatnonzero(chosen):
                audio_indices[place] = self._partner(indices[place], random)
                shifts[place] = random.integers(self._seen.shape[1])
        else:
            chosen[:] = False
        seen, heard = self._seen[indices], _rolled(self._heard[audio_indices], shifts)
        recombined = np.where(seen == heard, seen, self._background)
        segments = np.where(chosen[:, None], recombined, self._segment_classes[indices])
        clips = np.where(chosen, self._main_category(recombined), self._clip_classes[indices])
        return Recombination(audio_indices, shifts, segments, clips)

    def _partner(self, index: int, random: np.random.Generator) -> int:
        shown = np.unique(self._seen[index])
        hearing = [self._hearing[category] for category in shown if category != self._background]
        candidates = np.concatenate(hearing) if hearing and random.random() < self.matched else self._certain_audio
        return int(random.choice(candidates if len(candidates) else self._certain_audio))

    def _main_category(self, classes: np.ndarray) -> np.ndarray:
        """int64 [B]: the category of most segments; background only where there is no event."""
        counts = (classes[:, :, None] == np.arange(self._background)).sum(axis=1)  # [B,C]
        return np.where(counts.any(axis=1), counts.argmax(axis=1), self._background)


def _rolled(rows: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """Each row [T,...] rolled forward in time by its own shift."""
    segments = rows.shape[1]
    source = (np.arange(segments) - shifts[:, None]) % segments  # [B,T]
    return rows[np.arange(len(rows))[:, None], source]
