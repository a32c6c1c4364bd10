"""Every format is read back by a reader that is not ours."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pysubs2
import pytest

from seehear.core.errors import InvalidValueError, Reason
from seehear.core.timeline import Event, Timeline
from seehear.report.result import Item, Report, Status
from seehear.report.writers import CSV_COLUMNS, WRITERS, output_stems, text_cell

HOSTILE = [
    "<b>bold</b>",
    '<img src=x onerror="alert(1)">',
    "a --> b",
    "line\nbreak\n\n99\n00:00:01,000 --> 00:00:02,000\nforged",
    "{\\an8}top",
    "back\\Nslash",
    "Tom & <Jerry>",
    "=1+1",
    "\u05db\u05dc\u05d1",
]


def report_of(*events: Event) -> Report:
    return Report("m", (Item("dog.mp4", Status.OK, None, Timeline(9000.0, events)),))


def rows_of(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(WRITERS["csv"](report), newline="")))


def test_json_is_the_report():
    report = report_of(Event(1, 2, "Bark"))
    assert json.loads(WRITERS["json"](report)) == report.as_dict()


def test_csv_has_a_row_an_event_with_times_to_the_millisecond():
    rows = rows_of(report_of(Event(1.0004, 2.9996, "Bark", 0.75), Event(3661.5, 7300.123, "Male speech, man", 0.5)))
    assert [(row["category"], row["start_seconds"], row["end_seconds"], row["score"]) for row in rows] == [
        ("Bark", "1.000", "3.000", "0.7500"),
        ("Male speech, man", "3661.500", "7300.123", "0.5000"),
    ]


def test_csv_keeps_a_row_for_a_video_without_events_and_for_a_failed_one():
    failed = Item("b.mp4", Status.FAILED, Reason.NOT_MEDIA)
    quiet = Item("c.mp4", Status.OK, None, Timeline(3.0))
    rows = rows_of(Report("m", (failed, quiet)))
    assert [(row["path"], row["status"], row["reason"], row["category"]) for row in rows] == [
        ("b.mp4", "failed", "not_media", ""),
        ("c.mp4", "ok", "", ""),
    ]
    assert tuple(rows[0]) == CSV_COLUMNS


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", "\uff1d1"])
def test_no_text_cell_is_a_formula(text: str):
    report = Report("m", (Item(text, Status.OK, None, Timeline(3.0, (Event(0, 1, text),))),))
    row = rows_of(report)[0]
    assert row["path"] == row["category"] == "'" + text
    assert text_cell("Bark - loud") == "Bark - loud"


@pytest.mark.parametrize("format_name", ["srt", "vtt"])
def test_subtitles_hold_every_event_at_its_millisecond(format_name: str):
    events = (Event(0, 0.001, "Tick"), Event(1.2345, 3599.9994, "Bark"), Event(3599.9996, 7325.678, "Bell"))
    read = pysubs2.SSAFile.from_string(WRITERS[format_name](report_of(*events)))
    assert read.format == format_name
    assert [(cue.start, cue.end, cue.text) for cue in read] == [
        (0, 1, "Tick"),
        (1234, 3_599_999, "Bark"),
        (3_600_000, 7_325_678, "Bell"),
    ]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("format_name", ["srt", "vtt"])
def test_a_hostile_name_is_one_cue_of_plain_text(format_name: str, name: str):
    text = WRITERS[format_name](report_of(Event(5, 6, name), Event(7, 8, "Bell")))
    read = pysubs2.SSAFile.from_string(text, keep_html_tags=True)
    assert [(cue.start, cue.end) for cue in read] == [(5000, 6000), (7000, 8000)]
    first = read[0].text
    assert "<" not in first
    assert "\\N" not in first
    words = [word for word in ("bold", "alert", "forged", "top", "slash", "Jerry", "1+1") if word in name]
    assert all(word in first for word in words)


def test_an_arrow_in_a_name_is_no_cue_timing_in_vtt():
    cue = WRITERS["vtt"](report_of(Event(5, 6, "a --> b"))).split("\n\n")[1]
    assert "-->" not in cue.split("\n")[2]


@pytest.mark.parametrize("format_name", ["srt", "vtt"])
def test_no_events_is_an_empty_file_that_still_reads(format_name: str):
    text = WRITERS[format_name](report_of())
    assert format_name == "srt" or text.startswith("WEBVTT")
    assert len(pysubs2.SSAFile.from_string(text, format_=format_name)) == 0


def test_subtitles_of_two_videos_in_one_file_are_refused():
    two = Report("m", report_of().items * 2)
    with pytest.raises(InvalidValueError, match="one video"):
        WRITERS["srt"](two)


def test_output_names_do_not_collide():
    paths = ["a/dog.mp4", "b/dog.mp4", "DOG.avi", "dog-2.mp4", "cat.tar.gz"]
    assert output_stems(paths) == ["dog", "dog-2", "DOG-3", "dog-2-2", "cat.tar"]


@pytest.mark.parametrize(
    "path",
    [
        "../../etc/passwd", "..", ".", "", "/", "...mp4", ".hidden", "a\0b.mp4", "x/..\\..\\y.mp4", "\u202egpj.exe",
        "n" * 400 + ".mp4", "\u00e9" * 200, b"\xff\xfe.mp4".decode("utf-8", "surrogateescape"), "C:evil.mp4", "a\nb",
    ],
)  # fmt: skip
def test_a_hostile_file_name_stays_inside_the_output_folder(path: str, tmp_path: Path):
    stem = output_stems([path])[0]
    written = tmp_path / f"{stem}.json"
    written.write_text("{}")
    assert written.resolve().parent == tmp_path.resolve()
    assert stem.isprintable()
    assert not stem.startswith(".")
    assert not set('<>:"/\\|?*') & set(stem)
