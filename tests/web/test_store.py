"""Jobs and their folders survive whatever ends the server; what is half there is swept."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from seehear.core.errors import DamagedError, Reason, StorageError
from seehear.web.house import House
from seehear.web.jobs import Job, State, new_id, plain_name
from seehear.web.settings import Settings
from seehear.web.store import JobStore


def accepted(house: House, name: str = "film.mp4", content: bytes = b"content") -> Job:
    job = Job(new_id(), name, len(content))
    house.places.begin_receiving(job.id, job.name).write_bytes(content)
    house.places.accept(job.id)
    house.store.add(job)
    return job


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(folder=tmp_path / "served")


def reopened(house: House) -> House:
    house.close()
    return House.open(house.settings)


def test_a_job_is_read_back_as_it_was_written(tmp_path: Path):
    store = JobStore(tmp_path / "jobs.sqlite3")
    job = Job(new_id(), "ö — 犬.mp4", 7, created=12.5)
    store.add(job)
    store.finish(job.id, State.DONE, reason="no_audio", message="half", result={"events": [1]}, result_bytes=5)
    store.close()
    found = JobStore(tmp_path / "jobs.sqlite3").get(job.id)
    assert found is not None
    expected = replace(job, state=State.DONE, reason="no_audio", message="half", result={"events": [1]}, result_bytes=5)
    assert replace(found, finished=None) == expected


def test_the_list_of_jobs_is_written_ahead(tmp_path: Path):
    JobStore(tmp_path / "jobs.sqlite3").close()
    assert sqlite3.connect(tmp_path / "jobs.sqlite3").execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_the_job_that_has_waited_longest_is_next(tmp_path: Path):
    store = JobStore(tmp_path / "jobs.sqlite3")
    late, early = Job(new_id(), "late", 1, created=2.0), Job(new_id(), "early", 1, created=1.0)
    store.add(late)
    store.add(early)
    assert store.next_queued() == early
    assert store.all() == [late, early]
    store.begin(early.id)
    assert store.next_queued() == late
    assert store.cancel_queued(late.id)
    assert not store.cancel_queued(early.id), "it is running"
    assert not store.begin(early.id), "it is running"
    assert store.next_queued() is None
    assert not store.begin(late.id), "it was cancelled"


def test_a_job_that_was_running_when_the_server_died_waits_again(settings: Settings):
    house = House.open(settings)
    job = accepted(house)
    house.store.begin(job.id)
    half = house.places.job(job.id) / ".results.half"
    half.mkdir()
    again = reopened(house)
    found = again.store.get(job.id)
    assert found is not None
    assert (found.state, found.attempts) == (State.QUEUED, 1)
    again.places.clear_results(job.id)
    assert not half.exists()
    assert again.places.video(job.id).read_bytes() == b"content"


def test_a_job_that_takes_the_server_with_it_is_not_tried_for_ever(settings: Settings):
    house = House.open(settings)
    job = accepted(house)
    for _ in range(settings.max_attempts):
        house.store.begin(job.id)
        house = reopened(house)
    found = house.store.get(job.id)
    assert found is not None
    assert (found.state, found.reason) == (State.FAILED, Reason.WORKER_CRASHED)
    house.store.queue_again(job.id)
    assert reopened(house).store.next_queued() is not None


def test_what_is_half_there_is_swept_and_the_list_agrees_with_the_folders(settings: Settings):
    house = House.open(settings)
    whole, lost, deleted = accepted(house), accepted(house), accepted(house)
    half = new_id()
    house.places.begin_receiving(half, "half").write_bytes(b"ha")
    unlisted = accepted(house, "unlisted.mp4")
    house.store.remove(unlisted.id)  # killed between the folder's rename and its row
    (house.places.job(deleted.id)).rename(settings.folder / "trash" / deleted.id)  # killed while deleting
    house.places.video(lost.id).unlink()
    house = reopened(house)
    assert {job.id: job.name for job in house.store.all()} == {whole.id: "film.mp4", unlisted.id: "unlisted.mp4"}
    assert list((settings.folder / "incoming").iterdir()) == list((settings.folder / "trash").iterdir()) == []


def test_two_servers_never_share_a_folder(settings: Settings):
    house = House.open(settings)
    with pytest.raises(StorageError, match="another server uses") as caught:
        House.open(settings)
    assert caught.value.reason is Reason.NOT_PERMITTED
    reopened(house).close()


def test_a_list_of_jobs_that_is_none_says_so_and_keeps_the_videos(settings: Settings):
    house = House.open(settings)
    job = accepted(house)
    house.close()
    for part in settings.folder.glob("jobs.sqlite3*"):
        part.unlink()
    (settings.folder / "jobs.sqlite3").write_bytes(b"this is no database" * 100)
    with pytest.raises(DamagedError, match="move it away"):
        House.open(settings)
    (settings.folder / "jobs.sqlite3").unlink()
    assert [found.id for found in House.open(settings).store.all()] == [job.id]


def test_the_folder_is_for_its_owner_only(settings: Settings):
    House.open(settings).close()
    assert settings.folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("dog.mp4", "dog.mp4"),
        ("../../etc/passwd", "passwd"),
        ("C:\\films\\dog.mp4", "dog.mp4"),
        ("two\nlines\x00.mp4", "twolines.mp4"),
        ("\ud800.mp4", "?.mp4"),
        ("", "video"),
        ("/", "video"),
        ("e\u0301.mp4", "\u00e9.mp4"),
    ],
)
def test_a_name_becomes_one_printable_line(given: str, kept: str):
    assert plain_name(given) == kept
