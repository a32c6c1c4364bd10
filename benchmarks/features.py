"""Segments a second of every extractor, beside the floor that its multiplications set on this machine.

    python benchmarks/features.py [builtin light paper]

`light` needs its weights (SEEHEAR_HOME); `paper` runs on random ones, as speed does not depend on them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
import torch

from seehear.core.time import Grid
from seehear.core.values import Clip
from seehear.features import Extractor, load_extractor
from seehear.features.vgg19 import Vgg19, Vgg19Encoder
from seehear.features.vggish import Vggish, VggishEncoder

MULTIPLY_ADDS = {"builtin": 0.0, "light": 0.30e9 + 0.07e9, "paper": 19.5e9 + 0.86e9}
"""Of the networks, for one segment."""
SEGMENTS = {"builtin": 64, "light": 32, "paper": 8}
PRODUCT = 1536
ROUNDS = 3


def load(name: str) -> Extractor:
    if name != "paper":
        return load_extractor(name)
    pictures = Vgg19Encoder(Vgg19().state_dict(), "random")
    return Extractor(name, pictures, VggishEncoder(Vggish().state_dict(), "random"))


def random_clip(extractor: Extractor, segments: int) -> Clip:
    draw = np.random.default_rng(0)
    size, present = extractor.picture_size, np.ones(segments, bool)
    shape = (segments, extractor.pictures_per_segment, size, size, 3)
    sound = 0.1 * draw.standard_normal((segments, 16000)).astype(np.float32)
    return Clip(Grid(), 0, draw.integers(0, 256, shape, dtype=np.uint8), sound, present, present)


def fastest_seconds(task: Callable[[], object]) -> float:
    """Of a few rounds after one to warm up: what the code needs when the machine is not busy elsewhere."""
    task()
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        task()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def main() -> None:
    names = sys.argv[1:] or list(SEGMENTS)
    factor = torch.randn(PRODUCT, PRODUCT)
    print("threads extractor segments/s floor share_of_floor")  # noqa: T201
    for threads in (1, 2):
        torch.set_num_threads(threads)
        rate = PRODUCT**3 / fastest_seconds(lambda: factor @ factor)
        for name in names:
            extractor = load(name)
            clip = random_clip(extractor, SEGMENTS[name])
            speed = len(clip) / fastest_seconds(lambda extractor=extractor, clip=clip: extractor.extract(clip))
            floor = rate / MULTIPLY_ADDS[name] if MULTIPLY_ADDS[name] else float("nan")
            print(f"{threads} {name} {speed:.1f} {floor:.1f} {speed / floor:.2f}")  # noqa: T201


if __name__ == "__main__":
    main()
