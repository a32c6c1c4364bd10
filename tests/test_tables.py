"""Tables: what is done stays done, and the texts follow from the results alone."""

from __future__ import annotations

import contextlib
import csv
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from filelock import FileLock

from seehear import tables
from seehear.core.errors import InvalidValueError, Reason, SeehearError, UnknownNameError
from seehear.engine.progress import Watch
from seehear.evaluate import evaluation_of
from seehear.models import build
from seehear.recipes import recipe_for, small
from seehear.storage.files import sealed_folder, write_text
from seehear.tables import (
    ABLATION,
    PUBLISHED,
    Row,
    RowResult,
    Splits,
    Table,
    Workshop,
    ablation_rows,
    crew,
    make_all,
    rows_of,
    run_table,
    system_rows,
    trainings_of,
)
from seehear.tables.times import read_times
from seehear.tables.workshop import Training
from tests.engine.small_data import SLIM, small_dataset

SPLITS = Splits(small_dataset(32, seed=1), small_dataset(16, seed=2), small_dataset(16, seed=3))
QUICK = {
    supervision: replace(small(recipe_for("pfagn", supervision)), epochs=1) for supervision in ("supervised", "weak")
}
PFAGN = Row("pfagn", "pfagn", options=SLIM, recipe=QUICK["supervised"])
CMRAN = Row("cmran", "cmran", options=SLIM, recipe=QUICK["supervised"])
WEAK = Row("pfagn", "pfagn", "weak", options=SLIM, recipe=QUICK["weak"])
TEXTS = ("table.md", "table.csv", "table.json")


def texts(output: Path) -> list[bytes]:
    return [(output / name).read_bytes() for name in TEXTS]


def run(output: Path, rows: list[Row], seeds: list[int], **changes: Any) -> tuple[Table, list[str]]:
    told: list[str] = []
    return run_table(rows, seeds, SPLITS, output, tell=told.append, **changes), told


def test_a_table_stopped_half_way_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    _, all_told = run(tmp_path / "whole", [PFAGN, CMRAN, WEAK], [0, 1])
    run(tmp_path / "parts", [PFAGN], [0])
    _, told = run(tmp_path / "parts", [PFAGN, CMRAN, WEAK], [0, 1])
    assert len(all_told) == 6
    assert len(told) == 5
    assert told[-1].endswith("6 of 6")
    assert not any(message.startswith("pfagn (supervised), seed 0") for message in told)
    assert texts(tmp_path / "parts") == texts(tmp_path / "whole")


def test_processes_side_by_side_give_the_same_table(tmp_path: Path) -> None:
    run(tmp_path / "one", [PFAGN, WEAK], [0])
    _, told = run(tmp_path / "two", [PFAGN, WEAK], [0], processes=2)
    assert len(told) == 2
    assert texts(tmp_path / "two") == texts(tmp_path / "one")


def test_a_result_whose_bytes_went_bad_is_made_again(tmp_path: Path) -> None:
    run(tmp_path, [PFAGN], [0])
    before = texts(tmp_path)
    (result,) = (tmp_path / "results").glob("*/evaluation.json")
    result.write_text(result.read_text().replace("clips", "clops"))
    _, told = run(tmp_path, [PFAGN], [0])
    assert len(told) == 1
    assert texts(tmp_path) == before


def test_results_of_other_settings_or_data_are_not_mixed_in(tmp_path: Path) -> None:
    run(tmp_path, [PFAGN], [0])
    with pytest.raises(InvalidValueError, match="other settings or data"):
        run(tmp_path, [replace(PFAGN, options={**SLIM, "width": 8})], [0])
    with pytest.raises(InvalidValueError, match="other settings or data"):
        run_table([PFAGN], [0], replace(SPLITS, test=small_dataset(16, seed=4)), tmp_path)


def test_a_training_that_diverges_is_noted_and_the_others_go_on(tmp_path: Path) -> None:
    visual = SPLITS.training.visual.copy()
    visual[3] = np.nan
    broken = replace(SPLITS, training=replace(SPLITS.training, visual=visual))
    table = run_table([PFAGN], [0, 1], broken, tmp_path)
    assert set(table.results[0].failures) == {0, 1}
    assert "clip 3.mp4" in (tmp_path / "table.md").read_text()
    mended, _ = run(tmp_path / "mended", [PFAGN], [0])
    assert not mended.results[0].failures


def test_rows_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match="different names"):
        run(tmp_path, [PFAGN, PFAGN], [0])


def test_a_table_of_no_seed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match="1 seed or more"):
        run(tmp_path, [PFAGN], [])


def test_a_row_without_a_recipe_is_refused_when_it_is_made() -> None:
    with pytest.raises(UnknownNameError):
        Row("mine", "nothing")


