"""A font that has the letters of a text: Pillow's own knows little more than those of ASCII."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_WIDELY_INSTALLED = (
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "LiberationSans-Regular.ttf",
    "NotoSansCJK-Regular.ttc",
    "Arial.ttf",
    "Arial Unicode.ttf",
)
_NO_CHARACTER = "\U0010ffff"
"""Every font draws it as it draws what it lacks."""


@lru_cache(maxsize=256)
def font_for(text: str, size: int) -> Font:
    """The font, of Pillow's own and the widely installed ones that this machine has, with the most of these letters."""
    own = ImageFont.load_default(size=size)
    if text.isascii():
        return own
    return max([own, *_installed(size)], key=lambda font: sum(_has(font, letter) for letter in set(text)))


def _installed(size: int) -> Iterator[Font]:
    for name in _WIDELY_INSTALLED:
        with suppress(OSError):
            yield ImageFont.truetype(name, size)


def _has(font: Font, letter: str) -> bool:
    return _drawn(font, letter) != _drawn(font, _NO_CHARACTER)


def _drawn(font: Font, letter: str) -> bytes:
    image = Image.new("L", (64, 64))
    ImageDraw.Draw(image).text((0, 0), letter, 255, font)
    return image.tobytes()
