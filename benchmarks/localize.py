"""How fast is the whole path, from a video file to its written results, and which stage takes the time?

    python benchmarks/localize.py [--minutes 3] [--models builtin light] [--cores 1 2]

Renders a 360p H.264 clip with sound and localizes it: `builtin` with a slim PFAGN that was not trained (what it says
means nothing, how long it takes does not depend on it), `light` with agreement, which needs its weights
(SEEHEAR_HOME). Every figure is taken in a fresh process that may use that many cores, decoder included. Beside each
stage stand its real-time factor (seconds of video per second, the fastest of a few rounds) and the processor seconds
that a minute of video costs, which a busy machine hardly changes. The floors: libav decodes in one thread and nothing
else, and the multiplications of the encoders at the rate of a matrix product.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import torch
from decode import FRAMES_PER_SECOND, decode_only, moving_pictures
from features import MULTIPLY_ADDS, PRODUCT

from seehear.batch import FORMATS, Sketch, localize_files
from seehear.core.labels import Categories
from seehear.core.time import Grid
from seehear.data.scenes import DrawnMaterial
from seehear.extract import CHUNK_SEGMENTS
from seehear.features import Extractor, load_extractor
from seehear.localizer import Localizer, load
from seehear.media import open_video, write_video
from seehear.models import build
from seehear.models.checkpoint import ModelCard
from seehear.models.scoring import NetworkScorer
from seehear.windows import score_stream

ROUNDS = 2
SLIM = {"width": 64, "feedforward": 128}
PRODUCT_ROUNDS = 5


def untrained_pfagn() -> Localizer:
    """A network as wide as that of `seehear demo`, with the weights that it starts from."""
    extractor, categories = load_extractor("builtin"), Categories(tuple(DrawnMaterial().categories))
    channels = {"visual_channels": extractor.visual_channels, "audio_channels": extractor.audio_channels}
    network = build("pfagn", categories=len(categories), **channels, **SLIM)
    card = ModelCard.of(
        network,
        categories=categories,
        hop_seconds=Grid().hop_seconds,
        window_segments=10,
        extractor=extractor.name,
        fingerprint=extractor.fingerprint,
    )
    return Localizer(NetworkScorer(network, card), extractor, name="untrained")


LOCALIZERS: dict[str, Callable[[], Localizer]] = {"builtin": untrained_pfagn, "light": load}


def cpu_seconds() -> float:
    """Processor time of this process, of the nursery and of the decoders that have ended."""
    times = [process.cpu_times() for process in (psutil.Process(), *psutil.Process().children())]
    return sum(time.user + time.system + time.children_user + time.children_system for time in times)


def measure(action: Callable[[], object]) -> tuple[float, float]:
    """Wall seconds and processor seconds of the fastest of a few rounds."""
    rounds = []
    for _ in range(ROUNDS):
        began, used = time.perf_counter(), cpu_seconds()
        action()
        rounds.append((time.perf_counter() - began, cpu_seconds() - used))
    return min(rounds)


def read(path: Path, extractor: Extractor) -> list:
    size, count = extractor.picture_size, extractor.pictures_per_segment
    with open_video(path, picture_size=size, pictures_per_segment=count, chunk_segments=CHUNK_SEGMENTS) as video:
        return list(video)


def sketched(clips: list) -> None:
    sketch = Sketch()
    for clip in clips:
        sketch.observe(clip)


def stages(path: Path, model: str) -> dict[str, tuple[float, float]]:
    """Wall and processor seconds of every stage by itself, then of all of them together."""
    localizer = LOCALIZERS[model]()
    extractor, scorer = localizer.extractor, localizer.scorer
    clips = read(path, extractor)
    features = [extractor.extract(clip) for clip in clips]
    with tempfile.TemporaryDirectory() as folder:

        def localize(**options: object) -> None:
            report = localize_files([path], localizer, **options)
            assert report.items[0].timeline is not None, report.items[0].message

        return {
            "floor: libav decodes, nothing else": measure(lambda: decode_only(path)),
            "read: decode, scale, hand over": measure(lambda: read(path, extractor)),
            "features": measure(lambda: [extractor.extract(clip) for clip in clips]),
            "scores": measure(lambda: score_stream(features, scorer)),
            "waveform and thumbnails of the page": measure(lambda: sketched(clips)),
            "all, nothing written": measure(localize),
            "all, every format written": measure(lambda: localize(output=Path(folder), formats=FORMATS)),
        }


def multiply_adds_per_second() -> float:
    factor = torch.randn(PRODUCT, PRODUCT)
    return PRODUCT**3 / min(measure(lambda: factor @ factor)[0] for _ in range(PRODUCT_ROUNDS))


def in_fresh_process(path: Path, model: str, cores: int) -> dict:
    """What :func:`stages` says in a process that may use so many cores."""
    command = [sys.executable, __file__, "--stages-of", str(path), "--models", model, "--cores", str(cores)]
    environment = os.environ | {"OMP_NUM_THREADS": str(cores)}
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment).stdout)


def table(path: Path, model: str, cores: int, seconds: float) -> None:
    before = os.getloadavg()[0]
    found = in_fresh_process(path, model, cores)
    rate = found["multiply_adds_per_second"]
    _print(f"\n{model}, {cores} core(s), {rate / 1e9:.1f} GMAC/s, load {before:.1f} before")
    _print(f"{'stage':40s} {'x real time':>12s} {'cpu s per minute':>18s}")
    if MULTIPLY_ADDS[model]:
        floor = MULTIPLY_ADDS[model] / rate
        _print(f"{'floor: multiplications of the encoders':40s} {1 / floor:12.1f} {60 * floor * cores:18.2f}")
    for name, (wall, used) in found["stages"].items():
        _print(f"{name:40s} {seconds / wall:12.1f} {60 * used / seconds:18.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--models", nargs="+", choices=LOCALIZERS, default=list(LOCALIZERS))
    parser.add_argument("--cores", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--stages-of", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.stages_of:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.cores[0]])
        torch.set_num_threads(arguments.cores[0])
        rate = multiply_adds_per_second()
        _print(
            json.dumps({"multiply_adds_per_second": rate, "stages": stages(arguments.stages_of, arguments.models[0])})
        )
        return
    seconds = 60 * arguments.minutes
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "clip.mp4")
        sound = np.random.default_rng(0).normal(0, 0.1, round(seconds * 16000)).astype(np.float32)
        write_video(path, moving_pictures(seconds), sound, frames_per_second=FRAMES_PER_SECOND)
        for model in arguments.models:
            for cores in arguments.cores:
                table(path, model, cores, seconds)


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
