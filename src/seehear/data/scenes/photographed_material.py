"""The user's own material: photos and sounds in folders by category.

    photos/<category>/*     pictures of it; `photos/background` holds backdrops
    sounds/<category>/*     recordings of it; those of a category without photos are distractors

The categories are the names found under both. Photos are pasted on backdrops and drift, zoom or shake a little.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image, ImageOps

from seehear.core.errors import InvalidValueError, MediaError, Reason
from seehear.core.labels import BACKGROUND, Categories
from seehear.core.values import SAMPLE_RATE_HZ
from seehear.data.scenes.actor import Actor
from seehear.data.scenes.drawn_material import drawn_backdrop, synthesised_disturbance
from seehear.storage.files import storage_errors

ReadSound = Callable[[Path], np.ndarray]
"""Decodes a sound file to float32 mono at `SAMPLE_RATE_HZ`; a function of a module, so that it can be pickled."""

Item = TypeVar("Item")
Files = Mapping[str, tuple[Path, ...]]

PHOTO_FORMATS = ("JPEG", "PNG", "WEBP", "BMP")
MOST_PIXELS = 64_000_000
WORKING_SIDE = 512
"""Photos are kept at most this large while scenes are rendered."""
_FRAME_SECONDS, _QUIET, _HOLD_SECONDS = 0.05, 0.03, 0.15
_TAKE = re.compile(r"[-_][A-Z]$")


@dataclass(frozen=True, slots=True)
class PhotographedActor:
    """One photo and one recording."""

    photo: Path
    recording: Path
    read_sound: ReadSound
    motion_follows_sound: bool
    restless: bool
    """Whether it moves all the time, where motion does not follow sound."""
    tempo_hz: float
    offset: float
    """Where in the recording its sound begins, 0..1."""

    def picture(self, seconds: float, clock: float | None, side: int) -> Image.Image:
        photo = _photo(self.photo)
        height, width = side, min(2 * side, max(side // 2, round(side * photo.width / photo.height)))
        time = clock if self.motion_follows_sound else (seconds if self.restless else None)
        moved = photo.resize((width, height), Image.Resampling.BILINEAR, box=self._window(photo, time))
        moved.putalpha(_soft_edges(width, height))
        return moved

    def sound(self, seconds: float) -> np.ndarray:
        active = active_part(_sound(self.read_sound, self.recording))
        count = round(seconds * SAMPLE_RATE_HZ)
        return np.resize(np.roll(active, -round(self.offset * len(active))), count).astype(np.float32)

    def _window(self, photo: Image.Image, time: float | None) -> tuple[float, float, float, float]:
        """The part of the photo in view: 86 % of it, wandering and breathing while it moves."""
        phase = 0.0 if time is None else 2 * math.pi * self.tempo_hz * time
        share = 0.86 + 0.05 * math.sin(0.6 * phase)
        x = 0.5 + 0.5 * math.sin(phase) * (1 - share)
        y = 0.5 + 0.5 * math.sin(1.3 * phase) * (1 - share)
        half_width, half_height = share * photo.width / 2, share * photo.height / 2
        left = min(max(0.0, x * photo.width - half_width), photo.width - 2 * half_width)
        top = min(max(0.0, y * photo.height - half_height), photo.height - 2 * half_height)
        return left, top, left + 2 * half_width, top + 2 * half_height


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
        return ImageOps.fit(_photo(_one_of(files, random)), (width, height), Image.Resampling.BILINEAR)

    def disturbance(self, kind: str, seconds: float, random: np.random.Generator) -> np.ndarray:
        """A recording of no category in half of the cases, where there are any; else a synthesised one."""
        if not self.distractors or random.random() < 0.5:
            return synthesised_disturbance(kind, seconds, random)
        recording = _one_of(self.sounds[_one_of(self.distractors, random)], random)
        active = active_part(_sound(self.read_sound, recording))
        return np.resize(np.roll(active, -int(random.integers(len(active)))), round(seconds * SAMPLE_RATE_HZ))


def active_part(sound: np.ndarray) -> np.ndarray:
    """The sound without its pauses: what is called heard must be audible in every second.

    Frames of 50 ms below 3 % of the loudest are left out, unless within 150 ms of a louder one.
    """
    frame = round(_FRAME_SECONDS * SAMPLE_RATE_HZ)
    if len(sound) < 2 * frame:
        return sound
    frames = sound[: len(sound) // frame * frame].reshape(-1, frame)
    loudness = np.sqrt(np.mean(np.square(frames, dtype=np.float64), axis=1))
    hold = 2 * round(_HOLD_SECONDS / _FRAME_SECONDS) + 1
    audible = np.convolve(loudness > _QUIET * loudness.max(), np.ones(hold), "same") > 0
    return frames[audible].reshape(-1) if audible.any() else sound


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
    takes: dict[str, list[Path]] = {}
    for file in files:
        takes.setdefault(_TAKE.sub("", file.stem), []).append(file)
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


def _one_of(items: tuple[Item, ...], random: np.random.Generator) -> Item:
    return items[int(random.integers(len(items)))]


@lru_cache(maxsize=128)
def _photo(path: Path) -> Image.Image:
    """RGB, upright, at most `WORKING_SIDE` on a side."""
    try:
        with Image.open(path, formats=PHOTO_FORMATS) as photo:
            if photo.width * photo.height > MOST_PIXELS:
                raise MediaError(f"{path} has more than {MOST_PIXELS} pixels; make it smaller", Reason.OVER_LIMIT)
            photo.draft("RGB", (WORKING_SIDE, WORKING_SIDE))
            upright = ImageOps.exif_transpose(photo).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise MediaError(f"{path} is not a photo that can be read ({error}); remove it or save it as JPEG") from error
    upright.thumbnail((WORKING_SIDE, WORKING_SIDE))
    return upright


@lru_cache(maxsize=128)
def _sound(read_sound: ReadSound, path: Path) -> np.ndarray:
    sound = np.asarray(read_sound(path), dtype=np.float32)
    if sound.ndim != 1 or not len(sound) or not np.isfinite(sound).all():
        raise MediaError(f"{path} holds no sound that can be used; remove it", Reason.NO_AUDIO)
    return sound


@lru_cache(maxsize=64)
def _soft_edges(width: int, height: int) -> Image.Image:
    """Opaque in the middle, clear at the rim, so that no hard frame gives the photo away."""
    rim = max(2, round(0.06 * min(width, height)))

    def ramp(length: int) -> np.ndarray:
        place = np.arange(length)
        return np.clip(np.minimum(place, length - 1 - place) / rim, 0, 1)

    return Image.fromarray((255 * np.minimum(ramp(height)[:, None], ramp(width))).astype(np.uint8))
