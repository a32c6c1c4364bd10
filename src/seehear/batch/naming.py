"""What the results of each video are called: the folders of the videos again, below the folder of the results."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from seehear.report.writers import safe_name

_OURS = re.compile(r"(journal|summary|index)(-\d+-of-\d+)?", re.IGNORECASE)
"""Files of ours beside the results, whose names no video may take."""


def common_folder(folders: Iterable[str]) -> Path:
    """The deepest folder that holds all of these, absolute; links are kept as they are."""
    return Path(os.path.commonpath([os.path.abspath(folder) for folder in folders] or [os.curdir]))  # noqa: PTH100


def name_results(files: Sequence[Path], base: Path) -> list[str]:
    """The stem of the results of each video, relative to the output folder, no two alike in any case of letters.

    `2024/dog.mp4` below `base` is `2024/dog`. Where two videos would share that, each keeps its suffix: `2024/dog.mp4`,
    `2024/dog.mkv`; and where that does not tell them apart either, each gets eight digits of its path's hash. So a name
    depends on the set of videos, and never on their order. Every part is one that any system takes.
    """
    relative = {file: Path(os.path.relpath(file, base)) for file in files}
    stems = {file: _stem(path, path.stem) for file, path in relative.items()}
    taken = _counts(stems.values())
    for file, path in relative.items():
        if taken[stems[file].casefold()] > 1 or _OURS.fullmatch(stems[file]):
            stems[file] = _stem(path, path.name)
    taken = _counts(stems.values())
    for file, path in relative.items():
        if taken[stems[file].casefold()] > 1:
            stems[file] += f"-{sha256(os.fsencode(path)).hexdigest()[:8]}"
    return [stems[file] for file in files]


def _counts(stems: Iterable[str]) -> Counter[str]:
    return Counter(stem.casefold() for stem in stems)


def _stem(path: Path, name: str) -> str:
    return "/".join([*(safe_name(part) or "folder" for part in path.parent.parts), safe_name(name) or "video"])
