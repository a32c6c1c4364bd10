"""What a hostile file, or a decoder that has been taken over, can do: nothing."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import av
import numpy as np
import psutil
import pytest

from seehear.core.errors import MediaError, Reason
from seehear.media import Limits, fences, inspect_decoder, open_video, wire, write_video
from tests.media.conftest import DARK, beep, flat_pictures, tenths, write_loose


@pytest.fixture(scope="module")
def long_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two hundred seconds: much more than fits into the pipe at once."""
    path = tmp_path_factory.mktemp("long") / "long.mp4"
    write_video(path, flat_pictures([DARK]) * 400, np.zeros(3_200_000, np.float32), frames_per_second=2)
    return path


def refusal(path: Path, **options: object) -> MediaError:
    with pytest.raises(MediaError) as caught, open_video(path, picture_size=32, **options) as video:
        list(video)
    return caught.value


def test_every_fence_stands_when_run_into() -> None:
    layers = inspect_decoder().layers
    without_landlock = {"file_system_closed", "network_closed"} if fences.landlock_version() < 4 else set()
    assert {name for name, stands in layers.items() if not stands} <= without_landlock
    assert len(layers) == 9


@pytest.mark.skipif(fences.landlock_version() == 0, reason="the kernel has no Landlock")
def test_behind_landlock_neither_a_neighbour_is_read_nor_a_file_made(tmp_path: Path) -> None:
    neighbour = tmp_path / "secret.txt"
    neighbour.write_text("secret")

    def crossing() -> list[str]:
        done = []
        for name, attempt in {
            "read": lambda: neighbour.read_text(),
            "make": lambda: (tmp_path / "made.txt").touch(),
            "list": lambda: list(tmp_path.iterdir()),
            "remove": lambda: neighbour.unlink(),
        }.items():
            try:
                attempt()
                done.append(name)
            except PermissionError:
                pass
        return done

    assert _in_a_fork(lambda: fences.no_new_privileges() or fences.close_file_system(), crossing) == "[]"
    assert _in_a_fork(lambda: None, crossing) == "['read', 'make', 'list', 'remove']"


def test_a_limited_process_writes_nothing_even_where_it_may(tmp_path: Path) -> None:
    def crossing() -> str:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        try:
            (tmp_path / "written.txt").write_text("x")
        except OSError as error:
            return error.strerror
        return "written"

    limits = {"memory_bytes": 1 << 30, "cpu_seconds": 60}
    assert _in_a_fork(lambda: fences.limit_resources(**limits), crossing) == "File too large"
    assert _in_a_fork(lambda: None, crossing) == "written"


def _in_a_fork(raise_fences, crossing) -> str:
    receiving, sending = os.pipe()
    process_id = os.fork()
    if process_id == 0:
        try:
            os.closerange(3, sending)  # whatever else the tests hold open counts against the limit of descriptors
            os.closerange(sending + 1, 1 << 16)
            raise_fences()
            os.write(sending, str(crossing()).encode())
        finally:
            os._exit(0)
    os.close(sending)
    with os.fdopen(receiving) as answer:
        text = answer.read()
    os.waitpid(process_id, 0)
    return text


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_a_decoder_that_crashes_is_a_partial_result(long_video: Path, number: signal.Signals) -> None:
    with open_video(long_video, picture_size=128, chunk_segments=8) as video:
        clips = iter(video)
        first = next(clips)
        os.kill(video.process_id, number)
        count = len(first) + sum(map(len, clips))
    assert 8 <= count < 200
    assert video.summary.reasons == (Reason.DECODER_CRASHED, Reason.TRUNCATED)
    assert number.name in video.summary.notes[0]
    assert video.summary.duration_seconds == count


def test_a_decoder_that_hangs_is_given_up(long_video: Path) -> None:
    began = time.monotonic()
    with open_video(long_video, picture_size=128, chunk_segments=8, limits=Limits(stall_seconds=0.5)) as video:
        clips = iter(video)
        next(clips)
        os.kill(video.process_id, signal.SIGSTOP)
        list(clips)
    assert time.monotonic() - began < 5
    assert video.summary.reasons == (Reason.TIMED_OUT, Reason.TRUNCATED)
    assert not Path(f"/proc/{video.process_id}").exists()


def test_time_spent_by_the_one_who_reads_is_not_the_decoders(long_video: Path) -> None:
    with open_video(long_video, picture_size=128, limits=Limits(stall_seconds=0.5)) as video:
        for _ in video:
            time.sleep(0.7)
    assert video.summary.complete


