"""Score a network on labelled clips: by segment, by event, and beside the two trivial reference points."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from seehear.core.errors import ExtractorMismatchError, InvalidValueError
from seehear.data.dataset import Dataset
from seehear.data.loader import WeakView
from seehear.engine.device import Compute
from seehear.events import metrics
from seehear.models.calibration import Calibration
from seehear.models.checkpoint import load_checkpoint
from seehear.nn.prediction import Prediction


@dataclass(frozen=True)
class Evaluation:
    """How a network did on one set of clips. Accuracies and shares are in 0..1."""

    categories: tuple[str, ...]
    clips: int
    segments: int
    accuracy: float
    """Share of segments whose class, of C + 1, is right."""
    event_f1: float
    """Whole events, matched one to one at a temporal intersection over union of .5 or more."""
    event_precision: float
    event_recall: float
    background_recall: float | None
    """`None` where the truth has no background."""
    category_accuracy: dict[str, float | None]
    """Share of each category's segments that were called so; `None` for categories that never occur."""
    all_background: float
    """Trivial reference point: accuracy of calling everything background."""
    right_category: float
    """Trivial reference point: accuracy of the right category on all segments of every clip with an event."""
    confusion: tuple[tuple[int, ...], ...]
    """Segments of each true class (row, background last) that were called each class (column)."""

    def to_json(self) -> str:
        """One JSON object; :meth:`from_json` reads it back."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Evaluation:
        """Undo :meth:`to_json`. Raises :class:`InvalidValueError` on anything else."""
        try:
            fields: dict[str, Any] = json.loads(text)
            fields["categories"] = tuple(fields["categories"])
            fields["confusion"] = tuple(tuple(row) for row in fields["confusion"])
            return cls(**fields)
        except (ValueError, TypeError, KeyError) as error:
            raise InvalidValueError(f"this is not an evaluation: {error}; evaluate again to make one") from error

    def text(self) -> str:
        """The same for people: the summary, the accuracy of each category and the commonest confusions."""
        lines = [
            f"{self.clips} clips, {self.segments} segments, {len(self.categories)} categories",
            f"segment accuracy   {_percent(self.accuracy)}   trivial points: right category everywhere "
            f"{_percent(self.right_category)}, all background {_percent(self.all_background)}",
            f"event F1 (IoU .5)  {_percent(self.event_f1)}   precision {_percent(self.event_precision)}, "
            f"recall {_percent(self.event_recall)}",
            f"background recall  {_percent(self.background_recall)}",
            "",
            *_category_lines(self),
        ]
        return "\n".join(lines) + "\n"


def evaluate(
    network: nn.Module, dataset: Dataset, *, compute: Compute | None = None, calibration: Calibration | None = None
) -> Evaluation:
    """Score `network` on every clip of `dataset` by the decision its paper published (`Prediction.classes`), or by
    that of its calibrated scores: the highest where it is one half or more, else background."""
    compute = (compute or Compute()).resolved()
    with compute.applied() as device, torch.inference_mode():
        network = network.to(device).eval()
        with compute.autocast():
            if calibration is None:
                predicted = predict_classes(network, dataset, device)
            else:
                events = calibration(predict_events(network, dataset, device), dataset.categories)
                predicted = np.where(events.max(axis=-1) >= 0.5, events.argmax(axis=-1), events.shape[-1])
    return evaluation_of(predicted, dataset)


def evaluate_checkpoint(folder: str | Path, dataset: Dataset, *, compute: Compute | None = None) -> Evaluation:
    """Score a checkpoint, given by its folder or by `org/name` of the Hugging Face hub.

    Where it is calibrated, the calibrated scores decide. Raises unless it was made for this data set's extractor,
    categories and inputs.
    """
    network, card = load_checkpoint(folder)
    if card.fingerprint != dataset.fingerprint:
        raise ExtractorMismatchError(
            f"{folder} was trained on features of {card.extractor} ({card.fingerprint[:12]}), the data are of "
            f"{dataset.extractor} ({dataset.fingerprint[:12]}); extract the videos again with {card.extractor}"
        )
    if card.categories != dataset.categories:
        raise InvalidValueError(f"{folder} knows other categories than the data set; evaluate it on its own categories")
    if card.inputs != dataset.inputs:
        raise InvalidValueError(f"{folder} reads {card.inputs}, the data set was loaded as {dataset.inputs}")
    calibration = None if card.calibration == Calibration() else card.calibration
    return evaluate(network, dataset, compute=compute, calibration=calibration)


def evaluation_of(predicted: np.ndarray, dataset: Dataset) -> Evaluation:
    """Score predicted classes [N,T], wherever they came from."""
    truth, categories, grid = dataset.segment_classes, dataset.categories, dataset.grid
    confusion = metrics.confusion_matrix(predicted, truth, categories)
    *by_category, background_recall = (
        None if np.isnan(share) else float(share) for share in metrics.recalls(confusion)
    )
    pairs = zip(metrics.timelines(predicted, categories, grid), metrics.timelines(truth, categories, grid), strict=True)
    events = metrics.event_score(pairs)
    trivial = metrics.trivial_points(truth, categories)
    return Evaluation(
        categories=categories.names,
        clips=len(dataset),
        segments=int(truth.size),
        accuracy=metrics.segment_accuracy(predicted, truth),
        event_f1=events.f1,
        event_precision=events.precision,
        event_recall=events.recall,
        background_recall=background_recall,
        category_accuracy=dict(zip(categories.names, by_category, strict=True)),
        all_background=trivial.all_background,
        right_category=trivial.right_category,
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
    )


def predictions(
    network: nn.Module, dataset: Dataset | WeakView, device: torch.device | str = "cpu", clips_at_once: int = 64
) -> Iterator[tuple[slice, Prediction]]:
    """What the network says of every clip, some clips at a time, with the slice of the data set each answer is for."""
    for first in range(0, len(dataset), clips_at_once):
        part = slice(first, first + clips_at_once)
        yield part, network(_tensor(dataset.visual[part], device), _tensor(dataset.audio[part], device))


def predict_classes(network: nn.Module, dataset: Dataset | WeakView, device: torch.device | str = "cpu") -> np.ndarray:
    """int64 [N,T]: the published decision for every segment."""
    classes = [prediction.classes().cpu().numpy() for _, prediction in predictions(network, dataset, device)]
    return np.concatenate(classes)


def predict_events(network: nn.Module, dataset: Dataset, device: torch.device | str = "cpu") -> np.ndarray:
    """float32 [N,T,C]: how sure the network is of each event, not calibrated."""
    found = [prediction.probabilities()[..., :-1].float() for _, prediction in predictions(network, dataset, device)]
    return torch.cat(found).cpu().numpy()


def _tensor(array: np.ndarray, device: torch.device | str) -> Tensor:
    return torch.from_numpy(np.array(array, dtype=np.float32)).to(device)


def _percent(share: float | None) -> str:
    return "   -  " if share is None else f"{100 * share:5.1f}%"


def _category_lines(evaluation: Evaluation, shown_mistakes: int = 3) -> list[str]:
    names = (*evaluation.categories, "background")
    width = max(len(name) for name in names)
    lines = [f"{'class':<{width}}  segments  called so  mostly mistaken for"]
    for number, (name, row) in enumerate(zip(names, evaluation.confusion, strict=True)):
        total = sum(row)
        mistakes = sorted(
            ((count, other) for other, count in enumerate(row) if other != number and count), reverse=True
        )
        taken_for = ", ".join(f"{names[other]} ({count})" for count, other in mistakes[:shown_mistakes])
        share = _percent(row[number] / total if total else None)
        lines.append(f"{name:<{width}}  {total:8d}     {share}  {taken_for}".rstrip())
    return lines
