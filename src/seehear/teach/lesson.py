"""What is taught and how long, and who is told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from seehear.core.errors import InvalidValueError
from seehear.core.inputs import WITH_CLASS_SCORES
from seehear.engine.progress import Watch
from seehear.extract import Extraction
from seehear.teach.material import PARTS, Progress


@dataclass(frozen=True)
class Lesson:
    """What is taught, and how long. Raises InvalidValueError for numbers that cannot be."""

    model: str = "cmran"
    """Of the zoo; of those tried on scenes of real photos and sounds, the one with the fewest false seconds."""
    width: int = 64
    extractor: str = "light"
    inputs: str = WITH_CLASS_SCORES
    clips: int = 300
    """Scenes to learn from; a quarter as many choose and three eighths report."""
    background_share: float = 0.25
    """Of the scenes, without an event."""
    epochs: int = 16
    recombine: float = 0.5
    segments: int = 10
    """Of the windows that labelled videos are cut into."""
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("width", "clips", "epochs", "segments"):
            if getattr(self, name) < 1:
                raise InvalidValueError(f"{name} must be 1 or more, not {getattr(self, name)}")

    def scenes(self, part: str) -> tuple[int, int]:
        """(number, seed) of the scenes of a part."""
        shares = dict(zip(PARTS, (1.0, 0.25, 0.375), strict=True))
        return max(4, round(shares[part] * self.clips)), 3 * self.seed + PARTS.index(part)


@dataclass(frozen=True)
class Listeners:
    """Who is told what while a model is taught."""

    tell: Callable[[str], None] = lambda sentence: None
    """What a person should know."""
    failed: Callable[[Extraction], None] = lambda row: None
    """Each labelled video; one that is left out has no features."""
    progress: Callable[[str], Progress] = lambda title: lambda done, total: None
    """Makes, for each stretch of the work, what is told of done and all."""
    watch: Watch | None = None
    """Of the training."""
