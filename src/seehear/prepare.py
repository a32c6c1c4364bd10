"""From labelled videos to a data set: render scenes, extract their features, put labels and features together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from seehear.core.errors import InvalidValueError, MediaError, Reason
from seehear.core.inputs import FEATURES, network_inputs
from seehear.core.labels import Categories
from seehear.core.values import Features
from seehear.data.dataset import Dataset
from seehear.data.folder.holdings import FEATURES_FOLDER
from seehear.data.folder.split import SPLIT
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
from seehear.data.scenes.labels import SCENES
from seehear.data.store import FeatureStore
from seehear.extract import extract_files
from seehear.features import Extractor, load_extractor
from seehear.media import open_video, write_video
from seehear.own_data import Loading, load_parts, load_videos

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
    resume: bool = False,
    jobs: int = 1,
    progress: Callable[[int], None] | None = None,
) -> SceneLabels:
    """Render labelled scenes of drawn material, or of another, into `folder`; returns their labels.

    `background_share` of them, in 0..1, hold no event; `None` for the usual one in eleven. With `resume`, videos that
    are there already stay: for a folder that holds nothing but an earlier call's, with the same arguments. Raises
    InvalidValueError for no clips at all.
    """
    if clips < 1:
        raise InvalidValueError(f"clips must be 1 or more, not {clips}")
    pictures = PHOTOGRAPHED if material else DRAWN
    material = material or DrawnMaterial()
    settings = PlanSettings()
    if background_share is not None:
        settings = settings.with_background_share(background_share)
    plans = plan_scenes(clips, material.categories, seed=seed, settings=settings)
    render_scenes(
        folder,
        plans,
        material,
        write_video=write_video,
        pictures=pictures,
        resume=resume,
        jobs=jobs,
        progress=progress,
    )
    return read_scenes(folder)


def load_folder(
    folder: Path,
    extractor: Extractor | str,
    *,
    categories: Categories | None = None,
    part: str | None = None,
    thin: bool = False,
    jobs: int = 1,
    loading: Loading | None = None,
) -> Dataset:
    """Features and labels of a folder; features are kept in the folder and made only once.

    A folder of rendered scenes is taken as it is; of any other see :func:`seehear.own_data.load_videos`, also for the
    arguments.

    Raises InvalidValueError where labels are wrong, or a scene cannot be read or is shorter than its labels.
    """
    extractor = load_extractor(extractor) if isinstance(extractor, str) else extractor
    if not holds_scenes(folder):
        return load_videos(folder, extractor, categories=categories, part=part, thin=thin, jobs=jobs, loading=loading)
    if part is not None:
        raise InvalidValueError(f"{folder} holds scenes, which have no parts; give the folder of the scenes you mean")
    return _load_scenes(folder, extractor, jobs, loading.inputs if loading else FEATURES)


def load_for_training(
    data: Path,
    judge: Path | None,
    extractor: str,
    *,
    judge_part: str = "validation",
    jobs: int = 1,
    loading: Loading | None = None,
) -> tuple[Dataset, Dataset]:
    """What to train on, and what to choose the checkpoint on: two folders, or without `judge` two parts of the one.

    Raises as :func:`load_folder`, and InvalidValueError for a single folder of scenes.
    """
    loaded = load_extractor(extractor)
    if judge is not None:
        training = load_folder(data, loaded, thin=True, jobs=jobs, loading=loading)
        return training, load_folder(judge, loaded, categories=training.categories, jobs=jobs, loading=loading)
    if holds_scenes(data):
        raise InvalidValueError(f"{data} holds scenes to train on; give a second folder to choose the checkpoint on")
    parts = load_parts(data, loaded, jobs=jobs, loading=loading)
    return parts["training"], parts[judge_part]


def part_to_report(folder: Path, part: str | None) -> str | None:
    """The part to evaluate on: as asked for, `None` for `all`; unless said, the test part where there is a split."""
    if part is None:
        return "test" if (folder / SPLIT).exists() else None
    return None if part == "all" else part


def holds_scenes(folder: Path) -> bool:
    """Whether a folder was filled by :func:`render_folder`."""
    return (folder / SCENES).exists()


def _load_scenes(folder: Path, extractor: Extractor, jobs: int, inputs: str) -> Dataset:
    labels = read_scenes(folder)
    store = FeatureStore(folder / FEATURES_FOLDER, half_precision=True)
    paths = [folder / name for name in labels.names]
    rows = extract_files(paths, extractor, store, jobs=jobs)
    failed = [row for row in rows if row.features is None]
    if failed:
        raise InvalidValueError(f"{len(failed)} of {len(rows)} clips cannot be read, the first: {failed[0].message}")
    segments = labels.segment_classes.shape[1]
    whole = [first_segments(row.features, segments) for row in rows if row.features is not None]
    shown = [network_inputs(features, inputs) for features in whole]
    return Dataset(
        categories=labels.categories,
        grid=labels.grid,
        fingerprint=extractor.fingerprint,
        extractor=extractor.name,
        names=labels.names,
        visual=np.stack([visual.astype(np.float16) for visual, _ in shown]),
        audio=np.stack([audio for _, audio in shown]),
        segment_classes=labels.segment_classes,
        clip_classes=labels.clip_classes,
        seen_classes=labels.seen_classes,
        heard_classes=labels.heard_classes,
        inputs=inputs,
    )


def first_segments(features: Features, count: int) -> Features:
    """The first `count` segments; a shorter video is refused, for its labels would be invented."""
    if len(features) < count:
        raise InvalidValueError(f"a video has {len(features)} segments, {count} are needed", Reason.TRUNCATED)
    return features.stretch(features.first_segment, count)
