"""What other programs make of our files: each is opened by a reader that is not ours, where there is one."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import opentimelineio as otio
import pytest
from praatio import textgrid
from pympi.Elan import Eaf
from pympi.Praat import TextGrid

from seehear.core.errors import InvalidValueError, Reason, UnknownNameError
from seehear.core.time import Span
from seehear.core.timeline import Event, Timeline
from seehear.core.values import StreamFacts
from seehear.report import writers
from seehear.report.result import Item, Report, Status
from seehear.report.writers import WRITERS, check_formats

HOSTILE = [
    "<b>&amp; \"quoted\" 'both' ]]>",
    "line\nbreak\r\n\tand tab\0null\x1b[31m",
    "=cmd|' /C calc'!A0",
    "\u202egnikrab\u202c dog",
    "\u05db\u05dc\u05d1 \u200f\u72ac \U0001f415",
    "n" * 300,
    "not decoded",
    "default",
    ";; comment",
    "\ud800 lone",
    "noncharacter \ufffe\uffff",
    " ",
    "* FROM CLIP NAME: other",
]
ONE_VIDEO = ["srt", "vtt", "audacity", "eaf", "textgrid", "edl", "otio"]
PAL = StreamFacts("h264", 0.0, 640, 360, 0, 25.0)
TELEVISION = StreamFacts("h264", 0.0, 640, 360, 0, 30000 / 1001)


def item_of(*events: Event, seconds: float = 60.0, missing: tuple[Span, ...] = (), video: StreamFacts | None = PAL):
    return Item("films/holiday one.mp4", Status.OK, None, Timeline(seconds, events, missing), video=video)


def text_of(name: str, *items: Item) -> str:
    return WRITERS[name](Report({"name": "agreement"}, items))


# ELAN and Praat


def read_eaf(text: str, folder: Path) -> Eaf:
    (folder / "a.eaf").write_text(text, encoding="utf-8")
    return Eaf(str(folder / "a.eaf"))


def test_elan_has_a_tier_a_category_and_links_the_video(tmp_path: Path):
    text = text_of("eaf", item_of(Event(1, 2.5, "dog"), Event(4, 5, "bell"), Event(7, 9.0004, "dog")))
    read = read_eaf(text, tmp_path)
    assert sorted(read.get_tier_names()) == ["bell", "dog"]
    assert sorted(read.get_annotation_data_for_tier("dog")) == [(1000, 2500, "dog"), (7000, 9000, "dog")]
    (link,) = read.get_linked_files()
    assert (link["MEDIA_URL"], link["RELATIVE_MEDIA_URL"]) == ("films/holiday%20one.mp4", "./holiday%20one.mp4")
    assert link["MIME_TYPE"] == "video/mp4"


def test_the_same_result_is_the_same_elan_file_on_any_day(monkeypatch: pytest.MonkeyPatch):
    first = text_of("eaf", item_of(Event(1, 2, "dog")))
    monkeypatch.setattr("pympi.Elan.time.strftime", lambda *_: "2031-01-01T00:00:00+00:00")
    assert text_of("eaf", item_of(Event(1, 2, "dog"))) == first


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_one_annotation_in_elan(name: str, tmp_path: Path):
    text = text_of("eaf", item_of(Event(1, 2, name), Event(3, 4, "bell"), missing=(Span(5, 6),)))
    ElementTree.fromstring(text)
    read = read_eaf(text, tmp_path)
    times = sorted(times[:2] for tier in read.get_tier_names() for times in read.get_annotation_data_for_tier(tier))
    assert times == [(1000, 2000), (3000, 4000), (5000, 6000)]


def test_praat_tiers_cover_the_whole_time_for_two_readers(tmp_path: Path):
    timeline = (Event(1, 2.5, 'the "dog"'), Event(2, 5, "bell"), Event(7, 10, 'the "dog"'))
    path = tmp_path / "a.TextGrid"
    path.write_text(text_of("textgrid", item_of(*timeline, seconds=10.0, missing=(Span(5, 7),))), encoding="utf-8")
    read = textgrid.openTextgrid(str(path), includeEmptyIntervals=True)
    assert (read.minTimestamp, read.maxTimestamp) == (0, 10)
    tier = read.getTier('the "dog"')
    assert [tuple(entry) for entry in tier.entries] == [
        (0, 1, ""), (1, 2.5, 'the "dog"'), (2.5, 7, ""), (7, 10, 'the "dog"'),
    ]  # fmt: skip
    assert [tuple(entry) for entry in read.getTier("not decoded").entries][1] == (5, 7, "not decoded")
    again = TextGrid(str(path), codec="utf-8")
    assert list(again.get_tier("bell").get_intervals()) == [(0, 2, ""), (2, 5, "bell"), (5, 10, "")]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_one_interval_in_praat(name: str, tmp_path: Path):
    path = tmp_path / "a.TextGrid"
    path.write_text(text_of("textgrid", item_of(Event(1, 2, name), Event(3, 4, "bell"))), encoding="utf-8")
    read = textgrid.openTextgrid(str(path), includeEmptyIntervals=False)
    found = sorted((start, end) for tier in read.tiers for start, end, _ in tier.entries)
    assert found == [(1, 2), (3, 4)]


@pytest.mark.parametrize("format_name", ["eaf", "textgrid"])
def test_overlapping_events_of_one_category_take_two_tiers(format_name: str, tmp_path: Path):
    item = item_of(Event(1, 4, "dog"), Event(2, 3, "dog"), Event(4, 5, "dog"))
    path = tmp_path / "a"
    path.write_text(text_of(format_name, item), encoding="utf-8")
    if format_name == "eaf":
        names = sorted(Eaf(str(path)).get_tier_names())
    else:
        names = sorted(textgrid.openTextgrid(str(path), includeEmptyIntervals=False).tierNames)
    assert names == ["dog", "dog (2)"]


# Audacity and RTTM, whose specifications are a line each


def test_audacity_labels_are_start_tab_end_tab_text():
    lines = text_of("audacity", item_of(Event(1, 2.5, "dog"), missing=(Span(3, 4),))).splitlines()
    assert [line.split("\t") for line in lines] == [
        ["1.000000", "2.500000", "dog"],
        ["3.000000", "4.000000", "not decoded"],
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_one_line_of_audacity_and_ten_fields_of_rttm(name: str):
    (label,) = text_of("audacity", item_of(Event(1, 2, name))).split("\n")[:-1]
    assert len(label.split("\t")) == 3
    (line,) = text_of("rttm", item_of(Event(1, 2, name))).split("\n")[:-1]
    fields = line.split()
    assert (len(fields), fields[0], fields[3], fields[4]) == (10, "SPEAKER", "1.000", "1.000")


def test_rttm_says_file_onset_duration_and_category():
    line = text_of("rttm", item_of(Event(1.5, 4, "church bell", 0.75)))
    assert line == "SPEAKER holiday_one 1 1.500 2.500 <NA> <NA> church_bell 0.7500 <NA>\n"


# Editing programs


def read_edl(text: str, rate: float) -> otio.schema.Timeline:
    return otio.adapters.read_from_string(text, adapter_name="cmx_3600", rate=rate)


def clips_of(cut: otio.schema.Timeline, kind: str = "V") -> list[otio.schema.Clip]:
    (track,) = [track for track in cut.tracks if track.name == kind]
    return [clip for clip in track if isinstance(clip, otio.schema.Clip)]


def test_an_edit_list_plays_the_events_one_after_the_other():
    cut = read_edl(text_of("edl", item_of(Event(1, 2.5, "dog"), Event(2, 5, "bell"))), 25)
    for kind in ("V", "A1"):
        first, second = clips_of(cut, kind)
        assert (first.source_range.start_time.value, first.source_range.duration.value) == (25, 38)
        assert (second.source_range.start_time.value, second.source_range.duration.value) == (50, 75)
        assert first.name == "holiday one.mp4"
    assert [marker.name for clip in clips_of(cut) for marker in clip.markers] == ["dog", "bell"]


def test_an_hour_of_television_is_an_hour_of_drop_frame_timecode():
    """30000/1001 frames a second: second 3600 begins with frame 107892, which drop-frame calls 01:00:00;00."""
    text = text_of("edl", item_of(Event(3600, 3602, "dog"), seconds=7200, video=TELEVISION))
    assert "FCM: DROP FRAME" in text
    assert "01:00:00;00 01:00:02;00 00:00:00;00 00:00:02;00" in text
    (clip,) = clips_of(read_edl(text, 30000 / 1001))
    assert (clip.source_range.start_time.value, clip.source_range.duration.value) == (107892, 60)


@pytest.mark.parametrize("video", [PAL, TELEVISION, None])
def test_an_event_that_ends_with_the_video_ends_on_its_last_frame(video: StreamFacts | None):
    events = (Event(9.9, 9.99, "a"), Event(9.999, 10.01, "b"), Event(0.001, 0.002, "c"))
    cut = otio.adapters.read_from_string(
        text_of("otio", item_of(*events, seconds=10.01, video=video)), adapter_name="otio_json"
    )
    (clip,) = cut.find_clips()
    for marker in clip.markers:
        first, count = marker.marked_range.start_time.value, marker.marked_range.duration.value
        assert 0 <= first < first + count <= clip.available_range().duration.value


def test_opentimelineio_marks_events_on_the_whole_video():
    item = item_of(Event(1, 2.5, "dog", 0.75), missing=(Span(30, 40),), video=TELEVISION)
    cut = otio.adapters.read_from_string(text_of("otio", item), adapter_name="otio_json")
    (clip,) = cut.find_clips()
    assert clip.media_reference.target_url == "films/holiday%20one.mp4"
    assert clip.source_range.duration.to_seconds() == pytest.approx(60, abs=0.04)
    dog, missing = clip.markers
    assert dict(dog.metadata["seehear"]) == {
        "category": "dog", "score": 0.75, "start_seconds": 1.0, "end_seconds": 2.5,
    }  # fmt: skip
    assert dog.marked_range.start_time.to_seconds() == pytest.approx(1, abs=0.02)
    assert (missing.name, missing.marked_range.duration.value) == ("not decoded", 300)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_one_edit_and_one_marker(name: str):
    item = item_of(Event(1, 2, name), Event(3, 4, "bell"))
    assert [clip.source_range.start_time.value for clip in clips_of(read_edl(text_of("edl", item), 25))] == [25, 75]
    cut = otio.adapters.read_from_string(text_of("otio", item), adapter_name="otio_json")
    (clip,) = cut.find_clips()
    assert [marker.marked_range.start_time.value for marker in clip.markers] == [25, 75]


def test_more_edits_than_three_digits_count_are_all_read():
    events = [Event(number, number + 0.5, "dog") for number in range(1005)]
    assert len(clips_of(read_edl(text_of("edl", item_of(*events, seconds=1005)), 25))) == 1005


def test_a_format_whose_package_is_missing_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(writers, "find_spec", lambda name: None)
    check_formats(["json", "eaf"])
    with pytest.raises(InvalidValueError, match=r"pip install 'seehear\[exports\]'"):
        check_formats(["json", "otio"])
    with pytest.raises(UnknownNameError, match="known: json, ndjson"):
        check_formats(["jsonl"])


# Labelling programs, whose published formats are JSON


def test_label_studio_counts_frames_from_one_with_both_ends_inside():
    """At 25 frames a second the second from 1 to 2 is frames 26 to 50."""
    failed = Item("bad.mp4", Status.FAILED, Reason.NOT_MEDIA)
    (task,) = json.loads(text_of("labelstudio", item_of(Event(1, 2, "dog", 0.75)), failed))
    assert task["data"] == {"video": "films/holiday one.mp4", "frames_per_second": 25.0}
    (prediction,) = task["predictions"]
    (region,) = prediction["result"]
    assert prediction["model_version"] == "agreement"
    assert (region["type"], region["from_name"], region["to_name"]) == ("timelinelabels", "events", "video")
    assert region["value"] == {"ranges": [{"start": 26, "end": 50}], "timelinelabels": ["dog"]}
    assert region["score"] == 0.75


def test_label_studio_counts_seconds_where_there_are_no_frames():
    (task,) = json.loads(text_of("labelstudio", item_of(Event(1, 2, "dog"), video=None)))
    (region,) = task["predictions"][0]["result"]
    assert (task["data"], region["type"], region["to_name"]) == (
        {"audio": "films/holiday one.mp4"}, "labels", "audio",
    )  # fmt: skip
    assert region["value"] == {"start": 1.0, "end": 2.0, "channel": 0, "labels": ["dog"]}


def test_fiftyone_finds_detections_by_the_name_of_the_video():
    """FiftyOne: `support` is [first, last], counted from 1; `timestamps` are [start, stop] in seconds."""
    silent = Item("other.mp4", Status.OK, None, Timeline(5.0))
    known = json.loads(text_of("fiftyone", item_of(Event(1, 2, "dog", 0.75)), silent))
    assert known == {
        "labels": {"holiday one": [{"label": "dog", "confidence": 0.75, "support": [26, 50]}], "other": []}
    }
    unknown = json.loads(text_of("fiftyone", item_of(Event(1, 2, "dog"), video=None)))
    assert unknown["labels"]["holiday one"] == [{"label": "dog", "confidence": 1.0, "timestamps": [1.0, 2.0]}]


@pytest.mark.parametrize("name", ["labelstudio", "fiftyone", "ndjson"])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_json_formats_are_valid_unicode_whatever_the_name(name: str, hostile: str):
    text = text_of(name, item_of(Event(1, 2, hostile, float("nan"))))
    for line in io.StringIO(text) if name == "ndjson" else [text]:
        json.dumps(json.loads(line), ensure_ascii=False).encode("utf-8")


# All formats alike


def test_ndjson_has_a_line_an_event_and_one_for_a_video_without_any():
    failed = Item("bad.mp4", Status.FAILED, Reason.NOT_MEDIA)
    lines = text_of("ndjson", item_of(Event(1, 2.0004, "=dog", 0.75)), failed).splitlines()
    first, second = (json.loads(line) for line in lines)
    assert first == {
        "path": "films/holiday one.mp4", "status": "ok", "reason": None, "category": "=dog",
        "start_seconds": 1.0, "end_seconds": 2.0, "score": 0.75,
    }  # fmt: skip
    assert (second["status"], second["reason"], second["category"]) == ("failed", "not_media", None)


@pytest.mark.parametrize("name", [*WRITERS])
def test_no_events_is_a_file_that_its_reader_still_opens(name: str, tmp_path: Path):
    text = text_of(name, item_of(seconds=3.0))
    path = tmp_path / "a"
    path.write_text(text, encoding="utf-8")
    if name == "textgrid":
        assert textgrid.openTextgrid(str(path), includeEmptyIntervals=False).maxTimestamp == 3
    elif name == "eaf":
        assert Eaf(str(path)).get_tier_names()
    elif name == "otio":
        (clip,) = otio.adapters.read_from_string(text, adapter_name="otio_json").find_clips()
        assert clip.source_range.duration.to_seconds() == 3
    elif name == "edl":
        assert not read_edl(text, 25).find_clips()
    elif name in ("audacity", "rttm"):
        assert text == ""


@pytest.mark.parametrize("name", ONE_VIDEO)
def test_two_videos_in_a_format_for_one_are_refused(name: str):
    with pytest.raises(InvalidValueError, match="one video"):
        text_of(name, item_of(), item_of())


def test_no_two_formats_write_the_same_file():
    suffixes = [writer.suffix.casefold() for writer in WRITERS.values()]
    assert len(set(suffixes)) == len(suffixes)


def test_only_formats_that_can_say_why_have_a_file_for_a_failed_video():
    report = Report("m", (Item("bad.mp4", Status.FAILED, Reason.NOT_MEDIA),))
    assert [name for name, writer in WRITERS.items() if writer.tells(report)] == ["json", "ndjson", "csv"]