def result(row: Row, *right: int) -> RowResult:
    """One seed for each number of right segments of the first clip, all else wrong."""
    data = SPLITS.test.subset([0])
    evaluations = {}
    for seed, count in enumerate(right):
        wrong = (data.segment_classes + 1) % 4
        wrong[0, :count] = data.segment_classes[0, :count]
        evaluations[seed] = evaluation_of(wrong, data)
    return RowResult(row, evaluations, {})


def test_mean_and_sample_deviation_over_seeds() -> None:
    mean, deviation = result(PFAGN, 2, 4).mean_and_deviation("accuracy") or (0, 0)
    assert mean == pytest.approx(3 / 6)
    assert deviation == pytest.approx(np.std([2 / 6, 4 / 6], ddof=1))
    assert result(PFAGN, 2).mean_and_deviation("accuracy") == (2 / 6, None)


def test_markdown_says_protocol_trivial_points_paper_and_footnotes() -> None:
    table = Table("Table I", (0, 1), (result(PFAGN, 3, 3), result(Row("avsdn", "avsdn"), 2, 4)), 1, 0.1779, 0.8221)
    text = table.markdown()
    assert "Protocol strict: the epoch is chosen on validation by segment accuracy." in text
    assert "82.21 %, all background 17.79 %" in text
    assert "| pfagn [1] | supervised | 50.0 ± 0.0 |" in text
    assert "| 50.0 ± 23.6 |" in text
    assert "- [2] avsdn: both figures with ResNet-152 features, the others with VGG-19" in text
    assert text.splitlines()[4].endswith("| 78.5 |")


def test_csv_and_json_read_back(tmp_path: Path) -> None:
    table = Table("Table I", (0, 1), (result(PFAGN, 3, 4),), 1, 0.2, 0.8)
    rows = list(csv.DictReader(table.csv().splitlines()))
    assert [float(row["accuracy"]) for row in rows] == pytest.approx([3 / 6, 4 / 6])
    assert rows[0]["paper_percent"] == "78.5"
    whole = json.loads(table.json())
    assert whole["rows"][0]["seeds"]["1"]["accuracy"] == pytest.approx(4 / 6)
    assert whole["rows"][0]["row"]["model"] == "pfagn"


def test_the_papers_numbers_are_those_of_its_tables() -> None:
    assert (PUBLISHED["pfagn"].supervised, PUBLISHED["pfagn"].weak) == (78.5, 73.5)
    assert (PUBLISHED["pf-ME"].supervised, PUBLISHED["pf-ME"].weak) == (77.488, 73.532)
    assert "approximation" in PUBLISHED["dam"].note
    assert "DAM's reference number" in PUBLISHED["avin"].note


def test_every_ablation_row_is_a_network_that_can_be_built_and_no_two_are_the_same() -> None:
    rows = ablation_rows(options=SLIM, recipe="small")
    assert len(rows) == 2 * 8
    assert len({row.folder for row in rows}) == len(rows)
    built = {
        (row.supervision, str(build(row.model, categories=3, supervision=row.supervision, **row.options).options))
        for row in rows
    }
    assert len(built) == len(rows)


def test_system_rows_are_the_tables_of_the_paper() -> None:
    rows = system_rows(("weak",), recipe="small")
    assert [row.name for row in rows] == list(tables.SYSTEMS)
    assert {row.supervision for row in rows} == {"weak"}
    assert all(row.name in PUBLISHED for row in rows)


def test_a_training_that_failed_is_not_tried_again(tmp_path: Path) -> None:
    visual = SPLITS.training.visual.copy()
    visual[3] = np.nan
    broken = replace(SPLITS, training=replace(SPLITS.training, visual=visual))
    run_table([PFAGN], [0], broken, tmp_path)
    before, told = texts(tmp_path), []
    table = run_table([PFAGN], [0], broken, tmp_path, tell=told.append)
    assert not told
    assert set(table.results[0].failures) == {0}
    assert texts(tmp_path) == before


def test_weak_rows_learn_from_their_own_training_set(tmp_path: Path) -> None:
    splits = replace(SPLITS, weak_training=small_dataset(40, seed=1))
    run_table([PFAGN, WEAK], [0], splits, tmp_path)
    seen = {
        path.parent.name: json.loads(path.read_text())["data"]["training"]["clips"]
        for path in (tmp_path / "runs").glob("*/run.json")
    }
    assert seen == {"pfagn-supervised-seed-0": 32, "pfagn-weak-seed-0": 40}


