"""Small files notice every change of what they say."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from seehear.core.errors import DamagedError, StorageError
from seehear.storage.records import read_hashed, read_record, write_hashed, write_record

FACTS = {"name": "München", "numbers": [1, 0.1, None, True], "nested": {"b": 1, "a": {}}}


def test_a_record_comes_back_and_is_readable_json(tmp_path: Path) -> None:
    write_record(tmp_path / "a.json", FACTS)
    assert read_record(tmp_path / "a.json") == FACTS
    plain = json.loads((tmp_path / "a.json").read_text())
    check = plain.pop("check")
    compact = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    assert check == hashlib.sha256(compact.encode()).hexdigest()


@pytest.mark.parametrize("text", ["", "[]", "3", '{"check": 1}', "{", "[" * 100_000, '{"name": "a"}'])
def test_anything_else_is_no_record(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(DamagedError):
        read_record(tmp_path / "a.json")


def test_what_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    for read in (read_record, read_hashed):
        with pytest.raises(StorageError):
            read(tmp_path / "absent")


def test_another_program_checks_the_hash_of_a_text(tmp_path: Path) -> None:
    write_hashed(tmp_path / "a.csv", "epoch,loss\n1,ü\n")
    assert read_hashed(tmp_path / "a.csv") == "epoch,loss\n1,ü\n"
    subprocess.run(["sha256sum", "--check", "--status", "a.csv.sha256"], cwd=tmp_path, check=True)


def test_a_text_without_its_hash_is_not_taken(tmp_path: Path) -> None:
    write_hashed(tmp_path / "a.csv", "text")
    (tmp_path / "a.csv.sha256").unlink()
    with pytest.raises(StorageError):
        read_hashed(tmp_path / "a.csv")
