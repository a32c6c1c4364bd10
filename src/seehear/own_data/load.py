"""From labelled videos of any length to data sets of windows of one length."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seehear.core.errors import DamagedError, InvalidValueError, Reason, UnknownNameError
from seehear.core.inputs import FEATURES, network_inputs, require_inputs
from seehear.core.labels import Categories
from seehear.core.values import Features
from seehear.data.dataset import Dataset
from seehear.data.folder import (
    PARTS,
    SPLIT,
    Holdings,
    Problem,
    categories_of,
    overrun,
    segment_classes,
    spread,
    window_starts,
    write_split,
)
from seehear.data.folder.holdings import FEATURES_FOLDER
from seehear.data.scenes.labels import clip_class
from seehear.data.store import FeatureStore
from seehear.extract import Extraction, extract_files, file_hash
from seehear.features import Extractor
from seehear.own_data.videos import GRID, drawn_split, labelled_videos, refuse, written_split

WINDOW_SEGMENTS = 10


@dataclass(frozen=True)
class Loading:
    """What windows a folder is cut into, what of their features a network is shown, and who is told."""

    segments: int = WINDOW_SEGMENTS
    """Length of a window."""
    report: Callable[[Extraction], None] = lambda row: None
    """Told of each video; one that is left out has no features."""
    tell: Callable[[str], None] = lambda sentence: None
    """Told what else a person should know."""
    inputs: str = FEATURES
    """How features enter a network, as in `INPUTS`."""

    def __post_init__(self) -> None:
        require_inputs(self.inputs)
        if self.segments < 1:
            raise InvalidValueError(f"a window has one segment or more, not {self.segments}")


def load_videos(
    folder: Path,
    extractor: Extractor,
    *,
    categories: Categories | None = None,
    part: str | None = None,
    thin: bool = False,
    jobs: int = 1,
    loading: Loading | None = None,
) -> Dataset:
    """Windows of the labelled videos of a folder, of all or of one part of its split.

    A video is cut into windows from its beginning on, the last moved back to end with it. A video that cannot be read
    or is shorter than a window is left out, and so is a window with a segment that could not be decoded. Features are
    kept in the folder and made only once.

    Args:
        categories: the names and their order; those that occur in the folder unless given.
        part: of the folder's `split.csv`; all videos unless given.
        thin: keep no more windows without an event than there are with one, evenly spread, so that long videos with
            few labels do not drown their events. For training only.
        jobs: videos that are decoded side by side.

    Raises:
        InvalidValueError: labels or the split are wrong, or no window is left.
        UnknownNameError: a label of none of the categories, or no such part.
    """
    holdings = labelled_videos(folder)
    if part is not None and part not in PARTS:
        raise UnknownNameError("part", part, PARTS)
    split = written_split(holdings) if part else dict.fromkeys(holdings.labels)
    names = [name for name in holdings.labels if split[name] == part]
    windows = _Windows(holdings, extractor, categories, jobs, loading)
    dataset = windows.dataset(windows.cut(names), thin=thin)
    if not len(dataset):
        where = f"part {part!r} of {folder}" if part else str(folder)
        raise InvalidValueError(
            f"{where} holds no window of {windows.loading.segments} segments; `seehear data check {folder}` says what "
            "it holds"
        )
    return dataset


def load_parts(
    folder: Path,
    extractor: Extractor,
    *,
    jobs: int = 1,
    loading: Loading | None = None,
) -> dict[str, Dataset]:
    """Training, validation and test as the folder's `split.csv` says, which is drawn first where there is none.

    As :func:`load_videos`, with training thinned. Raises as that, and where there are too few videos for a split.
    """
    holdings = labelled_videos(folder)
    if not (folder / SPLIT).exists():
        write_split(folder / SPLIT, drawn_split(holdings))
        told = loading or Loading()
        told.tell(f"drew a split and wrote it to {folder / SPLIT}: edit it, or delete it to draw another")
    split = written_split(holdings)
    windows = _Windows(holdings, extractor, None, jobs, loading)
    cut = windows.cut(list(holdings.labels))
    chosen = {part: [window for window in cut if split[window.video] == part] for part in PARTS}
    return {part: windows.dataset(chosen[part], thin=part == "training") for part in PARTS}


@dataclass(frozen=True)
class _Window:
    """A stretch of one video."""

    video: str
    key: str
    """Of the video's features in the store."""
    first: int
    classes: np.ndarray
    """int64 [T] in 0..C"""


