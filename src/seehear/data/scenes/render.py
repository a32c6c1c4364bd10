"""From a plan to pictures and sound, and to video files.

One renderer for every material: it places actors on a backdrop, moves the camera, mixes the sounds. Which bytes
a video file then holds is the writer's affair; it is handed in, so that this room knows no codec.
"""

from __future__ import annotations

import math
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np

from seehear.core.errors import InvalidValueError
from seehear.core.time import Grid, Span
from seehear.core.values import SAMPLE_RATE_HZ
from seehear.data.scenes.actor import Actor, Material
from seehear.data.scenes.cases import Shown
from seehear.data.scenes.labels import write_scene_labels
from seehear.data.scenes.plan import WHOLE_SECONDS, ScenePlan
from seehear.data.scenes.synthesis import background_noise
from seehear.storage.files import storage_errors

FADE_SECONDS = 0.02
LOUDEST_RMS = 0.12
"""Root mean square of a sound of loudness 1, which leaves room for three at once."""
CAMERA_REACH = 0.12
"""How far a moving camera strays, as a share of the picture's height."""


class VideoWriter(Protocol):
    """`seehear.media.write_video`, or anything that takes the same arguments."""

    def __call__(
        self,
        path: Path,
        pictures: Iterable[np.ndarray],
        sound: np.ndarray | None,
        *,
        frames_per_second: float,
        sample_rate_hz: int,
    ) -> object: ...


@dataclass(frozen=True, slots=True)
class PictureSettings:
    """Size and rate of rendered videos."""

    width: int = 160
    height: int = 120
    frames_per_second: int = 12

    def __post_init__(self) -> None:
        if min(self.width, self.height) < 16 or self.width % 2 or self.height % 2 or self.frames_per_second < 1:
            raise InvalidValueError("pictures need even sides of 16 or more and at least one frame per second")


SMALL_PICTURES = PictureSettings()