def test_a_file_that_takes_too_long_in_all_is_given_up(long_video: Path) -> None:
    limits = Limits(wait_seconds=0.005, wait_per_second=1e-6)
    try:
        with open_video(long_video, picture_size=128, limits=limits) as video:
            list(video)
        reason = video.summary.reasons[0]
    except MediaError as error:
        reason = error.reason
    assert reason is Reason.TIMED_OUT


def test_too_much_memory_is_over_the_limit(long_video: Path) -> None:
    error = refusal(long_video, pictures_per_segment=64, limits=Limits(memory_bytes=1 << 20))
    assert error.reason in (Reason.OVER_LIMIT, Reason.DECODER_CRASHED)


PLAYLISTS = {
    "hls": "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nneighbour.ts\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile neighbour.ts\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet><Representation>'
    "<BaseURL>neighbour.ts</BaseURL></Representation></AdaptationSet></Period></MPD>",
}


@pytest.mark.parametrize("kind", PLAYLISTS)
def test_a_playlist_that_calls_itself_mp4_does_not_reach_its_neighbour(tmp_path: Path, kind: str) -> None:
    frames = [(number / 10, 100) for number in range(30)]
    write_loose(tmp_path / "neighbour.ts", frames=frames, container="mpegts")
    path = tmp_path / "playlist.mp4"
    path.write_text(PLAYLISTS[kind])
    assert refusal(path).reason is Reason.NOT_MEDIA


