"""How fast are pictures and sound read, compared with what libav needs for decoding alone?

    python benchmarks/decode.py [--minutes 2]

Renders a 360p clip, reads it through the sandbox, and decodes it once more with libav in one thread and nothing else:
the floor. Prints real-time factors (seconds of video per second) and the time that opening one short file takes.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from seehear.media import open_video, write_video

FRAMES_PER_SECOND = 25
REPEATS = 3


def moving_pictures(seconds: float) -> Iterator[np.ndarray]:
    """A textured ground that drifts and a disc that circles over it, 640 x 360."""
    noise = np.random.default_rng(0).normal(128, 30, (45, 80, 3)).clip(0, 255).astype(np.uint8)
    ground = np.kron(noise, np.ones((8, 8, 1), np.uint8))
    rows, columns = np.mgrid[:360, :640]
    for number in range(round(seconds * FRAMES_PER_SECOND)):
        angle = number / FRAMES_PER_SECOND
        picture = np.roll(ground, number, axis=1)
        picture[(rows - 180 - 100 * np.sin(angle)) ** 2 + (columns - 320 - 200 * np.cos(angle)) ** 2 < 1600] = 255
        yield picture


def seconds_taken(action: Callable[[], object]) -> float:
    """Median of a few runs, after one that warms up."""
    action()
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def read(path: Path, picture_size: int, pictures_per_segment: int = 1) -> int:
    with open_video(path, picture_size=picture_size, pictures_per_segment=pictures_per_segment) as video:
        return sum(len(clip) for clip in video)


def decode_only(path: Path) -> int:
    """Pictures and sound decoded in one thread and thrown away."""
    import av

    with av.open(str(path)) as container:
        for stream in container.streams:
            stream.codec_context.thread_count = 1
        return sum(len(packet.decode()) for packet in container.demux())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1.0)
    seconds = 60 * parser.parse_args().minutes
    with tempfile.TemporaryDirectory() as folder:
        long, short = Path(folder, "long.mp4"), Path(folder, "short.mp4")
        sound = np.random.default_rng(0).normal(0, 0.1, round(seconds * 16000)).astype(np.float32)
        write_video(long, moving_pictures(seconds), sound, frames_per_second=FRAMES_PER_SECOND)
        write_video(short, moving_pictures(0.2), sound[:3200], frames_per_second=FRAMES_PER_SECOND)
        runs = {
            "floor: libav decodes, nothing else": lambda: decode_only(long),
            "1 picture of 224 x 224 a segment": lambda: read(long, 224),
            "16 pictures of 224 x 224 a segment": lambda: read(long, 224, 16),
        }
        for name, action in runs.items():
            _print(f"{name:40s} {seconds / seconds_taken(action):8.1f} x real time")
        _print(f"{'one file of 0.2 s, opened and read':40s} {1000 * seconds_taken(lambda: read(short, 224)):8.1f} ms")


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
