"""The writer: the same bytes for the same input, or a clear refusal and no file."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from seehear.core.errors import InvalidValueError, StorageError
from seehear.media import write_video
from tests.media.conftest import DARK, beep, flat_pictures


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (25, 48, 64, 3), np.uint8)
    for name in ("one.mp4", "two.mp4"):
        write_video(tmp_path / name, noise, beep(1, 0, 1), frames_per_second=25)
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"one.mp4", "two.mp4"}


def test_it_is_h264_and_aac_as_every_player_knows_them(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", flat_pictures([DARK] * 30), beep(3, 0, 3), frames_per_second=10)
    with av.open(str(tmp_path / "a.mp4")) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (audio.codec_context.name, audio.codec_context.sample_rate) == ("aac", 16000)
        assert video.average_rate == 10
        assert container.duration / av.time_base == pytest.approx(3, abs=0.07)
    data = (tmp_path / "a.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat"), "a page can start playing before all has arrived"


def test_a_frame_rate_of_television_is_kept_exactly(tmp_path: Path) -> None:
    write_video(tmp_path / "ntsc.mp4", flat_pictures([DARK] * 30), None, frames_per_second=30000 / 1001)
    with av.open(str(tmp_path / "ntsc.mp4")) as container:
        assert container.streams.video[0].average_rate * 1001 == 30000


@pytest.mark.parametrize(
    ("pictures", "sound", "words"),
    [
        ([np.zeros((49, 64, 3), np.uint8)], None, "even width and height, not 64 x 49"),
        ([np.zeros((48, 63, 3), np.uint8)], None, "even width and height, not 63 x 48"),
        ([np.zeros((48, 64, 3), np.float32)], None, "must be uint8"),
        ([np.zeros((48, 64), np.uint8)], None, "must be uint8"),
        ([np.zeros((48, 64, 3), np.uint8), np.zeros((50, 64, 3), np.uint8)], None, "picture 1 has shape"),
        ([], None, "at least one picture"),
        (flat_pictures([DARK]), np.zeros((2, 100), np.float32), "mono"),
        (flat_pictures([DARK]), np.array([0, np.nan], np.float32), "not finite"),
    ],
)
def test_what_cannot_be_encoded_is_refused_and_leaves_nothing(
    tmp_path: Path, pictures: list[np.ndarray], sound: np.ndarray | None, words: str
) -> None:
    with pytest.raises(InvalidValueError, match=words):
        write_video(tmp_path / "no.mp4", pictures, sound, frames_per_second=10)
    assert list(tmp_path.iterdir()) == []


def test_an_older_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", flat_pictures([DARK] * 5), None, frames_per_second=10)
    before = (tmp_path / "a.mp4").read_bytes()

    def broken() -> Iterator[np.ndarray]:
        yield from flat_pictures([DARK] * 3)
        raise RuntimeError("the renderer stumbled")

    with pytest.raises(RuntimeError, match="stumbled"):
        write_video(tmp_path / "a.mp4", broken(), None, frames_per_second=10)
    assert (tmp_path / "a.mp4").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_a_folder_that_cannot_be_made_is_a_storage_error() -> None:
    with pytest.raises(StorageError):
        write_video(Path("/proc/nowhere/a.mp4"), flat_pictures([DARK]), None, frames_per_second=10)


def test_pictures_are_streamed_not_gathered(tmp_path: Path) -> None:
    pictures = (np.full((240, 320, 3), number % 200, np.uint8) for number in range(200))
    tracemalloc.start()
    write_video(tmp_path / "a.mp4", pictures, None, frames_per_second=25)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 40 * 240 * 320 * 3
