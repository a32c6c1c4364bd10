"""Which files AVE consists of and where they lie."""

from __future__ import annotations

from pathlib import Path

ANNOTATIONS = "Annotations.txt"
ORDERS = {"training": "train_order.h5", "validation": "val_order.h5", "test": "test_order.h5"}
LISTS = {"training": "trainSet.txt", "validation": "valSet.txt", "test": "testSet.txt"}
"""The annotation rows of each part once more, as text."""
VISUAL, AUDIO = "visual_feature.h5", "audio_feature.h5"
BACKGROUND_VISUAL, BACKGROUND_AUDIO = "visual_feature_noisy.h5", "audio_feature_noisy.h5"
"""Clips that hold no event, for weak training."""
SEGMENT_LABELS, EVENT_LABELS, CLIP_LABELS = "labels.h5", "labels_closs.h5", "mil_labels.h5"
BACKGROUND_LABELS = "labels_noisy.h5"
VIDEOS = "AVE"
"""Folder of the archive with the videos, VIDEO_ID.mp4."""
_SUBFOLDERS = ("", "data")


def locate(folder: Path, name: str) -> Path:
    """Where a file is: in the folder or in `data` within it, as the published code has it; else where it belongs."""
    places = [Path(folder) / subfolder / name for subfolder in _SUBFOLDERS]
    return next((place for place in places if place.exists()), places[0])
