"""Events without any training: a picture encoder and a sound encoder, each by itself, name the same thing.

T segments, C groups of everyday things. ImageNet's classes are seen, AudioSet's are heard:

    visual_scores [T,1001] -- sum over the group's classes -- steadied -> seen  [T,C] -- certainty --.
                                                                                                      >-- the lesser
    audio_scores  [T,521]  -- largest of the group's names -- or music -> heard [T,C] -- certainty --'
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seehear.core.errors import ExtractorMismatchError, InvalidValueError, NotFiniteError
from seehear.core.labels import Categories
from seehear.core.time import Grid
from seehear.core.values import Features, Scores
from seehear.models.groups import GROUPS, INSTRUMENTS, Group, categories_of, class_numbers

WINDOW_SEGMENTS = 32
"""A segment is judged with one neighbour on either side, so that any number gives nearly the same scores; this one
keeps the work in large pieces."""

MUSIC = "Music"
"""The AudioSet class that drowns the instruments' names wherever somebody sings or several play together."""


@dataclass(frozen=True, slots=True)
class AgreementSettings:
    """From which score on a thing counts as seen and as heard. docs/real-clips.md says how these were chosen."""

    seen_threshold: float = 0.2
    """Probability of all ImageNet classes of a group together."""
    heard_threshold: float = 0.15
    """Score of the best AudioSet class of a group."""
    steady: bool = True
    """Whether a thing in view one segment before and one after is taken to be in view between them: a picture of a
    second may be blurred or turned away, the thing is still there."""
    music_weight: float = 0.5
    """What the score of "Music" is worth as a name of the one instrument that is most in view, where the ear names
    none. Above 0 it finds the guitar of a singer, and the guitar that nobody plays while the radio does."""
    naming_threshold: float = 0.02
    """From which score on the ear names an instrument, so that "Music" stands for no other."""

    def __post_init__(self) -> None:
        for name in ("seen_threshold", "heard_threshold", "naming_threshold"):
            if not 0 < getattr(self, name) <= 1:
                raise InvalidValueError(f"{name} must be above 0 and at most 1, not {getattr(self, name)}")
        if not 0 <= self.music_weight <= 1:
            raise InvalidValueError(f"music_weight must be in 0..1, not {self.music_weight}")


