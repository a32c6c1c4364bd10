"""A model that is believed only where agreement, too, finds the thing likely."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from seehear.core.labels import Categories
from seehear.core.time import Grid
from seehear.core.values import Features, Scores
from seehear.models.agreement import Agreement, AgreementSettings
from seehear.models.groups import groups_of

FILTER = AgreementSettings(seen_threshold=0.05, heard_threshold=0.05)
"""A filter has to be less sure than a judge: it stands beside another witness."""


class Learned(Protocol):
    """The model that is filtered."""

    @property
    def categories(self) -> Categories: ...
    @property
    def grid(self) -> Grid: ...
    @property
    def window_segments(self) -> int: ...

    def score(self, stretches: list[Features]) -> list[Scores]: ...


class Filtered:
    """A scorer whose scores are no higher than what agreement makes of the same category in the same segment.

    A category that agreement has no group for is never an event. Raises ExtractorMismatchError for an extractor whose
    encoders name nothing.
    """

    def __init__(
        self, learned: Learned, visual_classes: Sequence[str] | None, audio_classes: Sequence[str] | None
    ) -> None:
        self.learned = learned
        self.agreement = Agreement(visual_classes, audio_classes, FILTER, grid=learned.grid)
        known = self.agreement.categories
        self._groups = [[known.number(group) for group in groups_of(name)] for name in learned.categories]

    @property
    def categories(self) -> Categories:
        return self.learned.categories

    @property
    def grid(self) -> Grid:
        return self.learned.grid

    @property
    def window_segments(self) -> int:
        return self.learned.window_segments

    def score(self, stretches: list[Features]) -> list[Scores]:
        """As the model's, with lower `events`; all else is the model's own."""
        scored = zip(self.learned.score(stretches), self.agreement.score(stretches), strict=True)
        return [self._lesser(learned, agreed) for learned, agreed in scored]

    def _lesser(self, learned: Scores, agreed: Scores) -> Scores:
        columns = [agreed.events[:, groups].max(axis=1, initial=0.0) for groups in self._groups]
        witness = np.stack(columns, axis=1)
        return Scores(
            learned.grid,
            learned.categories,
            np.minimum(learned.events, witness),
            learned.missing,
            learned.attention,
            learned.motion,
            learned.details,
        )
