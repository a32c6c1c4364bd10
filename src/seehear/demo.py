"""The whole path on embedded material: render, extract, train, evaluate, localize, report. No network, no downloads."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from seehear.batch import localize_files
from seehear.core.timeline import Timeline
from seehear.data.scenes import DrawnMaterial, render_untrimmed
from seehear.data.scenes.labels import LABELS
from seehear.evaluate import evaluate_checkpoint
from seehear.events.metrics import event_score
from seehear.localizer import load
from seehear.media import write_video
from seehear.prepare import load_folder, render_folder
from seehear.train import train

EXTRACTOR = "builtin"
SLIM = {"width": 64, "feedforward": 128}
"""Channels of the demo's network: a tenth of the published one, enough for drawn scenes."""


@dataclass(frozen=True)
class DemoSizes:
    """How many clips are rendered for each purpose, and how long the unseen video is."""

    training: int = 400
    validation: int = 80
    test: int = 120
    untrimmed_seconds: float = 60.0


def run_demo(
    output: Path, *, seed: int = 0, jobs: int = 2, sizes: DemoSizes = DemoSizes(), say: Callable[[str], None] = print
) -> str:
    """Do it all into `output` and return what was measured, for people. A stopped demo goes on where it was."""
    clock = _Clock(say)
    material = DrawnMaterial()
    datasets = {}
    for number, (name, count) in enumerate(
        (("training", sizes.training), ("validation", sizes.validation), ("test", sizes.test))
    ):
        folder = output / "scenes" / f"{name}-{count}-seed-{seed}"
        if not (folder / LABELS).exists():
            clock.start(f"rendering {count} {name} scenes")
            render_folder(folder, clips=count, seed=3 * seed + number, material=material, jobs=jobs)
        clock.start(f"extracting {EXTRACTOR} features of the {name} scenes")
        datasets[name] = load_folder(folder, EXTRACTOR, jobs=jobs)
    clock.start("training PFAGN")
    checkpoint = train(
        datasets["training"],
        datasets["validation"],
        model="pfagn",
        recipe="small",
        options=SLIM,
        recombine=0.5,
        seed=seed,
        output=output / f"run-{sizes.training}-seed-{seed}",
    )
    training_seconds = clock.start("evaluating on unseen scenes")
    evaluation = evaluate_checkpoint(checkpoint, datasets["test"])
    clock.start(f"localizing an unseen video of {sizes.untrimmed_seconds:.0f} s")
    video = output / "untrimmed.mp4"
    truth = render_untrimmed(
        video, material, seed=seed, duration_seconds=sizes.untrimmed_seconds, write_video=write_video
    )
    report = localize_files([video], load(checkpoint), output=output / "report")
    found = report.items[0].timeline or Timeline(0)
    score = event_score([(found, truth)])
    clock.start("")
    return "\n".join(
        [
            "",
            f"PFAGN on {evaluation.clips} unseen drawn scenes (supervised, checkpoint chosen on validation, 1 seed):",
            evaluation.text(),
            f"unseen video of {sizes.untrimmed_seconds:.0f} s: {len(found)} events found, {len(truth)} true, "
            f"event F1 {score.f1:.2f} at IoU .5",
            f"training took {training_seconds:.0f} s, everything {clock.total_seconds:.0f} s",
            f"model:  {checkpoint}",
            f"report: {output / 'report' / 'untrimmed.html'}",
        ]
    )


class _Clock:
    """Says what is being done, and how long the step before took."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._began = self._step_began = time.monotonic()
        self._step = ""

    @property
    def total_seconds(self) -> float:
        return time.monotonic() - self._began

    def start(self, step: str) -> float:
        """Begin a step; returns the seconds that the one before took."""
        took = time.monotonic() - self._step_began
        if self._step:
            self._say(f"{took:6.1f} s  {self._step}")
        self._step, self._step_began = step, time.monotonic()
        return took
