"""Train one network on one data set: data, recipe, loop and checkpoint put together."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn

from seehear.core.errors import ExtractorMismatchError, InvalidValueError, UnknownNameError
from seehear.data.ahead import Ahead
from seehear.data.dataset import Dataset
from seehear.data.fingerprint import data_facts
from seehear.data.loader import WeakView, batch_indices, batches, weak_view
from seehear.data.recombine import Recombiner
from seehear.engine.batch import Batch
from seehear.engine.device import Compute, seed_randomness
from seehear.engine.difference import difference_to_plain
from seehear.engine.fit import Fitted, Plan, fit
from seehear.engine.progress import Watch, watch_terminal
from seehear.engine.protocol import MEASURES, protocol_named
from seehear.engine.run_folder import RunFolder, identity_of, versions
from seehear.engine.team import Team, joined
from seehear.evaluate import predict_classes, predictions
from seehear.events.metrics import segment_accuracy
from seehear.models import Network, build
from seehear.models.checkpoint import ModelCard, save_checkpoint
from seehear.nn.losses import LOSSES, Labels
from seehear.recipes import Recipe, recipe_for

SUPERVISIONS = ("supervised", "weak")


def train(
    dataset: Dataset,
    validation: Dataset | None = None,
    *,
    test: Dataset | None = None,
    protocol: str = "strict",
    model: str,
    output: Path,
    supervision: str = "supervised",
    recipe: Recipe | str = "published",
    epochs: int | None = None,
    seed: int = 0,
    options: Mapping[str, Any] | None = None,
    recombine: float = 0.0,
    selection: str | None = None,
    compute: Compute | None = None,
    watch: Watch | None = None,
    save_every_seconds: float = 30.0,
) -> Path:
    """Train a network and return the folder of its checkpoint, the epoch that did best on the set that chooses.

    That set is `validation` under the protocol `strict` and `test` under `paper`; the other one must not be given, so
    that no call can mix them. Folder, metrics and model card say which protocol it was.

    Called again with the same arguments it goes on where it was interrupted, and ends with the same bytes; a finished
    run returns at once. Called by every process that `torchrun` started, they share the work, and end with the bytes
    that one process ends with that is given the same `Compute.shards`.

    Beside the checkpoint, `output` holds `run.json` (resolved settings, versions, data,
    result, time) and `history.csv` (every epoch).

    Args:
        dataset: what is learned from. Weak supervision is given its clip categories only.
        validation: with `strict`, what the kept epoch is chosen on; never the test set.
        test: with `paper`, what the kept epoch is chosen on, as several published systems did: the accuracy reached
            there is then no estimate for unseen clips.
        protocol: as in `PROTOCOLS`.
        model: name in `MODELS`.
        output: folder of this run; made when absent.
        supervision: `supervised` or `weak`.
        recipe: `published`, `small`, or a :class:`Recipe` of one's own.
        epochs: in place of the recipe's number.
        seed: of initial weights, order, dropout and recombination.
        options: of the network, such as `width`; the rest as published.
        recombine: share of training clips, in 0..1, made of one clip's picture and another's sound.
        selection: which measure chooses the epoch: `accuracy` (of segments; the default of `supervised`) or
            `clip_loss` (the default of `weak` with `strict`, for which even validation shows clip categories only).
            Weak training with `paper` chooses by the accuracy of test segments, as was published; what is learned
            stays blind to segment labels.
        compute: device, threads, precision and shards. When resuming, unsaid threads and shards are those the run
            began with.
        watch: told of progress; by default a line on stderr where that is a terminal.
        save_every_seconds: time between two resumable states.

    Raises:
        InvalidValueError: arguments that do not fit one another, or `output` holds another run.
        NotFiniteError: a loss or gradient is not finite; the message names the clips.
        StorageError: `output` cannot be written, or another process is training there.
    """
    chosen = recipe_for(model, supervision, recipe) if isinstance(recipe, str) else recipe
    chosen = chosen if epochs is None else replace(chosen, epochs=epochs)
    if chosen.epochs < 1:
        raise InvalidValueError(f"epochs must be 1 or more, not {chosen.epochs}")
    rules = protocol_named(protocol)
    rules.refuse_other(validation=validation, test=test)
    chooser = cast(Dataset, validation if rules.judge == "validation" else test)
    selection = selection or rules.measure(supervision)
    metric = rules.metric(selection)
    _check(dataset, chooser, rules.judge, supervision, recombine, selection)
    source: Dataset | WeakView = weak_view(dataset) if supervision == "weak" else dataset
    judge: Dataset | WeakView = chooser if selection == "accuracy" else weak_view(chooser)
    run, compute = RunFolder(output), compute or Compute()
    team = joined(compute.resolved())
    with run.locked() if team.leads else nullcontext():
        compute = _agreed(team, compute, run)
        settings = {
            "model": model,
            "options": dict(options or {}),
            "supervision": supervision,
            "recipe": asdict(chosen),
            "seed": seed,
            "recombine": recombine,
            "protocol": protocol,
            "selection": selection,
            "compute": asdict(compute),
        }
        data = {"training": data_facts(source), rules.judge: data_facts(judge), "extractor": dataset.fingerprint}
        identity = identity_of({"settings": settings, "data": data})
        team.require_same(json.dumps([identity, versions()]).encode(), "settings, data or versions")
        if team.leads:
            run.claim(identity, settings)
        if team.leaders(b"finished" if team.leads and run.finished() else b""):
            return run.model
        network = _network(dataset, model, supervision, seed, options or {})
        recombiner = Recombiner(dataset, seed=seed, share=recombine) if recombine else None
        feed = _Feed(source, chosen.batch_size, seed, recombiner)
        record = {"protocol": rules.label(selection), "settings": settings, "data": data, "versions": versions()}
        watching = (watch or watch_terminal()) if team.leads else Watch()
        if team.leads and (difference := difference_to_plain(network, feed.at(0), LOSSES[chosen.loss], compute)):
            record["difference_to_plain_float32"] = asdict(difference)
            watching.tell(f"{compute.way} {difference}")
        if team.leads:
            run.write_record(identity, **record)  # only now: a run that cannot begin leaves its folder free
        started = time.monotonic()
        with Ahead(feed.at) as batch_at:
            fitted = fit(
                network,
                _plan(chosen, feed.batches_per_epoch, seed, metric, selection, save_every_seconds),
                batch_at=batch_at,
                loss=LOSSES[chosen.loss],
                validate=_validator(judge, chosen, metric),
                states=run.states,
                identity=identity,
                training_inputs=network.training_inputs,
                compute=compute,
                team=team,
                watch=watching,
                title=f"{model} {supervision}, seed {seed}",
            )
        if team.leads:
            card = _card(network, dataset, record, fitted)
            run.finish(lambda folder: save_checkpoint(folder, network, card), fitted.history)
            seconds = round(time.monotonic() - started, 1)
            run.write_record(identity, **record, result=fitted.best, steps=fitted.steps, seconds=seconds)
        team.leaders(b"written")  # nobody leaves before
    return run.model


def _agreed(team: Team, compute: Compute, run: RunFolder) -> Compute:
    """What all processes compute with: the leader's, as the run in the folder began."""
    chosen = compute.continuing(run.compute()).resolved() if team.leads else compute
    return Compute(**json.loads(team.leaders(json.dumps(asdict(chosen)).encode()))).resolved()


