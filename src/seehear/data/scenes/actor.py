"""What the renderer asks of its material, whether drawn or made of a user's photos and sounds."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from PIL import Image

from seehear.core.labels import Categories


class Actor(Protocol):
    """One object of a category: how it looks at an instant, and how it sounds."""

    def picture(self, seconds: float, clock: float | None, side: int) -> Image.Image:
        """RGBA, `side` pixels high and at most as wide again, at `seconds` of the video.

        `clock` counts the seconds of its own sound or motion, so that both go together; `None` is at rest.
        """
        ...

    def sound(self, seconds: float) -> np.ndarray:
        """float32 [seconds * SAMPLE_RATE_HZ], audible in every second; its clock starts at 0."""
        ...


class Material(Protocol):
    """Where actors, backdrops and disturbing sounds come from. Picklable, for rendering in parallel."""

    @property
    def categories(self) -> Categories: ...

    @property
    def sizes(self) -> tuple[float, float]:
        """Smallest and largest height of an object, as a share of the picture's."""
        ...

    def actor(self, category: str, random: np.random.Generator) -> Actor: ...

    def backdrop(self, width: int, height: int, random: np.random.Generator) -> Image.Image:
        """RGB of exactly this size."""
        ...

    def disturbance(self, kind: str, seconds: float, random: np.random.Generator) -> np.ndarray:
        """float32 [seconds * SAMPLE_RATE_HZ]"""
        ...
