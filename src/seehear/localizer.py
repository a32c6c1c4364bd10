"""From a video file of any length to its timeline: stream, score overlapping windows, stitch, decide."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seehear.core.errors import ExtractorMismatchError, SeehearError, UnknownNameError
from seehear.core.labels import Categories
from seehear.core.timeline import Event, Timeline
from seehear.core.values import Clip, Features, MediaSummary, Scores
from seehear.events.decide import Decider, Decision, decide
from seehear.extract import FeatureStream, stream_features
from seehear.features import REMADE, Extractor, load_extractor
from seehear.models.agreement import Agreement
from seehear.models.checkpoint import ModelCard, load_checkpoint, model_folder
from seehear.models.filtered import Filtered
from seehear.models.learned_agreement import SHIPPED_FOLDER, LearnedAgreement, LearnedCard, load_learned, shipped
from seehear.models.scoring import NetworkScorer
from seehear.report.result import Item, Status
from seehear.storage.hub import is_hub_name
from seehear.windows import Scorer, score_parts, score_stream

AGREEMENT = "agreement"
"""The model that needs no training: both encoders of `light` name the same thing."""

FILTERED = "+agreement"
"""`NAME+agreement` is the model of that name, believed only where agreement finds the same thing likely."""


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

    def __repr__(self) -> str:
        return f"<Localizer {self.name}, extractor {self.extractor.name}, {len(self.categories)} categories>"

    def __call__(self, path: str | Path) -> Timeline:
        """The timeline of one video; raises MediaError where nothing of it can be read."""
        return self.find(path).timeline

    def stream(self, path: str | Path, *, encoders: int = 1) -> Generator[Event, None, Timeline]:
        """The events of one video, each as soon as it is decided, while the rest is still being read.

        Together they are exactly those of calling the localizer, in the same order: by start, so that an event which
        is over waits for one that began before it and still goes on. An event is decided once the windows that its
        segments are judged in, and the longest gap that could still be closed, have been read. Memory is flat.

        The value of the generator, as `timeline = yield from localizer.stream(path)` gives it, is the timeline of
        calling the localizer, with what was missing. A file that breaks off gives what was decided of the part that
        could be read, and the generator ends as usual. What calling the localizer raises is raised by the step that
        meets it, after the events that were decided before: MediaError by the first step, where nothing can be read.
        Closing the generator, or dropping it, ends the decoding process.
        """
        decider, found = Decider(self.scorer.grid, self.categories, self.decision), []
        with stream_features(Path(path), self.extractor, self.scorer.grid, encoders=encoders) as stream:
            for scores in score_parts(_features(stream, None), self.scorer):
                for event in decider.push(scores.events, scores.missing):
                    found.append(event)
                    yield event
            duration_seconds = stream.summary.duration_seconds
        for event in decider.finish(duration_seconds):
            found.append(event)
            yield event
        return Timeline(duration_seconds, tuple(found), decider.missing(duration_seconds))

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


def load(model: str | Path | None = None, *, decision: Decision | None = None, offline: bool = False) -> Localizer:
    """A localizer for a checkpoint, for a model that the package brings, or for `agreement`, which is the default.

    A checkpoint is given by its folder or, with the extra `hub`, as `org/name` or `org/name@revision` of the Hugging
    Face hub; a folder that is here comes first. With `offline` only the hub's cache is looked into. `+agreement` behind
    any of them filters it (:class:`seehear.models.filtered.Filtered`).

    Raises UnknownNameError for a name that is none of these, DamagedError for a checkpoint whose bytes are not those
    that were written, WeightsError where the encoders' weights are missing or wrong, ExtractorMismatchError where
    the checkpoint was trained on features that this installation cannot make, and what
    :func:`seehear.storage.hub.fetch_folder` raises.
    """
    if model is None or str(model) == AGREEMENT:
        extractor = load_extractor("light")
        scorer = Agreement(extractor.visual_classes, extractor.audio_classes)
        return Localizer(scorer, extractor, name=AGREEMENT, decision=decision)
    if not Path(model).is_dir():
        if str(model).endswith(FILTERED):
            return _filtered(load(str(model).removesuffix(FILTERED), decision=decision, offline=offline))
        if str(model) in (brought := shipped()):
            return _load_shipped(str(model), decision)
        if not is_hub_name(str(model)):
            known = (AGREEMENT, *brought, "the folder of a trained checkpoint", "org/name of the Hugging Face hub")
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


def _load_shipped(name: str, decision: Decision | None) -> Localizer:
    network, card = load_learned(SHIPPED_FOLDER / name)
    extractor, _ = _extractor_of(card, name)
    scorer = LearnedAgreement(network, Agreement(extractor.visual_classes, extractor.audio_classes))
    facts = {"name": name, "extractor": card.extractor, "fingerprint": card.fingerprint}
    return Localizer(scorer, extractor, name=name, decision=decision, card=facts)


def _filtered(learned: Localizer) -> Localizer:
    extractor, name = learned.extractor, f"{learned.name}{FILTERED}"
    scorer = Filtered(learned.scorer, extractor.visual_classes, extractor.audio_classes)
    card = {**learned.card, "name": name}
    return Localizer(scorer, extractor, name=name, decision=learned.decision, card=card, note=learned.note)


def _extractor_of(card: ModelCard | LearnedCard, model: str | Path) -> tuple[Extractor, str]:
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