def _check(dataset: Dataset, chooser: Dataset, judge: str, supervision: str, recombine: float, selection: str) -> None:
    if supervision not in SUPERVISIONS:
        raise UnknownNameError("supervision", supervision, SUPERVISIONS)
    if selection not in MEASURES:
        raise UnknownNameError("selection", selection, list(MEASURES))
    if not len(dataset) or not len(chooser):
        raise InvalidValueError(f"training and {judge} need at least one clip each; look at the split")
    if chooser.fingerprint != dataset.fingerprint:
        raise ExtractorMismatchError(
            f"training features are of {dataset.extractor}, {judge} features of {chooser.extractor} or another "
            "version of it; extract both with one extractor"
        )
    if chooser.inputs != dataset.inputs:
        raise InvalidValueError(
            f"training shows the network {dataset.inputs}, {judge} {chooser.inputs}; use one of them"
        )
    if chooser.categories != dataset.categories:
        raise InvalidValueError(f"training and {judge} name their categories differently; use one list for both")
    if not 0 <= recombine <= 1:
        raise InvalidValueError(f"recombine is a share of clips in 0..1, not {recombine}")
    if selection == "clip_loss" and supervision != "weak":
        raise InvalidValueError("clip_loss chooses epochs of weak training only; use accuracy")
    if recombine and supervision == "weak":
        raise InvalidValueError(
            "recombination needs to know when a category is seen and heard, which weak supervision does not; use 0"
        )


