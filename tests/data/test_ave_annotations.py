"""Annotations are read with or without their header, and refused with the line that is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seehear.core.errors import InvalidValueError, Reason, SeehearError
from seehear.core.labels import AVE_28
from seehear.data.ave.annotations import HEADER, parse_annotations, read_annotations, write_annotations

ROWS = "Bark&abcdefghijk&good&2&5\nChurch bell&-_CDEFGHIJ0&good&0&0\n"


@pytest.mark.parametrize(
    "text",
    [ROWS, f"{HEADER}\n{ROWS}", f"{HEADER}\r\n" + ROWS.replace("\n", "\r\n"), ROWS.rstrip("\n"), f"{ROWS}\n\n"],
    ids=["bare", "header", "windows", "no last line end", "blank lines"],
)
def test_the_same_rows_however_they_are_written(text: str) -> None:
    found = parse_annotations(text)
    assert [row.line() for row in found.rows] == ROWS.splitlines()
    assert found.sha256 == parse_annotations(ROWS).sha256


def test_a_byte_order_mark_is_no_letter(tmp_path: Path) -> None:
    path = tmp_path / "Annotations.txt"
    path.write_bytes(b"\xef\xbb\xbf" + f"{HEADER}\n{ROWS}".encode())
    assert len(read_annotations(path)) == 2


def test_a_segment_is_an_event_from_start_to_before_end() -> None:
    found = parse_annotations(ROWS)
    bark, bell, background = AVE_28.number("Bark"), AVE_28.number("Church bell"), AVE_28.background
    assert found.segment_classes.tolist() == [[background] * 2 + [bark] * 3 + [background] * 5, [background] * 10]
    assert found.clip_classes.tolist() == [bark, bell]


def test_other_categories_are_numbered_by_first_appearance() -> None:
    found = parse_annotations("Zebra&abcdefghijk&good&0&1\nApe&abcdefghijl&good&0&1\nZebra&abcdefghijm&good&0&1\n")
    assert found.categories.names == ("Zebra", "Ape")
    assert found.clip_classes.tolist() == [0, 1, 0]


def test_written_annotations_are_read_back(tmp_path: Path) -> None:
    found = parse_annotations(ROWS)
    write_annotations(tmp_path / "a.txt", found)
    assert read_annotations(tmp_path / "a.txt") == found
    assert (tmp_path / "a.txt").read_text().splitlines()[0] == HEADER


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("Bark&abcdefghijk&good&2", "4 fields"),
        ("Bark&abcdefghijk&good&2&5&6", "6 fields"),
        ("&abcdefghijk&good&2&5", "no category"),
        ("=SUM(A1)&abcdefghijk&good&2&5", "no category"),
        ("Bark&../../x/y.z&good&2&5", "no video id"),
        ("Bark&short&good&2&5", "no video id"),
        ("Bark&abcdefghijk&good&two&5", "no time"),
        ("Bark&abcdefghijk&good&2&nan", "no time"),
        ("Bark&abcdefghijk&good&2&11", "no time"),
        ("Bark&abcdefghijk&good&-1&5", "no time"),
        ("Bark&abcdefghijk&good&5&2", "before it starts"),
    ],
)
def test_a_row_that_is_wrong_is_named_by_its_line(row: str, said: str) -> None:
    with pytest.raises(InvalidValueError, match=f"line 3.*{said}"):
        parse_annotations(ROWS + row)


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", Reason.INVALID_VALUE), (b"\x89HDF\r\n\xff\xfe", Reason.INVALID_VALUE)]
)
def test_what_is_no_annotation_file_is_refused(tmp_path: Path, content: bytes, reason: Reason) -> None:
    (tmp_path / "Annotations.txt").write_bytes(content)
    with pytest.raises(SeehearError) as caught:
        read_annotations(tmp_path / "Annotations.txt")
    assert caught.value.reason == reason


def test_a_missing_file_or_a_folder_is_said_to_be_that(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "absent", Reason.NOT_FOUND), (tmp_path, Reason.NOT_A_FILE)):
        with pytest.raises(SeehearError) as caught:
            read_annotations(path)
        assert caught.value.reason == reason


def test_subsets_keep_category_numbers() -> None:
    part = parse_annotations(ROWS).subset([1])
    np.testing.assert_array_equal(part.clip_classes, [AVE_28.number("Church bell")])
