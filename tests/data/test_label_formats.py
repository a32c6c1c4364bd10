"""Labels as other programs write them: pympi-ling, pysubs2, Audacity by hand; and a reason for every wrong line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pysubs2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pympi.Elan import Eaf

from seehear.core.time import Span
from seehear.core.timeline import Event, Timeline
from seehear.data.folder.audacity import read_label_track
from seehear.data.folder.elan import read_elan
from seehear.data.folder.label import Reading
from seehear.data.folder.table import read_table
from seehear.data.folder.webvtt import read_webvtt
from seehear.report.result import Item, Report, Status
from seehear.report.writers.audacity import write_audacity
from seehear.report.writers.elan import write_eaf
from seehear.report.writers.subtitles import write_vtt

Read = Callable[[Path, str], Reading]
EVENTS = [Event(0.25, 3.0, "dog"), Event(3.0, 7.504, "Male speech, man speaking"), Event(8.0, 9.0, "Kuh & Kalb <jung>")]


def read(read_file: Read, path: Path, content: str | bytes) -> Reading:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_file(path, path.name)


def events_of(reading: Reading) -> list[Event]:
    assert reading.problems == []
    return sorted(label.event for label in reading.labels if label.event is not None)


def elan_document(events: list[Event], tier: str = "events") -> Eaf:
    document = Eaf()
    document.add_tier(tier)
    for event in events:
        document.add_annotation(
            tier, round(event.start_seconds * 1000), round(event.end_seconds * 1000), event.category
        )
    return document


def elan_text(document: Eaf, path: Path) -> str:
    document.to_file(str(path))
    return path.read_text()


def test_a_label_track_as_audacity_writes_it(tmp_path: Path) -> None:
    text = "0.250000\t3.000000\tdog\n\\\t86.132813\t10250.000000\n3.000000\t7.504000\tchurch bell\n"
    reading = read(read_label_track, tmp_path / "walk.txt", text)
    assert events_of(reading) == [Event(0.25, 3.0, "dog"), Event(3.0, 7.504, "church bell")]
    assert [label.where for label in reading.labels] == ["walk.txt line 1", "walk.txt line 3"]


def test_what_pympi_writes_is_read(tmp_path: Path) -> None:
    document = elan_document(EVENTS)
    document.add_linked_file("file:///home/me/My%20walk.mp4", "./My%20walk.mp4", "video/mp4")
    document.to_file(str(tmp_path / "walk.eaf"))
    reading = read_elan(tmp_path / "walk.eaf", "walk.eaf")
    assert events_of(reading) == EVENTS
    assert set(reading.media) == {"My walk.mp4"}


def test_what_pysubs2_writes_is_read(tmp_path: Path) -> None:
    track = pysubs2.SSAFile()
    track.events = [
        pysubs2.SSAEvent(250, 3000, text="dog"),
        pysubs2.SSAEvent(3000, 7504, text="church bell"),
        pysubs2.SSAEvent(3_600_000, 3_605_000, text="dog"),
    ]
    track.save(str(tmp_path / "walk.vtt"))
    reading = read_webvtt(tmp_path / "walk.vtt", "walk.vtt")
    assert events_of(reading) == [
        Event(0.25, 3.0, "dog"),
        Event(3.0, 7.504, "church bell"),
        Event(3600.0, 3605.0, "dog"),
    ]


def test_a_webvtt_file_with_everything_the_standard_allows(tmp_path: Path) -> None:
    """Names of cues, notes, styles, settings, tags and escapes: none of them becomes part of a category."""
    text = (
        "WEBVTT - my labels\n\nSTYLE\n::cue { color: red }\n\nNOTE seen twice\n\n"
        "first cue\n00:01.000 --> 00:02.500 align:start position:0%\n<v Anna><b>dog</b> &amp; cat\n\n"
        "NOTE in between\n\n7\n01:00:00.000 --> 01:00:01.000\nchurch\nbell\n\n"
        "last\n01:00:05.000 --> 01:00:06.000\ndog\n"
    )
    found = events_of(read(read_webvtt, tmp_path / "walk.vtt", text))
    assert found == [Event(1.0, 2.5, "dog & cat"), Event(3600.0, 3601.0, "church bell"), Event(3605.0, 3606.0, "dog")]


@pytest.mark.parametrize(
    ("read_file", "name", "empty"),
    [
        (read_label_track, "walk.txt", ""),
        (read_webvtt, "walk.vtt", "WEBVTT\n"),
        (read_table, "labels.csv", "video,category,start_seconds,end_seconds\n"),
    ],
)
def test_an_empty_file_holds_no_event(tmp_path: Path, read_file: Read, name: str, empty: str) -> None:
    assert read(read_file, tmp_path / name, empty) == Reading()


def test_an_empty_tier_holds_no_event(tmp_path: Path) -> None:
    assert events_of(read(read_elan, tmp_path / "a.eaf", elan_text(elan_document([]), tmp_path / "b.eaf"))) == []


def test_of_several_tiers_the_one_called_events_is_read(tmp_path: Path) -> None:
    document = elan_document(EVENTS)
    document.add_tier("transcription")
    document.add_annotation("transcription", 0, 500, "she says hello")
    assert events_of(read(read_elan, tmp_path / "a.eaf", elan_text(document, tmp_path / "b.eaf"))) == EVENTS


MILLISECONDS = st.integers(0, 10_000_000)
NAMES = st.sampled_from(["dog", "church bell", "Kuh & Kalb", "Male speech, man speaking", "élan vital", "bell"])


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    bounds = sorted(draw(st.sets(MILLISECONDS, min_size=2, max_size=12)))
    pairs = list(zip(bounds[::2], bounds[1::2], strict=False))
    return Timeline(
        10_000, tuple(Event(start / 1000, end / 1000, draw(NAMES)) for start, end in pairs), (Span(10_001, 10_002),)
    )


@settings(max_examples=40, deadline=None)
@given(timeline=timelines())
def test_our_own_results_are_labels_once_more(tmp_path_factory: pytest.TempPathFactory, timeline: Timeline) -> None:
    """What is found can be corrected elsewhere and trained on: the same to the millisecond, without what is missing."""
    folder = tmp_path_factory.mktemp("results")
    report = Report("m", (Item("walk.mp4", Status.OK, None, timeline),))
    expected = [(event.start_seconds, event.end_seconds, event.category) for event in timeline]
    for read_file, ending, text in (
        (read_label_track, "txt", write_audacity(report)),
        (read_elan, "eaf", write_eaf(report)),
        (read_webvtt, "vtt", write_vtt(report)),
    ):
        found = events_of(read(read_file, folder / f"walk.{ending}", text))
        assert [(event.start_seconds, event.end_seconds, event.category) for event in found] == expected


CUE = "WEBVTT\n\n{}\ndog\n"
WRONG_LINES = [
    (read_label_track, "3\t7", "it has 2 of the three cells"),
    (read_label_track, "3 7 dog", "it has 1 of the three cells"),
    (read_label_track, "3,5\t7,5\tdog", "written with commas"),
    (read_label_track, "3.5\t3.5\tdog", "is a point"),
    (read_label_track, "7\t3\tdog", "end 3 s is before start 7 s"),
    (read_label_track, "-1\t3\tdog", "cannot start before the video"),
    (read_label_track, "one\t3\tdog", "start is 'one', not a number"),
    (read_label_track, "1\tnan\tdog", "end is 'nan', not a number"),
    (read_label_track, "1\t3\t", "category is empty"),
    (read_label_track, "1\t3\t=1+1", "would be a formula"),
    (read_label_track, "1\t3\tdog\tcat", "control characters"),
    (read_label_track, "1\t3\tbackground", "background is what no label names"),
    (read_webvtt, CUE.format("00:00:01,000 --> 00:00:02,000"), "is not a timing such as"),
    (read_webvtt, CUE.format("-00:00:01.000 --> 00:00:02.000"), "is not a timing such as"),
    (read_webvtt, CUE.format("00:00:01.000 --> 00:00:61.000"), "is not a timing such as"),
    (read_webvtt, CUE.format("00:00:01.000 -->"), "is not a timing such as"),
    (read_webvtt, CUE.format("00:00:02.000 --> 00:00:01.000"), "end 1 s is before start 2 s"),
    (read_webvtt, CUE.format("00:00:02.000 --> 00:00:02.000"), "has no length"),
    (read_webvtt, "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n\nNOTE x\n", "category is empty"),
]


@pytest.mark.parametrize(("read_file", "text", "reason"), WRONG_LINES, ids=[reason for *_, reason in WRONG_LINES])
def test_a_wrong_line_is_named_and_the_others_are_read(tmp_path: Path, read_file: Read, text: str, reason: str) -> None:
    good = "10\t11\tdog\n" if read_file is read_label_track else "\n00:00:10.000 --> 00:00:11.000\ndog\n"
    reading = read(read_file, tmp_path / "walk", f"{text}\n{good}")
    (problem,) = reading.problems
    assert reason in problem.message
    assert problem.where == ("walk line 1" if read_file is read_label_track else "walk line 3")
    assert [label.event for label in reading.labels] == [Event(10, 11, "dog")]


@pytest.mark.parametrize("read_file", [read_label_track, read_webvtt, read_elan, read_table])
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("caf\u00e9\n".encode("latin-1"), "it is not UTF-8 (byte 3, line 1); save it as UTF-8"),
        ("1\t2\tdog\n".encode("utf-16"), "it is UTF-16, not UTF-8"),
    ],
)
def test_an_unknown_encoding_is_named(tmp_path: Path, read_file: Read, content: bytes, reason: str) -> None:
    reading = read(read_file, tmp_path / "walk", content)
    assert [problem.where for problem in reading.problems] == ["walk"]
    assert reason in reading.problems[0].message


def test_subtitles_of_another_format_are_no_webvtt(tmp_path: Path) -> None:
    reading = read(read_webvtt, tmp_path / "walk.vtt", "1\n00:00:01,000 --> 00:00:02,000\ndog\n")
    assert "does not begin with WEBVTT" in reading.problems[0].message


ENTITIES = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb">]><ANNOTATION_DOCUMENT>&b;</ANNOTATION_DOCUMENT>'


def elan_faults(path: Path) -> dict[str, str]:
    """Documents that are refused as a whole, by what is said of them."""
    sound = elan_text(elan_document(EVENTS), path)
    two = elan_document(EVENTS, "speech")
    two.add_tier("animals")
    two.add_annotation("animals", 0, 500, "dog")
    hanging = elan_document(EVENTS, "words")
    hanging.add_linguistic_type("child", "Symbolic_Association")
    hanging.add_tier("events", "child", "words")
    hanging.add_ref_annotation("events", "words", 1000, "dog")
    shifted = elan_document(EVENTS)
    shifted.add_linked_file("file:///walk.mp4", "./walk.mp4", "video/mp4", time_origin=500)
    return {
        "it is no document of ELAN": sound[: len(sound) // 2],
        "it declares entities": ENTITIES,
        "2 of its tiers hold annotations ('speech', 'animals'); call the one that names categories 'events'": elan_text(
            two, path
        ),
        "hang on another tier and have no times of their own": elan_text(hanging, path),
        "its media are shifted by 500 ms": elan_text(shifted, path),
    }


def test_a_document_that_cannot_be_taken_says_why(tmp_path: Path) -> None:
    for reason, text in elan_faults(tmp_path / "made.eaf").items():
        reading = read(read_elan, tmp_path / "walk.eaf", text)
        assert reading.labels == []
        assert [reason in problem.message for problem in reading.problems] == [True], reading.problems


def test_an_annotation_without_times_or_with_wrong_ones_is_named(tmp_path: Path) -> None:
    text = elan_text(elan_document(EVENTS), tmp_path / "made.eaf")
    assert text.count('TIME_VALUE="3000"') == 2
    without = read(read_elan, tmp_path / "a.eaf", text.replace(' TIME_VALUE="3000"', "", 1))
    (problem,) = without.problems
    assert re.fullmatch(r"a\.eaf tier 'events' annotation a\d", problem.where)
    assert "has no start or no end" in problem.message
    backwards = read(read_elan, tmp_path / "a.eaf", text.replace('TIME_VALUE="250"', 'TIME_VALUE="9000"'))
    assert "end 3 s is before start 9 s" in backwards.problems[0].message
    assert len(backwards.labels) == 2
