"""The user's own material: photos and sounds in folders by category.

    photos/<category>/*     pictures of it; `photos/background` holds backdrops
    sounds/<category>/*     recordings of it; those of a category without photos are distractors

The categories are the names found under both. Photos are pasted on backdrops and drift, zoom or shake a little.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image, ImageOps

from seehear.core.errors import InvalidValueError
from seehear.core.labels import BACKGROUND, Categories
from seehear.core.values import SAMPLE_RATE_HZ
from seehear.data.scenes.actor import Actor
from seehear.data.scenes.drawn_material import drawn_backdrop, synthesised_disturbance
from seehear.data.scenes.photographed import PhotographedActor, ReadSound, active_part, decoded_sound, opened_photo
from seehear.storage.files import storage_errors

Item = TypeVar("Item")
Files = Mapping[str, tuple[Path, ...]]

_TAKE = re.compile(r"[-_][A-Z]$")


@dataclass(frozen=True)
class PhotographedMaterial:
    """Photos and recordings by category; make one with :meth:`open`."""

    photos: Files
    sounds: Files
    read_sound: ReadSound
    motion_follows_sound: bool = False
    sizes: tuple[float, float] = (0.55, 1.0)

    @classmethod
    def open(
        cls, folder: str | Path, *, read_sound: ReadSound, motion_follows_sound: bool = False
    ) -> PhotographedMaterial:
        """The material of a folder with `photos` and `sounds` in it.

        Raises:
            InvalidValueError: fewer than two categories have both photos and sounds.
            StorageError: the folder cannot be read.
        """
        folder = Path(folder)
        with storage_errors(folder, "read"):
            material = cls(
                _by_category(folder / "photos"), _by_category(folder / "sounds"), read_sound, motion_follows_sound
            )
        if len(material.categories) < 2:
            photos, sounds = (", ".join(found) or "nothing" for found in (material.photos, material.sounds))
            raise InvalidValueError(
                f"{folder} needs photos/NAME and sounds/NAME for at least two names; "
                f"it has photos of {photos} and sounds of {sounds}"
            )
        return material

    @property
    def categories(self) -> Categories:
        """The names under both photos and sounds, in alphabetical order."""
        return Categories(tuple(sorted((self.photos.keys() & self.sounds.keys()) - {BACKGROUND})))

    @property
    def distractors(self) -> tuple[str, ...]:
        """Sounds of which there is no photo."""
        return tuple(sorted(self.sounds.keys() - self.photos.keys() - {BACKGROUND}))

    def split(
        self, *, held_out_share: float = 1 / 3, seed: int = 0
    ) -> tuple[PhotographedMaterial, PhotographedMaterial]:
        """(for training, held out): a share of the files of every category, chosen by a hash of their names.

        Takes of one recording (`1-187207-A`, `1-187207-B`) stay together, so the held-out part may be somewhat
        larger than asked. Neither part knows of the other's files.
        """
        photos = {name: _parts(name, files, held_out_share, seed) for name, files in self.photos.items()}
        sounds = {name: _parts(name, files, held_out_share, seed) for name, files in self.sounds.items()}
        training, held_out = (
            replace(
                self,
                photos={name: parts[part] for name, parts in photos.items()},
                sounds={name: parts[part] for name, parts in sounds.items()},
            )
            for part in (0, 1)
        )
        return training, held_out

    def actor(self, category: str, random: np.random.Generator) -> Actor:
        return PhotographedActor(
            photo=_one_of(self.photos[category], random),
            recording=_one_of(self.sounds[category], random),
            read_sound=self.read_sound,
            motion_follows_sound=self.motion_follows_sound,
            restless=bool(random.random() < 0.5),
            tempo_hz=float(random.uniform(0.15, 1.2)),
            offset=float(random.random()),
        )

    def backdrop(self, width: int, height: int, random: np.random.Generator) -> Image.Image:
        """A photo of `photos/background`, or a drawn texture where there is none."""
        if not (files := self.photos.get(BACKGROUND, ())):
            return drawn_backdrop(width, height, random)
        return ImageOps.fit(opened_photo(_one_of(files, random)), (width, height), Image.Resampling.BILINEAR)

    def disturbance(self, kind: str, seconds: float, random: np.random.Generator) -> np.ndarray:
        """A recording of no category in half of the cases, where there are any; else a synthesised one."""
        if not self.distractors or random.random() < 0.5:
            return synthesised_disturbance(kind, seconds, random)
        recording = _one_of(self.sounds[_one_of(self.distractors, random)], random)
        active = active_part(decoded_sound(self.read_sound, recording))
        return np.resize(np.roll(active, -int(random.integers(len(active)))), round(seconds * SAMPLE_RATE_HZ))


def _by_category(folder: Path) -> dict[str, tuple[Path, ...]]:
    if not folder.is_dir():
        return {}
    found = {
        category.name: tuple(sorted(file for file in category.iterdir() if file.is_file() and file.name[0] != "."))
        for category in sorted(folder.iterdir())
        if category.is_dir()
    }
    return {name: files for name, files in found.items() if files}


def _parts(
    category: str, files: tuple[Path, ...], share: float, seed: int
) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """(kept, held out) by the hash of each recording's name."""
    takes = _takes(files)
    if len(takes) < 2:
        raise InvalidValueError(
            f"category {category!r} has a single photo or recording; two are needed to hold one out"
        )
    held_out: list[Path] = []
    for name in sorted(takes, key=lambda name: hashlib.sha256(f"{seed}:{name}".encode()).digest())[:-1]:
        if len(held_out) >= share * len(files):
            break
        held_out += takes[name]
    return tuple(file for file in files if file not in held_out), tuple(sorted(held_out))


def recordings_in(files: tuple[Path, ...]) -> int:
    """How many photos or recordings these are; takes of one recording are one."""
    return len(_takes(files))


def _takes(files: tuple[Path, ...]) -> dict[str, list[Path]]:
    """Files by the recording they are takes of."""
    takes: dict[str, list[Path]] = {}
    for file in files:
        takes.setdefault(_TAKE.sub("", file.stem), []).append(file)
    return takes


def _one_of(items: tuple[Item, ...], random: np.random.Generator) -> Item:
    return items[int(random.integers(len(items)))]