def render_scenes(
    folder: str | Path,
    plans: list[ScenePlan],
    material: Material,
    *,
    write_video: VideoWriter,
    grid: Grid = WHOLE_SECONDS,
    pictures: PictureSettings = SMALL_PICTURES,
    resume: bool = False,
    jobs: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Path:
    """Render every plan into `folder` with `labels.csv` and `scenes.json`; returns the folder.

    Args:
        write_video: encodes one video; a function of a module when `jobs` > 1, as other processes import it.
        resume: leave videos that are there as they are; they must be of the same plans and material.
        jobs: processes to render in, at most as many as there are cores. The result does not depend on it.
        progress: called with the number of finished videos after each.
    """
    folder = Path(folder)
    if len({plan.name for plan in plans}) != len(plans):
        raise InvalidValueError("two scenes have the same file name")
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    render = partial(render_scene, folder=folder, material=material, write_video=write_video, settings=pictures)
    absent = [plan for plan in plans if not (resume and (folder / plan.name).exists())]
    ready = len(plans) - len(absent)
    for done, _ in enumerate(_spread(render, absent, min(jobs, os.cpu_count() or 1)), start=ready + 1):
        if progress is not None:
            progress(done)
    write_scene_labels(folder, plans, material.categories, grid)
    return folder


def render_scene(
    plan: ScenePlan, *, folder: Path, material: Material, write_video: VideoWriter, settings: PictureSettings
) -> None:
    """Render one plan to `folder / plan.name`."""
    write_video(
        folder / plan.name,
        scene_pictures(plan, material, settings),
        scene_sound(plan, material),
        frames_per_second=settings.frames_per_second,
        sample_rate_hz=SAMPLE_RATE_HZ,
    )


def scene_pictures(plan: ScenePlan, material: Material, settings: PictureSettings) -> Iterator[np.ndarray]:
    """uint8 [height,width,3] for each frame; frame k shows the instant k / frames_per_second."""
    random = np.random.default_rng((*plan.seed, 0))
    margin = math.ceil(CAMERA_REACH * settings.height)
    backdrop = material.backdrop(settings.width + 2 * margin, settings.height + 2 * margin, random)
    camera = _Camera.drawn_from(plan.camera, margin, random)
    actors = _actors(plan, material)
    placed = [_Placed.drawn_from(item, material.sizes, settings, margin, random) for item in plan.shown]
    for number in range(round(plan.duration_seconds * settings.frames_per_second)):
        seconds = number / settings.frames_per_second
        stage = backdrop.copy()
        for place in placed:
            if place.shown.span.contains(seconds + 1e-9):
                clock = _clock(plan, place.shown, seconds)
                picture = actors[place.shown.actor].picture(seconds, clock, place.side)
                left, top = place.left - picture.width // 2, place.top - picture.height // 2
                stage.paste(picture, (left, top), picture)
        x, y = camera.offset(seconds)
        yield np.asarray(
            stage.crop((margin + x, margin + y, margin + x + settings.width, margin + y + settings.height))
        )


def scene_sound(plan: ScenePlan, material: Material) -> np.ndarray:
    """float32 [duration * SAMPLE_RATE_HZ] in -1..1."""
    random = np.random.default_rng((*plan.seed, 1))
    actors = _actors(plan, material)
    mix = np.zeros(round(plan.duration_seconds * SAMPLE_RATE_HZ), dtype=np.float32)
    for item in plan.played:
        _add(mix, actors[item.actor].sound(item.span.duration_seconds), item.span, item.loudness)
    for item in plan.disturbances:
        _add(mix, material.disturbance(item.kind, item.span.duration_seconds, random), item.span, item.loudness)
    if plan.noise:
        mix += np.float32(plan.noise * LOUDEST_RMS) * background_noise(plan.duration_seconds, random)
    peak = float(np.abs(mix).max(initial=0))
    return mix / peak * np.float32(0.98) if peak > 0.98 else mix


def _spread(render: Callable[[ScenePlan], None], plans: list[ScenePlan], jobs: int) -> Iterator[None]:
    if jobs <= 1 or len(plans) <= 1:
        yield from map(render, plans)
        return
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(render, plans, chunksize=max(1, min(16, len(plans) // (4 * jobs))))


def _actors(plan: ScenePlan, material: Material) -> list[Actor]:
    """The cast; each actor's look and sound come from its own entropy, so picture and sound agree on both."""
    return [
        material.actor(category, np.random.default_rng((*plan.seed, 2, number)))
        for number, category in enumerate(plan.cast)
    ]


def _clock(plan: ScenePlan, shown: Shown, seconds: float) -> float | None:
    """Seconds since the actor's own sound began; where it moves without sounding, since the motion began."""
    moving = next((span for span in shown.moving if span.contains(seconds + 1e-9)), None)
    if moving is None:
        return None
    own = (item.span for item in plan.played if item.actor == shown.actor)
    span = next((span for span in own if span.contains(seconds + 1e-9)), moving)
    return seconds - span.start_seconds


def _add(mix: np.ndarray, sound: np.ndarray, span: Span, loudness: float) -> None:
    """Mix a sound into its span, faded at both ends, at a root mean square of `loudness * LOUDEST_RMS`."""
    start = round(span.start_seconds * SAMPLE_RATE_HZ)
    sound = sound[: len(mix) - start]
    fade = min(round(FADE_SECONDS * SAMPLE_RATE_HZ), len(sound) // 2)
    ramp = np.linspace(0, 1, fade, dtype=np.float32)
    gain = loudness * LOUDEST_RMS / (float(np.sqrt(np.mean(np.square(sound)))) + 1e-9)
    shaped = sound * np.float32(gain)
    shaped[:fade] *= ramp
    shaped[len(shaped) - fade :] *= ramp[::-1]
    mix[start : start + len(sound)] += shaped


@dataclass(frozen=True, slots=True)
class _Placed:
    """An actor's appearance at its place on the stage (the picture and the margin around it)."""

    shown: Shown
    side: int
    left: int
    top: int
    """Of its centre, in pixels of the stage."""

    @staticmethod
    def drawn_from(
        shown: Shown, sizes: tuple[float, float], settings: PictureSettings, margin: int, random: np.random.Generator
    ) -> _Placed:
        side = round(settings.height * random.uniform(*sizes))
        half = side // 2
        left, top = (
            int(random.integers(half, length - half + 1)) if side < length else length // 2
            for length in (settings.width, settings.height)
        )
        return _Placed(shown, side, margin + left, margin + top)


@dataclass(frozen=True, slots=True)
class _Camera:
    """Where the picture's corner is, relative to its place on the stage."""

    kind: str
    reach: int
    tempo_hz: float
    direction: float

    @staticmethod
    def drawn_from(kind: str, reach: int, random: np.random.Generator) -> _Camera:
        tempo_hz = random.uniform(0.08, 0.2) if kind == "pan" else random.uniform(2.0, 4.0)
        return _Camera(kind, reach, float(tempo_hz), float(random.uniform(0, 2 * math.pi)))

    def offset(self, seconds: float) -> tuple[int, int]:
        phase = 2 * math.pi * self.tempo_hz * seconds
        if self.kind == "pan":
            along = self.reach * math.sin(phase)
            return round(along * math.cos(self.direction)), round(along * math.sin(self.direction))
        if self.kind == "shake":
            return (
                round(0.4 * self.reach * math.sin(phase + self.direction)),
                round(0.4 * self.reach * math.sin(1.37 * phase)),
            )
        return 0, 0
