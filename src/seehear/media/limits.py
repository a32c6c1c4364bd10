"""How much of one file is read, and how long one waits for it: every cap has a name and can be changed."""

from __future__ import annotations

from dataclasses import dataclass

from seehear.core.errors import InvalidValueError


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps on one file. What lies beyond is not read, and the summary says so."""

    max_pixels: int = 36_000_000
    """Of one decoded picture; 8192 x 4320 fits."""
    max_streams: int = 64
    max_frames: int = 12_000_000
    """Decoded pictures."""
    max_samples: int = 24 * 3600 * 192_000
    """Decoded sound samples of one channel, at the rate of the file."""
    max_seconds: float = 24 * 3600.0
    """Of the timeline."""
    memory_bytes: int = 2 << 30
    """Of the decoding process."""
    cpu_seconds: int = 12 * 3600
    """Processor time of the decoding process."""
    stall_seconds: float = 30.0
    """Longest wait without a sign of progress."""
    wait_seconds: float = 60.0
    """Longest wait for a whole file, to which `wait_per_second` is added for each second decoded."""
    wait_per_second: float = 20.0
    hold_seconds: float = 5.0
    """A picture counts as on screen at most so long after its time when no newer one arrives."""
    lead_seconds: float = 30.0
    """How far pictures may run ahead of the sound, or the sound ahead of the pictures, inside a file before the
    one that lags counts as missing: what bounds the memory of a badly interleaved file."""
    jump_seconds: float = 3600.0
    """Longest leap of the timestamps that is believed."""

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not getattr(self, name) > 0:
                raise InvalidValueError(f"the limit {name} must be greater than zero")
