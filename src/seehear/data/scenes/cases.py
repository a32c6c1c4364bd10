"""The hard cases that make the task what it is: one small function each says who is seen and heard when.

Actor 0 is the category of the scene, actor 1 another category. `event` is the stretch in which actor 0 is seen
and heard; the cases differ in what goes on around it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from seehear.core.time import Span

DISTRACTORS = ("speech", "music", "vehicle")


@dataclass(frozen=True, slots=True)
class Shown:
    """An actor is in view during `span` and moves during `moving` (parts of it)."""

    actor: int
    span: Span
    moving: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Played:
    """An actor is heard during `span`; `loudness` 1 is the loudest."""

    actor: int
    span: Span
    loudness: float = 1.0


@dataclass(frozen=True, slots=True)
class Disturbance:
    """A sound that belongs to no category: one of `DISTRACTORS`."""

    kind: str
    span: Span
    loudness: float = 1.0


@dataclass(frozen=True, slots=True)
class Draft:
    """What a case starts from."""

    whole: Span
    event: Span
    random: np.random.Generator

    @property
    def around(self) -> tuple[Span, ...]:
        """The stretches before and after the event that are not empty."""
        before = Span(self.whole.start_seconds, self.event.start_seconds)
        after = Span(self.event.end_seconds, self.whole.end_seconds)
        return tuple(span for span in (before, after) if span.duration_seconds > 0)

    def loudness(self) -> float:
        return float(self.random.uniform(0.4, 1.0))

    def disturbance(self, span: Span, loudness: float | None = None) -> Disturbance:
        kind = str(self.random.choice(DISTRACTORS))
        return Disturbance(kind, span, self.loudness() if loudness is None else loudness)


@dataclass(frozen=True, slots=True)
class Actions:
    """Who is in view, who sounds, what disturbs."""

    shown: tuple[Shown, ...] = ()
    played: tuple[Played, ...] = ()
    disturbances: tuple[Disturbance, ...] = ()


def plain(draft: Draft) -> Actions:
    """The object comes into view and sounds, then both end; else an empty, quiet scene."""
    return Actions((Shown(0, draft.event, (draft.event,)),), (Played(0, draft.event, draft.loudness()),))


def throughout(draft: Draft) -> Actions:
    """Seen and heard from the first segment to the last, as two thirds of AVE are."""
    return Actions((Shown(0, draft.whole, (draft.whole,)),), (Played(0, draft.whole, draft.loudness()),))


def silent_in_view(draft: Draft) -> Actions:
    """In view all the time, heard only during the event."""
    return Actions((Shown(0, draft.whole, (draft.event,)),), (Played(0, draft.event, draft.loudness()),))


def heard_out_of_view(draft: Draft) -> Actions:
    """Heard all the time, in view only during the event."""
    return Actions((Shown(0, draft.event, (draft.event,)),), (Played(0, draft.whole, draft.loudness()),))


def other_sound(draft: Draft) -> Actions:
    """In view all the time; around the event another category sounds, out of view."""
    others = tuple(Played(1, span, draft.loudness()) for span in draft.around)
    return Actions((Shown(0, draft.whole, (draft.event,)),), (Played(0, draft.event, draft.loudness()), *others))


def moving_to_other_sound(draft: Draft) -> Actions:
    """As `other_sound`, and the object keeps moving all the time: motion alone does not tell."""
    actions = other_sound(draft)
    return Actions((Shown(0, draft.whole, (draft.whole,)),), actions.played)


def second_object(draft: Draft) -> Actions:
    """Another category is in view beside the event, silent, moving in half of the scenes."""
    moving = (draft.whole,) if draft.random.random() < 0.5 else ()
    first_span = draft.whole if draft.random.random() < 0.5 else draft.event
    shown = (Shown(0, first_span, (draft.event,)), Shown(1, draft.whole, moving))
    return Actions(shown, (Played(0, draft.event, draft.loudness()),))


def distractor(draft: Draft) -> Actions:
    """In view all the time; speech, music or a vehicle is heard throughout, the object's own sound in the event."""
    actions = silent_in_view(draft)
    return Actions(actions.shown, actions.played, (draft.disturbance(draft.whole, draft.random.uniform(0.2, 0.6)),))


def background_only(draft: Draft) -> Actions:
    """No event at all: an object without its sound, a sound without its object, or neither."""
    shown = (Shown(0, draft.whole, (draft.whole,) if draft.random.random() < 0.5 else ()),)
    kinds = (
        Actions(shown),
        Actions((), (Played(0, draft.event, draft.loudness()),)),
        Actions(shown, (Played(1, draft.event, draft.loudness()),)),
        Actions(shown, (), (draft.disturbance(draft.event),)),
        Actions((), (), (draft.disturbance(draft.whole),)),
    )
    return kinds[int(draft.random.integers(len(kinds)))]


CASES: dict[str, Callable[[Draft], Actions]] = {
    "plain": plain,
    "throughout": throughout,
    "silent_in_view": silent_in_view,
    "heard_out_of_view": heard_out_of_view,
    "other_sound": other_sound,
    "moving_to_other_sound": moving_to_other_sound,
    "second_object": second_object,
    "distractor": distractor,
    "background_only": background_only,
}

WITHOUT_EVENT = "background_only"

PROPORTIONS: dict[str, float] = {
    "plain": 0.14,
    "throughout": 0.12,
    "silent_in_view": 0.13,
    "heard_out_of_view": 0.13,
    "other_sound": 0.09,
    "moving_to_other_sound": 0.09,
    "second_object": 0.10,
    "distractor": 0.11,
    "background_only": 0.09,
}
"""Default share of each case; about 55 % of all segments are events, so neither trivial answer scores 70 %."""
