"""Uploads within their bounds: what is refused, why, and that nothing of it stays."""

from __future__ import annotations

import asyncio
import shutil
from collections import namedtuple
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from seehear.core.errors import Reason
from seehear.web.house import House
from seehear.web.receiving import Receiver
from seehear.web.refusal import RefusedError
from seehear.web.settings import Settings
from tests.web.loop import finish


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    opened = House.open(Settings(folder=tmp_path / "served", spare_bytes=1))
    yield opened
    opened.close()


def receiver(house: House, **bounds: float) -> Receiver:
    return Receiver(house.store, house.places, replace(house.settings, **bounds))


async def pieces(count: int, size: int, pause_seconds: float = 0.0) -> AsyncIterator[bytes]:
    for number in range(count):
        await asyncio.sleep(pause_seconds)
        yield bytes([number % 256]) * size


def refusal(house: House, receiving: Receiver, length: int | None, chunks: AsyncIterator[bytes]) -> tuple[int, Reason]:
    """Status and reason of an upload that must not go through, and nothing of which may be left."""
    with pytest.raises(RefusedError) as caught:
        finish(receiving.receive("film.mp4", length, chunks))
    assert house.store.all() == []
    assert [path for part in ("incoming", "jobs") for path in (house.settings.folder / part).iterdir()] == []
    return caught.value.status, caught.value.reason


def test_what_comes_is_what_is_kept(house: House):
    job = finish(receiver(house).receive("film.mp4", 3000, pieces(30, 100)))
    assert house.places.video(job.id).read_bytes() == b"".join(bytes([number]) * 100 for number in range(30))
    assert house.store.get(job.id) == job


@pytest.mark.parametrize("count", [2, 4])
def test_more_or_less_than_was_announced_is_refused(house: House, count: int):
    assert refusal(house, receiver(house), 300, pieces(count, 100)) == (400, Reason.TRUNCATED)


def test_a_video_of_unknown_or_no_length_is_refused(house: House):
    assert refusal(house, receiver(house), None, pieces(1, 1)) == (411, Reason.INVALID_VALUE)
    assert refusal(house, receiver(house), 0, pieces(0, 1)) == (400, Reason.INVALID_VALUE)


def test_a_video_over_the_cap_is_refused_before_a_byte_is_read(house: House):
    chunks = pieces(1, 1)
    assert refusal(house, receiver(house, max_upload_bytes=1000), 1001, chunks) == (413, Reason.OVER_LIMIT)
    assert finish(anext(chunks)) == b"\0"


def test_a_sender_below_the_lowest_rate_is_refused(house: House):
    slow = receiver(house, minimum_bytes_per_second=1e6, patience_seconds=0.3)
    assert refusal(house, slow, 10**6, pieces(10**6, 1, 0.001)) == (408, Reason.TIMED_OUT)


def test_a_sender_that_stops_is_refused(house: House):
    slow = receiver(house, minimum_bytes_per_second=1, patience_seconds=0.2)
    assert refusal(house, slow, 100, pieces(2, 1, 3600.0)) == (408, Reason.TIMED_OUT)


def test_what_was_sent_quickly_earns_patience_back(house: House):
    patient = receiver(house, minimum_bytes_per_second=100, patience_seconds=2.0)
    assert finish(patient.receive("film.mp4", 3000, pieces(6, 500, 0.4))).video_bytes == 3000, "2.4 s of pauses"


def test_an_upload_that_never_ends_is_refused_however_quick(house: House):
    quick = receiver(house, upload_deadline_seconds=0.5, minimum_bytes_per_second=1, patience_seconds=600.0)
    assert refusal(house, quick, 10**9, pieces(10**9, 1, 0.001)) == (408, Reason.TIMED_OUT)


def test_only_so_many_jobs_are_kept(house: House):
    few = receiver(house, max_jobs=2)
    for _ in range(2):
        finish(few.receive("film.mp4", 1, pieces(1, 1)))
    with pytest.raises(RefusedError, match="delete some") as caught:
        finish(few.receive("film.mp4", 1, pieces(1, 1)))
    assert (caught.value.status, caught.value.reason) == (507, Reason.OVER_LIMIT)


def refused_of_three(receiving: Receiver) -> list[RefusedError]:
    """Which of three uploads of 100 bytes at once are refused."""

    async def three_at_once() -> list[object]:
        sends = [receiving.receive("film.mp4", 100, pieces(10, 10, 0.01)) for _ in range(3)]
        return await asyncio.gather(*sends, return_exceptions=True)

    return [outcome for outcome in finish(three_at_once()) if isinstance(outcome, RefusedError)]


def test_the_quota_counts_what_is_kept_and_what_is_on_its_way(house: House):
    small = receiver(house, quota_bytes=250)
    refused = refused_of_three(small)
    assert [(each.status, each.reason) for each in refused] == [(507, Reason.OVER_LIMIT)]
    assert house.store.kept_bytes() == 200
    with pytest.raises(RefusedError):
        finish(small.receive("film.mp4", 51, pieces(1, 51)))
    assert finish(small.receive("film.mp4", 50, pieces(1, 50))).video_bytes == 50


def test_only_so_many_uploads_run_at_once_and_room_comes_back(house: House):
    two = receiver(house, max_uploads=2)
    refused = refused_of_three(two)
    assert [(each.status, each.headers) for each in refused] == [(429, {"Retry-After": "5"})]
    assert finish(two.receive("film.mp4", 1, pieces(1, 1)))


def test_a_disk_that_is_nearly_full_takes_no_more(house: House, monkeypatch: pytest.MonkeyPatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9 - 150, 150))
    assert refusal(house, receiver(house, spare_bytes=100), 100, pieces(1, 100)) == (507, Reason.DISK_FULL)
