"""What a page shows of a video besides its scores: waveform and thumbnails, gathered while it streams by."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from seehear.core.values import Clip
from seehear.localizer import Localizer
from seehear.report.html import Page, encode_thumbnail
from seehear.report.result import Item

ENVELOPE_RATE_HZ = 20
"""Stretches of the waveform per second on a page."""
MOST_THUMBNAILS = 720
"""Pictures on a page; a longer video shows every second, fourth, eighth ... segment."""


class Sketch:
    """Is shown every clip of one video, then makes its page."""

    def __init__(self) -> None:
        self.thumbnails: dict[int, bytes] = {}
        self._stride = 1
        self._envelopes: list[np.ndarray] = []
        self._rate_hz = float(ENVELOPE_RATE_HZ)

    def observe(self, clip: Clip) -> None:
        """Take from the next clip what is needed, and no more than a page can show."""
        stretches = max(1, round(ENVELOPE_RATE_HZ * clip.grid.hop_seconds))
        self._rate_hz = stretches / clip.grid.hop_seconds
        self._envelopes.append(_envelope(clip.sound, stretches))
        for offset in range(len(clip)):
            segment = clip.first_segment + offset
            if clip.has_picture[offset] and segment % self._stride == 0:
                picture = clip.pictures[offset, 0]
                self.thumbnails[segment] = encode_thumbnail(picture, longest_side=min(256, len(picture)))
        while len(self.thumbnails) > MOST_THUMBNAILS:
            self._stride *= 2
            self.thumbnails = {at: picture for at, picture in self.thumbnails.items() if at % self._stride == 0}

    def page(self, item: Item, localizer: Localizer) -> Page:
        """The page of a video that was read."""
        assert item.timeline is not None
        return Page(
            title=Path(item.path).name,
            timeline=item.timeline,
            scores=item.scores,
            video=Path(item.path),
            envelope=np.concatenate(self._envelopes) if self._envelopes else None,
            envelope_rate_hz=self._rate_hz,
            thumbnails=self.thumbnails,
            aspect=item.aspect,
            model=localizer.card,
            notes=(item.message,) if item.message else (),
        )


def _envelope(sound: np.ndarray, stretches: int) -> np.ndarray:
    """Sound [T,S] -> float32 [T*stretches,2], the lowest and highest sample of each stretch.

    One array for a whole clip: thousands of small ones that live long keep the memory between them from its owners.
    """
    firsts = [part[0] for part in np.array_split(np.arange(sound.shape[1]), stretches)]
    low, high = np.minimum.reduceat(sound, firsts, axis=1), np.maximum.reduceat(sound, firsts, axis=1)
    return np.stack([low, high], axis=-1).reshape(-1, 2).astype(np.float32)
