"""What happens when in a rendered video: a pure function of the seed, before anything is drawn or sounded.

A plan names its actors (`cast`), when each is in view and moving (`shown`), when each is heard (`played`) and
what else disturbs the scene. An event is where one actor's category is seen *and* heard; everything that a plan
says of seen, heard and event follows from these spans, and so do the labels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from seehear.core.errors import InvalidValueError, UnknownNameError
from seehear.core.labels import Categories
from seehear.core.time import Grid, Span
from seehear.core.timeline import Event
from seehear.data.scenes.cases import (
    CASES,
    PROPORTIONS,
    WITHOUT_EVENT,
    Actions,
    Disturbance,
    Draft,
    Played,
    Shown,
)

CAMERAS = ("still", "pan", "shake")
WHOLE_SECONDS = Grid()
"""The grid of AVE, on which scenes are planned unless told otherwise."""


@dataclass(frozen=True, slots=True)
class ScenePlan:
    """One video to be rendered."""

    name: str
    """Of the video file, with its ending."""
    seed: tuple[int, ...]
    """Entropy from which every look, sound and position of this scene is drawn."""
    case: str
    """Which of `CASES` it shows."""
    duration_seconds: float
    cast: tuple[str, ...]
    """Category of each actor; spans below refer to actors by their position here."""
    shown: tuple[Shown, ...]
    played: tuple[Played, ...]
    disturbances: tuple[Disturbance, ...] = ()
    camera: str = "still"
    """One of `CAMERAS`; the whole picture moves, the objects with it."""
    noise: float = 0.0
    """Loudness of the background noise beside a sound of loudness 1."""

    def seen(self, category: str) -> list[Span]:
        """When this category is in view, as disjoint spans in order."""
        return merged([item.span for item in self.shown if self.cast[item.actor] == category])

    def heard(self, category: str) -> list[Span]:
        """When this category sounds, in view or not."""
        return merged([item.span for item in self.played if self.cast[item.actor] == category])

    @property
    def events(self) -> tuple[Event, ...]:
        """Where a category is seen and heard at once, in order of time."""
        found = [
            Event(span.start_seconds, span.end_seconds, category)
            for category in dict.fromkeys(self.cast)
            for span in intersections(self.seen(category), self.heard(category))
        ]
        return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class PlanSettings:
    """How scenes are made up. The proportions of the hard cases sum to 1."""

    segments: int = 10
    grid: Grid = WHOLE_SECONDS
    aligned: bool = True
    """Onsets and ends fall on segment starts, as AVE annotates whole seconds; otherwise anywhere. The label rule is
    the same: segment t is an event iff start <= t < end, so a fractional onset labels from the next segment on."""
    shortest: int = 2
    """Segments of the shortest event; the longest leaves one segment of background, except in `throughout`."""
    proportions: tuple[tuple[str, float], ...] = tuple(PROPORTIONS.items())
    moving_camera_share: float = 0.25
    noise_share: float = 0.4

    def __post_init__(self) -> None:
        total = sum(share for _, share in self.proportions)
        if abs(total - 1) > 1e-6 or any(share < 0 for _, share in self.proportions):
            raise InvalidValueError(
                f"the proportions of the hard cases must be 0 or more and sum to 1, not {total:.3f}"
            )
        for case, _ in self.proportions:
            if case not in CASES:
                raise UnknownNameError("hard case", case, tuple(CASES))
        if not 1 <= self.shortest < self.segments:
            raise InvalidValueError(f"events of {self.shortest} segments do not fit in scenes of {self.segments}")

    def with_background_share(self, share: float) -> PlanSettings:
        """The same, with this share of scenes that hold no event; the other cases keep their ratios.

        Weak supervision learns when something happens only from clips in which nothing does.
        """
        if not 0 <= share < 1:
            raise InvalidValueError(f"the share of scenes without an event must be in 0 <= x < 1, not {share}")
        others = {case: part for case, part in self.proportions if case != WITHOUT_EVENT}
        scale = (1 - share) / sum(others.values())
        scaled = {case: part * scale for case, part in others.items()}
        return replace(self, proportions=(*scaled.items(), (WITHOUT_EVENT, share)))


def plan_scenes(
    count: int, categories: Categories, *, seed: int, settings: PlanSettings = PlanSettings()
) -> list[ScenePlan]:
    """`count` plans; scene i depends on (seed, i) alone, so a longer set begins with the shorter one."""
    if len(categories) < 2:
        raise InvalidValueError("scenes need at least two categories: hard cases mix one with another")
    return [_plan_scene(categories, index, seed, settings) for index in range(count)]


def _plan_scene(categories: Categories, index: int, seed: int, settings: PlanSettings) -> ScenePlan:
    random = np.random.default_rng((seed, index))
    names, shares = zip(*settings.proportions, strict=True)
    case = str(random.choice(names, p=np.asarray(shares) / sum(shares)))
    cast = tuple(str(name) for name in random.choice(list(categories), size=2, replace=False))
    whole = settings.grid.span(0, settings.segments)
    actions: Actions = CASES[case](Draft(whole, _event_span(random, settings), random))
    moving_camera = random.random() < settings.moving_camera_share
    noisy = random.random() < settings.noise_share
    return ScenePlan(
        name=f"scene_{index:05d}.mp4",
        seed=(seed, index, 1),
        case=case,
        duration_seconds=whole.duration_seconds,
        cast=cast,
        shown=actions.shown,
        played=actions.played,
        disturbances=actions.disturbances,
        camera=str(random.choice(CAMERAS[1:])) if moving_camera else "still",
        noise=float(random.uniform(0.05, 0.25)) if noisy else 0.0,
    )


def _event_span(random: np.random.Generator, settings: PlanSettings) -> Span:
    """Length uniform from `shortest` to all but one segment, onset uniform over what is left."""
    longest = settings.segments - 1
    if settings.aligned:
        length = int(random.integers(settings.shortest, longest + 1))
        return settings.grid.span(int(random.integers(0, settings.segments - length + 1)), length)
    length = random.uniform(settings.shortest, longest)
    start = random.uniform(0, settings.segments - length)
    return Span(start * settings.grid.hop_seconds, (start + length) * settings.grid.hop_seconds)


def merged(spans: list[Span]) -> list[Span]:
    """The same instants as disjoint spans in order; spans that touch become one."""
    result: list[Span] = []
    for span in sorted(spans):
        if result and span.start_seconds <= result[-1].end_seconds:
            result[-1] = Span(result[-1].start_seconds, max(result[-1].end_seconds, span.end_seconds))
        else:
            result.append(span)
    return result


def intersections(first: list[Span], second: list[Span]) -> list[Span]:
    """The instants that lie in a span of both lists."""
    return merged(
        [
            Span(max(a.start_seconds, b.start_seconds), min(a.end_seconds, b.end_seconds))
            for a in first
            for b in second
            if a.overlap_seconds(b) > 0
        ]
    )
