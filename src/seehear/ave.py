"""AVE from its published files to data sets: check a copy, pack its features, or extract them from its videos."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seehear.core.errors import InvalidValueError, Reason
from seehear.core.labels import Categories
from seehear.data.ave import layout
from seehear.data.ave.annotations import CLIP_SEGMENTS, GRID, Annotations, read_annotations
from seehear.data.ave.dataset import AveParts, attachments, load_ave
from seehear.data.ave.facts import AVE, Facts
from seehear.data.ave.features import PublishedFeatures
from seehear.data.ave.inspect_features import Progress, inspect_features
from seehear.data.ave.inspect_labels import inspect_labels
from seehear.data.ave.inspection import Inspection
from seehear.data.ave.splits import Split, read_split, write_split
from seehear.data.ave.stand_in import StandIn, fraction_of, write_stand_in
from seehear.data.packed import Packed, PackFacts
from seehear.data.packing import pack
from seehear.data.store import FeatureStore
from seehear.events.metrics import TrivialPoints, trivial_points
from seehear.extract import Extraction, extract_files, file_hash
from seehear.features import Extractor

__all__ = [
    "AveCheck",
    "AveParts",
    "check_ave",
    "draw_stand_in",
    "holds_ave",
    "load_ave",
    "pack_ave",
    "pack_ave_videos",
    "write_leak_free",
]

VIDEO_ENDING = ".mp4"
_VIDEOS_AT_ONCE = 32


@dataclass(frozen=True)
class PartStatistics:
    """What one part of a split holds."""

    clips: int
    background_share: float
    throughout_share: float
    """Of clips that are an event from beginning to end."""
    points: TrivialPoints


@dataclass(frozen=True)
class AveCheck:
    """What a copy of AVE is like."""

    inspection: Inspection
    splits: dict[str, dict[str, PartStatistics]]
    """By split (published, leak_free) and part; empty where the copy's labels cannot be read."""
    category_clips: dict[str, int]

    @property
    def right(self) -> bool:
        return not self.inspection.wrong

    def text(self) -> str:
        """For people: findings, then statistics."""
        return "\n".join((self.inspection.text(), *self._statistics()))

    def to_json(self) -> str:
        """The same as one JSON object."""
        found = json.loads(self.inspection.to_json())
        splits = {
            split: {
                part: {
                    "clips": one.clips,
                    "background_share": one.background_share,
                    "throughout_share": one.throughout_share,
                    "right_category": one.points.right_category,
                    "all_background": one.points.all_background,
                }
                for part, one in parts.items()
            }
            for split, parts in self.splits.items()
        }
        return json.dumps({**found, "splits": splits, "category_clips": self.category_clips}, indent=1) + "\n"

    def _statistics(self) -> Iterator[str]:
        if not self.splits:
            return
        yield "\nsplit      part        clips  background  throughout  right category everywhere  all background"
        for split, parts in self.splits.items():
            for part, one in parts.items():
                yield (
                    f"{split:<10} {part:<11} {one.clips:5d}     {one.background_share:6.2%}      "
                    f"{one.throughout_share:6.2%}                     {one.points.right_category:6.2%}          "
                    f"{one.points.all_background:6.2%}"
                )
        yield "\nclips by category"
        yield from (f"{count:6d}  {category}" for category, count in self.category_clips.items())


