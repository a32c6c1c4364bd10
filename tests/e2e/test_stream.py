"""Events while the file is still being read: the same as of the whole, long before its end, and nothing left behind."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

import seehear
from seehear.core.errors import MediaError, NotFiniteError, Reason
from seehear.events.decide import Decision, Thresholds
from seehear.localizer import Localizer, load
from tests.e2e.test_localize import BrightnessScorer, Statistics, write_flashes

SEEN = {3, 4, 5, 40, 41, 66, 100, 101, 102, 103, 150}


@pytest.fixture(scope="module")
def flashes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three minutes with five moments; the first is over after six seconds."""
    return write_flashes(tmp_path_factory.mktemp("flashes") / "flashes.mp4", 180, SEEN, SEEN)


class CountingStatistics(Statistics):
    """Says how many segments it was shown."""

    segments = 0

    def extract(self, clip):
        self.segments += len(clip)
        return super().extract(clip)


@pytest.fixture
def decoders(monkeypatch) -> Iterator[list[psutil.Process]]:
    """The decoding processes that were started."""
    from seehear import extract

    started, open_video = [], extract.open_video

    def opened(*arguments, **options):
        video = open_video(*arguments, **options)
        started.append(psutil.Process(video.process_id))
        return video

    monkeypatch.setattr(extract, "open_video", opened)
    return started


def over(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def exhaust(stream) -> tuple[list[seehear.Event], seehear.Timeline]:
    """The events, and the value of the generator."""
    events = []
    while True:
        try:
            events.append(next(stream))
        except StopIteration as end:
            return events, end.value


@pytest.mark.parametrize("window_segments", [4, 64])
def test_the_first_event_comes_long_before_the_end_and_all_are_those_of_the_whole(flashes, window_segments):
    extractor = CountingStatistics()
    localizer = Localizer(BrightnessScorer(window_segments), extractor, name="brightness")
    whole = localizer(flashes)
    extractor.segments = 0
    stream = localizer.stream(flashes)
    assert next(stream) == whole[0]
    assert extractor.segments <= 128
    events, timeline = exhaust(stream)
    assert (whole[0], *events) == whole.events
    assert timeline == whole


@pytest.mark.parametrize("usual", [Decision(minimum_seconds=2, merge_gap_seconds=2), Decision(exclusive=True)])
def test_a_network_streams_what_it_says_of_the_whole(video: Path, checkpoint: Path, monkeypatch, usual: Decision):
    monkeypatch.setattr("seehear.extract.CHUNK_SEGMENTS", 5)
    localizer = load(checkpoint)
    scores = localizer.find(video).scores.events
    thresholds = [Thresholds(*np.quantile(column, (0.8, 0.6)).tolist()) for column in scores.T]
    localizer.decision = replace(usual, by_category=dict(zip(localizer.categories, thresholds, strict=True)))
    whole = localizer(video)
    assert len(whole) > 2
    assert exhaust(localizer.stream(video, encoders=2)) == ([*whole], whole)


def test_agreement_streams_what_it_says_of_the_whole(shared: Path, monkeypatch):
    monkeypatch.setenv("SEEHEAR_HOME", str(shared / "weights"))
    monkeypatch.setattr("seehear.models.agreement.WINDOW_SEGMENTS", 4)
    monkeypatch.setattr("seehear.extract.CHUNK_SEGMENTS", 3)
    localizer, clip = load(), shared / "clips" / "events" / "SpecVQGAN__video_02677.mp4"
    whole = localizer(clip)
    assert whole.categories == ("dog",)
    assert exhaust(localizer.stream(clip)) == ([*whole], whole)


def test_a_stream_that_is_closed_or_dropped_ends_its_decoder(flashes, decoders):
    localizer = Localizer(BrightnessScorer(4), Statistics(), name="brightness")
    closed, dropped = localizer.stream(flashes), localizer.stream(flashes)
    assert next(closed) == next(dropped)
    assert not any(over(process) for process in decoders)
    closed.close()
    assert [over(process) for process in decoders] == [True, False]
    del dropped
    gc.collect()
    assert [over(process) for process in decoders] == [True, True]


def test_a_decoder_that_dies_leaves_what_was_decided_and_the_end_of_what_was_read(flashes, decoders):
    localizer = Localizer(BrightnessScorer(4), Statistics(), name="brightness")
    stream = localizer.stream(flashes)
    first = next(stream)
    decoders[0].kill()
    events, timeline = exhaust(stream)
    assert timeline.events == (first, *events)
    assert timeline.events == localizer(flashes).events[: len(timeline)]
    assert timeline.duration_seconds < 180


def test_what_has_no_sound_is_missing_in_the_end(tmp_path: Path):
    mute = write_flashes(tmp_path / "mute.mp4", 5, {1, 2}, set(), sound=False)
    localizer = Localizer(BrightnessScorer(4), Statistics(), name="brightness")
    events, timeline = exhaust(localizer.stream(mute))
    assert events == []
    assert timeline == localizer(mute)
    assert timeline.missing


def test_a_file_of_which_nothing_can_be_read_is_an_error_at_the_first_step(tmp_path: Path):
    (tmp_path / "text.mp4").write_text("not a video")
    stream = Localizer(BrightnessScorer(4), Statistics(), name="brightness").stream(tmp_path / "text.mp4")
    with pytest.raises(MediaError) as caught:
        next(stream)
    assert caught.value.reason is Reason.NOT_MEDIA


def test_an_error_on_the_way_comes_after_the_events_that_were_decided(flashes, decoders):
    class Failing(BrightnessScorer):
        def _score(self, features):
            scores = super()._score(features)
            if features.first_segment > 100:
                scores.events[:] = np.nan
            return scores

    localizer = Localizer(Failing(4), Statistics(), name="brightness")
    events = []
    with pytest.raises(NotFiniteError):
        for event in localizer.stream(flashes):
            events.append(event)
    assert [event.start_seconds for event in events] == [3, 40, 66]
    with pytest.raises(NotFiniteError):
        localizer(flashes)
    assert all(over(process) for process in decoders)
