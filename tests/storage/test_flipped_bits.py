"""A bit that flipped in any file that the program stores and reads again is found, or changes nothing.

Every kind of stored file is made once, by the code that makes it. Then one bit at a time is flipped in a copy, and
what is read must be an error with a reason, or what would have been read without it.
"""

from __future__ import annotations

import hashlib
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from seehear.ave import load_ave, pack_ave
from seehear.batch.journal import Journal, read_journal
from seehear.core.errors import DamagedError, SeehearError
from seehear.core.labels import Categories
from seehear.core.time import Grid
from seehear.core.values import Features
from seehear.data.ave.splits import Split, read_split, write_split
from seehear.data.packing import pack
from seehear.data.rows import Rows
from seehear.data.scenes import read_scenes
from seehear.data.scenes.labels import write_scene_labels
from seehear.data.scenes.plan import plan_scenes
from seehear.data.store import FeatureStore
from seehear.engine.device import Compute
from seehear.engine.run_folder import RunFolder
from seehear.engine.state import State, load_newest_state, save_state
from seehear.features.weights import WeightFile, locate
from seehear.models.checkpoint import load_checkpoint
from seehear.publish import publish
from seehear.storage.files import sealed_folder, verify_sealed
from seehear.storage.records import read_hashed, read_record, write_hashed, write_record
from seehear.tables import run_table
from seehear.tables.times import read_times
from seehear.tables.workshop import Training, Workshop
from seehear.web.jobs import Job, new_id
from seehear.web.jobs import State as JobState
from seehear.web.store import JobStore
from tests.data import small_ave
from tests.data.test_packed import Drawn, contents, stopped_after
from tests.test_tables import PFAGN, SPLITS

KEY = FeatureStore.key("0" * 64, "f")
FEW, MANY = 6, 1000
"""Bits flipped in each file: in every run of the tests, and in the long checks."""


@dataclass(frozen=True)
class Kind:
    """A kind of stored file."""

    make: Callable[[Path], None]
    """Fills a folder with files of this kind."""
    read: Callable[[Path], object]
    """What the program reads of that folder, as something to compare."""
    files: str = "**/*"
    """Which files of the folder are meant."""
    harmless: Callable[[Path, object, object], bool] = lambda file, was, found: found == was
    """Whether something read without an error is harmless; unless said, it must be what was read before."""
    always_found: bool = True
    """Every flip is an error, not only every flip that would change what is read."""


def digest(value: Any) -> str:
    """Of arrays, tensors, dataclasses and plain values, to the last bit."""
    if isinstance(value, torch.Tensor | np.ndarray | Rows):
        array = np.ascontiguousarray(value)
        return hashlib.sha256(f"{array.dtype} {array.shape}".encode() + array.tobytes()).hexdigest()
    if isinstance(value, dict):
        return str({name: digest(one) for name, one in value.items()})
    if isinstance(value, Features | State):
        return str([digest(getattr(value, item.name)) for item in fields(value)])
    return repr(value)


@cache
def _trained() -> tempfile.TemporaryDirectory:
    folder = tempfile.TemporaryDirectory()
    run_table([PFAGN], [0], SPLITS, Path(folder.name), compute=Compute(threads=1))
    return folder


def trained() -> Path:
    """A table of one training, made once: its run, its sealed result and its times."""
    return Path(_trained().name)


def make_trained(folder: Path) -> None:
    shutil.copytree(trained(), folder, dirs_exist_ok=True)


def only_run(folder: Path) -> RunFolder:
    (path,) = (folder / "runs").iterdir()
    return RunFolder(path)


def read_run(folder: Path) -> object:
    """What training again would read: whose run it is, whether it is finished, and its history."""
    known, run = only_run(trained()).record(), only_run(folder)
    run.claim(known["identity"], known["settings"])
    return run.finished(), run.history()


def made_again(file: Path, was: object, found: object) -> bool:
    """A damaged checkpoint of a run does not count as one, so that it is trained again."""
    return found == was or ("model" in file.parts and found == (False, was[1]))  # pyrefly: ignore[unsupported-operation]


def read_result(folder: Path) -> object:
    return Workshop(SPLITS, folder, compute=Compute(threads=1)).outcome(Training(PFAGN, 0))


def state_after(step: int) -> State:
    weights = {"layer.weight": torch.full((3, 4), float(step))}
    return State(weights, {"layer.weight/step": torch.tensor(3.0)}, weights, step, 0.5)


