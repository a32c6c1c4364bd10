"""Files found in the wild: each gives clips or a reason, in bounded time; and memory does not grow with length."""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from seehear.core.errors import MediaError, Reason
from seehear.core.values import MediaSummary
from seehear.media import Limits, open_video, write_video

SLOWEST_SECONDS = 30


def outcome(path: Path) -> MediaSummary | Reason:
    """The summary, checked against the clips; or the reason of the failure."""
    try:
        with open_video(path, picture_size=32, limits=Limits(stall_seconds=SLOWEST_SECONDS)) as video:
            clips = list(video)
    except MediaError as error:
        return error.reason
    assert sum(map(len, clips)) >= 1
    assert all(np.isfinite(clip.sound).all() for clip in clips)
    return video.summary


def test_every_sound_file_is_read_to_its_end_and_as_long_as_the_index_says(shared: Path) -> None:
    rows = list(csv.DictReader((shared / "clips/index.csv").open()))
    assert len(rows) > 60
    for row in rows:
        summary = outcome(shared / "clips" / row["file"])
        assert isinstance(summary, MediaSummary), row["file"]
        assert not {Reason.DECODE_ERROR, Reason.DECODER_CRASHED, Reason.TIMED_OUT} & set(summary.reasons), row["file"]
        assert (Reason.NO_AUDIO in summary.reasons) == (row["acodec"] == "-"), row["file"]
        # the index counts subtitles in, the reader does not
        assert summary.duration_seconds == pytest.approx(float(row["dur_s"]), abs=0.25), row["file"]


def test_every_malformed_file_is_a_result_or_a_reason(shared: Path) -> None:
    paths = sorted((shared / "clips/malformed").iterdir())
    for path in paths:
        began = time.monotonic()
        found = outcome(path)
        reasons = {found} if isinstance(found, Reason) else set(found.reasons)
        assert not {Reason.DECODER_CRASHED, Reason.TIMED_OUT} & reasons, path
        assert time.monotonic() - began < SLOWEST_SECONDS, path
    assert len(paths) > 70


def waves(seconds: int) -> Iterator[np.ndarray]:
    """Pictures that keep changing, ten a second."""
    picture = np.random.default_rng(0).integers(0, 255, (90, 160, 3), np.uint8)
    for number in range(10 * seconds):
        yield np.roll(picture, number % 160, axis=1)


def looped(source: Path, path: Path, times: int) -> Path:
    """The packets of a video again and again, with time going on."""
    import av

    with av.open(str(source)) as once, av.open(str(path), "w", format="mp4") as output:
        streams = {stream.index: output.add_stream_from_template(stream) for stream in once.streams}
        packets = [packet for packet in once.demux() if packet.size and _ends_within_a_minute(packet)]
        length = {stream.index: round(60 / stream.time_base) for stream in once.streams}
        data = [(p.stream.index, bytes(p), p.pts, p.dts, p.duration, p.is_keyframe, p.time_base) for p in packets]
        for turn in range(times):
            for index, content, pts, dts, duration, key, time_base in data:
                packet = av.Packet(content)
                packet.stream, packet.time_base, packet.is_keyframe = streams[index], time_base, key
                packet.pts, packet.dts = pts + turn * length[index], dts + turn * length[index]
                packet.duration = duration
                output.mux(packet)
    return path


def _ends_within_a_minute(packet) -> bool:
    """With room for the packet that primes the sound of the next turn."""
    return (packet.pts + packet.duration) * packet.time_base <= 59.9


def peak_memory(path: Path) -> tuple[float, float, int]:
    """Largest resident bytes of this process and of the decoder while reading, and the number of segments."""
    ours = psutil.Process()
    with open_video(path, picture_size=112, chunk_segments=8) as video:
        decoder = psutil.Process(video.process_id)
        peaks, count = [0, 0], 0
        for clip in video:
            count += len(clip)
            alive = decoder.is_running() and decoder.status() != psutil.STATUS_ZOMBIE
            sizes = [ours.memory_info().rss, decoder.memory_info().rss if alive else 0]
            peaks = [max(pair) for pair in zip(peaks, sizes, strict=True)]
    assert video.summary.complete, video.summary
    return *peaks, count


def mp4_index_bytes(minutes: int) -> int:
    """What libav holds of the table of packets at the head of an MP4 of :func:`waves`: 48 bytes for each, at most.
    The same packets in Matroska, which has no such table, leave the decoder at its size of two minutes."""
    return round(48 * 60 * minutes * (10 + 16_000 / 1024))


def compare_memory(tmp_path: Path, short_minutes: int, long_minutes: int) -> None:
    minute = tmp_path / "minute.mp4"
    sound = np.random.default_rng(0).normal(0, 0.1, 60 * 16000).astype(np.float32)
    write_video(minute, waves(60), sound, frames_per_second=10)
    short, long = (looped(minute, tmp_path / f"{count}.mp4", count) for count in (short_minutes, long_minutes))
    peak_memory(short)
    *small, few = peak_memory(short)
    *large, many = peak_memory(long)
    assert (few, many) == (60 * short_minutes, 60 * long_minutes)
    allowed = mp4_index_bytes(long_minutes)
    for before, after in zip(small, large, strict=True):
        assert after < 1.1 * before + allowed, f"{before / 1e6:.0f} MB grew to {after / 1e6:.0f} MB"


def test_twenty_minutes_need_no_more_memory_than_two(tmp_path: Path) -> None:
    compare_memory(tmp_path, 2, 20)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_two_hours_need_no_more_memory_than_two_minutes(tmp_path: Path) -> None:
    compare_memory(tmp_path, 2, 120)


def test_a_file_without_permission_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "closed.mp4"
    path.write_bytes(b"x")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("needs a user who is not root: permissions do not bind this one")
    assert outcome(path) is Reason.NOT_PERMITTED
