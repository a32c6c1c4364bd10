"""A video may be as long as it likes: memory does not grow with it, neither here nor in the decoder."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from seehear.media import write_video
from tests.media.test_found_files import looped, mp4_index_bytes, waves

LOCALIZE_AND_TELL = """
import sys
from pathlib import Path
from seehear import cli
code = cli.run(["localize", *sys.argv[1:]])
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(status["VmHWM"].split()[0], file=sys.stderr)
sys.exit(code)
"""
POLL_SECONDS = 0.05


def children(process: psutil.Process) -> list[psutil.Process]:
    """The children of a process, none if it ended while it was asked."""
    try:
        return process.children()
    except psutil.NoSuchProcess:
        return []


def peak_bytes(process: psutil.Process) -> int:
    """The most memory that a process ever had resident, or 0 if it is gone."""
    try:
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


def localize(video: Path, checkpoint: Path, output: Path) -> tuple[int, int]:
    """Every format of results, by the command; the most memory of its process, and of its decoder."""
    command = [sys.executable, "-c", LOCALIZE_AND_TELL, str(video), "--model", str(checkpoint), "-o", str(output)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as program:
        watched, decoder = psutil.Process(program.pid), 0
        while program.poll() is None:
            decoders = [child for nursery in children(watched) for child in children(nursery)]
            decoder = max([decoder, *map(peak_bytes, decoders)])
            time.sleep(POLL_SECONDS)
        said = program.stderr.read()
    assert program.returncode == 0, said
    return 1024 * int(said.split()[-1]), decoder


def compare(folder: Path, checkpoint: Path, short_minutes: int, long_minutes: int) -> None:
    minute = folder / "minute.mp4"
    sound = np.random.default_rng(0).normal(0, 0.1, 60 * 16000).astype(np.float32)
    write_video(minute, waves(60), sound, frames_per_second=10)
    peaks = {}
    for minutes in (short_minutes, long_minutes):
        video = looped(minute, folder / f"{minutes}.mp4", minutes)
        peaks[minutes] = localize(video, checkpoint, folder / "out")
        (item,) = json.loads((folder / "out" / f"{minutes}.json").read_text())["items"]
        assert (item["status"], len(item["segments"]["scores"])) == ("ok", 60 * minutes)
        assert (folder / "out" / f"{minutes}.html").stat().st_size > 100_000
    told = "; ".join(
        f"{minutes} minutes: {ours / 2**20:.0f} MiB, decoder {decoder / 2**20:.0f} MiB"
        for minutes, (ours, decoder) in peaks.items()
    )
    sys.stdout.write(told + "\n")
    (ours_short, decoder_short), (ours_long, decoder_long) = peaks[short_minutes], peaks[long_minutes]
    assert ours_long < 1.1 * ours_short, told
    assert 0 < decoder_long < 1.1 * decoder_short + mp4_index_bytes(long_minutes), told


def test_twelve_minutes_need_no_more_memory_than_two(tmp_path: Path, checkpoint: Path) -> None:
    compare(tmp_path, checkpoint, 2, 12)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_two_hours_need_no_more_memory_than_two_minutes(tmp_path: Path, checkpoint: Path) -> None:
    compare(tmp_path, checkpoint, 2, 120)
