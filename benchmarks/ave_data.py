"""How fast is AVE packed and read at random, compared with what the disk and the memory allow?

    python benchmarks/ave_data.py AVE_FOLDER WORK_FOLDER [--full | --fraction .05] [--keep]

Draws a stand-in for AVE's features with the annotations and orders of AVE_FOLDER into WORK_FOLDER (7.9 GiB with
`--full`), packs it, and reads batches of random clips. The floors: reading the same file in order from the disk, and
copying as many bytes within memory.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

from seehear.ave import check_ave, draw_stand_in, load_ave, pack_ave
from seehear.data.ahead import Ahead
from seehear.data.ave.facts import AVE
from seehear.data.ave.layout import VISUAL
from seehear.data.dataset import Dataset
from seehear.data.loader import Batch, batch_indices, batches
from seehear.data.packed import VISUAL as PACKED_VISUAL
from seehear.models import build

BATCH = 32
READ_BYTES = 16 << 20
WAITING_ROUNDS = 9


class Memory:
    """The most anonymous memory this process has held since this was made: its own, without mapped files."""

    def __init__(self) -> None:
        self.most_megabytes = 0.0

    def look(self, *_: object) -> None:
        lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
        self.most_megabytes = max(self.most_megabytes, int(lines["RssAnon"].split()[0]) / 1024)


def seconds_taken(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def forget(path: Path) -> None:
    """Drop a file from the page cache, so that it is read from the disk."""
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def read_in_order(path: Path) -> None:
    block = bytearray(READ_BYTES)
    with path.open("rb", buffering=0) as stream:
        while stream.readinto(block):
            pass


def random_clips(dataset: Dataset, clips: int) -> Iterator[np.ndarray]:
    """Batches of clip numbers in the order of training, as many clips as asked for."""
    epoch = 0
    while clips > 0:
        for indices in batch_indices(len(dataset), BATCH, seed=0, epoch=epoch):
            yield indices
            clips -= len(indices)
            if clips <= 0:
                return
        epoch += 1


def read_clips(dataset: Dataset, clips: int) -> None:
    for indices in random_clips(dataset, clips):
        dataset.visual[indices]


def copied_in_memory(dataset: Dataset, clips: int) -> float:
    """Seconds to copy as many bytes as these clips hold between two places in memory, a batch at a time."""
    source = dataset.visual[np.arange(min(8 * BATCH, len(dataset)))]
    target = np.empty_like(source[:BATCH])
    places = len(source) // BATCH
    began = time.perf_counter()
    for number in range(clips // BATCH):
        place = number % places
        np.copyto(target, source[place * BATCH : (place + 1) * BATCH])
    return time.perf_counter() - began


def report(what: str, value: float, unit: str, floor: str = "") -> None:
    sys.stdout.write(f"{what:<58} {value:9.1f} {unit:<8} {floor}\n")
    sys.stdout.flush()


def measure_packing(stand_in: Path, pack: Path) -> None:
    """Packing and checking, with the features on the disk and not in memory, beside the disk's own speed."""
    visual = stand_in / VISUAL
    megabytes = visual.stat().st_size / 1e6
    forget(visual)
    floor = megabytes / seconds_taken(lambda: read_in_order(visual))
    report("read the feature file in order, from the disk (floor)", floor, "MB/s")
    report("the same from the page cache", megabytes / seconds_taken(lambda: read_in_order(visual)), "MB/s")
    forget(visual)
    memory = Memory()
    seconds = seconds_taken(lambda: pack_ave(stand_in, pack, progress=memory.look))
    report("pack, of float64 read", megabytes / seconds, "MB/s", f"{megabytes / seconds / floor:.0%} of the floor")
    report("pack, whole", seconds, "s")
    report("pack, most anonymous memory", memory.most_megabytes, "MB")


def measure_checking(stand_in: Path, full: bool) -> None:
    megabytes = (stand_in / VISUAL).stat().st_size / 1e6
    forget(stand_in / VISUAL)
    memory = Memory()
    began = time.perf_counter()
    check = check_ave(stand_in, facts=AVE if full else None, progress=memory.look)
    seconds = time.perf_counter() - began
    report("check, of float64 read", megabytes / seconds, "MB/s", "all right" if check.right else check.text())
    report("check, most anonymous memory", memory.most_megabytes, "MB")


