"""Where the three data sets of a lesson come from: scenes rendered of photos and sounds, or labelled videos."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from seehear.core.errors import ExtractorMismatchError, InvalidValueError, Reason
from seehear.core.inputs import FEATURES, WITH_CLASS_SCORES
from seehear.data.dataset import Dataset
from seehear.data.fingerprint import data_facts
from seehear.data.scenes import PhotographedMaterial
from seehear.features import Extractor, load_extractor
from seehear.own_data import Loading, load_parts
from seehear.prepare import holds_scenes, load_folder, render_folder
from seehear.teach.lesson import Lesson, Listeners
from seehear.teach.material import PARTS, holds_material, open_material


@dataclass(frozen=True)
class Source:
    """What a folder has to teach with."""

    contents: dict[str, str]
    """SHA-256 of each thing in it: what makes two sources the same."""
    parts: Callable[[Path], dict[str, Dataset]]
    """The data sets of `PARTS`; whatever has to be made for them is kept in the folder that is given."""
    unreadable: tuple[str, ...] = ()
    """One sentence for each photo or sound that is left out."""


def source_of(folder: Path, lesson: Lesson, jobs: int, listeners: Listeners) -> Source:
    """Photos and sounds where the folder holds both, else labelled videos. Raises as :func:`seehear.teach.teach`."""
    extractor = load_extractor(lesson.extractor)
    if lesson.inputs == WITH_CLASS_SCORES and None in (extractor.visual_classes, extractor.audio_classes):
        raise ExtractorMismatchError(
            f"the extractor {lesson.extractor!r} names nothing that it sees or hears; take 'light', or inputs "
            f"{FEATURES!r}"
        )
    if not holds_material(folder):
        parts = _video_parts(folder, extractor, lesson, jobs, listeners)
        contents = {part: data_facts(dataset)["sha256"] for part, dataset in parts.items()}
        return Source(contents, lambda making: parts)
    own = open_material(folder, jobs, listeners.progress("looking at files"))
    render = partial(_scene_parts, own.parts(), extractor, lesson, jobs, listeners)
    return Source(own.contents, render, own.unreadable)


def _scene_parts(
    material: dict[str, PhotographedMaterial],
    extractor: Extractor,
    lesson: Lesson,
    jobs: int,
    listeners: Listeners,
    making: Path,
) -> dict[str, Dataset]:
    """Scenes of each part with their features. What an earlier call rendered stays."""
    datasets: dict[str, Dataset] = {}
    for part in PARTS:
        count, seed = lesson.scenes(part)
        if not holds_scenes(making / part):
            rendered = listeners.progress(f"rendering scenes for {part}")
            render_folder(
                making / part,
                clips=count,
                seed=seed,
                material=material[part],
                background_share=lesson.background_share,
                resume=True,
                jobs=jobs,
                progress=lambda done, rendered=rendered, count=count: rendered(done, count),
            )
        listeners.tell(f"{part}: {count} scenes of ten seconds")
        datasets[part] = load_folder(making / part, extractor, jobs=jobs, loading=Loading(inputs=lesson.inputs))
    return datasets


def _video_parts(
    folder: Path, extractor: Extractor, lesson: Lesson, jobs: int, listeners: Listeners
) -> dict[str, Dataset]:
    """Windows of labelled videos by the folder's split: validation chooses, test reports."""
    loading = Loading(lesson.segments, report=listeners.failed, tell=listeners.tell, inputs=lesson.inputs)
    try:
        parts = load_parts(folder, extractor, jobs=jobs, loading=loading)
    except InvalidValueError as error:
        if error.reason is not Reason.NOT_FOUND:
            raise
        raise InvalidValueError(f"{error}; or photos/CATEGORY/* and sounds/CATEGORY/*", error.reason) from error
    for part, dataset in parts.items():
        if not len(dataset):
            raise InvalidValueError(
                f"{folder}: the part {part!r} of split.csv holds no window of {lesson.segments} seconds; label more "
                "videos, or edit the split"
            )
        listeners.tell(f"{part}: {len(dataset)} windows of {lesson.segments} seconds")
    return dict(zip(PARTS, (parts["training"], parts["validation"], parts["test"]), strict=True))
