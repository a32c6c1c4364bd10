"""What a network is made with: frozen dataclasses whose defaults are the paper's and whose fields check themselves."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from seehear.core.errors import InvalidValueError

SUPERVISIONS = ("supervised", "weak")
LARGEST_COUNT = 1 << 16
"""Nothing a network is made of is larger: a damaged or hostile description is refused before memory is asked for."""


def _checked(default: Any, fault: Callable[[Any], str | None]) -> Any:
    return field(default=default, metadata={"fault": fault})


def _count_fault(value: Any) -> str | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return None if whole and 1 <= value <= LARGEST_COUNT else f"must be a whole number in 1..{LARGEST_COUNT}"


def _share_fault(value: Any) -> str | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return None if number and math.isfinite(value) and 0 <= value < 1 else "must be a number in 0 <= x < 1"


def count(default: Any = MISSING) -> Any:
    """An option that is a whole number of at least 1; `None` where the default is `None`."""
    return _checked(default, _count_fault)


def share(default: float | None) -> Any:
    """An option in 0 <= x < 1, such as a dropout."""
    return _checked(default, _share_fault)


def switch(default: bool | None) -> Any:
    """An option that is on or off."""
    return _checked(default, lambda value: None if isinstance(value, bool) else "must be true or false")


def choice(default: str, known: tuple[str, ...]) -> Any:
    """An option that is one of a closed list of names."""
    fault = f"must be one of {', '.join(known)}"
    return _checked(default, lambda value: None if isinstance(value, str) and value in known else fault)


@dataclass(frozen=True, kw_only=True)
class NetworkOptions:
    """What every network needs to know. Raises InvalidValueError where a value is outside its range."""

    categories: int = count()
    """C, without background."""
    supervision: str = choice("supervised", SUPERVISIONS)
    visual_channels: int = count(512)
    """Dv"""
    audio_channels: int = count(128)
    """Da"""

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if value is None and item.default is None:
                continue
            if fault := item.metadata["fault"](value):
                raise InvalidValueError(f"{item.name} {fault}, not {value!r}")

    @property
    def weak(self) -> bool:
        """Whether only the clip's category is known in training."""
        return self.supervision == "weak"


@dataclass(frozen=True, kw_only=True)
class RecurrentOptions(NetworkOptions):
    """What AVEL and the networks after it share: its attention over positions and an LSTM each way for each modality.

    The published sizes; only `width` needs changing for a slim network.
    """

    width: int = count(128)
    """Of each direction of each LSTM."""
    attention_width: int | None = count(None)
    """Four times the width unless said otherwise."""
    positions: int = count(49)
    """N, to which the attention is tied."""

    @property
    def channels_in_attention(self) -> int:
        return self.attention_width or 4 * self.width


def require_heads(width: int, **heads: int) -> None:
    """Raise unless each number of attention heads divides the width."""
    for name, number in heads.items():
        if width % number:
            raise InvalidValueError(f"{name} must divide width, and {number} does not divide {width}")