def measure_reading(pack: Path, clips: int) -> None:
    """Random clips from the pack as a training reads them."""
    report("open and verify every byte", seconds_taken(lambda: load_ave(pack, verify=True)), "s")
    report("open", 1000 * seconds_taken(lambda: load_ave(pack)), "ms")
    dataset = load_ave(pack).training
    forget(pack / PACKED_VISUAL)
    cold = min(clips, len(dataset))
    report("random clips from the disk", cold / seconds_taken(lambda: read_clips(dataset, cold)), "clips/s")
    read_clips(dataset, len(dataset))
    floor = clips / copied_in_memory(dataset, clips)
    report("as many bytes copied in memory (floor)", floor, "clips/s")
    rate = clips / seconds_taken(lambda: read_clips(dataset, clips))
    report("random clips from the page cache, float16", rate, "clips/s", f"{rate / floor:.0%} of the floor")
    memory = Memory()

    def train_batches() -> None:
        for _ in batches(dataset, BATCH):
            memory.look()

    rate = len(dataset) / seconds_taken(train_batches)
    report("batches of float32 tensors", rate, "clips/s")
    report("batches, most anonymous memory", memory.most_megabytes, "MB")


def measure_waiting(pack: Path, model: str, steps: int = 10) -> None:
    """A training step and its wait for the batch: one at hand, one read when asked for, one read ahead as `train` does.

    Medians of rounds of all three in turn, as machines that are shared have moods.
    """
    dataset = load_ave(pack).training
    network = build(model, categories=len(dataset.categories), visual_channels=dataset.visual.shape[-1])
    optimizer = torch.optim.Adam(network.parameters())
    per_epoch = len(dataset) // BATCH

    def batch_at(step: int) -> Batch:
        epoch, number = divmod(step, per_epoch)
        return next(batches(dataset, BATCH, epoch=epoch, first_batch=number))

    def learn(batch: Batch) -> None:
        prediction = network(batch.visual, batch.audio)
        logits = prediction.event_logits if prediction.segment_logits is None else prediction.segment_logits
        logits.square().mean().backward()
        optimizer.step()
        optimizer.zero_grad()

    def milliseconds(at: Callable[[int], Batch]) -> tuple[float, float]:
        learn(at(0))  # buffers and pages that later steps find ready
        waited, began = 0.0, time.perf_counter()
        for step in range(1, steps + 1):
            waited += seconds_taken(lambda step=step: fetched.append(at(step)))
            learn(fetched.pop())
        return 1000 * (time.perf_counter() - began) / steps, 1000 * waited / steps

    fetched: list[Batch] = []
    at_hand = batch_at(0)
    with Ahead(batch_at) as ahead:
        ways = {"at hand": lambda _: at_hand, "read when asked for": batch_at, "read ahead": ahead}
        rounds = [{way: milliseconds(at) for way, at in ways.items()} for _ in range(WAITING_ROUNDS)]
    for way in ways:
        whole, waited = (float(np.median([found[way][place] for found in rounds])) for place in (0, 1))
        report(f"{model}, {way}: a step of {BATCH} clips", whole, "ms", f"{waited / whole:.1%} of it waiting for data")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ave_folder", type=Path)
    parser.add_argument("work_folder", type=Path)
    parser.add_argument("--full", action="store_true", help="all 4143 rows")
    parser.add_argument("--fraction", type=float, default=0.05)
    parser.add_argument("--clips", type=int, default=4000, help="random clips to read")
    parser.add_argument("--keep", action="store_true", help="leave the files in WORK_FOLDER")
    chosen = parser.parse_args()
    stand_in, pack = chosen.work_folder / "stand-in", chosen.work_folder / "pack"
    sys.stdout.write(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, ")
    sys.stdout.write(f"{torch.get_num_threads()} threads, load {os.getloadavg()[0]:.1f}\n")
    try:
        fraction = 1.0 if chosen.full else chosen.fraction
        report(
            "draw the stand-in",
            seconds_taken(lambda: draw_stand_in(chosen.ave_folder, stand_in, fraction=fraction)),
            "s",
        )
        measure_packing(stand_in, pack)
        measure_checking(stand_in, chosen.full)
        measure_reading(pack, chosen.clips)
        for model in ("avel", "dam"):  # the cheapest of those with code published, and the cheapest of all
            measure_waiting(pack, model)
        sys.stdout.write(f"load at the end {os.getloadavg()[0]:.1f}\n")
    finally:
        if not chosen.keep:
            for folder in (stand_in, pack):
                shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
