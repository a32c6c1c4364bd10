"""Training step and inference of every network at the AVE size, against the arithmetic floor of this machine.

    python benchmarks/networks.py [--threads 2] [--precision float32 bfloat16] [--networks pfagn avel] [--repeats 5]

The floor is the time the step's arithmetic would take at the rate of a large matrix product, measured between the
steps of the same run, so that a busy machine slows both alike. Times are medians: seconds on the clock, and core
seconds, which leave out the waiting for other programs; floors and ratios are of core seconds. Memory is the peak
of the process above what it held before the network was built.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from seehear.models import MODELS, Network, build

BATCH, SEGMENTS, GRID, VISUAL, AUDIO, CATEGORIES = 32, 10, 7, 512, 128, 28
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
PRODUCT = 2048
"""Rows and columns of the matrix product that sets the rate."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--precision", nargs="+", choices=PRECISIONS, default=list(PRECISIONS))
    parser.add_argument("--networks", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--row", action="store_true", help="measure one network in this process and print JSON")
    wanted = parser.parse_args()
    if wanted.row:
        row = measure(wanted.networks[0], wanted.precision[0], wanted.threads, wanted.repeats)
        sys.stdout.write(json.dumps(row) + "\n")
        return
    columns = "train_seconds train_core_seconds train_floor train_ratio"
    columns += " infer_seconds infer_core_seconds infer_floor infer_ratio"
    columns = [
        "network",
        "precision",
        *columns.split(),
        "train_gflop",
        "gflop_per_core_second",
        "peak_mib",
        "parameters",
    ]
    sys.stdout.write("| " + " | ".join(columns) + " |\n|" + "---|" * len(columns) + "\n")
    for precision in wanted.precision:
        for name in wanted.networks:
            row = in_own_process(name, precision, wanted.threads, wanted.repeats)
            sys.stdout.write("| " + " | ".join(_shown(row[column]) for column in columns) + " |\n")
            sys.stdout.flush()


def in_own_process(name: str, precision: str, threads: int, repeats: int) -> dict[str, float | str]:
    """One row, measured in a process of its own: peak memory never falls within a process."""
    command = [sys.executable, __file__, "--row", "--networks", name, "--precision", precision]
    command += ["--threads", str(threads), "--repeats", str(repeats)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure(name: str, precision: str, threads: int, repeats: int) -> dict[str, float | str]:
    """Median times, floors and peak memory of one network in one precision."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    visual = torch.randn(BATCH, SEGMENTS, GRID, GRID, VISUAL).abs()
    audio = 0.3 * torch.randn(BATCH, SEGMENTS, AUDIO).abs()
    before = _peak_mib()
    network = build(name, categories=CATEGORIES)
    step = training_step(network, visual, audio, PRECISIONS[precision])
    inference = inference_pass(network, visual, audio, PRECISIONS[precision])
    train_flop, infer_flop = (
        flop_of(make(network, visual, audio, torch.float32)) for make in (training_step, inference_pass)
    )
    product = matrix_product(PRECISIONS[precision])
    clock: dict[str, list[float]] = {"train": [], "infer": [], "product": []}
    cores: dict[str, list[float]] = {"train": [], "infer": [], "product": []}
    step(), inference(), product()
    peak = _peak_mib() - before
    for _ in range(repeats):
        for key, work in (("product", product), ("train", step), ("product", product), ("infer", inference)):
            on_clock, on_cores = seconds_of(work)
            clock[key].append(on_clock)
            cores[key].append(on_cores)
    train, infer, single = (statistics.median(cores[key]) for key in ("train", "infer", "product"))
    rate = 2 * PRODUCT**3 / single
    return {
        "network": name,
        "precision": precision,
        "train_seconds": statistics.median(clock["train"]),
        "train_core_seconds": train,
        "train_floor": train_flop / rate,
        "train_ratio": train * rate / train_flop,
        "infer_seconds": statistics.median(clock["infer"]),
        "infer_core_seconds": infer,
        "infer_floor": infer_flop / rate,
        "infer_ratio": infer * rate / infer_flop,
        "train_gflop": train_flop / 1e9,
        "gflop_per_core_second": rate / 1e9,
        "peak_mib": peak,
        "parameters": sum(weight.numel() for weight in network.parameters()),
    }


def training_step(network: Network, visual: Tensor, audio: Tensor, precision: torch.dtype) -> Callable[[], None]:
    """Forward, loss of the segments' probabilities, backward and an Adam step, as training does them."""
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-4, fused=True)
    classes = torch.randint(0, CATEGORIES + 1, (BATCH, SEGMENTS))

    def step() -> None:
        network.train()
        with _in(precision):
            prediction = network(visual, audio)
        probabilities = prediction.probabilities().float()
        loss = torch.nn.functional.nll_loss(probabilities.clamp_min(1e-8).log().flatten(0, 1), classes.flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    return step


def inference_pass(network: Network, visual: Tensor, audio: Tensor, precision: torch.dtype) -> Callable[[], None]:
    """The classes of a batch, as evaluation computes them."""

    def infer() -> None:
        network.eval()
        with torch.inference_mode(), _in(precision):
            network(visual, audio).classes()

    return infer


def matrix_product(precision: torch.dtype) -> Callable[[], None]:
    """The work whose rate is the floor."""
    one, other = torch.randn(PRODUCT, PRODUCT, dtype=precision), torch.randn(PRODUCT, PRODUCT, dtype=precision)
    return lambda: torch.mm(one, other)


def flop_of(work: Callable[[], None]) -> int:
    """Multiplications and additions of matrix products, convolutions and attention in one call."""
    with FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops()


def seconds_of(work: Callable[[], None]) -> tuple[float, float]:
    """Seconds on the clock and seconds of cores that a call took."""
    start, core_start = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - core_start


@contextlib.contextmanager
def _in(precision: torch.dtype) -> Iterator[None]:
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision is torch.bfloat16):
        yield


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:,}" if isinstance(value, int) else f"{value:.3g}"


if __name__ == "__main__":
    main()
