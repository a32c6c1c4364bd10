"""Labels of one's own videos: the AVE rule on hand-computed cases, and an answer to every mistake."""

from __future__ import annotations

import numpy as np
import pytest

from seehear.core.errors import InvalidValueError, Reason, StorageError, UnknownNameError
from seehear.core.labels import Categories
from seehear.core.time import Grid
from seehear.core.timeline import Event
from seehear.data.folder import categories_of, read_labels, segment_classes, write_labels

HEADER = "video,category,start_seconds,end_seconds\n"
PETS = Categories(("cat", "dog"))


def labels(tmp_path, rows: str | bytes, **options):
    path = tmp_path / "labels.csv"
    path.write_bytes(rows if isinstance(rows, bytes) else (HEADER + rows).encode())
    return read_labels(path, **options)


def test_rows_become_events_in_order_of_time(tmp_path):
    found = labels(tmp_path, "b.mp4,dog,5,7.5\na.mp4,,,\nb.mp4,cat,0,2\n")
    assert found == {"b.mp4": (Event(0, 2, "cat"), Event(5, 7.5, "dog")), "a.mp4": ()}
    assert categories_of(found) == PETS


def test_what_is_written_is_read_again(tmp_path):
    events = {'odd, "name".mp4': (Event(0.1, 1 / 3, "a,b"),), "sub/none.mp4": ()}
    write_labels(tmp_path / "labels.csv", events)
    assert read_labels(tmp_path / "labels.csv") == events


def test_a_spreadsheets_byte_order_mark_and_line_ends_are_no_obstacle(tmp_path):
    data = b"\xef\xbb\xbf" + HEADER.replace("\n", "\r\n").encode() + b" a.mp4 , dog ,1,2\r\n\r\n"
    assert labels(tmp_path, data) == {"a.mp4": (Event(1, 2, "dog"),)}


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ((0, 10), [1] * 10),
        ((2, 5), [0, 0, 1, 1, 1, 0, 0, 0, 0, 0]),
        ((2.4, 5), [0, 0, 0, 1, 1, 0, 0, 0, 0, 0]),  # segment 2 starts at 2.0, before the event
        ((2.0, 5.1), [0, 0, 1, 1, 1, 1, 0, 0, 0, 0]),  # segment 5 starts at 5.0, inside it
        ((2.1, 2.9), [0] * 10),  # no segment starts in it
        ((9, 99), [0] * 9 + [1]),
    ],
)
def test_a_segment_is_an_event_iff_it_starts_inside(span, expected):
    classes = segment_classes([Event(*span, "dog")], PETS, Grid(), 10)
    assert (classes == np.where(expected, 1, 2)).all()


def test_a_finer_grid_has_finer_labels():
    classes = segment_classes([Event(0.5, 1.0, "cat"), Event(1.5, 2.0, "dog")], PETS, Grid(0.25), 8)
    assert classes.tolist() == [2, 2, 0, 0, 2, 2, 1, 1]


def test_two_categories_cannot_claim_one_segment():
    with pytest.raises(InvalidValueError, match=r"'dog' and 'cat' overlap at 3 s"):
        segment_classes([Event(1, 4, "dog"), Event(3, 6, "cat")], PETS, Grid(), 10)
    touching = segment_classes([Event(1, 3, "dog"), Event(3, 6, "cat")], PETS, Grid(), 7)
    assert touching.tolist() == [2, 1, 1, 0, 0, 0, 2]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a.mp4,dog,1", "it has 3 cells, not 4"),
        ("a.mp4,dog,3,2", "end 2 s is before start 3 s"),
        ("a.mp4,dog,3,3", "the event at 3 s has no length"),
        ("a.mp4,dog,-1,2", "cannot start before the video"),
        ("a.mp4,dog,nan,2", "start is 'nan', not a number of seconds"),
        ("a.mp4,dog,1,inf", "end is 'inf'"),
        ("a.mp4,dog,1,1e999", "end is '1e999'"),
        ("a.mp4,dog,,2", "start is ''"),
        ("a.mp4,dog,one,2", "start is 'one'"),
        ("a.mp4,,1,2", "category is empty"),
        (",dog,1,2", "video is empty"),
        ("a.mp4,Background,1,2", "background is what no label names"),
        ("a.mp4,=1+1,1,2", "would be a formula"),
        ("=cmd|' /C calc'!A0,dog,1,2", "would be a formula"),
        ("a.mp4,@SUM(A1),1,2", "would be a formula"),
        ("../../secret.mp4,dog,1,2", "a path inside the folder"),
        ("/etc/a.mp4,dog,1,2", "a path inside the folder"),
        ("a.mp4,do\x07g,1,2", "control characters"),
        ("a.mp4," + "g" * 5000 + ",1,2", "too long"),
        ('a.mp4,"dog,1,2', "not CSV"),
    ],
)
def test_every_mistake_is_named_with_its_row(tmp_path, row, message):
    with pytest.raises(InvalidValueError) as caught:
        labels(tmp_path, row + "\n")
    assert message in str(caught.value)
    assert "labels.csv" in str(caught.value)
    assert "row 2" in str(caught.value) or message == "not CSV"


def test_an_unknown_video_or_category_is_an_error(tmp_path):
    with pytest.raises(InvalidValueError, match=r"row 3: there is no video 'b.mp4'"):
        labels(tmp_path, "a.mp4,dog,1,2\nb.mp4,dog,1,2\n", videos=["a.mp4"])
    with pytest.raises(UnknownNameError, match="known: cat, dog"):
        labels(tmp_path, "a.mp4,cow,1,2\n", categories=PETS)


def test_a_file_that_is_no_table_of_labels_is_an_error(tmp_path):
    with pytest.raises(InvalidValueError, match="not UTF-8"):
        labels(tmp_path, HEADER.encode() + b"caf\xe9.mp4,dog,1,2\n")
    with pytest.raises(InvalidValueError, match="must begin with the row video,category"):
        labels(tmp_path, b"file;label;start;end\n")
    with pytest.raises(InvalidValueError, match="must begin with the row video,category"):
        labels(tmp_path, b"")
    with pytest.raises(StorageError) as caught:
        read_labels(tmp_path / "absent.csv")
    assert caught.value.reason == Reason.NOT_FOUND
