"""From a file to a timeline, whatever the file."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

import seehear
from seehear.core.errors import ExtractorMismatchError, MediaError, Reason, UnknownNameError
from seehear.core.labels import Categories
from seehear.core.time import Grid
from seehear.core.values import Features, Scores
from seehear.features import load_extractor
from seehear.localizer import Localizer, load
from seehear.media import write_video
from seehear.models.checkpoint import CARD_FILE, load_checkpoint, save_checkpoint
from seehear.report.result import Status


class BrightnessScorer:
    """Calls a segment an event where its picture is bright and its sound is loud: a truth one can make by hand."""

    categories = Categories(("flash",))
    grid = Grid()

    def __init__(self, window_segments: int) -> None:
        self.window_segments = window_segments
        self.seen_lengths: list[int] = []

    def score(self, stretches: list[Features]) -> list[Scores]:
        self.seen_lengths += [len(features) for features in stretches]
        return [self._score(features) for features in stretches]

    def _score(self, features: Features) -> Scores:
        bright = features.visual[..., 0].mean(axis=(1, 2)) > 0
        loud = features.audio[:, 0] > 0.05
        events = (bright & loud & ~features.missing).astype(np.float32)[:, None]
        return Scores(features.grid, self.categories, events, features.missing)


def write_flashes(path: Path, seconds: int, seen: set[int], heard: set[int], *, sound: bool = True) -> Path:
    """White pictures in the `seen` seconds and a tone in the `heard` ones."""
    rate_hz, frames_per_second = 16_000, 8
    pictures = (
        np.full((64, 64, 3), 230 if number // frames_per_second in seen else 10, np.uint8)
        for number in range(seconds * frames_per_second)
    )
    time = np.arange(seconds * rate_hz) / rate_hz
    audible = np.isin(time.astype(int), list(heard))
    tone = (0.5 * np.sin(2 * np.pi * 440 * time) * audible).astype(np.float32)
    write_video(path, pictures, tone if sound else None, frames_per_second=frames_per_second)
    return path


@dataclasses.dataclass
class Statistics:
    """An extractor whose first channels are brightness and loudness."""

    name: str = "statistics"
    fingerprint: str = "statistics-1"
    picture_size: int = 16
    pictures_per_segment: int = 1

    def extract(self, clip) -> Features:
        brightness = clip.pictures[:, 0].mean(axis=-1, keepdims=True).astype(np.float32) - 128
        loudness = np.sqrt(np.square(clip.sound).mean(axis=1, keepdims=True))
        return Features(
            clip.grid, clip.first_segment, self.fingerprint, brightness, loudness, clip.has_picture, clip.has_sound
        )


def localizer(window_segments: int = 10) -> Localizer:
    return Localizer(BrightnessScorer(window_segments), Statistics(), name="brightness")


@pytest.mark.parametrize("window_segments", [1, 4, 10, 64])
def test_what_is_seen_and_heard_at_once_is_found_whatever_the_window(tmp_path: Path, window_segments: int) -> None:
    path = write_flashes(tmp_path / "flash.mp4", 70, seen={3, 4, 5, 40, 41, 66}, heard={4, 5, 6, 40, 41, 66, 67})
    timeline = localizer(window_segments)(path)
    found = [(event.start_seconds, event.end_seconds) for event in timeline]
    assert found == [(4, 6), (40, 42), (66, 67)]
    assert timeline.duration_seconds == pytest.approx(70, abs=0.1)


def test_every_window_is_full_but_in_a_video_shorter_than_one(tmp_path: Path) -> None:
    long, short = localizer(10), localizer(10)
    long(write_flashes(tmp_path / "long.mp4", 43, set(), set()))
    short(write_flashes(tmp_path / "short.mp4", 3, set(), set()))
    assert set(long.scorer.seen_lengths) == {10}
    assert short.scorer.seen_lengths == [3]


def test_a_video_without_sound_is_partial_and_its_events_are_not_invented(tmp_path: Path) -> None:
    item = localizer().item(write_flashes(tmp_path / "mute.mp4", 5, {1, 2}, set(), sound=False))
    assert (item.status, item.reason) == (Status.PARTIAL, Reason.NO_AUDIO)
    assert item.timeline is not None
    assert len(item.timeline) == 0
    assert item.timeline.missing[0].duration_seconds == pytest.approx(5, abs=0.2)


def test_a_bad_file_is_a_row_and_an_error_in_python(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("not a video")
    item = localizer().item(tmp_path / "text.mp4")
    assert (item.status, item.reason) == (Status.FAILED, Reason.NOT_MEDIA)
    with pytest.raises(MediaError):
        localizer()(tmp_path / "text.mp4")


def test_a_trained_model_is_loaded_by_its_folder(video: Path, checkpoint: Path) -> None:
    timeline = seehear.localize(video, model=checkpoint)
    assert isinstance(timeline, seehear.Timeline)
    assert timeline.duration_seconds == pytest.approx(24, abs=0.1)
    assert timeline.missing == ()


def test_a_video_is_scored_alike_in_one_piece_and_streamed(video: Path, checkpoint: Path, monkeypatch) -> None:
    streamed = load(checkpoint).find(video)
    monkeypatch.setattr("seehear.extract.CHUNK_SEGMENTS", 7)
    pieces = load(checkpoint).find(video)
    np.testing.assert_allclose(streamed.scores.events, pieces.scores.events, atol=1e-5)
    assert streamed.timeline == pieces.timeline


def test_an_unknown_model_lists_what_there_is() -> None:
    with pytest.raises(UnknownNameError, match="agreement"):
        load("no-such-model")


def test_a_model_of_other_features_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    network, card = load_checkpoint(checkpoint)
    save_checkpoint(tmp_path / "other", network, dataclasses.replace(card, fingerprint="0" * 16))
    with pytest.raises(ExtractorMismatchError, match="0000000000000000"):
        load(tmp_path / "other")


def test_a_changed_card_is_found(checkpoint: Path, tmp_path: Path) -> None:
    network, card = load_checkpoint(checkpoint)
    save_checkpoint(tmp_path / "model", network, card)
    text = (tmp_path / "model" / CARD_FILE).read_text()
    (tmp_path / "model" / CARD_FILE).write_text(json.dumps({**json.loads(text), "window_segments": 3}))
    with pytest.raises(seehear.core.errors.DamagedError, match="damaged"):
        load(tmp_path / "model")


def test_agreement_is_the_default_and_finds_the_barking_dog(shared: Path, monkeypatch) -> None:
    monkeypatch.setenv("SEEHEAR_HOME", str(shared / "weights"))
    timeline = seehear.localize(shared / "clips" / "events" / "SpecVQGAN__video_02677.mp4")
    assert timeline.categories == ("dog",)
    barking = sum(event.duration_seconds for event in timeline)
    assert 3 <= barking <= 6


def test_the_extractors_agree_with_their_own_fingerprints() -> None:
    assert load_extractor("builtin").fingerprint == load_extractor("builtin").fingerprint
