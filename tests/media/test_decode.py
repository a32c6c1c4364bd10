"""What the reader says of videos whose truth we know."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from seehear.core.errors import InvalidValueError, MediaError, Reason
from seehear.core.time import Grid
from seehear.core.values import Clip
from seehear.media import Limits, VideoReader, open_video, write_video
from tests.media.conftest import BRIGHT, DARK, beep, flat_pictures, tenths, write_loose


def read(path: Path, picture_size: int = 16, **options: object) -> tuple[list[Clip], VideoReader]:
    with open_video(path, picture_size=picture_size, **options) as video:
        return list(video), video


def levels(clips: list[Clip]) -> list[int]:
    """Mean grey level of the first picture of each segment."""
    return [round(float(picture.mean())) for clip in clips for picture in clip.pictures[:, 0]]


def loudness(clips: list[Clip]) -> np.ndarray:
    return np.concatenate([np.abs(clip.sound).mean(axis=1) for clip in clips])


def has(clips: list[Clip], name: str) -> list[bool]:
    return [bool(flag) for clip in clips for flag in getattr(clip, name)]


def test_a_flash_and_a_beep_at_second_three_land_in_segment_three(flash_and_beep: Path) -> None:
    clips, video = read(flash_and_beep)
    assert np.argwhere(np.array(levels(clips)) > 150).ravel().tolist() == [3]
    assert np.argwhere(loudness(clips) > 0.1).ravel().tolist() == [3]
    assert all(has(clips, "has_picture"))
    assert all(has(clips, "has_sound"))
    assert video.summary.complete
    assert video.summary.duration_seconds == pytest.approx(10, abs=0.07)


def test_pictures_keep_their_level_and_their_colour(tmp_path: Path) -> None:
    colours = [(200, 40, 40), (40, 200, 40), (40, 40, 200)]
    pictures = [np.full((48, 64, 3), colour, np.uint8) for colour in colours]
    write_video(tmp_path / "colours.mp4", pictures, None, frames_per_second=1)
    clips, _ = read(tmp_path / "colours.mp4")
    assert clips[0].pictures[:, 0].mean(axis=(1, 2)) == pytest.approx(np.array(colours), abs=4)


def test_a_tone_keeps_its_pitch_and_its_start(tmp_path: Path) -> None:
    write_video(tmp_path / "tone.mp4", flat_pictures([DARK] * 20), beep(2, 0.25, 2), frames_per_second=10)
    clips, _ = read(tmp_path / "tone.mp4")
    sound = clips[0].sound.ravel()
    spectrum = np.abs(np.fft.rfft(sound[8000:24000]))
    assert spectrum.argmax() == 1000
    assert np.flatnonzero(np.abs(sound) > 0.2)[0] == pytest.approx(0.25 * 16000, abs=40)


def test_sound_of_another_rate_keeps_its_pitch(tmp_path: Path) -> None:
    samples = (0.5 * np.sin(2 * np.pi * 1000 * np.arange(3 * 44100) / 44100)).astype(np.float32)
    write_video(tmp_path / "tone.mp4", flat_pictures([DARK] * 3), samples, frames_per_second=1, sample_rate_hz=44100)
    clips, _ = read(tmp_path / "tone.mp4")
    assert np.abs(np.fft.rfft(clips[0].sound[1])).argmax() == 1000
    assert clips[0].sound[1].std() == pytest.approx(0.5 / np.sqrt(2), rel=0.05)


def test_chunks_are_consecutive_and_equal_to_the_whole(flash_and_beep: Path) -> None:
    whole, _ = read(flash_and_beep)
    parts, _ = read(flash_and_beep, chunk_segments=4)
    assert [(clip.first_segment, len(clip)) for clip in parts] == [(0, 4), (4, 4), (8, 2)]
    assert np.array_equal(np.concatenate([part.pictures for part in parts]), whole[0].pictures)
    assert np.array_equal(np.concatenate([part.sound for part in parts]), whole[0].sound)


@pytest.mark.parametrize(("frames", "segments"), [(1, 1), (4, 1), (14, 1), (15, 2), (94, 9), (96, 10), (100, 10)])
def test_a_last_segment_counts_from_half_its_length_on(tmp_path: Path, frames: int, segments: int) -> None:
    write_video(tmp_path / "odd.mp4", flat_pictures([DARK] * frames), None, frames_per_second=10)
    clips, video = read(tmp_path / "odd.mp4")
    assert sum(map(len, clips)) == segments == Grid().count(frames / 10)
    assert video.summary.duration_seconds == pytest.approx(frames / 10, abs=0.002)


def test_another_grid_cuts_other_segments(flash_and_beep: Path) -> None:
    clips, _ = read(flash_and_beep, grid=Grid(0.5))
    assert np.argwhere(np.array(levels(clips)) > 150).ravel().tolist() == [6, 7]
    assert np.argwhere(loudness(clips) > 0.1).ravel().tolist() == [6, 7]


def test_several_pictures_are_spread_over_the_segment(tmp_path: Path) -> None:
    ramp = [20 + 10 * number for number in range(20)]
    write_video(tmp_path / "ramp.mp4", flat_pictures(ramp), None, frames_per_second=10)
    clips, _ = read(tmp_path / "ramp.mp4", pictures_per_segment=5)
    seen = clips[0].pictures.mean(axis=(2, 3, 4))
    assert seen == pytest.approx(np.array(ramp[::2], float).reshape(2, 5), abs=3)


def test_the_picture_of_an_instant_is_the_latest_one_not_newer(tmp_path: Path) -> None:
    path = write_loose(
        tmp_path / "vfr.mkv", frames=[(0, 50), (0.9, 100), (1.1, 150), (1.98, 200), (3.5, 90), (3.9, 20)]
    )
    clips, _ = read(path)
    assert levels(clips) == pytest.approx([50, 100, 200, 200], abs=3)


def test_a_slide_is_held_for_a_while_and_then_missing(tmp_path: Path) -> None:
    path = write_loose(tmp_path / "slides.mkv", frames=[(0, 50), (10, 200), (11, 200)], blocks=tenths(beep(12, 0, 12)))
    clips, video = read(path, limits=Limits(hold_seconds=5))
    assert has(clips, "has_picture") == [True] * 5 + [False] * 5 + [True] * 2
    assert all(has(clips, "has_sound"))
    assert video.summary.reasons == (Reason.MISSING_STRETCH,)


def test_the_last_picture_is_not_held_beyond_the_end_of_its_track(tmp_path: Path) -> None:
    frames = [(number / 10, 100) for number in range(30)]
    clips, _ = read(write_loose(tmp_path / "short.mkv", frames=frames, blocks=tenths(beep(6, 0, 6))))
    assert has(clips, "has_picture") == [True] * 3 + [False] * 3


def test_late_sound_is_missing_before_it_starts(tmp_path: Path) -> None:
    frames = [(number / 10, 100) for number in range(60)]
    blocks = tenths(beep(4, 1, 2), start_seconds=2)
    clips, video = read(write_loose(tmp_path / "late.mkv", frames=frames, blocks=blocks))
    assert has(clips, "has_sound") == [False, False, True, True, True, True]
    assert np.argwhere(loudness(clips) > 0.1).ravel().tolist() == [3]
    assert Reason.MISSING_STRETCH in video.summary.reasons


def test_late_pictures_are_missing_before_they_start(tmp_path: Path) -> None:
    frames = [(2 + number / 10, 100) for number in range(40)]
    clips, _ = read(write_loose(tmp_path / "late.mkv", frames=frames, blocks=tenths(beep(6, 0, 6))))
    assert has(clips, "has_picture") == [False, False, True, True, True, True]


def test_a_gap_in_the_sound_stays_a_gap_and_later_sound_stays_in_place(tmp_path: Path) -> None:
    blocks = tenths(beep(2, 0, 2)) + tenths(beep(2, 1, 2), start_seconds=4)
    frames = [(number / 10, 100) for number in range(60)]
    clips, _ = read(write_loose(tmp_path / "gap.mkv", frames=frames, blocks=blocks))
    assert has(clips, "has_sound") == [True, True, False, False, True, True]
    assert np.argwhere(loudness(clips) > 0.1).ravel().tolist() == [0, 1, 5]
    assert not clips[0].sound[2:4].any()


def test_a_drifting_clock_is_corrected(tmp_path: Path) -> None:
    """Blocks of a tenth of a second that are stamped 0.102 s apart: after a minute, counting would be 1.2 s early."""
    quiet, loud = np.zeros(1600, np.float32), beep(0.1, 0, 0.1)
    blocks = [(number * 0.102, loud if number == 500 else quiet) for number in range(600)]
    clips, _ = read(write_loose(tmp_path / "drift.mkv", blocks=blocks))
    sound = np.concatenate([clip.sound.ravel() for clip in clips])
    assert np.flatnonzero(np.abs(sound) > 0.2)[0] / 16000 == pytest.approx(51.0, abs=0.05)


def test_overlapping_sound_is_trimmed(tmp_path: Path) -> None:
    blocks = tenths(beep(3, 0, 0)) + tenths(beep(2, 0, 2), start_seconds=2)
    clips, video = read(write_loose(tmp_path / "overlap.mkv", blocks=blocks))
    assert np.argwhere(loudness(clips) > 0.1).ravel().tolist() == [3]
    assert video.summary.duration_seconds == pytest.approx(4, abs=0.01)


def test_video_without_sound_says_so(tmp_path: Path) -> None:
    write_video(tmp_path / "silent.mp4", flat_pictures([DARK] * 30), None, frames_per_second=10)
    clips, video = read(tmp_path / "silent.mp4")
    assert not any(has(clips, "has_sound"))
    assert video.summary.reasons == (Reason.NO_AUDIO,)
    assert video.summary.audio is None


def test_a_silent_track_is_sound(tmp_path: Path) -> None:
    write_video(tmp_path / "quiet.mp4", flat_pictures([DARK] * 30), np.zeros(48000, np.float32), frames_per_second=10)
    clips, video = read(tmp_path / "quiet.mp4")
    assert all(has(clips, "has_sound"))
    assert video.summary.complete


def test_sound_without_pictures_says_so(tmp_path: Path) -> None:
    clips, video = read(write_loose(tmp_path / "only.wav", blocks=tenths(beep(3, 1, 2)), container="wav"))
    assert not any(has(clips, "has_picture"))
    assert np.argwhere(loudness(clips) > 0.1).ravel().tolist() == [1]
    assert video.summary.reasons == (Reason.NO_VIDEO,)
    assert video.summary.video is None


QUARTER_TURNS = {
    # a, b, c, d of the display matrix, and what a viewer sees of a picture with distinct corners (numpy's words)
    "upright": ((1, 0, 0, 1), lambda picture: picture),
    "90 clockwise": ((0, 1, -1, 0), lambda picture: np.rot90(picture, -1)),
    "180": ((-1, 0, 0, -1), lambda picture: np.rot90(picture, 2)),
    "270 clockwise": ((0, -1, 1, 0), lambda picture: np.rot90(picture, 1)),
    "mirrored": ((-1, 0, 0, 1), lambda picture: picture[:, ::-1]),
    "upside down": ((1, 0, 0, -1), lambda picture: picture[::-1]),
    "transposed": ((0, 1, 1, 0), lambda picture: picture.transpose(1, 0, 2)),
    "transversed": ((0, -1, -1, 0), lambda picture: np.rot90(picture, 2).transpose(1, 0, 2)),
}


@pytest.mark.parametrize("turn", QUARTER_TURNS)
def test_the_display_matrix_is_obeyed(tmp_path: Path, turn: str) -> None:
    (a, b, c, d), seen_as = QUARTER_TURNS[turn]
    picture = np.kron(np.array([[20, 90], [160, 230]], np.uint8), np.ones((32, 32), np.uint8))
    picture = np.repeat(picture[..., None], 3, axis=2)
    path = tmp_path / "turned.mp4"
    write_video(path, [picture] * 2, None, frames_per_second=1)
    upright, turned = _display_matrix(1, 0, 0, 1), _display_matrix(a, b, c, d)
    data = path.read_bytes()
    at = data.index(upright, data.index(b"tkhd"))
    path.write_bytes(data[:at] + turned + data[at + len(turned) :])
    clips, _ = read(path, picture_size=64)
    quarters = clips[0].pictures[0, 0].reshape(2, 32, 2, 32, 3).mean(axis=(1, 3, 4))
    expected = seen_as(picture).reshape(2, 32, 2, 32, 3).mean(axis=(1, 3, 4))
    assert quarters == pytest.approx(expected, abs=6)


def _display_matrix(a: int, b: int, c: int, d: int) -> bytes:
    """As a track header box holds it: 16.16 fixed point, ISO 14496-12 §8.3.2."""
    return struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)


def test_a_cut_file_keeps_what_is_there_and_says_truncated(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (100, 48, 64, 3), np.uint8)
    path = tmp_path / "cut.mp4"
    write_video(path, list(noise), beep(10, 3, 4), frames_per_second=10)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    clips, video = read(path)
    assert 3 <= sum(map(len, clips)) <= 7
    assert Reason.TRUNCATED in video.summary.reasons


def test_damage_in_the_middle_is_survived_and_said(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (100, 48, 64, 3), np.uint8)
    path = tmp_path / "hurt.mp4"
    write_video(path, list(noise), None, frames_per_second=10)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + len(data) // 10] = bytes(len(data) // 10)
    path.write_bytes(data)
    clips, video = read(path)
    assert sum(map(len, clips)) >= 9
    assert Reason.DECODE_ERROR in video.summary.reasons


def test_a_cover_picture_is_not_a_video(tmp_path: Path) -> None:
    """An ID3v2.3 tag with an APIC frame, written by hand, before an MP3 stream."""
    import io

    from PIL import Image

    cover = io.BytesIO()
    Image.new("RGB", (32, 32), (200, 0, 0)).save(cover, "JPEG")
    body = b"\0image/jpeg\0\x03\0" + cover.getvalue()
    frame = b"APIC" + struct.pack(">I", len(body)) + b"\0\0" + body
    size = bytes((len(frame) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    plain = _mp3(tmp_path / "plain.mp3")
    path = tmp_path / "cover.mp3"
    path.write_bytes(b"ID3\x03\0\0" + size + frame + plain.read_bytes())
    clips, video = read(path)
    assert Reason.NO_VIDEO in video.summary.reasons
    assert not any(has(clips, "has_picture"))
    assert has(clips, "has_sound") == [True] * 3


def _mp3(path: Path) -> Path:
    import av

    with av.open(str(path), "w", format="mp3") as output:
        stream = output.add_stream("libmp3lame", rate=16000, layout="mono")
        block = av.AudioFrame.from_ndarray(beep(3, 0, 3)[None], "fltp", "mono")
        block.sample_rate = 16000
        output.mux([*stream.encode(block), *stream.encode(None)])
    return path


def test_the_default_track_is_the_one_that_is_read(tmp_path: Path, shared: Path) -> None:
    _, video = read(shared / "clips/formats/auto-editor__multi-track.mp4")
    assert any("2 audio tracks" in note for note in video.summary.notes)
    assert video.summary.duration_seconds == pytest.approx(4.56, abs=0.05)


@pytest.mark.parametrize(("limit", "value"), [("max_seconds", 4.0), ("max_frames", 40), ("max_samples", 64_000)])
def test_what_lies_beyond_a_limit_is_not_read_and_that_is_said(flash_and_beep: Path, limit: str, value: float) -> None:
    clips, video = read(flash_and_beep, limits=Limits(**{limit: value}))
    assert 3 <= sum(map(len, clips)) <= 5
    assert Reason.OVER_LIMIT in video.summary.reasons


def test_a_badly_interleaved_file_is_not_gathered_in_memory(tmp_path: Path) -> None:
    """All pictures first, then all sound: what comes more than the allowed lead too late is missing."""
    frames = [(number / 10, 100) for number in range(200)]
    path = write_loose(tmp_path / "apart.mkv", frames=frames, blocks=tenths(beep(20, 0, 20)), interleaved=False)
    patient, _ = read(path)
    assert all(has(patient, "has_sound"))
    hasty, video = read(path, limits=Limits(lead_seconds=5))
    assert has(hasty, "has_sound") == [False] * 14 + [True] * 6
    assert all(has(hasty, "has_picture"))
    assert Reason.MISSING_STRETCH in video.summary.reasons


def test_a_reader_that_is_left_early_leaves_nothing_behind(flash_and_beep: Path) -> None:
    with open_video(flash_and_beep, picture_size=16, chunk_segments=2) as video:
        next(iter(video))
        with pytest.raises(InvalidValueError, match="not been read to its end"):
            _ = video.summary
    assert not Path(f"/proc/{video.process_id}").exists()


def test_messages_name_the_file_and_the_reason(tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("these are not moving pictures\n" * 50)
    with pytest.raises(MediaError, match=r"notes\.mp4: it is not a video") as caught:
        open_video(tmp_path / "notes.mp4", picture_size=16)
    assert caught.value.reason is Reason.NOT_MEDIA


def test_a_flash_lasts_exactly_as_long_as_it_was_bright(flash_and_beep: Path) -> None:
    clips, _ = read(flash_and_beep, pictures_per_segment=10)
    bright = clips[0].pictures.mean(axis=(2, 3, 4)).ravel() > (BRIGHT + DARK) / 2
    assert np.flatnonzero(bright).tolist() == list(range(30, 40))