def make_states(folder: Path) -> None:
    for step in (1, 2):
        save_state(folder, state_after(step), "identity")


def read_states(folder: Path) -> object:
    state = load_newest_state(folder, "identity")
    return state and digest(state)


def the_one_before(file: Path, was: object, found: object) -> bool:
    """In place of a damaged state; what came after it is trained again."""
    return found == digest(state_after(1 if "step-000000002" in file.parts else 2))


def make_pack(folder: Path) -> None:
    pack_ave(small_ave.write(folder / "ave"), folder / "pack")
    shutil.rmtree(folder / "ave")


def read_pack(folder: Path) -> object:
    parts = load_ave(folder / "pack", supervision="weak")
    return [digest({item.name: getattr(part, item.name) for item in fields(part)}) for part in parts]


def make_half_pack(folder: Path) -> None:
    stopped_after(15, folder / "pack")


def finish_pack(folder: Path) -> object:
    return contents(pack(Drawn(), folder / "pack", clips_at_once=5).folder)


def make_features(folder: Path) -> None:
    random_numbers = np.random.default_rng(0)
    visual, audio = random_numbers.normal(size=(2, 1, 1, 3)), random_numbers.normal(size=(2, 4))
    there = np.array([True, False])
    features = Features(Grid(), 0, "f", visual.astype(np.float32), audio.astype(np.float32), there, there)
    FeatureStore(folder).put(KEY, features)


def make_scenes(folder: Path) -> None:
    categories = Categories(("bell", "drum"))
    plans = plan_scenes(3, categories, seed=1)
    for plan in plans:
        (folder / plan.name).write_bytes(plan.name.encode() * 20)
    write_scene_labels(folder, plans, categories, Grid())


def make_weights(folder: Path) -> None:
    (folder / "drawn.pth").write_bytes(WEIGHTS)


def read_weights(folder: Path) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEEHEAR_HOME", str(folder))
        return locate(WEIGHT_FILE).path.read_bytes()


WEIGHTS = random.Random(0).randbytes(500)
WEIGHT_FILE = WeightFile("drawn.pth", "http://127.0.0.1:9/", hashlib.sha256(WEIGHTS).hexdigest()[:8], 1000)


def make_journal(folder: Path) -> None:
    with Journal(folder / "journal.jsonl") as journal:
        for number in range(5):
            journal.append({"path": f"{number}.mp4", "status": "ok"})


def read_journal_entries(folder: Path) -> object:
    return [str(entry) for entry in read_journal(folder / "journal.jsonl")]


def fewer(file: Path, was: object, found: object) -> bool:
    """What was done is done again where its entry is not whole; what was not written is never read."""
    return isinstance(found, list) and isinstance(was, list) and len(found) >= len(was) - 2 and set(found) <= set(was)


def make_published(folder: Path) -> None:
    publish(only_run(trained()).model, folder / "published", licence="mit")


def make_sealed(folder: Path) -> None:
    with sealed_folder(folder / "sealed") as sealed:
        (sealed / "text").write_text("some text")


def make_small_files(folder: Path) -> None:
    write_record(folder / "record.json", {"name": "a", "numbers": [1, 2.5, 300], "nested": {"b": True}})
    write_hashed(folder / "text.csv", "epoch,loss\n1,0.25\n")


def make_orders(folder: Path) -> None:
    part = np.arange(30)
    write_split(folder, Split(part, part + 30, part + 60))


def make_jobs(folder: Path) -> None:
    store = JobStore(folder / "jobs.sqlite3")
    for number in range(5):
        store.add(Job(new_id(), f"{number}.mp4", 1000 * number, created=float(number)))
    store.finish(store.all()[0].id, JobState.DONE, result={"events": 3}, result_bytes=2000)
    store.close()


def read_jobs(folder: Path) -> object:
    store = JobStore(folder / "jobs.sqlite3")
    try:
        return store.all()
    finally:
        store.close()


