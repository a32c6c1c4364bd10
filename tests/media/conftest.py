"""Videos with a known truth, written by ourselves and, where our writer is too well behaved, with PyAV itself."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from seehear.core.values import SAMPLE_RATE_HZ
from seehear.media import write_video

DARK, BRIGHT = 40, 230


def flat_pictures(levels: list[int], height: int = 48, width: int = 64) -> list[np.ndarray]:
    """One grey picture for each level."""
    return [np.full((height, width, 3), level, np.uint8) for level in levels]


def beep(seconds: float, start_seconds: float, end_seconds: float) -> np.ndarray:
    """Silence with a 1 kHz tone between two times."""
    times = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    sounding = (times >= start_seconds) & (times < end_seconds)
    return (0.5 * np.sin(2 * np.pi * 1000 * times) * sounding).astype(np.float32)


def write_loose(
    path: Path,
    *,
    frames: list[tuple[float, int]] = (),
    blocks: list[tuple[float, np.ndarray]] = (),
    sample_rate_hz: int = 16_000,
    container: str = "matroska",
    interleaved: bool = True,
) -> Path:
    """A file whose timestamps are whatever we say: (seconds, grey level) of frames, (seconds, samples) of sound."""
    options = {} if interleaved else {"max_interleave_delta": "1"}
    with av.open(str(path), "w", format=container, container_options=options) as output:
        packets = []
        if frames:
            video = output.add_stream("mpeg4", rate=1000, options={"g": "1"})
            video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
            video.codec_context.time_base = Fraction(1, 1000)
        if blocks:
            audio = output.add_stream("pcm_s16le", rate=sample_rate_hz, layout="mono")
        for seconds, level in frames:
            frame = av.VideoFrame.from_ndarray(flat_pictures([level])[0], "rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = round(seconds * 1000), Fraction(1, 1000)
            packets += [(seconds, packet) for packet in video.encode(frame)]
        if frames:
            packets += [(frames[-1][0], packet) for packet in video.encode(None)]
        for seconds, samples in blocks:
            block = av.AudioFrame.from_ndarray((samples[None] * 32767).astype(np.int16), "s16", "mono")
            block.sample_rate, block.time_base = sample_rate_hz, Fraction(1, sample_rate_hz)
            block.pts = round(seconds * sample_rate_hz)
            packets += [(seconds, packet) for packet in audio.encode(block)]
        for _, packet in sorted(packets, key=lambda item: item[0]) if interleaved else packets:
            output.mux(packet)
    return path


def tenths(samples: np.ndarray, start_seconds: float = 0.0) -> list[tuple[float, np.ndarray]]:
    """Sound cut into blocks of a tenth of a second, with their times."""
    size = SAMPLE_RATE_HZ // 10
    return [
        (start_seconds + start / SAMPLE_RATE_HZ, samples[start : start + size])
        for start in range(0, len(samples), size)
    ]


@pytest.fixture
def flash_and_beep(tmp_path: Path) -> Path:
    """Ten seconds, 10 frames a second; the second from 3 to 4 is bright and sounds."""
    path = tmp_path / "flash.mp4"
    levels = [BRIGHT if 30 <= number < 40 else DARK for number in range(100)]
    write_video(path, flat_pictures(levels), beep(10, 3, 4), frames_per_second=10)
    return path
