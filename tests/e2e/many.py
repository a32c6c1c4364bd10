"""Folders of short videos, and what a call made of them, byte by byte."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from seehear.localizer import Localizer, load
from seehear.report.result import Item
from tests.e2e.test_localize import write_flashes

VARIETY = 6
POISON = "poison.mp4"


def write_clips(folder: Path, count: int) -> Path:
    """So many videos of three to eight seconds, spread over folders, two of one stem in different ones."""
    folder.mkdir(parents=True)
    kinds = [write_flashes(folder / f"kind-{n}.mp4", 3 + n, {n}, {n}) for n in range(min(VARIETY, count))]
    for number in range(count - len(kinds)):
        place = folder / f"day {number % 3}" / f"clip-{number // 3:03d}.mp4"
        place.parent.mkdir(exist_ok=True)
        shutil.copy(kinds[number % len(kinds)], place)
    return folder


def contents(output: Path) -> dict[str, bytes]:
    """Every file of the results but the journal, which tells the time; a temporary file left over counts as well."""
    files = [path for path in output.rglob("*") if path.is_file() and not path.name.startswith("journal")]
    return {str(path.relative_to(output)): path.read_bytes() for path in files}


def lines(output: Path) -> Counter[str]:
    """How often each video was done, as the journals tell; half a line at the very end is none."""
    done: Counter[str] = Counter()
    for journal in output.glob("journal*.jsonl"):
        for line in journal.read_bytes().split(b"\n")[:-1]:
            done[json.loads(line)["entry"]["stem"]] += 1
    return done


def command(videos: Path, checkpoint: Path, output: Path, *options: object) -> list[str]:
    words = ["localize", videos, "-m", checkpoint, "-o", output, "--threshold", "0.02", *options]
    return [sys.executable, "-m", "seehear", *map(str, words)]


def started(*words: object) -> subprocess.Popen[str]:
    return subprocess.Popen([*map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


class Deadly(Localizer):
    """Ends its own process, as the system does when memory is short, at a video called `poison.mp4`."""

    def item(self, path, **options) -> Item:
        if Path(path).name == POISON:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().item(path, **options)


def load_deadly(checkpoint: Path) -> Localizer:
    localizer = load(checkpoint)
    localizer.__class__ = Deadly
    return localizer