class _Windows:
    """Cuts the videos of a folder and puts features and labels together."""

    def __init__(
        self,
        holdings: Holdings,
        extractor: Extractor,
        categories: Categories | None,
        jobs: int,
        loading: Loading | None,
    ) -> None:
        self.holdings, self.extractor, self.jobs, self.loading = holdings, extractor, max(1, jobs), loading or Loading()
        self.store = FeatureStore(holdings.folder / FEATURES_FOLDER, half_precision=True)
        self.categories = categories or categories_of({name: holdings.events(name) for name in holdings.labels})

    def cut(self, names: Sequence[str]) -> list[_Window]:
        """All windows of these videos, whose features are then in the store. Raises for labels behind a video's end."""
        problems: list[Problem] = []
        windows: list[_Window] = []
        undecoded = 0
        for name, row in self._extracted(names):
            if row.features is None:
                continue
            found = list(overrun(self.holdings.labels[name], GRID, len(row.features)))
            problems += found
            all_its = [] if found else list(self._windows(name, row.features))
            whole = [window for window in all_its if not row.features.missing[self._stretch(window)].any()]
            undecoded += len(all_its) - len(whole)
            windows += whole
        refuse(self.holdings.folder, problems)
        if undecoded:
            self.loading.tell(f"{undecoded} windows hold segments that could not be decoded and are left out")
        return windows

    def dataset(self, windows: Sequence[_Window], *, thin: bool) -> Dataset:
        """Features and labels of windows; each video is read from the store once."""
        kept = self._thinned(windows) if thin else windows
        background, segments, inputs = self.categories.background, self.loading.segments, self.loading.inputs
        height, width = self.extractor.grid_shape
        visual_channels, audio_channels = self._channels()
        visual = np.zeros((len(kept), segments, height, width, visual_channels), np.float16)
        audio = np.zeros((len(kept), segments, audio_channels), np.float32)
        for number, features in self._features(kept):
            visual[number], audio[number] = network_inputs(features.stretch(kept[number].first, segments), inputs)
        classes = [window.classes for window in kept]
        return Dataset(
            categories=self.categories,
            grid=GRID,
            fingerprint=self.extractor.fingerprint,
            extractor=self.extractor.name,
            names=tuple(f"{window.video} {window.first}-{window.first + segments} s" for window in kept),
            visual=visual,
            audio=audio,
            segment_classes=np.array(classes, dtype=np.int64).reshape(len(kept), segments),
            clip_classes=np.array([clip_class(row, background) for row in classes], dtype=np.int64),
            inputs=inputs,
        )

    def _channels(self) -> tuple[int, int]:
        """(Dv, Da) of what enters a network."""
        extractor = self.extractor
        if self.loading.inputs == FEATURES:
            return extractor.visual_channels, extractor.audio_channels
        named = (extractor.visual_classes or (), extractor.audio_classes or ())
        return extractor.visual_channels + len(named[0]), extractor.audio_channels + len(named[1])

    def _extracted(self, names: Sequence[str]) -> Iterator[tuple[str, Extraction]]:
        """What became of each video, few at a time, for features of long videos are large."""
        for first in range(0, len(names), self.jobs):
            some = names[first : first + self.jobs]
            paths = [self.holdings.path(name) for name in some]
            rows = extract_files(paths, self.extractor, self.store, jobs=self.jobs)
            for name, row in zip(some, rows, strict=True):
                judged = self._long_enough(name, row)
                self.loading.report(judged)
                yield name, judged

    def _long_enough(self, name: str, row: Extraction) -> Extraction:
        if row.features is None or len(row.features) >= self.loading.segments:
            return row
        count = len(row.features)
        message = (
            f"{name} has {count} segments of 1 s, fewer than the {self.loading.segments} of a window, and is left out; "
            f"windows of {count} take it too (--segments {count})"
        )
        return Extraction(row.path, None, Reason.TRUNCATED, message)

    def _windows(self, name: str, features: Features) -> Iterator[_Window]:
        count, length = len(features), self.loading.segments
        classes = segment_classes(self.holdings.events(name), self.categories, GRID, count)
        key = self.store.key(file_hash(self.holdings.path(name)), self.extractor.fingerprint)
        for first in window_starts(count, length):
            yield _Window(name, key, first, classes[first : first + length])

    def _stretch(self, window: _Window) -> slice:
        return slice(window.first, window.first + self.loading.segments)

    def _features(self, windows: Iterable[_Window]) -> Iterator[tuple[int, Features]]:
        """The number of each window and the features of its video."""
        key, features = "", None
        for number, window in enumerate(windows):
            if window.key != key:
                key, features = window.key, self.store.read(window.key)
            if features is None:
                raise DamagedError(f"{self.store.path(key)} is gone; run the command again to make it anew")
            yield number, features

    def _thinned(self, windows: Sequence[_Window]) -> list[_Window]:
        background = self.categories.background
        empty = [number for number, window in enumerate(windows) if (window.classes == background).all()]
        kept = set(spread(empty, len(windows) - len(empty)))
        dropped = len(empty) - len(kept)
        if dropped:
            self.loading.tell(
                f"{dropped} of {len(windows)} training windows are left out: no more without an event are kept than "
                "there are with one"
            )
        without = set(empty) - kept
        return [window for number, window in enumerate(windows) if number not in without]
