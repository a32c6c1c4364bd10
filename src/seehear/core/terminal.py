"""What a stream of text may be sent."""

from __future__ import annotations

import os
from typing import TextIO

_PLAIN_TERMINALS = ("dumb", "unknown")


def plain_wanted() -> bool:
    """Whether the environment asks for text without any escape code: `NO_COLOR`, or a terminal that knows none."""
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM", "").lower() in _PLAIN_TERMINALS


def redraws(stream: TextIO) -> bool:
    """Whether a line that was written to the stream may be drawn anew: for progress."""
    return stream.isatty() and not plain_wanted()
