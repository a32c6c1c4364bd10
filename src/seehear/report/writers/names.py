"""File names for the outputs of videos whose own names may be anything."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import PurePath

from seehear.report.result import printable

_LONGEST_STEM_BYTES = 150
_FORBIDDEN_IN_NAMES = re.compile(r'[<>:"/\\|?*]')


def output_stems(paths: Sequence[str]) -> list[str]:
    """A file name without extension for the outputs of each video: its stem, made safe, and unlike all others.

    Only the last part of a path counts, without separators, control characters or leading dots, so that a name
    stays inside the folder it is written to; the second video of a name gets `-2`, whatever its case or extension.
    """
    taken: set[str] = set()
    stems = []
    for path in paths:
        stem, number = safe_name(PurePath(path).stem) or "video", 1
        name = stem
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.casefold())
        stems.append(name)
    return stems


def safe_name(text: str, longest_bytes: int = _LONGEST_STEM_BYTES) -> str:
    """Part of a file name that every system takes, and that stays where it is put; empty if nothing is left."""
    name = unicodedata.normalize("NFC", printable(text))
    name = "".join(character for character in name if unicodedata.category(character)[0] != "C")
    name = _FORBIDDEN_IN_NAMES.sub("_", name).strip(". ")
    return name.encode()[:longest_bytes].decode(errors="ignore").strip(". ")
