"""The photos and sounds to teach with: looked at file by file, and shared out among three parts.

training     what scenes to learn from are rendered of
choosing     what chooses the epoch and calibrates the scores
reporting    what tells how good the model is: seen and heard for the first time
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from seehear.core.errors import InvalidValueError, MediaError
from seehear.core.labels import BACKGROUND
from seehear.data.scenes import PhotographedMaterial
from seehear.data.scenes.photographed import opened_photo
from seehear.data.scenes.photographed_material import Files, recordings_in
from seehear.extract import file_hash
from seehear.prepare import read_sound

PARTS = ("training", "choosing", "reporting")
APART = 0.4
"""Share of every category's files that is not trained on: half of it chooses, half reports."""
FEWEST = 5
"""Photos, and recordings, that every name needs so that each part has one of its own."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class OwnMaterial:
    """Photos and sounds that can be read, and what is known of the others."""

    material: PhotographedMaterial
    unreadable: tuple[str, ...]
    """One sentence for each file that is left out, beginning with its path."""

    @property
    def contents(self) -> dict[str, str]:
        """SHA-256 of every file by its place in the folder: two folders of the same contents teach the same."""
        kinds = {"photos": self.material.photos, "sounds": self.material.sounds}
        return {
            f"{kind}/{name}/{file.name}": file_hash(file)
            for kind, files in kinds.items()
            for name, members in files.items()
            for file in members
        }

    def parts(self) -> dict[str, PhotographedMaterial]:
        """The three of `PARTS`; no file is in two, and takes of one recording are in one."""
        training, apart = self.material.split(held_out_share=APART)
        choosing, reporting = apart.split(held_out_share=0.5)
        return dict(zip(PARTS, (training, choosing, reporting), strict=True))


def holds_material(folder: Path) -> bool:
    """Whether a folder is meant to be one of photos and sounds by category."""
    return (folder / "photos").is_dir() or (folder / "sounds").is_dir()


def open_material(folder: Path, jobs: int = 1, progress: Progress = lambda done, total: None) -> OwnMaterial:
    """Look at every photo and sound of a folder, `jobs` side by side.

    Raises InvalidValueError where fewer than two categories have both, or too few files of a category can be read; the
    message names every such category, and the first of the files.
    """
    found = PhotographedMaterial.open(folder, read_sound=read_sound)
    categories, distractors = set(found.categories), set(found.distractors)
    photos = {name: files for name, files in found.photos.items() if name in categories | {BACKGROUND}}
    sounds = {name: files for name, files in found.sounds.items() if name in categories | distractors}
    looks = [(look, file) for look, kind in ((opened_photo, photos), (read_sound, sounds)) for file in _all(kind)]
    faults: dict[Path, str] = {}
    with ThreadPoolExecutor(max(1, jobs)) as pool:
        for done, ((_, file), fault) in enumerate(zip(looks, pool.map(_fault, looks), strict=True), start=1):
            if fault:
                faults[file] = fault
            progress(done, len(looks))
    unreadable = tuple(faults[file] for file in sorted(faults))
    kept_photos, kept_sounds = _without(photos, faults), _without(sounds, faults)
    few = [*_too_few("photos", kept_photos), *_too_few("sounds", kept_sounds)]
    if few:
        shown = "".join(f"\n  left out {sentence}" for sentence in unreadable[:FEWEST])
        raise InvalidValueError(
            f"{folder}: every name needs {FEWEST} photos and {FEWEST} sounds that can be read, so that some can be "
            f"held out; {', '.join(few)}. Add more, or take the folder of that name away{shown}"
        )
    return OwnMaterial(replace(found, photos=kept_photos, sounds=kept_sounds), unreadable)


def _all(files: Files) -> Iterator[Path]:
    return (file for members in files.values() for file in members)


def _fault(look: tuple[Callable[[Path], object], Path]) -> str:
    """Why a file cannot be used; empty where it can."""
    read, file = look
    try:
        read(file)
    except MediaError as error:
        return str(error) if str(file) in str(error) else f"{file}: {error}"
    return ""


def _without(files: Files, faults: dict[Path, str]) -> dict[str, tuple[Path, ...]]:
    return {name: tuple(file for file in members if file not in faults) for name, members in files.items()}


def _too_few(kind: str, files: Files) -> Iterator[str]:
    for name, members in files.items():
        if recordings_in(members) < FEWEST:
            yield f"{kind}/{name} has {recordings_in(members)}"
