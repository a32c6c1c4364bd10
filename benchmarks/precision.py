"""Does PFAGN learn in bfloat16 what it learns in float32? The loss curves of both, laid over each other.

    python benchmarks/precision.py AVE_FOLDER [--output precision.svg] [--steps 300] [--threads 2] [--width 256]

Trains PFAGN with its published recipe on a stand-in for AVE's features (annotations and orders of AVE_FOLDER, values
drawn: it says something of arithmetic, nothing of videos) from the same weights on the same batches: in float32, in
bfloat16, and in float32 with other dropout, whose distance is what chance alone makes of the curve. Prints the mean
loss of every few steps, the distances, and the accuracy on validation; draws the curves where matplotlib is installed.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from seehear.ave import draw_stand_in, load_ave, pack_ave
from seehear.core.errors import SeehearError
from seehear.data.ave.dataset import AveParts
from seehear.data.dataset import Dataset
from seehear.data.loader import Batch, batches
from seehear.engine.device import Compute, Precision, seed_randomness
from seehear.models import Network, build, slim_options
from seehear.nn.losses import LOSSES, Labels
from seehear.recipes import recipe_for

PUBLISHED_WIDTH = 256


@dataclass(frozen=True)
class Run:
    """One training: what it is called, how it computes, and which random numbers its dropout takes."""

    name: str
    precision: Precision
    dropout_seed: int


RUNS = (Run("float32", "float32", 0), Run("bfloat16", "bfloat16", 0), Run("float32, other dropout", "float32", 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ave_folder", type=Path, help="holds Annotations.txt and the orders")
    parser.add_argument("--output", type=Path, default=Path("precision.svg"))
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--every", type=int, default=20, help="steps to a printed mean")
    parser.add_argument("--fraction", type=float, default=0.1, help="share of AVE's clips; all of them are 8 GiB")
    parser.add_argument("--width", type=int, default=PUBLISHED_WIDTH)
    parser.add_argument("--motion", default="pf_me")
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        try:
            parts = stand_in(chosen.ave_folder, Path(folder), chosen.fraction)
        except SeehearError as error:
            parser.error(str(error))
        options = {"motion": chosen.motion}
        if chosen.width != PUBLISHED_WIDTH:
            options |= slim_options("pfagn", chosen.width)
        curves = {}
        for run in RUNS:
            began = time.perf_counter()
            compute = Compute("cpu", chosen.threads, run.precision)
            curves[run.name], accuracy = train(parts, options, compute, run.dropout_seed, chosen.steps)
            seconds = (time.perf_counter() - began) / chosen.steps
            say(f"{run.name:24s} {seconds:.3f} s a step, {100 * accuracy:.2f} % of validation segments right")
    print_curves(curves, chosen.every)
    draw_curves(curves, chosen.every, chosen.output)


def stand_in(ave_folder: Path, folder: Path, fraction: float) -> AveParts:
    """A share of AVE with drawn features of its sizes."""
    draw_stand_in(ave_folder, folder / "drawn", fraction=fraction)
    pack_ave(folder / "drawn", folder / "pack")
    return load_ave(folder / "pack")


def train(parts: AveParts, options: dict, compute: Compute, dropout_seed: int, steps: int) -> tuple[np.ndarray, float]:
    """The loss of every step, and the share of validation segments that the network then gets right."""
    recipe = recipe_for("pfagn")
    steps_per_epoch = -(-len(parts.training) // recipe.batch_size)
    with compute.applied():
        torch.manual_seed(0)
        network = build("pfagn", categories=len(parts.training.categories), **options)
        optimizer = torch.optim.Adam(network.parameters(), fused=True)
        losses = []
        for step, batch in enumerate(itertools.islice(endless(parts.training, recipe.batch_size), steps)):
            seed_randomness(dropout_seed, step)
            for group in optimizer.param_groups:
                group["lr"] = recipe.schedule.rate(step, steps_per_epoch, recipe.epochs)
            with compute.autocast():
                prediction = network(batch.visual, batch.audio)
            loss = LOSSES[recipe.loss](prediction, Labels(batch.clip_classes, batch.segment_classes))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), recipe.clip_norm or float("inf"))
            optimizer.step()
            losses.append(loss.item())
        return np.array(losses), accuracy_of(network, parts.validation, compute)


def endless(dataset: Dataset, batch_size: int) -> Iterator[Batch]:
    """Epoch after epoch, the same for every run."""
    for epoch in itertools.count():
        yield from batches(dataset, batch_size, epoch=epoch)


def accuracy_of(network: Network, dataset: Dataset, compute: Compute) -> float:
    """Share of segments whose class is right, computed in the precision of the training."""
    network.eval()
    right = []
    for batch in batches(dataset, 32, shuffle=False):
        with torch.inference_mode(), compute.autocast():
            right.append((network(batch.visual, batch.audio).classes() == batch.segment_classes).float())
    return torch.cat(right).mean().item()


def means(losses: np.ndarray, every: int) -> np.ndarray:
    """The mean loss of each stretch of so many steps; what is left over at the end is dropped."""
    return losses[: len(losses) // every * every].reshape(-1, every).mean(axis=1)


def print_curves(curves: dict[str, np.ndarray], every: int) -> None:
    """Mean losses side by side, then how far each lies from float32."""
    say("\n| steps | " + " | ".join(curves) + " |\n|" + "---|" * (len(curves) + 1))
    columns = [means(losses, every) for losses in curves.values()]
    for number, row in enumerate(zip(*columns, strict=True)):
        say(f"| {number * every + 1} to {(number + 1) * every} | " + " | ".join(f"{loss:.4f}" for loss in row) + " |")
    truth, *others = curves.values()
    for name, losses in zip(list(curves)[1:], others, strict=True):
        steps, stretches = np.abs(losses - truth), np.abs(means(losses, every) - means(truth, every))
        say(
            f"{name}: from float32 at most {steps.max():.4f} in a step, {stretches.max(initial=0):.4f} in the mean of "
            f"{every}; {steps.mean():.4f} on average"
        )


def draw_curves(curves: dict[str, np.ndarray], every: int, path: Path) -> None:
    """Every step faintly and the means of stretches boldly, one colour a run."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        say("no picture: matplotlib is not installed")
        return
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    for name, style in zip(curves, ("-", "--", ":"), strict=True):
        (faint,) = axes.plot(np.arange(1, len(curves[name]) + 1), curves[name], linewidth=0.6, alpha=0.35)
        middles = (np.arange(len(curves[name]) // every) + 0.5) * every
        axes.plot(middles, means(curves[name], every), style, color=faint.get_color(), linewidth=2, label=name)
    title = "PFAGN in both precisions: same weights, same batches"
    axes.set(xlabel="step", ylabel="training loss", yscale="log", title=title)
    axes.legend()
    figure.savefig(path)
    say(f"drawn to {os.fspath(path)}")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