def check_ave(
    folder: Path,
    *,
    facts: Facts | None = AVE,
    videos: Path | None = None,
    complete: bool = False,
    progress: Progress = lambda file, done, total: None,
) -> AveCheck:
    """Hold a copy of AVE against everything that is known of it, and its files against one another.

    Nothing raises but a folder that is not there: what is wrong is a finding.

    Args:
        folder: with `Annotations.txt`, the orders and, there or in `data` within it, the features.
        facts: what is known; `None` for a part of AVE or other data of this form, which is then only held against
            itself.
        videos: folder of the videos, VIDEO_ID.mp4, to look for each.
        complete: feature files that training needs must be there; otherwise they may be absent.
        progress: told of file, clips read and all clips.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InvalidValueError(f"{folder} is not a folder; give the one with {layout.ANNOTATIONS}", Reason.NOT_FOUND)
    inspection = Inspection()
    inspect_labels(folder, inspection, facts)
    splits = _statistics(inspection)
    if facts is not None and splits:
        points = splits["published"]["test"].points
        found = tuple(f"{share:.2%}" for share in (points.right_category, points.all_background))
        expected = tuple(f"{share:.2%}" for share in facts.reference_points)
        inspection.hold("test", "accuracy of the right category everywhere, of all background", expected, found)
    inspect_features(folder, inspection, facts, progress, complete=complete)
    if videos is not None and inspection.annotations is not None:
        _inspect_videos(Path(videos), inspection, inspection.annotations)
    return AveCheck(inspection, splits, _category_clips(inspection.annotations))


def holds_ave(folder: Path) -> bool:
    """Whether a folder holds any of the files that AVE consists of."""
    names = (layout.ANNOTATIONS, *layout.ORDERS.values(), layout.VISUAL, layout.AUDIO, layout.SEGMENT_LABELS)
    return any(layout.locate(folder, name).exists() for name in names)


def write_leak_free(folder: Path, output: Path) -> Split:
    """The order files of the split without shared videos, in published form, for any program that reads AVE."""
    annotations = read_annotations(layout.locate(folder, layout.ANNOTATIONS))
    split = read_split(folder).leak_free(annotations)
    write_split(output, split)
    return split


def draw_stand_in(
    folder: Path,
    output: Path,
    *,
    fraction: float = 1.0,
    grid: int = 7,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Write a stand-in for AVE's features, with the annotations and orders of `folder`; returns its rows."""
    annotations, split = fraction_of(*_labels(Path(folder)), fraction)
    background = max(1, round(AVE.background_clips * fraction))
    settings = StandIn(grid_shape=(grid, grid), background_clips=background, seed=seed)
    write_stand_in(output, annotations, split, settings, progress=progress)
    return len(annotations)


