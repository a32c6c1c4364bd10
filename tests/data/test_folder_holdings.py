"""Which labels belong to which video: by name, whatever the order, the spelling and the format."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from pympi.Elan import Eaf

from seehear.core.errors import InvalidValueError, Reason
from seehear.core.timeline import Event
from seehear.data.folder import Holdings, read_folder

HEADER = "video,category,start_seconds,end_seconds\n"
DOG = Event(1, 2, "dog")


def folder_of(path: Path, **files: str) -> Path:
    """Files by name with `__` for a dot and `_in_` for a slash; videos are empty, for nobody looks into them here."""
    for name, text in files.items():
        file = path / name.replace("__", ".").replace("_in_", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return path


def elan(path: Path, linked: str = "") -> None:
    document = Eaf()
    document.add_annotation("default", 1000, 2000, "dog")
    if linked:
        document.add_linked_file(f"file:///C:/videos/{linked}", f"./{linked}", "video/mp4")
    document.to_file(str(path))


def events(holdings: Holdings) -> dict[str, tuple[Event, ...]]:
    assert [problem.text for problem in holdings.problems] == []
    return {video: holdings.events(video) for video in holdings.labels}


def problem(holdings: Holdings) -> str:
    (one,) = holdings.problems
    return one.text


def test_all_four_formats_in_one_folder(tmp_path: Path) -> None:
    folder_of(tmp_path, a__mp4="", b__MOV="", c__mkv="", d__webm="", e__mp4="", f__mp4="")
    folder_of(
        tmp_path,
        labels__csv=f"{HEADER}a.mp4,dog,1,2\nf.mp4,,,\n",
        b__txt="1.0\t2.0\tdog\n",
        d__vtt="WEBVTT\n\n00:01.000 --> 00:02.000\ndog\n",
        README__txt="my videos\n",
    )
    elan(tmp_path / "c.eaf")
    holdings = read_folder(tmp_path)
    assert events(holdings) == dict.fromkeys(("a.mp4", "b.MOV", "c.mkv", "d.webm"), (DOG,)) | {"f.mp4": ()}
    assert holdings.label_files == {"labels.csv": "CSV", "b.txt": "Audacity", "c.eaf": "ELAN", "d.vtt": "WebVTT"}
    assert holdings.unlabelled == ("e.mp4",)
    assert holdings.others == ("README.txt",)


def test_stored_features_hidden_files_and_the_split_are_no_part_of_the_data(tmp_path: Path) -> None:
    folder_of(
        tmp_path, a__mp4="", a__txt="1\t2\tdog", features_in_b__mp4="", __trash_in_c__mp4="", split__csv="video,part"
    )
    assert events(read_folder(tmp_path)) == {"a.mp4": (DOG,)}
    assert read_folder(tmp_path).videos == ("a.mp4",)


def test_names_within_folders_are_told_apart(tmp_path: Path) -> None:
    folder_of(
        tmp_path, one_in_a__mp4="", two_in_a__mp4="", two_in_a__txt="1\t2\tdog", labels__csv=f"{HEADER}one/a.mp4,,,\n"
    )
    assert events(read_folder(tmp_path)) == {"one/a.mp4": (), "two/a.mp4": (DOG,)}


def test_a_label_track_of_our_own_results_needs_no_other_name(tmp_path: Path) -> None:
    folder_of(tmp_path, a__mp4="", a__audacity__txt="1\t2\tdog")
    assert events(read_folder(tmp_path)) == {"a.mp4": (DOG,)}


def test_a_table_names_videos_from_where_it_lies(tmp_path: Path) -> None:
    folder_of(tmp_path, one_in_a__mp4="", a__mp4="", one_in_labels__csv=f"{HEADER}a.mp4,dog,1,2\n")
    assert events(read_folder(tmp_path)) == {"one/a.mp4": (DOG,)}


def test_one_name_may_be_spelled_in_two_ways_of_unicode(tmp_path: Path) -> None:
    composed, decomposed = (unicodedata.normalize(form, "café.mp4") for form in ("NFC", "NFD"))
    (tmp_path / decomposed).write_text("")
    (tmp_path / "labels.csv").write_text(f"{HEADER}{composed},dog,1,2\n")
    holdings = read_folder(tmp_path)
    assert events(holdings) == {composed: (DOG,)}
    assert holdings.path(composed).exists()


def test_an_elan_document_belongs_to_the_video_that_it_links(tmp_path: Path) -> None:
    folder_of(tmp_path, a__mp4="", **{"my walk__mp4": ""})
    elan(tmp_path / "session 3.eaf", "my%20walk.mp4")
    elan(tmp_path / "a.eaf", "on-another-disk.mp4")
    assert events(read_folder(tmp_path)) == {"my walk.mp4": (DOG,), "a.mp4": (DOG,)}


def test_an_elan_document_that_is_named_after_another_video_is_refused(tmp_path: Path) -> None:
    folder_of(tmp_path, a__mp4="", b__mp4="")
    elan(tmp_path / "a.eaf", "b.mp4")
    assert problem(read_folder(tmp_path)).startswith("a.eaf: it links b.mp4 but is named after a.mp4; link or rename")


def test_two_videos_of_one_name_need_the_whole_name(tmp_path: Path) -> None:
    folder_of(tmp_path, a__mp4="", a__mkv="", a__txt="1\t2\tdog")
    assert problem(read_folder(tmp_path)) == "a.txt: it may belong to a.mkv or a.mp4; call it a.mkv.txt"
    (tmp_path / "a.txt").rename(tmp_path / "a.mp4.txt")
    assert events(read_folder(tmp_path)) == {"a.mp4": (DOG,)}


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"z__txt": "1\t2\tdog"}, "z.txt: no video is called z; put it beside its video"),
        ({"z__vtt": "WEBVTT\n"}, "z.vtt: no video is called z; put it beside its video"),
        ({"labels__csv": f"{HEADER}b.mp4,dog,1,2"}, "labels.csv row 2: there is no video 'b.mp4' in the folder"),
        (
            {"labels__csv": f"{HEADER}A.mp4,dog,1,2"},
            "no video 'A.mp4' in the folder; did you mean 'a.mp4'?",
        ),
        ({"labels__csv": "video;category\n"}, "labels.csv: it must begin with the row video,category"),
        ({"labels__csv": f"{HEADER}../a.mp4,dog,1,2"}, "row 2: '../a.mp4' must be a path inside the folder"),
        ({"a__txt": "1\t2\tdog", "a__vtt": "WEBVTT\n"}, "a.mp4: it has labels in a.txt and a.vtt; keep one of them"),
        ({"-b__mp4": "", "-b__txt": "1\t2\tdog"}, "-b.mp4: video '-b.mp4' would be a formula"),
        ({"a__txt": "hello"}, "a.txt line 1: it has 1 of the three cells start, end and text"),
    ],
)
def test_what_does_not_fit_is_a_problem(tmp_path: Path, files: dict[str, str], said: str) -> None:
    assert said in problem(read_folder(folder_of(tmp_path, a__mp4="", **files)))


def test_a_table_of_something_else_is_left_alone(tmp_path: Path) -> None:
    folder_of(tmp_path, a__mp4="", results__csv="path,status\na.mp4,ok\n", mine__csv=f"{HEADER}a.mp4,dog,1,2\n")
    holdings = read_folder(tmp_path)
    assert events(holdings) == {"a.mp4": (DOG,)}
    assert holdings.others == ("results.csv",)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match="is not a folder") as caught:
        read_folder(tmp_path / "nowhere")
    assert caught.value.reason is Reason.NOT_FOUND
