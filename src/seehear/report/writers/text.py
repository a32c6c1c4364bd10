"""Names made safe for formats of plain lines."""

from __future__ import annotations

import re
import unicodedata

from seehear.report.result import printable

_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Embeddings, overrides and isolates: unclosed, they turn the rest of a line around. Plain marks harm nothing."""
_NAMELESS = "unnamed"


def one_line(text: str) -> str:
    """Text without control characters, line ends, non-characters and what turns lines around; never empty."""
    text = _TURNING.sub("", printable(text))
    text = "".join(" " if _breaks_lines(character) else character for character in text)
    return " ".join(text.split()) or _NAMELESS


def _breaks_lines(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cn", "Zl", "Zp")
