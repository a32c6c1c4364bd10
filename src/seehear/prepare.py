"""From labelled videos to a data set: render scenes, extract their features, put labels and features together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from seehear.core.errors import InvalidValueError, MediaError, Reason
from seehear.core.values import Features
from seehear.data.dataset import Dataset
from seehear.data.scenes import (
    DrawnMaterial,
    PhotographedMaterial,
    PictureSettings,
    PlanSettings,
    SceneLabels,
    plan_scenes,
    read_scenes,
    render_scenes,
)
from seehear.data.scenes.actor import Material
from seehear.data.store import FeatureStore
from seehear.extract import Extraction, extract_files
from seehear.features import Extractor, load_extractor
from seehear.media import open_video, write_video

FEATURES_FOLDER = "features"
DRAWN = PictureSettings()
PHOTOGRAPHED = PictureSettings(width=320, height=240, frames_per_second=8)
"""Photos are shown larger than drawings: real encoders read their texture."""


def read_sound(path: Path) -> np.ndarray:
    """float32 [n] mono at 16 kHz: all that is heard in a sound or video file. Raises MediaError where nothing is."""
    with open_video(path, picture_size=2) as video:
        parts = [clip.sound[clip.has_sound].reshape(-1) for clip in video]
    heard = np.concatenate([np.zeros(0, np.float32), *parts])
    if not len(heard):
        raise MediaError(f"{path} holds no sound that can be read", Reason.NO_AUDIO)
    return heard


def own_material(folder: Path, *, held_out: bool = False) -> PhotographedMaterial:
    """The user's photos and sounds by category: the part to train on, or the third held out for evaluation."""
    training, kept_apart = PhotographedMaterial.open(folder, read_sound=read_sound).split()
    return kept_apart if held_out else training


def render_folder(
    folder: Path,
    *,
    clips: int,
    seed: int,
    material: Material | None = None,
    background_share: float | None = None,
    jobs: int = 1,
    progress: Callable[[int], None] | None = None,
) -> SceneLabels:
    """Render labelled scenes of drawn material, or of another, into `folder`; returns their labels.

    `background_share` of them, in 0..1, hold no event; `None` for the usual one in eleven.
    """
    pictures = PHOTOGRAPHED if material else DRAWN
    material = material or DrawnMaterial()
    settings = PlanSettings()
    if background_share is not None:
        settings = settings.with_background_share(background_share)
    plans = plan_scenes(clips, material.categories, seed=seed, settings=settings)
    render_scenes(folder, plans, material, write_video=write_video, pictures=pictures, jobs=jobs, progress=progress)
    return read_scenes(folder)


def load_folder(
    folder: Path,
    extractor: Extractor | str,
    *,
    jobs: int = 1,
    report: Callable[[Extraction], None] | None = None,
) -> Dataset:
    """Features and labels of a folder of rendered scenes; features are kept in the folder and made only once.

    Raises InvalidValueError where a clip cannot be read or is shorter than its labels.
    """
    extractor = load_extractor(extractor) if isinstance(extractor, str) else extractor
    labels = read_scenes(folder)
    store = FeatureStore(folder / FEATURES_FOLDER, half_precision=True)
    rows = extract_files([folder / name for name in labels.names], extractor, store, jobs=jobs, report=report)
    failed = [row for row in rows if row.features is None]
    if failed:
        raise InvalidValueError(f"{len(failed)} of {len(rows)} clips cannot be read, the first: {failed[0].message}")
    segments = labels.segment_classes.shape[1]
    kept = [first_segments(row.features, segments) for row in rows if row.features is not None]
    return Dataset(
        categories=labels.categories,
        grid=labels.grid,
        fingerprint=extractor.fingerprint,
        extractor=extractor.name,
        names=labels.names,
        visual=np.stack([features.visual.astype(np.float16) for features in kept]),
        audio=np.stack([features.audio for features in kept]),
        segment_classes=labels.segment_classes,
        clip_classes=labels.clip_classes,
        seen_classes=labels.seen_classes,
        heard_classes=labels.heard_classes,
    )


def first_segments(features: Features, count: int) -> Features:
    """The first `count` segments; a shorter video is refused, for its labels would be invented."""
    if len(features) < count:
        raise InvalidValueError(f"a video has {len(features)} segments, {count} are needed", Reason.TRUNCATED)
    return features.stretch(features.first_segment, count)
