"""seehear finds the moments of a video that are seen and heard at once."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from seehear.core.labels import AVE_28, Categories
from seehear.core.time import Grid, Span
from seehear.core.timeline import Event, Timeline

if TYPE_CHECKING:
    from seehear.localizer import Localizer, load, localize
    from seehear.report.reading import read

__version__ = "0.1.0"
__all__ = ["AVE_28", "Categories", "Event", "Grid", "Localizer", "Span", "Timeline", "load", "localize", "read"]

_WHERE = {
    "load": "seehear.localizer",
    "localize": "seehear.localizer",
    "Localizer": "seehear.localizer",
    "read": "seehear.report.reading",
}
"""What is imported when first asked for: the localizer brings torch with it."""


def __getattr__(name: str) -> object:
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'seehear' has no attribute {name!r}")
