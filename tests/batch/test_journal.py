"""A journal that may be killed at any moment."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from seehear.batch.journal import Journal, read_journal
from seehear.core.errors import Reason, StorageError

ENTRIES = [
    {"stem": "a", "number": 1.5},
    {"stem": "caf\u00e9", "path": "odd \udcff name"},
    {"stem": "c", "list": [None]},
]


def written(path: Path) -> bytes:
    with Journal(path) as journal:
        for entry in ENTRIES:
            journal.append(entry)
    return path.read_bytes()


def test_what_was_appended_is_read_in_order(tmp_path: Path) -> None:
    written(tmp_path / "journal")
    assert list(read_journal(tmp_path / "journal")) == ENTRIES


def test_a_line_is_json_with_a_check_that_anyone_can_compute(tmp_path: Path) -> None:
    for line in written(tmp_path / "journal").splitlines():
        record = json.loads(line)
        text = json.dumps(record["entry"], sort_keys=True, separators=(",", ":"))
        assert record["check"] == hashlib.sha256(text.encode()).hexdigest()[:16]


def test_torn_at_any_byte_it_holds_the_whole_lines_and_takes_new_ones(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    data = written(path)
    ends = [number for number, byte in enumerate(data) if byte == ord("\n")]
    for cut in range(len(data) + 1):
        path.write_bytes(data[:cut])
        whole = ENTRIES[: sum(end <= cut for end in ends)]  # the last byte of a line is its end, which may be missing
        assert list(read_journal(path)) == whole
        with Journal(path) as journal:
            journal.append({"stem": "new"})
        assert list(read_journal(path)) == [*whole, {"stem": "new"}]


def test_a_damaged_line_is_passed_over(tmp_path: Path) -> None:
    data = written(tmp_path / "journal")
    for foreign in (data.replace(b"1.5", b"1.6"), b"\xff\xfe\n[]\n{}\n" + data.split(b"\n", 1)[1]):
        (tmp_path / "journal").write_bytes(foreign)
        assert list(read_journal(tmp_path / "journal")) == ENTRIES[1:]


def test_a_second_process_is_told_to_wait_or_to_share(tmp_path: Path) -> None:
    with (
        Journal(tmp_path / "journal"),
        pytest.raises(StorageError, match=r"another process is working in .* --shard 1/2"),
    ):
        Journal(tmp_path / "journal")
    Journal(tmp_path / "journal").close()


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot write") as caught:
        Journal(tmp_path / "file" / "journal")
    assert caught.value.reason is Reason.STORAGE_ERROR
