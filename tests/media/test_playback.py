"""A stretch is played, and written, to the picture and to the sample; whatever the file does, memory stays flat."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path

import av
import numpy as np
import psutil
import pytest

from seehear.core.errors import InvalidValueError, MediaError, Reason
from seehear.core.values import SAMPLE_RATE_HZ
from seehear.media import Limits, Picture, Sound, play_video, player, write_excerpt, write_video
from seehear.media.libav import open_container
from seehear.media.request import Excerpt
from seehear.media.sandbox import Decoder
from tests.media.conftest import BRIGHT, DARK, beep, flat_pictures, tenths, write_loose
from tests.media.test_found_files import looped, waves


def played(
    path: Path, start: float = 0.0, end: float = float("inf")
) -> tuple[list[tuple[float, int]], np.ndarray, int]:
    """Time and level of each picture, all samples of the first channel, and where they start."""
    pictures, sound, first = [], [], None
    with play_video(path, start_seconds=start, end_seconds=end) as playback:
        for part in playback:
            if isinstance(part, Picture):
                pictures.append((round(part.seconds, 4), int(part.pixels.mean())))
            else:
                assert isinstance(part, Sound)
                first = part.start_sample if first is None else first
                sound.append(part.samples[:, 0])
    return pictures, np.concatenate(sound or [np.zeros(0)]), first or 0


def loud(samples: np.ndarray, rate: int) -> np.ndarray:
    """Seconds at which something sounds, in steps of 10 ms."""
    step = rate // 100
    blocks = samples[: len(samples) // step * step].reshape(-1, step)
    return np.flatnonzero(np.abs(blocks).max(axis=1) > 0.1) / 100


def test_a_stretch_has_its_pictures_and_its_samples(flash_and_beep: Path) -> None:
    pictures, sound, first = played(flash_and_beep, 2.5, 4.5)
    assert [seconds for seconds, _ in pictures] == pytest.approx([2.5 + number / 10 for number in range(20)])
    assert [level > 128 for _, level in pictures] == [2.95 < seconds < 3.95 for seconds, _ in pictures]
    assert (first, len(sound)) == (2.5 * SAMPLE_RATE_HZ, 2 * SAMPLE_RATE_HZ)
    sounding = loud(sound, SAMPLE_RATE_HZ)
    assert (sounding[0], sounding[-1]) == pytest.approx((0.5, 1.49), abs=0.03)


def test_a_stretch_between_two_pictures_begins_with_the_one_on_screen(flash_and_beep: Path) -> None:
    pictures, _, _ = played(flash_and_beep, 3.06, 3.14)
    assert pictures[0][0] == 3.06
    assert pictures[1][0] == pytest.approx(3.1)
    assert len(pictures) == 2
    assert pictures[0][1] > 128


@pytest.mark.parametrize("container", ["matroska", "mpegts", "mov"])
def test_whether_a_file_can_be_jumped_in_changes_nothing(container: str, tmp_path: Path) -> None:
    levels = [BRIGHT if 30 <= number < 40 else DARK for number in range(100)]
    write_video(tmp_path / "a.mp4", flat_pictures(levels), beep(10, 3, 4), frames_per_second=10)
    copy = tmp_path / f"a.{container}"
    with av.open(str(tmp_path / "a.mp4")) as source, av.open(str(copy), "w", format=container) as output:
        streams = {stream.index: output.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.size:
                packet.stream = streams[packet.stream_index]
                output.mux(packet)
    pictures, sound, first = played(copy, 2.5, 4.5)
    assert len(pictures) in (20, 21)
    bright = [seconds for seconds, level in pictures if level > 128]
    assert (bright[0], bright[-1]) == pytest.approx((3.0, 3.9), abs=0.15)
    sounding = loud(sound, SAMPLE_RATE_HZ) + first / SAMPLE_RATE_HZ
    assert sounding[0] - bright[0] == pytest.approx(0, abs=0.08)


def test_an_excerpt_keeps_sound_and_picture_together(flash_and_beep: Path, tmp_path: Path) -> None:
    assert write_excerpt(flash_and_beep, tmp_path / "cut.mp4", start_seconds=2.7, end_seconds=4.2) == ()
    write_excerpt(flash_and_beep, tmp_path / "again.mp4", start_seconds=2.7, end_seconds=4.2)
    assert (tmp_path / "cut.mp4").read_bytes() == (tmp_path / "again.mp4").read_bytes()
    pictures, sound, first = played(tmp_path / "cut.mp4")
    bright = [seconds for seconds, level in pictures if level > 128]
    assert (bright[0], bright[-1]) == pytest.approx((0.3, 1.2), abs=0.001)
    sounding = loud(sound, SAMPLE_RATE_HZ) + first / SAMPLE_RATE_HZ
    assert (sounding[0], sounding[-1]) == pytest.approx((0.3, 1.29), abs=0.03)
    with av.open(str(tmp_path / "cut.mp4")) as container:
        assert container.duration / av.time_base == pytest.approx(1.5, abs=0.07)


def test_the_rate_of_television_stays(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", flat_pictures([DARK] * 90), beep(3, 0, 3), frames_per_second=30000 / 1001)
    write_excerpt(tmp_path / "a.mp4", tmp_path / "b.mp4", start_seconds=1.001, end_seconds=2.002)
    with av.open(str(tmp_path / "b.mp4")) as container:
        assert container.streams.video[0].average_rate * 1001 == 30000
        assert container.streams.video[0].frames == 30


def test_times_of_an_unsteady_video_stay(tmp_path: Path) -> None:
    times = [0.0, 0.1, 0.35, 0.4, 1.1, 1.15, 1.9]
    path = write_loose(tmp_path / "a.mkv", frames=[(seconds, 60 + 20 * n) for n, seconds in enumerate(times)])
    write_excerpt(path, tmp_path / "b.mp4")
    pictures, _, _ = played(tmp_path / "b.mp4")
    assert [seconds for seconds, _ in pictures] == pytest.approx(times, abs=0.001)


def test_a_gap_in_the_sound_is_silence_of_the_same_length(tmp_path: Path) -> None:
    tone = beep(1, 0, 1)
    path = write_loose(
        tmp_path / "a.mkv",
        frames=[(number / 10, DARK) for number in range(40)],
        blocks=[*tenths(tone), *tenths(tone, 3.0)],
    )
    write_excerpt(path, tmp_path / "b.mp4")
    _, sound, first = played(tmp_path / "b.mp4")
    sounding = loud(sound, SAMPLE_RATE_HZ) + first / SAMPLE_RATE_HZ
    assert sounding[sounding < 2][-1] == pytest.approx(1.0, abs=0.04)
    assert sounding[sounding > 2][0] == pytest.approx(3.0, abs=0.04)


def test_pictures_arrive_upright_and_in_their_own_size_and_colour(shared: Path, tmp_path: Path) -> None:
    turned = next((shared / "clips" / "formats").glob("PHP-FFMpeg__portrait*"))
    with play_video(turned) as playback:
        assert (playback.picture.width, playback.picture.height) == (320, 568)
    odd = next((shared / "clips" / "formats").glob("torchcodec__testsrc2_odd*"))
    write_excerpt(odd, tmp_path / "even.mp4")
    with play_video(odd) as before, play_video(tmp_path / "even.mp4") as after:
        assert (before.picture.width, before.picture.height) == (321, 241)
        assert (after.picture.width, after.picture.height) == (320, 240)
        first = next(part.pixels for part in before if isinstance(part, Picture))[:240, :320].astype(int)
        second = next(part.pixels for part in after if isinstance(part, Picture)).astype(int)
        assert np.abs(first - second).mean() < 6
    wide = next((shared / "clips" / "formats").glob("auto-editor__SAR*"))
    write_excerpt(wide, tmp_path / "wide.mp4", end_seconds=0.5)
    with av.open(str(tmp_path / "wide.mp4")) as container:
        assert container.streams.video[0].sample_aspect_ratio == before_aspect(wide)


def before_aspect(path: Path):
    with av.open(str(path)) as container:
        return container.streams.video[0].sample_aspect_ratio


def test_a_file_without_pictures_cannot_be_cut_and_leaves_nothing(tmp_path: Path) -> None:
    path = write_loose(tmp_path / "a.mkv", blocks=tenths(beep(2, 0, 2)))
    with pytest.raises(MediaError, match="no pictures") as caught:
        write_excerpt(path, tmp_path / "out" / "b.mp4")
    assert caught.value.reason is Reason.NO_VIDEO
    assert list((tmp_path / "out").glob("*") if (tmp_path / "out").exists() else []) == []


def test_a_stretch_after_the_end_has_nothing(flash_and_beep: Path, tmp_path: Path) -> None:
    assert played(flash_and_beep, 20, 30)[0] == []
    with pytest.raises(MediaError, match="no pictures there"):
        write_excerpt(flash_and_beep, tmp_path / "b.mp4", start_seconds=20, end_seconds=30)
    with pytest.raises(InvalidValueError, match="a stretch starts"):
        play_video(flash_and_beep, start_seconds=3, end_seconds=3)


def test_a_decoder_that_is_killed_leaves_what_came_before_it(flash_and_beep: Path) -> None:
    with play_video(flash_and_beep) as playback:
        parts = iter(playback)
        next(parts)
        psutil.Process(playback.process_id).kill()
        rest = list(parts)
    assert len(rest) < 100, "a pipe holds no more than a few pictures"
    assert playback.reasons == (Reason.DECODER_CRASHED, Reason.TRUNCATED)
    assert "what was decoded before is kept" in playback.notes[0]


@pytest.mark.parametrize(
    "header",
    [
        {"kind": "picture", "seconds": -1.0},
        {"kind": "picture", "seconds": float("nan")},
        {"kind": "picture", "seconds": 99.0},
        {"kind": "sound", "start_sample": 0, "samples": 1 << 40},
        {"kind": "sound", "start_sample": -5, "samples": 10},
        {"kind": "end", "reasons": ["made up"], "notes": []},
        {"kind": "begin", "picture": None, "sound": None},
    ],
)
def test_a_decoder_that_lies_is_not_believed(
    header: dict, flash_and_beep: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    playback = play_video(flash_and_beep, start_seconds=0, end_seconds=5)
    monkeypatch.setattr(Decoder, "next_header", lambda self: header)
    assert list(playback) == []
    assert playback.reasons == (Reason.DECODER_CRASHED, Reason.TRUNCATED)


def test_sound_of_impossible_length_takes_no_memory(flash_and_beep: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    playback = play_video(flash_and_beep)
    header = {"kind": "sound", "start_sample": 0, "samples": 1 << 30}
    monkeypatch.setattr(Decoder, "next_header", lambda self: header)
    tracemalloc.start()
    assert list(playback) == []
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 1 << 20


@pytest.mark.parametrize("lands", ["late", "nowhere", "at the end"])
def test_a_jump_that_lands_too_late_is_made_good(
    lands: str, tmp_path: Path, flash_and_beep: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in files whose index is wrong: what lies between the start and the landing is not lost. The video of a flash
    has a single key frame, so that going forward to one is refused."""

    class Misled:
        def __init__(self, container: av.container.InputContainer) -> None:
            self._container = container

        def __getattr__(self, name: str):
            return getattr(self._container, name)

        def seek(self, offset: int) -> None:
            if lands == "at the end":
                assert [*self._container.demux()]
            else:
                self._container.seek(offset + int(2.5 * av.time_base), backward=lands == "late")

    loose = write_loose(tmp_path / "a.mkv", frames=[(number / 10, DARK) for number in range(100)])
    path = flash_and_beep if lands == "nowhere" else loose
    opened = []

    def mislead(*arguments) -> Misled:
        opened.append(Misled(open_container(*arguments)))
        return opened[-1]

    monkeypatch.setattr(player, "open_container", mislead)
    sent: list[dict] = []
    with path.open("rb") as file:
        player.play_media(file.fileno(), Excerpt(4.0, 6.0, Limits()), lambda header, *_: sent.append(header))
    assert len(opened) == 3, "for the size, with the jump, without"
    assert [header["kind"] for header in sent].count("begin") == 1
    assert [header["seconds"] for header in sent if header["kind"] == "picture"] == pytest.approx(
        [4 + number / 10 for number in range(20)]
    )


