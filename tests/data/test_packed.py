"""A pack holds the features it was made of, survives being killed, and says when a bit has changed."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seehear.core.errors import DamagedError, InvalidValueError, NotFiniteError, Reason, SeehearError, StorageError
from seehear.data import packing
from seehear.data.packed import PackFacts, open_packed
from seehear.data.packing import pack

CLIPS, VISUAL_SHAPE, AUDIO_SHAPE = 23, (4, 2, 2, 8), (4, 5)


class Drawn:
    """A source whose every value is known, and which counts the clips that were asked of it."""

    def __init__(self, clips: int = CLIPS, visual_shape: tuple[int, ...] = VISUAL_SHAPE, dtype: str = "f8") -> None:
        self.dtype, self.read_clips, self.stop_at = dtype, [], clips
        self.facts = PackFacts(
            tuple(f"clip {number}" for number in range(clips)), visual_shape, AUDIO_SHAPE, "drawn", "print", 1.0, "seed"
        )
        self.visual = np.random.default_rng(1).exponential(3, (clips, *visual_shape)).astype(dtype)
        self.audio = np.random.default_rng(2).exponential(1, (clips, *AUDIO_SHAPE)).astype(dtype)

    def read(self, first: int, count: int) -> tuple[np.ndarray, np.ndarray]:
        if first >= self.stop_at:
            raise Stopped
        self.read_clips += range(first, first + count)
        return self.visual[first : first + count], self.audio[first : first + count]


class Stopped(Exception):  # noqa: N818
    """As if the process had been killed here."""


def stopped_after(clips: int, output: Path) -> None:
    source = Drawn()
    source.stop_at = clips
    with pytest.raises(Stopped):
        pack(source, output, clips_at_once=5)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("dtype", ["f8", "f4", ">f8"])
def test_values_are_rounded_to_float16_and_nothing_else(tmp_path: Path, dtype: str) -> None:
    source = Drawn(dtype=dtype)
    source.visual, source.audio = source.visual.astype(dtype[-2:]), source.audio.astype(dtype[-2:])
    packed = pack(source, tmp_path / "pack", clips_at_once=5)
    assert packed.visual.dtype == np.float16
    assert isinstance(packed.visual, np.memmap)
    np.testing.assert_allclose(packed.visual.astype("f8"), source.visual, rtol=2**-11 * 1.001, atol=2**-25)
    np.testing.assert_array_equal(packed.audio, source.audio.astype("f4"))
    assert packed.facts == source.facts


def test_how_many_clips_at_once_makes_no_difference(tmp_path: Path) -> None:
    for clips in (1, 5, 100):
        pack(Drawn(), tmp_path / str(clips), clips_at_once=clips)
    assert contents(tmp_path / "1") == contents(tmp_path / "5") == contents(tmp_path / "100")


def test_a_stopped_packing_goes_on_and_ends_with_the_same_bytes(tmp_path: Path) -> None:
    pack(Drawn(), tmp_path / "whole")
    stopped_after(10, tmp_path / "pack")
    assert not (tmp_path / "pack").exists()
    source, told = Drawn(), []
    pack(source, tmp_path / "pack", clips_at_once=5, progress=lambda done, total: told.append((done, total)))
    assert source.read_clips == list(range(10, CLIPS))
    assert told == [(10, 23), (15, 23), (20, 23), (23, 23)]
    assert contents(tmp_path / "pack") == contents(tmp_path / "whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pack", "whole"]


@pytest.mark.parametrize("name", ["visual.npy", "audio.npy"])
@pytest.mark.parametrize("damage", ["flip", "cut", "header", "remove"])
def test_what_the_journal_does_not_vouch_for_is_made_again(tmp_path: Path, name: str, damage: str) -> None:
    pack(Drawn(), tmp_path / "whole")
    stopped_after(15, tmp_path / "pack")
    path = tmp_path / ".pack.packing" / "content" / name
    data = bytearray(path.read_bytes())
    if damage == "remove":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(data[:-3])
    else:
        data[70 if damage == "header" else -3] ^= 1
        path.write_bytes(data)
    source = Drawn()
    pack(source, tmp_path / "pack", clips_at_once=5)
    assert source.read_clips == list(range(0 if damage in ("header", "remove") else 10, CLIPS))
    assert contents(tmp_path / "pack") == contents(tmp_path / "whole")


def test_bytes_beyond_the_journal_and_a_torn_entry_are_dropped(tmp_path: Path) -> None:
    pack(Drawn(), tmp_path / "whole")
    stopped_after(10, tmp_path / "pack")
    work = tmp_path / ".pack.packing"
    with (work / "content" / "visual.npy").open("ab") as stream:
        stream.write(b"half a clip")
    with (work / "journal.jsonl").open("a") as stream:
        stream.write('{"clips": 15, "sha')
    pack(Drawn(), tmp_path / "pack", clips_at_once=5)
    assert contents(tmp_path / "pack") == contents(tmp_path / "whole")


def test_a_packing_of_something_else_is_begun_anew(tmp_path: Path) -> None:
    stopped_after(10, tmp_path / "pack")
    source = Drawn()
    source.facts = replace(source.facts, source="another file")
    pack(source, tmp_path / "pack", clips_at_once=5)
    assert source.read_clips == list(range(CLIPS))


def test_a_finished_pack_is_opened_and_another_is_not_overwritten(tmp_path: Path) -> None:
    pack(Drawn(), tmp_path / "pack")
    again = Drawn()
    assert len(pack(again, tmp_path / "pack")) == CLIPS
    assert again.read_clips == []
    other = Drawn()
    other.facts = replace(other.facts, fingerprint="other")
    with pytest.raises(InvalidValueError, match="something else"):
        pack(other, tmp_path / "pack")


def test_only_one_process_packs_in_a_place(tmp_path: Path) -> None:
    class Nosy(Drawn):
        def read(self, first: int, count: int) -> tuple[np.ndarray, np.ndarray]:
            with pytest.raises(StorageError, match="another process"):
                pack(Drawn(), tmp_path / "pack")
            return super().read(first, count)

    pack(Nosy(), tmp_path / "pack")


@pytest.mark.parametrize(
    ("array", "value", "said"),
    [
        ("visual", np.nan, "visual of clip clip 17 is NaN"),
        ("visual", np.inf, "visual of clip clip 17 is NaN or infinite"),
        ("visual", 65520.0, "visual of clip clip 17 is beyond 65504"),
        ("visual", -1e300, "visual of clip clip 17 is beyond 65504"),
        ("audio", np.nan, "audio of clip clip 17 is NaN"),
    ],
)
def test_what_float16_cannot_hold_is_refused_by_name(tmp_path: Path, array: str, value: float, said: str) -> None:
    source = Drawn()
    getattr(source, array)[17, 2, 0] = value
    with pytest.raises(NotFiniteError, match=said):
        pack(source, tmp_path / "pack", clips_at_once=5)
    assert not (tmp_path / "pack").exists()


def test_the_largest_float16_is_kept(tmp_path: Path) -> None:
    source = Drawn()
    source.visual[0, 0, 0, 0, 0] = 65504
    assert pack(source, tmp_path / "pack").visual.max() == 65504


@pytest.mark.parametrize("name", ["visual.npy", "audio.npy", "pack.json", "labels.txt"])
def test_a_flipped_bit_in_any_file_is_found(tmp_path: Path, name: str) -> None:
    pack(Drawn(), tmp_path / "pack", attachments={"labels.txt": "bark"})
    open_packed(tmp_path / "pack", verify=True)
    path = tmp_path / "pack" / name
    data = bytearray(path.read_bytes())
    data[-2] ^= 1
    path.write_bytes(data)
    with pytest.raises(DamagedError, match=name):
        open_packed(tmp_path / "pack", verify=True)


@pytest.mark.parametrize("name", ["visual.npy", "audio.npy", "pack.json"])
def test_a_cut_or_missing_file_is_found_at_once(tmp_path: Path, name: str) -> None:
    pack(Drawn(), tmp_path / "pack")
    path = tmp_path / "pack" / name
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(DamagedError):
        open_packed(tmp_path / "pack")
    path.unlink()
    with pytest.raises(DamagedError):
        open_packed(tmp_path / "pack")


def test_a_pack_with_arrays_of_another_size_is_refused(tmp_path: Path) -> None:
    pack(Drawn(), tmp_path / "pack")
    facts = json.loads((tmp_path / "pack" / "pack.json").read_text())
    facts["names"].pop()
    (tmp_path / "pack" / "pack.json").write_text(json.dumps(facts))
    with pytest.raises(DamagedError, match="float16"):
        open_packed(tmp_path / "pack")


def test_no_pack_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(SeehearError) as caught:
        open_packed(tmp_path / "nowhere")
    assert caught.value.reason == Reason.NOT_FOUND


def test_what_the_disk_lost_while_packing_is_found_before_the_pack_appears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = packing._ArrayFile.append

    def losing(self, clips: np.ndarray) -> None:
        append(self, clips)
        with self.path.open("r+b") as stream:
            stream.seek(200)
            byte = stream.read(1)[0]
            stream.seek(200)
            stream.write(bytes([byte ^ 1]))

    monkeypatch.setattr(packing._ArrayFile, "append", losing)
    with pytest.raises(DamagedError, match="check the disk"):
        pack(Drawn(), tmp_path / "pack", clips_at_once=CLIPS)
    assert not (tmp_path / "pack").exists()


def test_a_source_that_gives_other_shapes_is_refused(tmp_path: Path) -> None:
    source = Drawn()
    source.audio = source.audio[:, :3]
    with pytest.raises(InvalidValueError, match="audio has shape"):
        pack(source, tmp_path / "pack")


PROGRAM = """
import sys
from pathlib import Path
from seehear.data.packing import pack
from tests.data.test_packed import Drawn
tell = lambda done, total: print(done, flush=True)
pack(Drawn(400, (4, 4, 4, 16)), Path(sys.argv[1]), clips_at_once=2, progress=tell)
"""


def killed_at_random(output: Path, kills: int, seed: int) -> None:
    """Pack in a child process that is killed at a random clip, again and again, then let it finish."""
    chance = random.Random(seed)
    where = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", PROGRAM, str(output)]
    for kill in range(kills + 1):
        child = subprocess.Popen(command, cwd=Path(__file__).parents[2], env=where, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        if kill < kills:
            for _ in range(chance.randrange(1, 20)):
                child.stdout.readline()
            time.sleep(chance.random() / 200)
            child.send_signal(signal.SIGKILL)
            child.stdout.close()
            child.wait()
        else:
            child.communicate()
            assert child.returncode == 0


@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.long)])
def test_a_packing_killed_at_random_ends_byte_equal(tmp_path: Path, kills: int) -> None:
    pack(Drawn(400, (4, 4, 4, 16)), tmp_path / "whole")
    killed_at_random(tmp_path / "pack", kills, seed=kills)
    assert contents(tmp_path / "pack") == contents(tmp_path / "whole")
    shutil.rmtree(tmp_path / "pack")
