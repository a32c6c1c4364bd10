"""A run's folder is one run's, and one process's at a time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from seehear.core.errors import InvalidValueError, StorageError
from seehear.engine.run_folder import RunFolder, identity_of
from seehear.storage.files import sealed_folder


def test_only_one_process_works_in_a_folder(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from seehear.engine.run_folder import RunFolder\n"
        "try:\n  with RunFolder(Path(sys.argv[1])).locked(): print('in')\n"
        "except Exception as error: print(error)"
    )

    def another() -> str:
        return subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True).stdout

    with RunFolder(tmp_path).locked():
        assert "another process is training" in another()
    assert another() == "in\n"


def test_a_folder_of_another_run_is_refused_and_an_empty_one_taken(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    settings = {"compute": {"threads": 3}, "protocol": "strict"}
    run.claim("mine", settings)
    run.write_record("mine", settings=settings)
    run.claim("mine", settings)
    assert run.compute() == {"threads": 3}
    with pytest.raises(InvalidValueError, match=r"other settings \(protocol\); choose another output folder"):
        run.claim("yours", {**settings, "protocol": "paper"})
    with pytest.raises(InvalidValueError, match="other data"):
        run.claim("yours", settings)


def test_a_half_written_record_is_no_record(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"identity": "mi')
    assert RunFolder(tmp_path).record() == {}


def test_a_damaged_checkpoint_does_not_count_as_finished_and_makes_room(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    with sealed_folder(run.model) as folder:
        (folder / "weights").write_bytes(b"right")
    assert run.finished()
    (run.model / "weights").write_bytes(b"wrong")
    assert not run.finished()
    assert not run.model.exists()


def test_identity_depends_on_facts_and_not_on_their_order() -> None:
    assert identity_of({"seed": 1, "model": "a"}) == identity_of({"model": "a", "seed": 1})
    assert identity_of({"seed": 1}) != identity_of({"seed": 2})


def test_a_file_in_the_way_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(StorageError), RunFolder(tmp_path / "run").locked():
        pass
