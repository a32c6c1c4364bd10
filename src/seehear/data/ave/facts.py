"""What is true of AVE as published, to hold a copy of it against."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from seehear.core.labels import AVE_28, Categories


@dataclass(frozen=True)
class Facts:
    """Counts, shares and hashes of a data set in AVE's form."""

    rows: int
    videos: int
    categories: Categories
    rows_in_order: str
    """SHA-256 of the annotation rows, see :func:`in_order`."""
    rows_in_any_order: str
    part_rows: Mapping[str, int]
    order_in_order: Mapping[str, str]
    """SHA-256 of the row numbers of each part."""
    order_in_any_order: Mapping[str, str]
    videos_of_several_categories: int
    empty_events: tuple[int, ...]
    """Rows in which no segment is an event."""
    shared_videos: Mapping[tuple[str, str], int]
    background_shares: Mapping[str, float]
    """Share of segments that are background, to three places."""
    events_throughout: float
    """Share of clips that are an event from beginning to end, to three places."""
    background_clips: int
    visual_shape: tuple[int, ...]
    """(T,H,W,Dv)"""
    audio_shape: tuple[int, ...]
    """(T,Da)"""
    reference_points: tuple[float, float]
    """Test accuracy of the right category on all segments, and of background on all, to four places."""


def in_order(lines: Iterable[object]) -> str:
    """SHA-256 of lines, each as text."""
    return hashlib.sha256("\n".join(str(line) for line in lines).encode()).hexdigest()


def in_any_order(lines: Iterable[object]) -> str:
    """The same for all orders of the same lines."""
    return in_order(sorted(str(line) for line in lines))


AVE = Facts(
    rows=4143,
    videos=4097,
    categories=AVE_28,
    rows_in_order="0d45342df6cff353a964acdde0ec1a770ca5ca8f654c67be903d7a37116f668a",
    rows_in_any_order="90779ef6396461cd524600cf09ccb18e7fc997e8303c4e6af199a4e2d4fe8b62",
    part_rows={"training": 3339, "validation": 402, "test": 402},
    order_in_order={
        "training": "633f0b6b26318d1fc69a4a074fcfc2d66e33e1867df8efa62e8e6f06e0f957ed",
        "validation": "a0af1adb385d5b1e77d88333757a57ae5d1d069759b2c467255ed1149e33e494",
        "test": "713cee731ad8b885bc919633593dc9581c655fbe1ae99f8bf06b22a5222245e9",
    },
    order_in_any_order={
        "training": "c7f8d043919eabd5c0ea14c17c82bbb94d897ae75c3271877b06de6c820049a8",
        "validation": "8fd5b21bb9682e35a5e6d1668879d4fafd6525cdab51afb9aca5832adc487b08",
        "test": "924840f1c32306fd2e13406417efff23342b07e7523d9b6cffd282f2144d97ab",
    },
    videos_of_several_categories=45,
    empty_events=(26,),
    shared_videos={("training", "test"): 8, ("training", "validation"): 10, ("validation", "test"): 0},
    background_shares={"training": 0.169, "validation": 0.182, "test": 0.178},
    events_throughout=0.664,
    background_clips=178,
    visual_shape=(10, 7, 7, 512),
    audio_shape=(10, 128),
    reference_points=(0.8221, 0.1779),
)
"""Tian et al. 2018: `Annotations.txt`, the three orders and the feature files of the release."""
