"""From a video file of any length to its timeline: stream, score overlapping windows, stitch, decide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from seehear.core.errors import ExtractorMismatchError, SeehearError, UnknownNameError
from seehear.core.labels import Categories
from seehear.core.time import Grid
from seehear.core.timeline import Timeline
from seehear.core.values import Clip, Features, MediaSummary, Scores
from seehear.events.decide import Decision, decide
from seehear.events.stitch import Stitcher
from seehear.extract import FeatureStream, stream_features
from seehear.features import REMADE, Extractor, load_extractor
from seehear.models.agreement import Agreement
from seehear.models.checkpoint import ModelCard, load_checkpoint, model_folder
from seehear.models.scoring import NetworkScorer
from seehear.report.result import Item, Status
from seehear.storage.hub import is_hub_name

AGREEMENT = "agreement"
"""The model that needs no training: both encoders of `light` name the same thing."""

WINDOW_HOP_DIVISOR = 5
"""Windows of `n` segments start every `n // 5`: each segment is judged in five contexts."""


class Scorer(Protocol):
    """Whatever can say, for stretches of features, which events they hold."""

    @property
    def categories(self) -> Categories: ...
    @property
    def grid(self) -> Grid: ...
    @property
    def window_segments(self) -> int:
        """How many segments it looks at together."""
        ...

    def score(self, stretches: list[Features]) -> list[Scores]: ...


@dataclass(frozen=True)
class Finding:
    """All that is known of one video."""

    timeline: Timeline
    scores: Scores
    summary: MediaSummary


class Localizer:
    """Finds the events of videos: an extractor, a scorer, and the rule that turns scores into events.

    `note` is what a user must know of all its results; it is empty where there is nothing to be known.
    Raises UnknownNameError where the rule has thresholds for a category that the scorer does not know.
    """

    def __init__(
        self,
        scorer: Scorer,
        extractor: Extractor,
        *,
        name: str,
        decision: Decision | None = None,
        card: Mapping[str, Any] | None = None,
        note: str = "",
    ) -> None:
        self.scorer, self.extractor = scorer, extractor
        self.name = name
        self.note = note
        self.decision = decision or Decision()
        self.card = card or {"name": name}
        for category in self.decision.by_category:
            self.categories.number(category)  # raises now, not after the first video has been read

    @property
    def categories(self) -> Categories:
        return self.scorer.categories

    def __call__(self, path: str | Path) -> Timeline:
        """The timeline of one video; raises MediaError where nothing of it can be read."""
        return self.find(path).timeline

    def find(self, path: str | Path, *, observe: Callable[[Clip], None] | None = None, encoders: int = 1) -> Finding:
        """The timeline together with the scores behind it. `observe` is shown every decoded clip in order; `encoders`
        chunks are encoded side by side, which changes the time it takes and nothing else."""
        with stream_features(Path(path), self.extractor, self.scorer.grid, encoders=encoders) as stream:
            scores = score_stream(_features(stream, observe), self.scorer)
            summary = stream.summary
        timeline = decide(scores, summary.duration_seconds, self.decision)
        return Finding(timeline, scores, summary)

    def item(self, path: str | Path, *, observe: Callable[[Clip], None] | None = None, encoders: int = 1) -> Item:
        """What became of one video, good or bad: as :meth:`find`, but a failure is a row with its reason."""
        try:
            finding = self.find(path, observe=observe, encoders=encoders)
        except SeehearError as error:
            return Item(str(path), Status.FAILED, error.reason, message=str(error))
        reasons, notes = finding.summary.reasons, finding.summary.notes
        status = Status.PARTIAL if reasons else Status.OK
        reason = reasons[0] if reasons else None
        facts = finding.summary.video
        return Item(str(path), status, reason, finding.timeline, finding.scores, "; ".join(notes), facts)


def _features(stream: FeatureStream, observe: Callable[[Clip], None] | None) -> Iterator[Features]:
    for clip, features in stream:
        if observe:
            observe(clip)
        yield features


def score_stream(parts: Iterable[Features], scorer: Scorer) -> Scores:
    """The scores of a whole video, from its features in consecutive parts of any length, in bounded memory."""
    windows = _Windows(scorer)
    for features in parts:
        windows.push(features)
    return windows.finish()


class _Windows:
    """Scores overlapping windows of a stream as soon as they are full, and keeps no more features than that takes."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self._length = scorer.window_segments
        self._hop = max(1, self._length // WINDOW_HOP_DIVISOR)
        self._stitcher = Stitcher(scorer.grid, scorer.categories)
        self._held: Features | None = None
        self._next_start = 0

    def push(self, features: Features) -> None:
        self._held = Features.join([self._held, features]) if self._held else features
        end = self._held.first_segment + len(self._held)
        starts = list(range(self._next_start, end - self._length + 1, self._hop))
        if starts:
            self._score(starts, self._length)
            self._next_start = starts[-1] + self._hop
        keep = max(self._held.first_segment, min(self._next_start, end - self._length))
        self._held = self._held.stretch(keep, end - keep)

    def finish(self) -> Scores:
        """The last window ends with the video; a video shorter than a window is one short window."""
        if self._held is not None:
            end = self._held.first_segment + len(self._held)
            covered = self._next_start - self._hop + self._length if self._next_start else 0
            if covered < end:
                start = max(0, end - self._length)
                self._score([start], end - start)
        return self._stitcher.result()

    def _score(self, starts: list[int], length: int) -> None:
        assert self._held is not None
        stretches = [self._held.stretch(start, length) for start in starts]
        for start, scores in zip(starts, self._scorer.score(stretches), strict=True):
            self._stitcher.add(start, scores)


def load(model: str | Path | None = None, *, decision: Decision | None = None, offline: bool = False) -> Localizer:
    """A localizer for a checkpoint, or for `agreement`, which is the default.

    A checkpoint is given by its folder or, with the extra `hub`, as `org/name` or `org/name@revision` of the Hugging
    Face hub; a folder that is here comes first. With `offline` only the hub's cache is looked into.

    Raises UnknownNameError for a name that is none of these, DamagedError for a checkpoint whose bytes are not those
    that were written, WeightsError where the encoders' weights are missing or wrong, ExtractorMismatchError where
    the checkpoint was trained on features that this installation cannot make, and what
    :func:`seehear.storage.hub.fetch_folder` raises.
    """
    if model is None or str(model) == AGREEMENT:
        extractor = load_extractor("light")
        scorer = Agreement(extractor.visual_classes, extractor.audio_classes)
        return Localizer(scorer, extractor, name=AGREEMENT, decision=decision)
    if not Path(model).is_dir() and not is_hub_name(str(model)):
        known = (AGREEMENT, "the folder of a trained checkpoint", "org/name of the Hugging Face hub")
        raise UnknownNameError("model", str(model), known)
    folder = model_folder(model, offline=offline)
    network, card = load_checkpoint(folder)
    extractor, note = _extractor_of(card, model)
    summary = {
        "name": card.architecture,
        "folder": folder.name if Path(model).is_dir() else f"{str(model).partition('@')[0]}@{folder.name}",
        "supervision": card.supervision,
        "extractor": card.extractor,
        "fingerprint": card.fingerprint,
        "metrics": {name: round(value, 4) for name, value in card.metrics.items() if isinstance(value, int | float)},
    }
    summary |= {"note": note} if note else {}
    scorer = NetworkScorer(network, card, fingerprint=extractor.fingerprint)
    return Localizer(scorer, extractor, name=card.architecture, decision=decision, card=summary, note=note)


def _extractor_of(card: ModelCard, model: str | Path) -> tuple[Extractor, str]:
    """What makes a model's features, and what is to be known of it where they were made by others."""
    if card.extractor in REMADE:
        from seehear.data.ave.features import FINGERPRINT

        remade = REMADE[card.extractor]
        if card.fingerprint == FINGERPRINT:
            return remade.load(), remade.note
        made = FINGERPRINT
    else:
        extractor = load_extractor(card.extractor)
        if extractor.fingerprint == card.fingerprint:
            return extractor, ""
        made = extractor.fingerprint
    raise ExtractorMismatchError(
        f"{model} was trained on {card.extractor} features {card.fingerprint}, but this installation makes {made}; "
        "train it again or install the version that it names"
    )


def localize(path: str | Path, model: str | Path | None = None, *, decision: Decision | None = None) -> Timeline:
    """The moments of one video that are seen and heard at once.

    >>> timeline = seehear.localize("holiday.mp4")          # doctest: +SKIP
    >>> timeline[0]                                         # doctest: +SKIP
    Event(start_seconds=12.0, end_seconds=15.0, category='dog', score=0.93)
    """
    return load(model, decision=decision)(path)
