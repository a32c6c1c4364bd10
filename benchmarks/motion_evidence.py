"""Is it the data, the implementation or the idea that keeps guidance by motion from helping?

PFAGN (width 64) is trained on drawn scenes with each source of motion, with none, and with an *oracle*: the true answer
to "does an actor move in this second?", from the plan of the scene, in the place of the motion source. `--still` takes
away the channels of `builtin` that measure change within a second, so that motion is only what differs from one second
to the next, which is all that the published features show.

    seehear scenes FOLDER/train --clips 400 --seed 0
    seehear scenes FOLDER/validation --clips 120 --seed 1
    seehear scenes FOLDER/test --clips 200 --seed 2
    python benchmarks/motion_evidence.py FOLDER --still

Prints test accuracy and event F1 of every seed, and mean ± standard deviation.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from seehear.data.dataset import Dataset
from seehear.data.loader import batches
from seehear.data.scenes import plan_scenes
from seehear.evaluate import Evaluation, evaluation_of, predict_classes
from seehear.features.builtin import PICTURE_CHANNELS
from seehear.models import build, slim_options
from seehear.nn.losses import LOSSES, Labels
from seehear.nn.prediction import Prediction
from seehear.prepare import load_folder

PARTS = {"train": (400, 0), "validation": (120, 1), "test": (200, 2)}
"""Clips and seed of each part, as the scenes were rendered."""
SOURCES = {
    "none": {"motion": "none"},
    "pf_me": {"motion": "pf_me"},
    "rectified": {"motion": "pf_me", "rectified": True},
    "steady": {"motion": "steady"},
    "oracle": {"motion": "pf_me"},
}
STILL_CHANNELS = sum("change" not in name for name in PICTURE_CHANNELS)
EPOCHS, BATCH, RATE, WARM_STEPS, JUDGED_EVERY = 20, 32, 1e-3, 20, 4


class KnownMotion(nn.Module):
    """A motion source that reads the last channel, in which the truth rides along."""

    def __init__(self, motion_channels: int) -> None:
        super().__init__()
        self.project = nn.Linear(1, motion_channels)

    def forward(self, visual: Tensor) -> Tensor:
        return self.project(visual[:, :, 0, 0, -1:])


class WithoutLastChannel(nn.Module):
    """The rest of the network, to which the truth is not shown."""

    def __init__(self, relations: nn.Module) -> None:
        super().__init__()
        self.relations = relations

    def forward(self, visual: Tensor, audio: Tensor) -> Prediction:
        return self.relations(visual[..., :-1], audio)


def moving_seconds(dataset: Dataset, part: str) -> np.ndarray:
    """float16 [N,T]: 1 where an actor moves for more than half of the second."""
    clips, seed = PARTS[part]
    moving = np.zeros(dataset.segment_classes.shape, np.float16)
    for row, plan in enumerate(plan_scenes(clips, dataset.categories, seed=seed)):
        for span in (span for shown in plan.shown for span in shown.moving):
            for second in range(moving.shape[1]):
                shared = min(span.end_seconds, second + 1) - max(span.start_seconds, second)
                moving[row, second] = max(moving[row, second], shared > 0.5)
    return moving


def load(folder: Path, part: str, *, still: bool, oracle: bool) -> Dataset:
    dataset = load_folder(folder / part, "builtin")
    visual = dataset.visual[..., :STILL_CHANNELS] if still else dataset.visual
    if oracle:
        truth = moving_seconds(dataset, part)[:, :, None, None, None]
        visual = np.concatenate([visual, np.broadcast_to(truth, (*visual.shape[:-1], 1))], axis=-1)
    return replace(dataset, visual=np.ascontiguousarray(visual))


def network_for(source: str, dataset: Dataset) -> nn.Module:
    channels = {"visual_channels": dataset.visual.shape[-1], "audio_channels": dataset.audio.shape[-1]}
    options = {"categories": len(dataset.categories), **slim_options("pfagn", 64), **SOURCES[source]}
    network = build("pfagn", **options, **channels)
    if source == "oracle":
        channels["visual_channels"] -= 1
        network.motion = KnownMotion(channels["audio_channels"])
        network.relations = WithoutLastChannel(build("pfagn", **options, **channels).relations)
    return network


def train(network: nn.Module, training: Dataset, validation: Dataset, seed: int) -> None:
    """Leave `network` with the weights that did best on validation."""
    optimizer, loss = torch.optim.Adam(network.parameters(), lr=RATE), LOSSES["relevance"]
    steps, step, best = EPOCHS * math.ceil(len(training) / BATCH), 0, (-1.0, {})
    for epoch in range(EPOCHS):
        network.train()
        for batch in batches(training, BATCH, seed=seed, epoch=epoch):
            warm, cosine = min(1, (step + 1) / WARM_STEPS), (1 + math.cos(math.pi * step / steps)) / 2
            optimizer.param_groups[0]["lr"] = RATE * warm * cosine
            prediction = network(batch.visual.float(), batch.audio.float())
            optimizer.zero_grad()
            loss(prediction, Labels(batch.clip_classes, batch.segment_classes)).backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            step += 1
        if (epoch + 1) % JUDGED_EVERY == 0 and (accuracy := judge(network, validation).accuracy) > best[0]:
            best = accuracy, {name: value.clone() for name, value in network.state_dict().items()}
    network.load_state_dict(best[1])


def judge(network: nn.Module, dataset: Dataset) -> Evaluation:
    network.eval()
    with torch.inference_mode():
        return evaluation_of(predict_classes(network, dataset), dataset)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--still", action="store_true", help="without the channels of change within a second")
    parser.add_argument("--sources", default=",".join(SOURCES))
    parser.add_argument("--seeds", type=int, default=5)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    for source in asked.sources.split(","):
        parts = [load(asked.folder, part, still=asked.still, oracle=source == "oracle") for part in PARTS]
        results = []
        for seed in range(asked.seeds):
            torch.manual_seed(seed)
            network = network_for(source, parts[0])
            train(network, parts[0], parts[1], seed)
            results.append(judge(network, parts[2]))
            sys.stdout.write(
                f"{source}, seed {seed}: {100 * results[-1].accuracy:.1f}, F1 {100 * results[-1].event_f1:.1f}" + "\n"
            )
        for name in ("accuracy", "event_f1"):
            values = [100 * getattr(result, name) for result in results]
            spread = statistics.stdev(values) if len(values) > 1 else math.nan
            sys.stdout.write(f"{source}: {name} {statistics.mean(values):.1f} ± {spread:.1f}" + "\n")


if __name__ == "__main__":
    main()
