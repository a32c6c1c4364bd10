"""What files are called."""

from __future__ import annotations

VIDEO_SUFFIXES = (
    *(".3g2", ".3gp", ".asf", ".avi", ".divx", ".dv", ".f4v", ".flv", ".m1v", ".m2ts", ".m2v", ".m4v", ".mkv", ".mov"),
    *(".mp4", ".mpe", ".mpeg", ".mpg", ".mts", ".mxf", ".nut", ".ogm", ".ogv", ".qt", ".rm", ".rmvb", ".ts", ".vob"),
    *(".webm", ".wmv"),
)
"""What is taken for a video inside a folder, in upper or lower case. A file that is named itself may be called as it
likes."""
