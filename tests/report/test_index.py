"""The page over many videos as text: what it holds, and that it grows a video at a time."""

from __future__ import annotations

import json
import re
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from seehear.core.errors import Reason, StorageError
from seehear.core.timeline import Event, Timeline
from seehear.report.contact_sheet import MOST_EVENTS
from seehear.report.index import Listed, index_pieces, write_index
from seehear.report.result import Item, Status

DOG = Event(3.0004, 9.9996, "dog", 0.79)
BELL = Event(12, 15, "church bell", 0.91)


def listed(path: str, *events: Event, duration_seconds: float = 20.0, **files: str) -> Listed:
    return Listed(Item(path, Status.OK, timeline=Timeline(duration_seconds, events)), **files)


def failed(path: str, message: str = "no video") -> Listed:
    return Listed(Item(path, Status.FAILED, Reason.NOT_MEDIA, message=message))


def text_of(*videos: Listed, model: dict | None = None) -> str:
    return "".join(index_pieces(videos, model or {}))


def payload_of(text: str) -> dict:
    return json.loads(re.search(r'<script type="application/json" id="payload">(.*?)</script>', text, re.DOTALL)[1])


def test_each_video_is_there_with_its_page_its_sheet_and_its_events():
    first = listed("trip/2024/a dog.mp4", DOG, BELL, DOG, page="2024/a dog.html", sheet="thumbnails/2024/a dog.jpg")
    read = payload_of(text_of(first, listed("trip/quiet.mp4"), failed("trip/=bad.mp4")))
    assert read["categories"] == ["dog", "church bell"]
    counts, events = [[0, 2], [1, 1]], [[3.0, 10.0, 0, 0.79], [3.0, 10.0, 0, 0.79], [12, 15, 1, 0.91]]
    addresses = ["./2024/a%20dog.html", "./thumbnails/2024/a%20dog.jpg"]
    assert read["videos"][0] == ["2024/a dog.mp4", "ok", None, "", 20.0, *addresses, 0.91, counts, events]
    assert read["videos"][1] == ["quiet.mp4", "ok", None, "", 20.0, None, None, None, [], []]
    assert read["videos"][2] == ["=bad.mp4", "failed", "not_media", "no video"]


@pytest.mark.parametrize(
    ("paths", "title", "names"),
    [
        (["trip/a.mp4", "trip/2024/b.mp4"], "trip", ["a.mp4", "2024/b.mp4"]),
        (["/media/stick/trip/a.mp4", "/media/stick/home/b.mp4"], "stick", ["trip/a.mp4", "home/b.mp4"]),
        (["./trip/a.mp4", "trip//b.mp4"], "trip", ["a.mp4", "b.mp4"]),
        (["a.mp4", "b.mp4"], "Videos", ["a.mp4", "b.mp4"]),
        (["/a.mp4", "b.mp4"], "Videos", ["/a.mp4", "b.mp4"]),
        ([], "Videos", []),
    ],
)
def test_names_are_told_from_the_folder_that_all_are_in(paths: list[str], title: str, names: list[str]):
    text = text_of(*map(listed, paths))
    assert re.search(r"<title>(.*?)</title>", text)[1] == title
    assert [video[0] for video in payload_of(text)["videos"]] == names


def test_of_a_video_with_many_events_all_are_counted_and_some_are_shown():
    events = [Event(n, n + 0.5, "dog" if n % 4 else "bell", 0.99 if n == 777 else 0.5) for n in range(1000)]
    video = payload_of(text_of(listed("a.mp4", *events, duration_seconds=2000)))["videos"][0]
    assert video[7] == 0.99
    assert video[8] == [[0, 250], [1, 750]]
    assert len(video[9]) == MOST_EVENTS


def test_hostile_names_stay_inside_the_element_that_holds_them():
    name = "</script><script>alert(1)</script><!--\u2028{{script}}"
    videos = [listed(f"{name}.mp4", Event(0, 1, name), page=f"{name}.html"), failed(f"{name}.mov", name)]
    text = text_of(*videos, model={name: name})
    assert text.count("<script") == text_of(listed("x")).count("<script")
    assert payload_of(text)["categories"] == [name]


def test_addresses_stay_paths_and_undecodable_names_find_their_files(tmp_path: Path):
    page = b"javascript:\xe9 #1?.html".decode("utf-8", "surrogateescape")
    address = payload_of(text_of(listed("a.mp4", DOG, page=page)))["videos"][0][5]
    assert address.startswith("./javascript%3A")
    assert unquote(address, errors="surrogateescape") == f"./{page}"
    assert not set("#? ") & set(address)


def test_the_policy_allows_pictures_of_this_folder_and_nothing_else_from_outside():
    text = text_of(listed("a.mp4", DOG))
    policy = re.search(r'Security-Policy" content="([^"]*)"', text)[1]
    assert re.sub("sha256-[^']*", "hash", policy) == (
        "default-src 'none'; script-src 'hash'; style-src 'hash'; img-src 'self'; base-uri 'none'; form-action 'none'"
    )
    assert not re.search(r"https?:|//[a-z]+\.[a-z]|@import|url\(", text)
    assert not re.search(r"\son\w+\s*=|\sstyle=|innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text)


def test_memory_does_not_grow_with_the_number_of_videos():
    """The text of 20 000 videos is two megabytes; less than a sixth of that is held at a time."""
    videos = [listed(f"folder/{number % 7}/film {number}.mp4", DOG, BELL) for number in range(20_000)]

    def drained(pieces: Iterator[str]) -> int:
        return sum(map(len, pieces))

    tracemalloc.start()
    try:
        length = drained(index_pieces(videos, {}))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert length > 2_000_000
    assert peak_bytes < 300_000


def test_it_is_written_wholly_or_not_at_all(tmp_path: Path):
    place = tmp_path / "index.html"
    write_index(place, [listed("a.mp4", DOG), listed("b.mp4")], {"name": "agreement"})
    before = place.read_bytes()
    assert b"agreement" in before

    class Broken(Item):
        @property
        def found(self) -> Timeline:
            raise StorageError("the disk went away")

    with pytest.raises(StorageError):
        write_index(place, [listed("a.mp4"), Listed(Broken("b.mp4", Status.OK, timeline=Timeline(1.0)))], {})
    assert place.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]