def pack_ave(
    folder: Path,
    output: Path,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Packed:
    """Pack the published features of a folder with its labels and split; goes on where it was stopped.

    Raises:
        InvalidValueError: labels, orders or sizes do not fit the annotations; `seehear data check` says more.
        NotFiniteError: a feature is NaN, infinite or beyond float16; the message names the clip.
        StorageError, DamagedError: a file cannot be read or written.
    """
    annotations, split = _labels(Path(folder))
    source = PublishedFeatures(Path(folder), annotations)
    return pack(source, output, attachments=attachments(annotations, split), progress=progress)


def pack_ave_videos(
    folder: Path,
    videos: Path,
    output: Path,
    extractor: Extractor,
    *,
    store: FeatureStore,
    jobs: int = 1,
    report: Callable[[Extraction], None] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Packed:
    """Extract the features of AVE's videos, VIDEO_ID.mp4, with any extractor and pack them.

    A video that cannot be had, or is shorter than its labels, is told to `report` and left out of the pack.
    Raises as :func:`pack_ave`, and InvalidValueError where no video can be read.
    """
    annotations, split = _labels(Path(folder))
    keys: dict[str, str] = {}
    names = sorted(set(annotations.videos))
    for first in range(0, len(names), _VIDEOS_AT_ONCE):
        paths = [Path(videos) / f"{name}{VIDEO_ENDING}" for name in names[first : first + _VIDEOS_AT_ONCE]]
        for row in extract_files(paths, extractor, store, jobs=jobs, report=report):
            if row.features is not None and len(row.features) >= CLIP_SEGMENTS:
                keys[row.path.stem] = store.key(file_hash(row.path), extractor.fingerprint)
            elif row.features is not None and report is not None:
                short = f"{row.path.name} has {len(row.features)} of {CLIP_SEGMENTS} segments and is left out"
                report(Extraction(row.path, None, Reason.TRUNCATED, short))
    if not keys:
        raise InvalidValueError(f"no video of AVE in {videos} can be read; they are called VIDEO_ID{VIDEO_ENDING}")
    source = _ExtractedVideos(annotations, keys, store, extractor)
    return pack(source, output, attachments=attachments(annotations, split), progress=progress)


class _ExtractedVideos:
    """Features of the annotation rows whose video could be read, from the store."""

    def __init__(
        self, annotations: Annotations, keys: dict[str, str], store: FeatureStore, extractor: Extractor
    ) -> None:
        held = [row for row, video in enumerate(annotations.videos) if video in keys]
        self.keys, self.store = [keys[annotations.videos[row]] for row in held], store
        self.facts = PackFacts(
            names=tuple(annotations.names[row] for row in held),
            visual_shape=(CLIP_SEGMENTS, *extractor.grid_shape, extractor.visual_channels),
            audio_shape=(CLIP_SEGMENTS, extractor.audio_channels),
            extractor=extractor.name,
            fingerprint=extractor.fingerprint,
            hop_seconds=GRID.hop_seconds,
            source=" ".join((annotations.sha256, *self.keys)),
        )

    def read(self, first: int, count: int) -> tuple[np.ndarray, np.ndarray]:
        clips = [self.store.read(key) for key in self.keys[first : first + count]]
        kept = [clip.stretch(clip.first_segment, CLIP_SEGMENTS) for clip in clips if clip is not None]
        if len(kept) < len(clips):
            raise InvalidValueError(f"features were taken from {self.store.folder} while they were packed; start again")
        return np.stack([clip.visual for clip in kept]), np.stack([clip.audio for clip in kept])


def _labels(folder: Path) -> tuple[Annotations, Split]:
    """Annotations and split that fit each other and whatever labels lie beside them."""
    inspection = Inspection()
    inspect_labels(folder, inspection, None)
    if inspection.wrong or inspection.annotations is None or inspection.split is None:
        first = inspection.wrong[0]
        raise InvalidValueError(
            f"{folder}: {first.file}: {first.check}: {first.found}; run `seehear data check {folder}`",
            first.reason or Reason.INVALID_VALUE,
        )
    return inspection.annotations, inspection.split


def _statistics(inspection: Inspection) -> dict[str, dict[str, PartStatistics]]:
    annotations, split = inspection.annotations, inspection.split
    if annotations is None or split is None:
        return {}
    splits = {"published": split, "leak_free": split.leak_free(annotations)}
    return {
        name: {part: _part(annotations, rows) for part, rows in one.parts.items() if len(rows)}
        for name, one in splits.items()
    }


def _part(annotations: Annotations, rows: np.ndarray) -> PartStatistics:
    truth, categories = annotations.segment_classes[rows], annotations.categories
    events = annotations.is_event[rows]
    return PartStatistics(
        clips=len(rows),
        background_share=1 - float(events.mean()),
        throughout_share=float(events.all(axis=1).mean()),
        points=trivial_points(truth, categories),
    )


def _category_clips(annotations: Annotations | None) -> dict[str, int]:
    if annotations is None:
        return {}
    categories: Categories = annotations.categories
    counts = np.bincount(annotations.clip_classes, minlength=len(categories))
    return dict(zip(categories.names, counts.tolist(), strict=True))


def _inspect_videos(videos: Path, inspection: Inspection, annotations: Annotations) -> None:
    names = [f"{video}{VIDEO_ENDING}" for video in sorted(set(annotations.videos))]
    missing = [name for name in names if not (videos / name).is_file()]
    inspection.none_of(str(videos), "videos that are not there", missing, Reason.NOT_FOUND)
    empty = [name for name in names if name not in set(missing) and not (videos / name).stat().st_size]
    inspection.none_of(str(videos), "videos of no bytes", empty, Reason.TRUNCATED)
