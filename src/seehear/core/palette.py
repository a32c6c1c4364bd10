"""The colour of a category: the same in every picture as on every page."""

from __future__ import annotations

import math

_HUES = (8, 28, 48, 68, 95, 125, 148, 168, 188, 208, 228, 246, 264, 282, 300, 318, 336, 352)
"""Of the page (`page/look/words.js`)."""
_TONE, _CHROMA = 0.74, 0.135
"""Of the dark page, as videos are seen: `--tone` and `--chroma` in `page/look/look.css`."""


def category_colour(name: str, tone: float = _TONE, chroma: float = _CHROMA) -> tuple[int, int, int]:
    """Red, green and blue in 0..255. A name's hash picks one of 18 hues and one of two depths, as on the page."""
    hash_ = 2166136261
    for character in name:
        hash_ = _times(hash_ ^ ord(character), 16777619)
    hash_ = _times(hash_ ^ (hash_ >> 15), 2246822519)
    depth = 0.05 if (hash_ >> 8) % 2 else -0.03
    return oklch(tone + depth, chroma, _HUES[hash_ % len(_HUES)])


def oklch(lightness: float, chroma: float, hue_degrees: float) -> tuple[int, int, int]:
    """sRGB of a colour in OKLCH (CSS Color 4, section 9), parts outside the gamut clipped."""
    a, b = chroma * math.cos(math.radians(hue_degrees)), chroma * math.sin(math.radians(hue_degrees))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    red, green, blue = (round(255 * _encoded(min(1.0, max(0.0, part)))) for part in linear)
    return red, green, blue


def _times(a: int, b: int) -> int:
    return (a * b) & 0xFFFFFFFF


def _encoded(linear: float) -> float:
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