class Agreement:
    """Scores a segment for a group of everyday things by the less certain of its two witnesses.

    A score reaches 0.5 where both witnesses reach their thresholds. Raises ExtractorMismatchError for an extractor
    whose encoders name nothing, UnknownNameError for class lists that lack a name of the groups.
    """

    def __init__(
        self,
        visual_classes: Sequence[str] | None,
        audio_classes: Sequence[str] | None,
        settings: AgreementSettings | None = None,
        *,
        groups: Sequence[Group] = GROUPS,
        grid: Grid | None = None,
    ) -> None:
        if visual_classes is None or audio_classes is None:
            raise ExtractorMismatchError(
                "agreement compares the names that both encoders give, and this extractor gives none; "
                "use the extractor 'light'"
            )
        self.settings = settings or AgreementSettings()
        self.grid = grid or Grid()
        self.categories: Categories = categories_of(groups)
        self.window_segments = WINDOW_SEGMENTS
        self._classes = (len(visual_classes), len(audio_classes))
        self._seen = [class_numbers(group.seen, visual_classes) for group in groups]
        self._heard = [class_numbers(group.heard, audio_classes) for group in groups]
        self._instruments = np.array([group in INSTRUMENTS for group in groups])
        self._music = class_numbers(MUSIC, audio_classes) if self._instruments.any() else ()

    def score(self, stretches: list[Features]) -> list[Scores]:
        """The scores of each stretch, in order; a segment's depend on itself and its two neighbours.

        `details` holds the evidence, `seen` [T,C] and `heard` [T,C] in 0..1. There is no attention: class scores
        do not say where. Raises ExtractorMismatchError for features without these class scores, NotFiniteError for
        scores that are no numbers.
        """
        return [self._score(features) for features in stretches]

    def evidence(self, features: Features) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(seen [T,C], heard [T,C], music [T]) in 0..1: what each encoder says of each group, and the score of "Music".

        Raises as :meth:`score`.
        """
        visual_scores, audio_scores = self._class_scores(features)
        seen = np.minimum(_each(np.add, visual_scores, self._seen), 1.0)
        heard = _each(np.maximum, audio_scores, self._heard)
        return seen, heard, audio_scores[:, list(self._music)].max(axis=1, initial=0.0).astype(np.float64)

    def heard_or_music(self, seen: np.ndarray, heard: np.ndarray, music: np.ndarray) -> np.ndarray:
        """[T,C]: `heard`, and "Music" for the instrument most in view where the ear names no instrument."""
        settings, players = self.settings, self._instruments
        if not players.any():
            return heard
        unnamed = heard[:, players].max(axis=1, keepdims=True) < settings.naming_threshold  # (T,1)
        shown = np.where(players, seen, 0.0)
        foremost = (shown == shown.max(axis=1, keepdims=True)) & (shown > 0)
        return np.maximum(heard, np.where(unnamed & foremost, settings.music_weight * music[:, None], 0.0))

    def agreed(self, seen: np.ndarray, heard: np.ndarray) -> np.ndarray:
        """[T,C] in 0..1: the certainty of the less certain witness."""
        settings = self.settings
        return np.minimum(certainty(seen, settings.seen_threshold), certainty(heard, settings.heard_threshold))

    def _score(self, features: Features) -> Scores:
        seen, heard, music = self.evidence(features)
        seen = steadied(seen) if self.settings.steady else seen
        heard = self.heard_or_music(seen, heard, music)
        events = np.where(features.missing[:, None], 0.0, self.agreed(seen, heard))
        return Scores(
            grid=features.grid,
            categories=self.categories,
            events=events.astype(np.float32),
            missing=features.missing,
            details={"seen": seen.astype(np.float32), "heard": heard.astype(np.float32)},
        )

    def _class_scores(self, features: Features) -> tuple[np.ndarray, np.ndarray]:
        visual_scores, audio_scores = features.visual_scores, features.audio_scores
        if visual_scores is None or audio_scores is None:
            raise ExtractorMismatchError(
                "these features hold no class scores, which is all that agreement reads; "
                "extract the video again with the extractor 'light'"
            )
        if (visual_scores.shape[1], audio_scores.shape[1]) != self._classes:
            raise ExtractorMismatchError(
                f"these features score {visual_scores.shape[1]} and {audio_scores.shape[1]} classes, the extractor "
                f"names {self._classes[0]} and {self._classes[1]}; extract the video again with the extractor 'light'"
            )
        if not (np.isfinite(visual_scores).all() and np.isfinite(audio_scores).all()):
            raise NotFiniteError(
                f"class scores from segment {features.first_segment} on are not finite; extract the video again"
            )
        return visual_scores, audio_scores


def certainty(evidence: np.ndarray, threshold: float) -> np.ndarray:
    """Evidence in 0..1 as a certainty in 0..1: rising, 0 at none, one half at the threshold, near 1 far above it."""
    square = np.square(evidence)
    return square / (square + threshold**2)


def steadied(seen: np.ndarray) -> np.ndarray:
    """[T,C] with every value raised to the lesser of its two neighbours in time; a closing of width three."""
    raised = seen.copy()
    if len(seen) > 2:
        raised[1:-1] = np.maximum(seen[1:-1], np.minimum(seen[:-2], seen[2:]))
    return raised


def _each(combine: np.ufunc, scores: np.ndarray, numbers: list[tuple[int, ...]]) -> np.ndarray:
    """float64 [T,C]: the scores of each group's classes combined, 0 for a group without any."""
    columns = [combine.reduce(scores[:, list(chosen)], axis=1, initial=0.0) for chosen in numbers]
    return np.stack(columns, axis=1).astype(np.float64)
