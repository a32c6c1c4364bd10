"""Files and folders are wholly there or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seehear.core.errors import DamagedError, Reason, StorageError
from seehear.storage import files


def seal(path: Path, **contents: str) -> Path:
    with files.sealed_folder(path) as folder:
        for name, text in contents.items():
            (folder / name).write_text(text)
    return path


def test_a_sealed_folder_is_verified(tmp_path: Path) -> None:
    files.verify_sealed(seal(tmp_path / "a", weights="1234", card="{}"))


@pytest.mark.parametrize("position", range(4))
def test_a_single_flipped_bit_is_found(tmp_path: Path, position: int) -> None:
    folder = seal(tmp_path / "a", weights="1234")
    data = bytearray((folder / "weights").read_bytes())
    data[position] ^= 1
    (folder / "weights").write_bytes(data)
    with pytest.raises(DamagedError, match="weights is damaged"):
        files.verify_sealed(folder)


def test_a_missing_member_and_a_missing_manifest_are_found(tmp_path: Path) -> None:
    folder = seal(tmp_path / "a", weights="1234")
    (folder / "weights").unlink()
    with pytest.raises(DamagedError, match="weights is missing"):
        files.verify_sealed(folder)
    (folder / files.MANIFEST).unlink()
    with pytest.raises(DamagedError, match="manifest"):
        files.verify_sealed(folder)


def test_a_manifest_cannot_point_outside_its_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    folder = seal(tmp_path / "a", weights="1234")
    (folder / files.MANIFEST).write_text('{"sha256": {"../secret": "0"}}')
    with pytest.raises(DamagedError, match="outside"):
        files.verify_sealed(folder)


def test_an_error_inside_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), files.sealed_folder(tmp_path / "a") as folder:
        (folder / "half").write_text("x")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_the_newest_valid_folder_wins_over_a_newer_damaged_one(tmp_path: Path) -> None:
    older = seal(tmp_path / "step-0001", weights="1")
    newer = seal(tmp_path / "step-0002", weights="2")
    assert files.newest_sealed(tmp_path) == newer
    (newer / "weights").write_text("3")
    assert files.newest_sealed(tmp_path) == older


def test_a_sealed_folder_is_never_changed(tmp_path: Path) -> None:
    seal(tmp_path / "a", weights="1")
    with pytest.raises(StorageError, match="exists already"):
        seal(tmp_path / "a", weights="2")


def test_an_unwritable_place_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot write"):
        files.write_bytes(tmp_path / "file" / "below", b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a device that is always full")
def test_a_full_disk_is_named() -> None:
    with (
        Path("/dev/full").open("wb", buffering=0) as stream,
        pytest.raises(StorageError, match="disk is full") as caught,
        files.storage_errors(Path("there")),
    ):
        stream.write(b"x")
    assert caught.value.reason is Reason.DISK_FULL


def test_a_killed_writer_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "data"
    old, new = b"o" * 1_000_000, b"n" * 1_000_000
    path.write_bytes(old)
    program = (
        "import sys, pathlib; from seehear.storage.files import write_bytes\n"
        "print('go', flush=True)\n"
        f"while True: write_bytes(pathlib.Path(sys.argv[1]), b'n' * {len(new)})"
    )
    for delay in (0.0, 0.003, 0.007, 0.02, 0.05):
        with subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(delay)
            os.kill(process.pid, signal.SIGKILL)
        assert path.read_bytes() in (old, new)
