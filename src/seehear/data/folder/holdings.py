"""What a folder holds: its videos, its label files, and which belong together. Videos are known by name here."""

from __future__ import annotations

import difflib
import os
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from seehear.core.errors import InvalidValueError, Reason, StorageError
from seehear.core.suffixes import VIDEO_SUFFIXES
from seehear.core.timeline import Event
from seehear.data.folder.audacity import is_label_track, read_label_track
from seehear.data.folder.elan import read_elan
from seehear.data.folder.label import Label, Problem, Reading, checked_name
from seehear.data.folder.split import SOURCES, SPLIT
from seehear.data.folder.table import is_table, no_video, read_table
from seehear.data.folder.webvtt import read_webvtt
from seehear.storage.files import storage_errors

TABLE = "labels.csv"
FEATURES_FOLDER = "features"
"""Where the features of a folder's videos are kept; nothing in there is looked at."""
_EXPORTED = ".audacity"
"""Our own results call a label track `walk.audacity.txt`."""
_READERS: dict[str, tuple[str, Callable[[Path, str], Reading]]] = {
    ".csv": ("CSV", read_table),
    ".txt": ("Audacity", read_label_track),
    ".eaf": ("ELAN", read_elan),
    ".vtt": ("WebVTT", read_webvtt),
}


@dataclass
class Holdings:
    """What was found in a folder. Names are paths inside it, written with /, sorted."""

    folder: Path
    videos: tuple[str, ...] = ()
    labels: dict[str, tuple[Label, ...]] = field(default_factory=dict)
    """By labelled video, sorted; a video whose labels say that it holds no event is labelled too."""
    label_files: dict[str, str] = field(default_factory=dict)
    """Format by label file."""
    others: tuple[str, ...] = ()
    """Files that are neither videos nor labels."""
    problems: list[Problem] = field(default_factory=list)

    @property
    def unlabelled(self) -> tuple[str, ...]:
        return tuple(name for name in self.videos if name not in self.labels)

    def events(self, video: str) -> tuple[Event, ...]:
        """The events of a labelled video in order of time."""
        return tuple(sorted(label.event for label in self.labels[video] if label.event is not None))

    def path(self, video: str) -> Path:
        """Where a video lies, whichever way the file system spells its name."""
        return self._paths.get(video, self.folder / video)

    _paths: dict[str, Path] = field(default_factory=dict, repr=False)


