"""A folder of photos and sounds by category, small: coloured noise and tones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from seehear.media import write_video

LOOKS = {"cat": ((220, 40, 40), 400), "dog": ((40, 60, 220), 2500)}


def own_material(folder: Path, files: int = 5) -> Path:
    """`files` red photos and low tones called `cat`, blue ones and high ones called `dog`."""
    random = np.random.default_rng(0)
    for name, (colour, tone_hz) in LOOKS.items():
        for kind in ("photos", "sounds"):
            (folder / kind / name).mkdir(parents=True)
        for number in range(files):
            noise = random.integers(-30, 30, (60, 80, 3))
            picture = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
            Image.fromarray(picture).save(folder / "photos" / name / f"{number}.png")
            tone = 0.3 * np.sin(2 * np.pi * (tone_hz + 20 * number) * np.arange(32_000) / 16_000)
            grey = [np.full((16, 16, 3), 90, np.uint8)] * 4
            write_video(folder / "sounds" / name / f"{number}.mp4", grey, tone.astype(np.float32), frames_per_second=2)
    return folder