@pytest.mark.parametrize(
    "picture",
    [
        {"width": 1 << 20, "height": 1 << 20, "rate": 25.0, "pixel_aspect": [1, 1]},
        {"width": 0, "height": 10, "rate": 25.0, "pixel_aspect": [1, 1]},
        {"width": 10, "height": 10, "rate": 25.0, "pixel_aspect": [1, 0]},
        {"width": 10, "height": 10},
    ],
)
def test_a_form_that_makes_no_sense_is_refused_before_memory_is_taken(
    picture: dict, flash_and_beep: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Decoder, "next_header", lambda self: {"kind": "begin", "picture": picture, "sound": None})
    with pytest.raises(MediaError, match="makes no sense"):
        play_video(flash_and_beep)


WRITE_AND_TELL = """
import sys
import tracemalloc
from pathlib import Path
from seehear.media import write_excerpt
write_excerpt(sys.argv[1], sys.argv[2], change=lambda seconds, picture: picture)
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(status["VmHWM"].split()[0])
"""


def test_six_minutes_are_written_in_the_memory_of_one(tmp_path: Path) -> None:
    minute = tmp_path / "minute.mp4"
    sound = np.random.default_rng(0).normal(0, 0.1, 60 * 16000).astype(np.float32)
    write_video(minute, waves(60), sound, frames_per_second=10)
    peaks = {}
    for minutes in (1, 6):
        video = looped(minute, tmp_path / f"{minutes}.mp4", minutes)
        command = [sys.executable, "-c", WRITE_AND_TELL, str(video), str(tmp_path / "out.mp4")]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        peaks[minutes] = 1024 * int(told)
        with av.open(str(tmp_path / "out.mp4")) as container:
            assert container.duration / av.time_base == pytest.approx(60 * minutes, abs=1)
    grown = peaks[6] - peaks[1]
    assert grown < (8 << 20), f"{peaks[1] / 2**20:.0f} MiB, then {peaks[6] / 2**20:.0f} MiB"