def read_folder(folder: Path) -> Holdings:
    """Look for videos and labels in a folder and all within it. What is wrong with them is a problem in the result.

    Raises InvalidValueError where there is no folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InvalidValueError(f"{folder} is not a folder; give the one with your videos and labels", Reason.NOT_FOUND)
    binder = _Binder(folder)
    for name in sorted(binder.files):
        binder.take(name)
    return binder.holdings()


class _Binder:
    """Reads label files one by one and gives each label to its video."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reading = Reading()
        self.files = {_spelled(path.relative_to(folder)): path for path in self._walk()}
        self.videos = {name for name in self.files if PurePosixPath(name).suffix.lower() in VIDEO_SUFFIXES}
        self.label_files: dict[str, str] = {}
        self.found: dict[str, dict[str, list[Label]]] = defaultdict(lambda: defaultdict(list))
        """By video and label file."""

    def take(self, name: str) -> None:
        """Read a file if it holds labels."""
        ending = PurePosixPath(name).suffix.lower()
        try:
            if name in (SPLIT, SOURCES) or ending not in _READERS or not self._holds_labels(name):
                return
            format_name, read = _READERS[ending]
            reading = read(self.files[name], name)
        except StorageError as error:
            self._refuse(name, error)
            return
        self.label_files[name] = format_name
        self.reading.problems += reading.problems
        bind = self._bind_rows if ending == ".csv" else self._bind_file
        bind(name, reading)

    def holdings(self) -> Holdings:
        """Everything that was found."""
        labels = {}
        for video in sorted(self.found):
            files = self.found[video]
            with self.reading.at(video):
                checked_name("video", video)
                if len(files) > 1:
                    raise InvalidValueError(f"it has labels in {' and '.join(files)}; keep one of them")
            labels[video] = tuple(label for its_labels in files.values() for label in its_labels)
        videos = self.videos | set(labels)
        others = self.files.keys() - videos - self.label_files.keys() - {SPLIT, SOURCES}
        return Holdings(
            folder=self.folder,
            videos=tuple(sorted(videos)),
            labels=labels,
            label_files=self.label_files,
            others=tuple(sorted(others)),
            problems=self.reading.problems,
            _paths={name: self.files[name] for name in videos},
        )

    def _walk(self) -> Iterator[Path]:
        """Regular files of the folder, without hidden ones and stored features."""

        def refuse(error: OSError) -> None:
            where = Path(error.filename or self.folder)
            try:
                with storage_errors(where, "read"):
                    raise error
            except StorageError as refused:
                self._refuse(_spelled(where.relative_to(self.folder)), refused)

        for here, folders, names in os.walk(self.folder, onerror=refuse):
            top = Path(here) == self.folder
            folders[:] = [name for name in folders if name[0] != "." and not (top and name == FEATURES_FOLDER)]
            yield from (path for name in names if name[0] != "." and (path := Path(here, name)).is_file())

    def _refuse(self, name: str, error: StorageError) -> None:
        self.reading.problems.append(Problem(name, str(error), error.reason))

    def _holds_labels(self, name: str) -> bool:
        """Tables and texts are of many kinds; one that is neither named nor written as labels is not taken for them."""
        path, place = self.files[name], PurePosixPath(name)
        if place.suffix.lower() == ".csv":
            return place.name == TABLE or is_table(path)
        if place.suffix.lower() == ".txt":
            return bool(self._beside(place)) or is_label_track(path)
        return True

    def _bind_rows(self, name: str, reading: Reading) -> None:
        folder = PurePosixPath(name).parent
        for label in reading.labels:
            video = str(folder / label.video)
            with self.reading.at(label.where):
                if video not in self.files:
                    near = difflib.get_close_matches(video, self.videos, n=1, cutoff=0.8)
                    raise InvalidValueError(no_video(label.video, *near), Reason.NOT_FOUND)
                self.found[video][name].append(label)

    def _bind_file(self, name: str, reading: Reading) -> None:
        with self.reading.at(name):
            video = self._video_of(PurePosixPath(name), reading.media)
            self.found[video][name] += reading.labels

    def _video_of(self, place: PurePosixPath, media: tuple[str, ...]) -> str:
        """The one video that a label file belongs to: the one it names, else the one it is named after."""
        beside, linked = self._beside(place), self._linked(place, media)
        found = linked or beside
        if not found:
            named = f" and {', '.join(sorted(set(media)))} is not in the folder" if media else ""
            raise InvalidValueError(
                f"no video is called {place.stem}{named}; put it beside its video and name it like that",
                Reason.NOT_FOUND,
            )
        if linked and beside and not set(linked) & set(beside):
            raise InvalidValueError(
                f"it links {linked[0]} but is named after {beside[0]}; link or rename it so that both are one video"
            )
        if len(found) > 1:
            raise InvalidValueError(
                f"it may belong to {' or '.join(found)}; call it {PurePosixPath(found[0]).name}{place.suffix}"
            )
        return found[0]

    def _beside(self, place: PurePosixPath) -> list[str]:
        """Videos in the same folder that a label file is named after: `walk.mp4.txt` before `walk.txt`."""
        stem = place.stem.removesuffix(_EXPORTED)
        neighbours = [name for name in sorted(self.videos) if PurePosixPath(name).parent == place.parent]
        whole = [name for name in neighbours if PurePosixPath(name).name == stem]
        return whole or [name for name in neighbours if PurePosixPath(name).stem == stem]

    def _linked(self, place: PurePosixPath, media: tuple[str, ...]) -> list[str]:
        """Videos of the folder that a label file names, those in its own folder first."""
        wanted = {unicodedata.normalize("NFC", name) for name in media}
        named = [name for name in sorted(self.videos) if PurePosixPath(name).name in wanted]
        return [name for name in named if PurePosixPath(name).parent == place.parent] or named


def _spelled(path: Path) -> str:
    """A name as we write it: with / and in Unicode's composed form, as macOS and others spell one name differently."""
    return unicodedata.normalize("NFC", path.as_posix())