def test_a_table_says_by_which_protocol_and_never_holds_two(tmp_path: Path) -> None:
    table, _ = run(tmp_path, [PFAGN], [0], protocol="paper")
    assert "Protocol paper: the epoch is chosen on test by segment accuracy" in table.caption
    assert table.heads[2] == "accuracy % (chosen on)"
    assert next(csv.DictReader((tmp_path / "table.csv").open()))["protocol"] == "paper"
    with pytest.raises(InvalidValueError, match=r"other settings or data \(protocol\)"):
        run(tmp_path, [PFAGN], [0])


def test_rows_that_are_called_twice_are_trained_once(tmp_path: Path) -> None:
    again = replace(PFAGN, name="pf-ME", trained_as="pfagn")
    table, told = run(tmp_path, [PFAGN, again], [0])
    assert len(told) == 1
    assert table.results[0].evaluations == table.results[1].evaluations
    with pytest.raises(InvalidValueError, match="different names"):
        run(tmp_path, [PFAGN, replace(again, recombine=0.5)], [0])


class Bench(Workshop):
    """Makes trainings in no time and notes which."""

    def __init__(self, output: Path) -> None:
        super().__init__(SPLITS, output)
        self.made: list[Training] = []

    def _seal(self, training: Training, watch: Watch) -> None:
        time.sleep(0.005)
        self.made.append(training)
        with sealed_folder(self._result(training)) as folder:
            write_text(folder / "settings.json", json.dumps(self._facts(training)))
            write_text(folder / "failure.txt", "made in no time")


def test_calls_side_by_side_divide_the_trainings_and_each_waits_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "LOOK_AGAIN_SECONDS", 0.01)
    trainings = trainings_of([PFAGN, CMRAN, WEAK], range(4))
    benches = [Bench(tmp_path) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        for future in [pool.submit(make_all, bench, trainings) for bench in benches]:
            future.result(timeout=60)
    made = [training.folder for bench in benches for training in bench.made]
    assert sorted(made) == sorted(training.folder for training in trainings)


def test_what_another_process_is_at_is_waited_for_and_made_here_when_that_one_dies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "LOOK_AGAIN_SECONDS", 0.01)
    (tmp_path / "claims").mkdir()
    bench, (training,) = Bench(tmp_path), trainings_of([PFAGN], [0])
    other = FileLock(tmp_path / "claims" / training.folder)
    other.acquire()
    told: list[str] = []

    def tell(message: str) -> None:
        told.append(message)
        if len(told) == 2:
            assert not bench.made
            other.release()  # as the system does for a process that dies

    make_all(bench, [training], tell=tell)
    assert bench.made == [training]
    assert "being trained by other processes" in told[0]


def test_what_a_killed_process_left_of_sealing_is_cleared_away(tmp_path: Path) -> None:
    (training,) = trainings_of([PFAGN], [0])
    left = tmp_path / "results" / f".{training.folder}.x7"
    left.mkdir(parents=True)
    bench = Bench(tmp_path)
    make_all(bench, [training])
    assert [path.name for path in (tmp_path / "results").iterdir()] == [training.folder]


def test_times_of_all_stretches_are_kept_and_the_table_does_not_depend_on_them(tmp_path: Path) -> None:
    run(tmp_path, [PFAGN], [0])
    before = texts(tmp_path)
    (stretch,) = read_times(tmp_path / "times")
    assert (stretch.what, stretch.device) == ("pfagn-supervised-seed-0", "cpu")
    assert 0 < stretch.seconds < 300
    assert "cores" in stretch.machine
    (tmp_path / "times" / stretch.what / "torn.json").write_text('{"what": "pf')
    assert read_times(tmp_path / "times") == [stretch]
    run(tmp_path, [PFAGN], [0])
    assert texts(tmp_path) == before


@pytest.mark.long
def test_a_worker_that_is_killed_ends_the_call_with_what_to_do_next(tmp_path: Path) -> None:
    longer = replace(PFAGN, recipe=replace(QUICK["supervised"], epochs=200))

    def kill_the_workers(message: str) -> None:
        for child in psutil.Process().children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if "spawn_main" in " ".join(child.cmdline()):
                    child.kill()

    with pytest.raises(SeehearError, match="start the same command again") as caught:
        run_table([WEAK, longer], [0, 1], SPLITS, tmp_path, processes=2, tell=kill_the_workers)
    assert caught.value.reason == Reason.PROCESS_LOST


def test_rows_are_named_after_networks_and_rows_of_the_ablation_alike() -> None:
    rows = rows_of(("cmran", "ME"), ("weak",), recipe="small", options=SLIM)
    assert [(row.name, row.model) for row in rows] == [("cmran", "cmran"), ("ME", "pfagn")]
    assert rows[1].options == {**SLIM, **ABLATION["ME"]}
    with pytest.raises(UnknownNameError, match="steady \\+ temporal attention"):
        rows_of(("steady",))
