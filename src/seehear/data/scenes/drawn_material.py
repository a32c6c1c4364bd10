"""Embedded material: objects drawn and sounds synthesised, so that scenes need no file at all."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np
from PIL import Image

from seehear.core.errors import UnknownNameError
from seehear.core.labels import Categories
from seehear.data.scenes.actor import Actor
from seehear.data.scenes.drawn import LOOKS, Colour, drawn
from seehear.data.scenes.synthesis import DISTURBANCES, SOUNDS, Voice

TEMPO_HZ: dict[str, tuple[float, float]] = {
    "bell": (1.6, 2.2),
    "drum": (3.0, 4.6),
    "ball": (1.5, 2.3),
    "siren": (0.9, 1.5),
    "metronome": (2.2, 3.6),
    "alarm clock": (2.0, 2.6),
    "guitar": (2.4, 3.8),
    "bird": (2.6, 4.0),
    "saw": (2.2, 3.4),
    "kettle": (1.6, 2.4),
}
"""Slowest and fastest strokes per second; slow enough to be seen, fast enough that every second has its sound."""

HUE: dict[str, tuple[float, float, float]] = {
    "bell": (0.12, 0.75, 0.85),
    "drum": (0.0, 0.8, 0.75),
    "ball": (0.06, 0.9, 0.95),
    "siren": (0.6, 0.85, 0.95),
    "metronome": (0.06, 0.65, 0.5),
    "alarm clock": (0.95, 0.7, 0.8),
    "guitar": (0.09, 0.75, 0.75),
    "bird": (0.57, 0.6, 0.75),
    "saw": (0.04, 0.8, 0.6),
    "kettle": (0.4, 0.5, 0.65),
}
"""Usual colour (hue, saturation, value); every object departs from it."""

DRAWN_CATEGORIES = Categories(tuple(LOOKS))


@dataclass(frozen=True, slots=True)
class DrawnActor:
    """One drawn object with its own colour, tempo and pitch."""

    category: str
    colour: Colour
    voice: Voice

    def picture(self, seconds: float, clock: float | None, side: int) -> Image.Image:
        return drawn(self.category, self.colour, None if clock is None else clock * self.voice.tempo_hz, side)

    def sound(self, seconds: float) -> np.ndarray:
        return SOUNDS[self.category](self.voice, seconds)


@dataclass(frozen=True, slots=True)
class DrawnMaterial:
    """Drawn objects of these categories, all ten by default."""

    categories: Categories = DRAWN_CATEGORIES
    sizes: tuple[float, float] = (0.42, 0.8)

    def __post_init__(self) -> None:
        for name in self.categories:
            if name not in LOOKS:
                raise UnknownNameError("drawn category", name, tuple(LOOKS))

    def actor(self, category: str, random: np.random.Generator) -> Actor:
        hue, saturation, value = np.array(HUE[category]) + random.normal(0, (0.025, 0.08, 0.08))
        rgb = colorsys.hsv_to_rgb(hue % 1, float(np.clip(saturation, 0.2, 1)), float(np.clip(value, 0.3, 1)))
        red, green, blue = (round(255 * part) for part in rgb)
        voice = Voice(
            float(random.uniform(*TEMPO_HZ[category])), float(random.uniform(0.88, 1.14)), int(random.integers(2**31))
        )
        return DrawnActor(category, (red, green, blue), voice)

    def backdrop(self, width: int, height: int, random: np.random.Generator) -> Image.Image:
        return drawn_backdrop(width, height, random)

    def disturbance(self, kind: str, seconds: float, random: np.random.Generator) -> np.ndarray:
        return synthesised_disturbance(kind, seconds, random)


def drawn_backdrop(width: int, height: int, random: np.random.Generator) -> Image.Image:
    """A muted gradient with soft blotches and a little grain."""
    coarse = random.uniform(-28, 28, (random.integers(2, 7), random.integers(2, 7), 3))
    blotches = np.asarray(
        Image.fromarray((coarse + 128).astype(np.uint8)).resize((width, height), Image.Resampling.BICUBIC)
    )
    base = random.uniform(50, 200) + random.normal(0, 14, 3)
    slope = np.linspace(-1, 1, height)[:, None, None] * random.uniform(-30, 30)
    grain = random.normal(0, random.uniform(1, 7), (height, width, 1))
    picture = base + (blotches.astype(np.float32) - 128) + slope + grain
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))


def synthesised_disturbance(kind: str, seconds: float, random: np.random.Generator) -> np.ndarray:
    """Speech-like, music-like or vehicle-like sound, float32 [S]."""
    if kind not in DISTURBANCES:
        raise UnknownNameError("disturbance", kind, tuple(DISTURBANCES))
    voice = Voice(float(random.uniform(3.0, 5.0)), float(random.uniform(0.7, 1.4)), int(random.integers(2**31)))
    return DISTURBANCES[kind](voice, seconds)