KINDS = {
    "sealed folder": Kind(make_sealed, lambda folder: verify_sealed(folder / "sealed")),
    "record and hashed text": Kind(
        make_small_files,
        lambda folder: (read_record(folder / "record.json"), read_hashed(folder / "text.csv")),
    ),
    "checkpoint": Kind(
        make_trained, lambda folder: digest(load_checkpoint(only_run(folder).model)[0].state_dict()), "runs/*/model/*"
    ),
    "published model": Kind(make_published, lambda folder: load_checkpoint(folder / "published")[1], "published/[!R]*"),
    "run": Kind(make_trained, read_run, "runs/**/*", made_again, always_found=False),
    "states of a run": Kind(make_states, read_states, harmless=the_one_before, always_found=False),
    "result of a table": Kind(
        make_trained, read_result, "results/*/*", lambda file, was, found: found is None, always_found=False
    ),
    "times": Kind(
        make_trained,
        lambda folder: read_times(folder / "times"),
        "times/*/*",
        lambda file, was, found: found in ([], was),
        always_found=False,
    ),
    "pack": Kind(make_pack, read_pack),
    "pack in the making": Kind(make_half_pack, finish_pack, ".pack.packing/**/*", always_found=False),
    "features": Kind(make_features, lambda folder: digest(FeatureStore(folder).read(KEY)), always_found=False),
    "rendered scenes": Kind(make_scenes, lambda folder: str(read_scenes(folder))),
    "pretrained weights": Kind(make_weights, read_weights),
    "journal of a batch": Kind(make_journal, read_journal_entries, harmless=fewer, always_found=False),
    "orders without shared videos": Kind(
        make_orders, lambda folder: digest(read_split(folder).parts), always_found=False
    ),
    "jobs of the web app": Kind(make_jobs, read_jobs, always_found=False),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a kind, filled once."""

    @cache
    def make(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name.replace(" ", "-"))
        KINDS[name].make(folder)
        return folder

    return make


def bits_of(file: Path, count: int) -> Iterator[int]:
    """Numbers of different bits of a file, drawn, or all of them where there are no more than `count`."""
    total = 8 * file.stat().st_size
    return iter(range(total) if total <= count else random.Random(file.name).sample(range(total), count))


def check(kind: Kind, original: Path, copy: Path, count: int) -> None:
    """Flip bits one by one in copies of a folder and hold what is read against what was."""
    shutil.copytree(original, copy)
    was = kind.read(copy)
    shutil.rmtree(copy)
    members = sorted(path.relative_to(original) for path in original.glob(kind.files) if path.stat().st_size)
    members = [path for path in members if (original / path).is_file()]
    assert members, "there is something to flip"
    for member in members:
        for bit in bits_of(original / member, count):
            shutil.copytree(original, copy)
            data = bytearray((copy / member).read_bytes())
            data[bit // 8] ^= 1 << bit % 8
            (copy / member).write_bytes(data)
            noticed, found = attempt(kind, copy)
            assert noticed or not kind.always_found, f"bit {bit} of {member} was not noticed"
            assert noticed or kind.harmless(member, was, found), f"bit {bit} of {member} changed what was read"
            shutil.rmtree(copy)


def attempt(kind: Kind, folder: Path) -> tuple[bool, object]:
    """Whether reading ends with an error that has a reason, and else what was read."""
    try:
        return False, kind.read(folder)
    except SeehearError:
        return True, None


@pytest.mark.parametrize("name", KINDS)
def test_a_flipped_bit_is_found_or_harmless(name: str, made: Callable[[str], Path], tmp_path: Path) -> None:
    check(KINDS[name], made(name), tmp_path / "copy", FEW)


@pytest.mark.long
@pytest.mark.parametrize("name", KINDS)
def test_of_many_flipped_bits_every_one_is_found_or_harmless(
    name: str, made: Callable[[str], Path], tmp_path: Path
) -> None:
    check(KINDS[name], made(name), tmp_path / "copy", MANY)


def test_the_check_itself_sees_a_reader_that_does_not_look(tmp_path: Path) -> None:
    """A plain text, read as it is: what the other tests would say of such a file."""

    def write(folder: Path) -> None:
        folder.mkdir()
        (folder / "plain.txt").write_text("text")

    write(tmp_path / "made")
    blind = Kind(write, lambda folder: (folder / "plain.txt").read_bytes(), always_found=False)
    with pytest.raises(AssertionError, match="changed what was read"):
        check(blind, tmp_path / "made", tmp_path / "copy", FEW)


def test_a_finished_run_whose_record_is_damaged_is_given_to_nobody(made: Callable[[str], Path], tmp_path: Path) -> None:
    """It could be the run of any settings."""
    shutil.copytree(made("run"), tmp_path / "copy")
    run = only_run(tmp_path / "copy")
    (run.path / "run.json").write_text("{}")
    with pytest.raises(DamagedError, match="nobody can tell"):
        run.claim("another", {})
