"""Segments a second of every extractor, beside the floor that its multiplications set on this machine.

    python benchmarks/features.py [builtin light paper]

`light` needs its weights (SEEHEAR_HOME); `paper` runs on random ones, as speed does not depend on them. *Side by side*
is how videos are encoded: as many clips at once as there are threads, each in a thread of its own. *Together* is one
clip whose products all threads share. The floor is the rate of matrix products that all threads share, in turn
with them and about as long.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

from seehear.core.time import Grid
from seehear.core.values import Clip
from seehear.extract import CHUNK_SEGMENTS
from seehear.features import Extractor, load_extractor
from seehear.features.vgg19 import Vgg19, Vgg19Encoder
from seehear.features.vggish import Vggish, VggishEncoder

MULTIPLY_ADDS = {"builtin": 0.0, "light": 0.30e9 + 0.07e9, "paper": 19.5e9 + 0.86e9}
"""Of the networks, for one segment."""
SEGMENTS = {"builtin": 64, "light": CHUNK_SEGMENTS, "paper": CHUNK_SEGMENTS}
PRODUCT, PRODUCTS = 1536, 100
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


def seconds_of(task: Callable[[], object]) -> float:
    start = time.perf_counter()
    task()
    return time.perf_counter() - start


def fastest_seconds(*tasks: Callable[[], object]) -> list[float]:
    """Of each, in a few rounds of all in turn after one to warm up: what the code needs when nobody else is busy."""
    rounds = [[seconds_of(task) for task in tasks] for _ in range(ROUNDS + 1)]
    return [min(seconds) for seconds in zip(*rounds[1:], strict=True)]


def measure(extractor: Extractor, clip: Clip, threads: int) -> tuple[float, float, float]:
    """Seconds of matrix products, of as many clips as there are threads side by side, and of one together."""
    factor = torch.randn(PRODUCT, PRODUCT)

    def multiply() -> None:
        torch.set_num_threads(threads)
        for _ in range(PRODUCTS * threads):
            factor @ factor

    def side_by_side() -> None:
        torch.set_num_threads(1)
        list(pool.map(extractor.extract, [clip] * threads))

    def together() -> None:
        torch.set_num_threads(threads)
        extractor.extract(clip)

    with ThreadPoolExecutor(threads) as pool:
        product, several, one = fastest_seconds(multiply, side_by_side, together)
    return product, several, one


def main() -> None:
    names = sys.argv[1:] or list(SEGMENTS)
    print("threads extractor | segments/s: side by side, together, floor | share of the floor: side by side, together")  # noqa: T201
    for threads in (1, 2):
        for name in names:
            extractor = load(name)
            clip = random_clip(extractor, SEGMENTS[name])
            product, several, one = measure(extractor, clip, threads)
            speeds = threads * len(clip) / several, len(clip) / one
            floor = (
                PRODUCTS * threads * PRODUCT**3 / product / MULTIPLY_ADDS[name] if MULTIPLY_ADDS[name] else float("nan")
            )
            shown = [f"{speed:.1f}" for speed in (*speeds, floor)] + [f"{speed / floor:.2f}" for speed in speeds]
            print(threads, name, *shown)  # noqa: T201


if __name__ == "__main__":
    main()
