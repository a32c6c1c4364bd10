"""One's own videos: a folder with labels in any of four formats, cut into windows and shared out among parts."""

from seehear.data.folder.holdings import Holdings, read_folder
from seehear.data.folder.label import Label, Problem
from seehear.data.folder.split import PARTS, SPLIT, Member, Shares, draw_split, read_split, write_split
from seehear.data.folder.table import read_labels, write_labels
from seehear.data.folder.windows import (
    categories_of,
    clashes,
    overrun,
    segment_classes,
    spread,
    unreached,
    window_starts,
)

__all__ = [
    "PARTS",
    "SPLIT",
    "Holdings",
    "Label",
    "Member",
    "Problem",
    "Shares",
    "categories_of",
    "clashes",
    "draw_split",
    "overrun",
    "read_folder",
    "read_labels",
    "read_split",
    "segment_classes",
    "spread",
    "unreached",
    "window_starts",
    "write_labels",
    "write_split",
]
