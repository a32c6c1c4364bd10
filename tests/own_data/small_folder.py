"""A folder of one's own videos, small: a few grey seconds with a tone each."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from seehear.media import write_video

HEADER = "video,category,start_seconds,end_seconds\n"


def video(path: Path, seconds: int = 4, *, tone_hz: float = 440, sound: bool = True) -> None:
    """`seconds` of a grey that brightens, with a tone unlike that of other videos: no two are alike."""
    heard = 0.2 * np.sin(2 * np.pi * tone_hz * np.arange(seconds * 16_000) / 16_000)
    pictures = [np.full((16, 16, 3), 10 * (number % 20), np.uint8) for number in range(4 * seconds)]
    write_video(path, pictures, heard.astype(np.float32) if sound else None, frames_per_second=4)


def small_folder(folder: Path, videos: int = 3) -> Path:
    """Videos `v0.mp4` ... of 4 s: `dog` from 1 to 3 s in the even ones, `cat` in the odd ones."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for number in range(videos):
        video(folder / f"v{number}.mp4", tone_hz=300 + 50 * number)
        rows.append(f"v{number}.mp4,{('dog', 'cat')[number % 2]},1,3\n")
    (folder / "labels.csv").write_text(HEADER + "".join(rows))
    return folder
