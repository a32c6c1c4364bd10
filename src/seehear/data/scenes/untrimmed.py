"""An unseen video of a minute or more: acts of several categories, one after the other, with gaps between."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from seehear.core.errors import InvalidValueError
from seehear.core.labels import Categories
from seehear.core.time import Grid
from seehear.core.timeline import Timeline
from seehear.data.scenes.actor import Material
from seehear.data.scenes.cases import CASES, Actions, Draft
from seehear.data.scenes.plan import CAMERAS, WHOLE_SECONDS, ScenePlan
from seehear.data.scenes.render import SMALL_PICTURES, PictureSettings, VideoWriter, render_scene

_EVENT_CASES = tuple(case for case in CASES if case != "background_only")
_SHORTEST_ACT, _LONGEST_ACT = 6, 12
_UNTRIMMED = 0x0417


def plan_untrimmed(
    categories: Categories, name: str, *, seed: int, duration_seconds: float = 60.0, grid: Grid = WHOLE_SECONDS
) -> ScenePlan:
    """Acts of 6 to 12 segments, each one event of 3 segments or more in a hard case of its own, 1 to 3 apart.

    The categories of the events follow a shuffled round, so that they are as different as there are categories.
    """
    random = np.random.default_rng((seed, _UNTRIMMED))
    segments = grid.count(duration_seconds)
    if segments < _SHORTEST_ACT + 1 or len(categories) < 2:
        raise InvalidValueError("an untrimmed video needs two categories and room for one act of 6 segments and a gap")
    cast: list[str] = []
    acts: list[Actions] = []
    round_of_categories = random.permutation(list(categories))
    first = int(random.integers(1, 4))
    while (length := min(int(random.integers(_SHORTEST_ACT, _LONGEST_ACT + 1)), segments - first)) >= _SHORTEST_ACT:
        category = str(round_of_categories[len(acts) % len(categories)])
        other = str(random.choice([name for name in categories if name != category]))
        actions = CASES[str(random.choice(_EVENT_CASES))](_draft(grid, first, length, random))
        acts.append(_recast(actions, len(cast)))
        cast += [category, other]
        first += length + int(random.integers(1, 4))
    return ScenePlan(
        name=name,
        seed=(seed, _UNTRIMMED),
        case="untrimmed",
        duration_seconds=duration_seconds,
        cast=tuple(cast),
        shown=tuple(item for act in acts for item in act.shown),
        played=tuple(item for act in acts for item in act.played),
        disturbances=tuple(item for act in acts for item in act.disturbances),
        camera=str(random.choice(CAMERAS)),
        noise=float(random.uniform(0.02, 0.12)),
    )


def render_untrimmed(
    path: str | Path,
    material: Material,
    *,
    seed: int,
    write_video: VideoWriter,
    duration_seconds: float = 60.0,
    grid: Grid = WHOLE_SECONDS,
    pictures: PictureSettings = SMALL_PICTURES,
) -> Timeline:
    """Render one long video to `path` and return its truth."""
    path = Path(path)
    plan = plan_untrimmed(material.categories, path.name, seed=seed, duration_seconds=duration_seconds, grid=grid)
    render_scene(plan, folder=path.parent, material=material, write_video=write_video, settings=pictures)
    return Timeline(plan.duration_seconds, plan.events)


def _draft(grid: Grid, first: int, length: int, random: np.random.Generator) -> Draft:
    event_length = int(random.integers(3, length - 1))
    onset = first + int(random.integers(1, length - event_length))
    return Draft(grid.span(first, length), grid.span(onset, event_length), random)


def _recast(actions: Actions, offset: int) -> Actions:
    """The same act played by actors `offset` and `offset + 1`."""
    return replace(
        actions,
        shown=tuple(replace(item, actor=item.actor + offset) for item in actions.shown),
        played=tuple(replace(item, actor=item.actor + offset) for item in actions.played),
    )
