"""seehear finds the moments of a video that are seen and heard at once."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from seehear.core.labels import AVE_28, Categories
from seehear.core.time import Grid, Span
from seehear.core.timeline import Event, Timeline

if TYPE_CHECKING:
    from seehear.localizer import Localizer, load, localize

__version__ = "0.1.0"
__all__ = ["AVE_28", "Categories", "Event", "Grid", "Localizer", "Span", "Timeline", "load", "localize"]


def __getattr__(name: str) -> object:
    """`load`, `localize` and `Localizer` bring torch with them, so they are imported when first asked for."""
    if name in ("load", "localize", "Localizer"):
        return getattr(import_module("seehear.localizer"), name)
    raise AttributeError(f"module 'seehear' has no attribute {name!r}")