def _plan(
    recipe: Recipe, steps_per_epoch: int, seed: int, metric: str, selection: str, save_every_seconds: float
) -> Plan:
    return Plan(
        steps_per_epoch=steps_per_epoch,
        epochs=recipe.epochs,
        schedule=recipe.schedule,
        seed=seed,
        metric=metric,
        higher_is_better=selection == "accuracy",
        clip_norm=recipe.clip_norm,
        weight_decay=recipe.weight_decay,
        patience=recipe.patience,
        save_every_seconds=save_every_seconds,
    )


def _network(dataset: Dataset, model: str, supervision: str, seed: int, options: Mapping[str, Any]) -> Network:
    """A new network for this data set whose initial weights are a pure function of the seed."""
    with torch.random.fork_rng(devices=[]):
        seed_randomness(seed, _INITIAL_WEIGHTS)
        return build(
            model,
            categories=len(dataset.categories),
            supervision=supervision,
            visual_channels=dataset.visual.shape[-1],
            audio_channels=dataset.audio.shape[-1],
            **options,
        )


_INITIAL_WEIGHTS = 1 << 62
"""The step number, beyond any training, whose random numbers make the initial weights."""


def _validator(
    judge: Dataset | WeakView, recipe: Recipe, metric: str
) -> Callable[[nn.Module, torch.device], dict[str, float]]:
    """The function that scores a network after each epoch, by the one metric that chooses the epoch.

    Whoever sees segment labels is judged by segment accuracy, whoever does not by the loss on clip categories.
    """

    def accuracy(network: nn.Module, device: torch.device) -> dict[str, float]:
        return {metric: segment_accuracy(predict_classes(network, judge, device), truth)}

    def clip_loss(network: nn.Module, device: torch.device) -> dict[str, float]:
        total = 0.0
        for part, prediction in predictions(network, judge, device):
            classes = torch.from_numpy(judge.clip_classes[part]).to(device)
            total += LOSSES[recipe.loss](prediction, Labels(classes)).item() * len(classes)
        return {metric: total / len(judge)}

    if isinstance(judge, WeakView):
        return clip_loss
    truth = judge.segment_classes
    return accuracy


def _card(network: Network, dataset: Dataset, record: Mapping[str, Any], fitted: Fitted) -> ModelCard:
    return ModelCard.of(
        network,
        categories=dataset.categories,
        hop_seconds=dataset.grid.hop_seconds,
        window_segments=dataset.visual.shape[1],
        extractor=dataset.extractor,
        fingerprint=dataset.fingerprint,
        inputs=dataset.inputs,
        provenance=dict(record),
        metrics=fitted.best,
    )


class _Feed:
    """Batches by step, with the names of their clips."""

    def __init__(self, source: Dataset | WeakView, batch_size: int, seed: int, recombiner: Recombiner | None) -> None:
        self.source, self.batch_size, self.seed, self.recombiner = source, batch_size, seed, recombiner
        self.batches_per_epoch = len(batch_indices(len(source), batch_size, seed, 0))

    def at(self, step: int) -> Batch:
        epoch, number = divmod(step, self.batches_per_epoch)
        rest = batches(
            self.source,
            self.batch_size,
            seed=self.seed,
            epoch=epoch,
            first_batch=number,
            recombiner=self.recombiner,
        )
        part = next(rest)
        names = tuple(self.source.names[index] for index in part.indices.tolist())
        return Batch(names, part.visual, part.audio, Labels(part.clip_classes, part.segment_classes))
