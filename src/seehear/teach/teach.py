"""Teach a network the user's own categories: material, scenes, training, calibration and an honest report.

photos and sounds --rendered--> scenes --.
                                          >-- three data sets -- train -- calibrate -- report --> MODEL
labelled videos -- split.csv ------------'
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from seehear.core.errors import DamagedError, InvalidValueError
from seehear.data.dataset import Dataset
from seehear.engine.device import Compute
from seehear.engine.progress import Watch
from seehear.engine.run_folder import RunFolder
from seehear.evaluate import Evaluation, evaluate, predict_events
from seehear.models import slim_options
from seehear.models.calibration import Calibration
from seehear.models.checkpoint import load_checkpoint, save_checkpoint
from seehear.storage.records import read_record, write_record
from seehear.teach.lesson import Lesson, Listeners
from seehear.teach.source import source_of
from seehear.train import train

HELD_OUT = "held_out"
"""What the card's metrics hold of the report."""
MAKING = "making.json"
"""What was begun beside the model, so that nothing else is mixed with it."""


@dataclass(frozen=True)
class Taught:
    """A model and how it did on what it had not met before."""

    model: Path
    evaluation: Evaluation
    unreadable: tuple[str, ...] = ()
    """One sentence for each photo or sound that was left out."""


def teach(
    folder: Path,
    output: Path,
    lesson: Lesson | None = None,
    *,
    jobs: int = 2,
    compute: Compute | None = None,
    listeners: Listeners | None = None,
) -> Taught:
    """Make a model of the categories of a folder; returns it with its report on what was held out.

    `folder` holds `photos/CATEGORY` and `sounds/CATEGORY`, or labelled videos as :mod:`seehear.own_data` reads them.
    `output` becomes a sealed model as :func:`seehear.localizer.load` takes it; what is made on the way is kept in
    `<output>-making`, and a call that was stopped goes on from there. A finished model is returned at once.

    Raises:
        InvalidValueError: too few photos, sounds or videos, one category only, wrong labels, or `output` holds
            another model or the making of another.
        StorageError, WeightsError: files cannot be written, or the extractor's weights are not there.
    """
    lesson, listeners = lesson or Lesson(), listeners or Listeners()
    making = output.with_name(f"{output.name}-making")
    with RunFolder(making).locked():
        source = source_of(folder, lesson, jobs, listeners)
        identity = _identity(source.contents, lesson)
        if output.exists():
            return Taught(output, _report_of(output, identity), source.unreadable)
        _claim(making, identity)
        parts = source.parts(making)
        run = _train(parts, making / "run", lesson, compute, listeners.watch)
        return Taught(output, _finish(run, output, parts, identity), source.unreadable)


def _train(parts: dict[str, Dataset], run: Path, lesson: Lesson, compute: Compute | None, watch: Watch | None) -> Path:
    """The folder of the network that did best on the choosing part. Only of scenes is it known who is seen and who is
    heard, so only scenes are recombined."""
    return train(
        parts["training"],
        parts["choosing"],
        model=lesson.model,
        output=run,
        recipe="small",
        epochs=lesson.epochs,
        seed=lesson.seed,
        options=slim_options(lesson.model, lesson.width),
        recombine=lesson.recombine if parts["training"].seen_classes is not None else 0.0,
        compute=compute,
        watch=watch,
    )


def _finish(run: Path, output: Path, parts: dict[str, Dataset], identity: str) -> Evaluation:
    """Calibrate on the choosing part, report on the part not met before, and write the model."""
    network, card = load_checkpoint(run)
    choosing = parts["choosing"]
    with torch.inference_mode():
        events = predict_events(network, choosing)
    flat = events.reshape(-1, events.shape[-1])
    calibration = Calibration.fit(flat, choosing.segment_classes.reshape(-1), choosing.categories)
    evaluation = evaluate(network, parts["reporting"], calibration=calibration)
    metrics = {**card.metrics, HELD_OUT: asdict(evaluation)}
    taught = replace(
        card,
        calibration=calibration,
        metrics=json.loads(json.dumps(metrics)),
        provenance={**card.provenance, "taught": identity},
    )
    save_checkpoint(output, network, taught)
    return evaluation


def _identity(contents: dict[str, str], lesson: Lesson) -> str:
    """SHA-256 of all that decides the result."""
    facts = {"lesson": asdict(lesson), "contents": contents}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _claim(making: Path, identity: str) -> None:
    """Write down what is made here, or raise where something else was begun."""
    path = making / MAKING
    try:
        begun = read_record(path)["identity"] if path.exists() else identity
    except (DamagedError, KeyError) as error:
        raise DamagedError(f"{path} is damaged; delete {making} to begin anew") from error
    if begun != identity:
        raise InvalidValueError(
            f"{making} is the making of a model of other files or settings; delete it, or choose another output"
        )
    write_record(path, {"identity": identity})


def _report_of(output: Path, identity: str) -> Evaluation:
    """What the card of a finished model says of it. Raises InvalidValueError where it is another model."""
    _, card = load_checkpoint(output)
    if card.provenance.get("taught") != identity:
        raise InvalidValueError(
            f"{output} holds a model of other files or settings; delete it, or choose another output"
        )
    return Evaluation.from_json(json.dumps(card.metrics[HELD_OUT]))