def test_the_neighbour_of_a_playlist_is_read_without_the_defence(tmp_path: Path) -> None:
    """So that the test above is known to be able to fail."""
    frames = [(number / 10, 100) for number in range(30)]
    write_loose(tmp_path / "neighbour.ts", frames=frames, container="mpegts")
    path = tmp_path / "playlist.mp4"
    path.write_text(PLAYLISTS["concat"])
    with av.open(str(path)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 30


def test_a_picture_bomb_is_over_the_limit(tmp_path: Path) -> None:
    """A small file whose container says 64 x 64 and whose JPEG is 6400 x 6400."""
    path = tmp_path / "bomb.avi"
    with av.open(str(path), "w", format="avi") as output:
        stream = output.add_stream("mjpeg", rate=10)
        stream.width, stream.height, stream.pix_fmt = 6400, 6400, "yuvj420p"
        frame = av.VideoFrame(6400, 6400, "yuvj420p")
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        output.mux([*stream.encode(frame), *stream.encode(None)])
    true_size, claimed_size = (6400).to_bytes(4, "little"), (64).to_bytes(4, "little")
    data = path.read_bytes()
    assert data.count(true_size) == 4
    path.write_bytes(data.replace(true_size, claimed_size))
    assert refusal(path).reason is Reason.OVER_LIMIT
    with open_video(path, picture_size=16, limits=Limits(max_pixels=6400 * 6400)) as video:
        assert sum(map(len, video)) == 1
    assert Reason.OVER_LIMIT not in video.summary.reasons


def test_pictures_over_the_limit_leave_the_sound(tmp_path: Path) -> None:
    path = tmp_path / "large.mp4"
    write_video(path, flat_pictures([DARK] * 20), beep(2, 0, 2), frames_per_second=10)
    with open_video(path, picture_size=16, limits=Limits(max_pixels=1000)) as video:
        (clip,) = video
    assert not clip.has_picture.any()
    assert clip.has_sound.all()
    assert video.summary.reasons == (Reason.OVER_LIMIT,)


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.mp4")
    assert refusal(tmp_path / "fifo.mp4").reason is Reason.NOT_A_FILE
    assert refusal(tmp_path).reason is Reason.NOT_A_FILE
    assert refusal(Path("/dev/zero")).reason is Reason.NOT_A_FILE
    assert refusal(tmp_path / "absent.mp4").reason is Reason.NOT_FOUND
    assert refusal(Path("nul\0byte.mp4")).reason is Reason.NOT_FOUND


def test_a_link_to_a_regular_file_is_followed(flash_and_beep: Path, tmp_path: Path) -> None:
    (tmp_path / "link.mp4").symlink_to(flash_and_beep)
    with open_video(tmp_path / "link.mp4", picture_size=16) as video:
        assert sum(map(len, video)) == 10


def test_an_empty_file_is_not_media(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    assert refusal(tmp_path / "empty.mp4").reason is Reason.NOT_MEDIA


def test_many_threads_read_at_once_and_leak_nothing(flash_and_beep: Path) -> None:
    counts = []

    def read() -> None:
        for _ in range(5):
            with open_video(flash_and_beep, picture_size=16) as video:
                counts.append(sum(map(len, video)))

    read()
    gc.collect()
    ours = psutil.Process()
    descriptors, children = ours.num_fds(), set(ours.children(recursive=True))
    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [10] * 45
    assert ours.num_fds() == descriptors
    assert set(ours.children(recursive=True)) <= children, "only the nursery stays"


def test_a_dead_nursery_is_replaced(flash_and_beep: Path) -> None:
    for child in psutil.Process().children():
        child.kill()
        child.wait()
    with open_video(flash_and_beep, picture_size=16) as video:
        assert sum(map(len, video)) == 10


def test_a_forked_process_reads_for_itself(flash_and_beep: Path) -> None:
    def reading() -> int:
        with open_video(flash_and_beep, picture_size=16) as video:
            return sum(map(len, video))

    assert reading() == 10
    assert _in_a_fork(lambda: None, reading) == "10"
    assert reading() == 10


READ_AND_WAIT = """
import sys, time
from seehear.media import open_video
video = open_video(sys.argv[1], picture_size=128)
print(video.process_id, flush=True)
time.sleep(60)
"""


def test_decoders_die_with_the_program_that_is_killed(long_video: Path) -> None:
    command = [sys.executable, "-c", READ_AND_WAIT, str(long_video)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        decoder = psutil.Process(int(program.stdout.readline()))
        nursery = decoder.parent()
        program.kill()
    _, alive = psutil.wait_procs([decoder, nursery], timeout=10)
    assert alive == []


def test_importing_and_reading_brings_no_libav_and_no_torch_into_the_program(flash_and_beep: Path) -> None:
    code = (
        "import sys; from seehear.media import open_video\n"
        "with open_video(sys.argv[1], picture_size=16) as video: list(video)\n"
        "print([name for name in ('av', 'torch') if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code, str(flash_and_beep)], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "message",
    [
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x04true",
        b"\x00\x00\x00\x02{]",
        b"\x00\x00\x00\x10",
        b"",
    ],
)
def test_nonsense_from_the_decoder_is_a_crash_not_a_traceback(message: bytes) -> None:
    receiving, sending = os.pipe()
    os.write(sending, message)
    os.close(sending)
    with pytest.raises(MediaError) as caught:
        wire.Receiver(receiving).header(time.monotonic() + 1)
    os.close(receiving)
    assert caught.value.reason is Reason.DECODER_CRASHED


def test_a_message_arrives_as_it_was_sent() -> None:
    receiving, sending = os.pipe()
    numbers = np.arange(100, dtype=np.float32)
    wire.send(sending, {"kind": "segment"}, numbers)
    received = np.zeros_like(numbers)
    receiver = wire.Receiver(receiving)
    assert receiver.header(time.monotonic() + 1) == {"kind": "segment"}
    receiver.fill(memoryview(received).cast("B"), time.monotonic() + 1)
    assert np.array_equal(received, numbers)
    for descriptor in (receiving, sending):
        os.close(descriptor)


def test_sound_that_is_not_finite_is_silenced(tmp_path: Path) -> None:
    path = tmp_path / "nan.wav"
    with av.open(str(path), "w", format="wav") as output:
        stream = output.add_stream("pcm_f32le", rate=16000, layout="mono")
        samples = np.full(32000, np.nan, np.float32)
        samples[16000:] = 7.0
        block = av.AudioFrame.from_ndarray(samples[None], "flt", "mono")
        block.sample_rate = 16000
        output.mux([*stream.encode(block), *stream.encode(None)])
    with open_video(path, picture_size=16) as video:
        (clip,) = video
    assert np.isfinite(clip.sound).all()
    assert np.abs(clip.sound).max() <= 1


def test_planar_eight_channel_sound_is_read(tmp_path: Path) -> None:
    path = tmp_path / "eight.mkv"
    with av.open(str(path), "w", format="matroska") as output:
        stream = output.add_stream("flac", rate=16000, layout="7.1")
        samples = np.repeat((beep(2, 0, 2) * 32767).astype(np.int16)[:, None], 8, axis=1)
        for start in range(0, 32000, 4000):
            block = av.AudioFrame.from_ndarray(samples[start : start + 4000].reshape(1, -1), "s16", "7.1")
            block.sample_rate, block.pts = 16000, start
            output.mux(stream.encode(block))
        output.mux(stream.encode(None))
    with open_video(path, picture_size=16) as video:
        (clip,) = video
    assert clip.has_sound.all()
    assert np.abs(np.fft.rfft(clip.sound[1])).argmax() == 1000


def test_tenths_are_tenths() -> None:
    assert [len(block) for _, block in tenths(beep(0.25, 0, 0.25))] == [1600, 1600, 800]
