"""What a folder holds, by a person's count; and every fault that is planted is found, with no false alarm."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from seehear import cli
from seehear.own_data import check_folder, split_folder
from tests.own_data.small_folder import video


def add(folder: Path, name: str, content: str | bytes) -> None:
    with (folder / name).open("ab") as stream:
        stream.write(content if isinstance(content, bytes) else content.encode())


def test_what_a_sound_folder_holds(folder: Path) -> None:
    add(folder, "labels.csv", "v0.mp4,dog,3.5,4\n")
    video(folder / "empty.mp4", 3)
    add(folder, "empty.txt", "")
    check = check_folder(folder)
    assert check.problems == ()
    assert (check.videos, check.labelled, check.without_event) == (4, 4, 1)
    assert check.seconds == pytest.approx(15, abs=0.5)
    assert check.label_files == {"Audacity": 1, "CSV": 1}
    dog = check.categories["dog"]
    assert (dog.videos, dog.events, dog.seconds) == (2, 3, 4.5)
    (note,) = (note for note in check.notes if note.where == "labels.csv row 5")
    assert "no second begins within the event" in note.message


def test_a_split_is_counted(folder: Path) -> None:
    split_folder(folder)
    check = check_folder(folder)
    assert check.right
    assert check.split == {"training": 1, "validation": 1, "test": 1}
    assert sum(sum(one.parts.values()) for one in check.categories.values()) == 3


Plant = Callable[[Path], None]


def rows(text: str) -> Plant:
    return lambda folder: add(folder, "labels.csv", text)


def file(name: str, content: str | bytes) -> Plant:
    return lambda folder: add(folder, name, content)


def mute(folder: Path) -> None:
    video(folder / "mute.mp4", sound=False)
    add(folder, "mute.txt", "1\t2\tdog\n")


def other_labels(folder: Path) -> None:
    shutil.copy(folder / "v0.mp4", folder / "copy.mp4")
    add(folder, "copy.txt", "2\t4\tdog\n")


def leaking_split(folder: Path) -> None:
    add(folder, "sources.csv", "video,source\nv0.mp4,zoo\nv1.mp4,zoo\n")
    add(folder, "split.csv", "video,part\nv0.mp4,training\nv1.mp4,test\n")
    add(folder, "split.csv", "".join(f"v{number}.mp4,training\n" for number in range(2, 3)))


FAULTS: dict[str, Plant] = {
    "labels.csv row 5: an event cannot start before the video, at -1 s": rows("v0.mp4,dog,-1,1\n"),
    "labels.csv row 5: end 1 s is before start 2 s": rows("v0.mp4,dog,2,1\n"),
    "labels.csv row 5: the event at 2 s has no length": rows("v0.mp4,dog,2,2\n"),
    "labels.csv row 5: it ends at 9 s, but 4 s of the video can be read": rows("v0.mp4,dog,3,9\n"),
    "labels.csv row 5: start is 'soon', not a number of seconds": rows("v0.mp4,dog,soon,9\n"),
    "labels.csv row 5: it has 5 cells, not 4": rows("v0.mp4,dog,0,1,sure\n"),
    "labels.csv row 5: it is not CSV": rows('v0.mp4,"dog,0,1\n'),
    "labels.csv row 5: there is no video 'v9.mp4' in the folder; did you mean": rows("v9.mp4,dog,0,1\n"),
    "labels.csv row 5: 'dog' and 'cat' overlap at 2 s": rows("v0.mp4,cat,2,4\n"),
    "labels.csv row 5: category '=HYPERLINK' would be a formula": rows("v0.mp4,=HYPERLINK,3,4\n"),
    "labels.csv: it is not UTF-8": rows("v0.mp4,Käfig,3,4\n".encode("latin-1")),  # pyrefly: ignore[bad-argument-type]
    "walk.txt: no video is called walk": file("walk.txt", "1\t2\tdog\n"),
    "walk.vtt: no video is called walk": file("walk.vtt", "WEBVTT\n"),
    "walk.eaf: it is no document of ELAN": file("walk.eaf", "<ANNOTATION_DOCUMENT>"),
    "v1.mp4: it has labels in labels.csv and v1.txt; keep one of them": file("v1.txt", "1\t2\tdog\n"),
    "torn.mp4: ": file("torn.mp4", b"\x00" * 999),
    "mute.mp4: ": mute,
    "copy.mp4: v0.mp4 is the same file with other labels; keep one of them": other_labels,
    "split.csv: it must begin with the row video,part": file("split.csv", "file,part\n"),
    "split.csv: no row says which part 'v0.mp4' belongs to": file("split.csv", "video,part\n"),
    "split.csv: 'v0.mp4' is in training and 'v1.mp4' in test, but both are of one source": leaking_split,
    "sources.csv row 2: there is no video 'v7.mp4'": file("sources.csv", "video,source\nv7.mp4,zoo\n"),
}


@pytest.mark.parametrize(("said", "plant"), FAULTS.items(), ids=FAULTS)
def test_a_planted_fault_is_found(folder: Path, said: str, plant: Plant) -> None:
    plant(folder)
    check = check_folder(folder)
    assert any(problem.text.startswith(said) for problem in check.problems), check.text()
    assert said in check.text()


NOTES: dict[str, Plant] = {
    "copy.mp4: v0.mp4 is the same file; a split keeps copies together": lambda folder: shutil.copy(
        folder / "v0.mp4", folder / "copy.mp4"
    ),
    "new.mp4: it has no labels and is not used": lambda folder: video(folder / "new.mp4", 1),
    "DOG and dog: these are different categories": rows("v0.mp4,DOG,3,4\n"),
    "cat, cow, dog: fewer than 3 videos hold each": rows("v0.mp4,cow,3,4\n"),
    "notes.pdf: taken for neither videos nor labels": file("notes.pdf", "%PDF"),
}


@pytest.mark.parametrize(("said", "plant"), NOTES.items(), ids=NOTES)
def test_what_a_person_should_know_is_a_note_and_no_fault(folder: Path, said: str, plant: Plant) -> None:
    plant(folder)
    check = check_folder(folder)
    assert check.problems == ()
    assert any(note.text.startswith(said) for note in check.notes), check.text()


def test_an_empty_folder_says_what_to_put_there(tmp_path: Path) -> None:
    check = check_folder(tmp_path)
    assert not check.right
    assert "put labels.csv into it" in check.text()


def test_the_command_ends_with_one_where_something_is_wrong(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["data", "check", str(folder)]) == 0
    assert "0 wrong" in capsys.readouterr().out
    add(folder, "labels.csv", "v9.mp4,dog,1,2\n")
    assert cli.run(["data", "check", str(folder), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["videos"] == 3
    assert [problem["where"] for problem in found["problems"]] == ["labels.csv row 5"]
    assert cli.run(["data", "check", str(folder / "nowhere")]) == 2


def test_split_train_and_evaluate_in_a_row(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The path of a person with a folder: not what is learned, but that each command feeds the next."""
    assert cli.run(["data", "split", str(folder), "--seed", "3"]) == 0
    assert "training 1, validation 1, test 1" in capsys.readouterr().out
    code = cli.run(
        ["train", str(folder), "--output", str(tmp_path / "run"), "--width", "16", "--epochs", "1", "--segments", "4"]
    )
    model = capsys.readouterr().out.strip()
    assert code == 0
    assert cli.run(["evaluate", model, str(folder), "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["clips"] == 1
    assert "evaluating on part 'test'" in printed.err
    assert cli.run(["evaluate", model, str(folder), "--part", "all", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["clips"] == 3
