"""From a folder in AVE's form to tables and a page, by the command; stopped, shared and merged."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from seehear import cli
from seehear.data.ave.layout import VISUAL
from seehear.reproduce import run
from seehear.reproduce.prepare import prepared
from tests.data import small_ave

ROWS = "avel,pf-ME,pfagn"
TRAININGS = ("avel-supervised", "avel-weak", "pf-me-supervised", "pfagn-supervised", "pfagn-weak")
"""PFAGN weak is the row pf-ME of Table IV."""
TRIAL = ["--part", "--seeds", "1", "--epochs", "1", "--width", "8", "--recipe", "small", "--device", "cpu"]


@pytest.fixture
def without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures take most of the time here."""
    monkeypatch.setattr(run, "charts_can_be_drawn", lambda: False)


def reproduce(data: Path, output: Path, *more: str, rows: str = ROWS) -> int:
    return cli.run(["reproduce", "--data", str(data), "-o", str(output), "--rows", rows, *TRIAL, *more])


def tables(output: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in output.glob("table-*")}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_ave.write(tmp_path_factory.mktemp("ave"))


@pytest.fixture(scope="module")
def made(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("made") / "output"
    assert reproduce(data, output) == 0
    return output


def test_all_four_tables_are_written_with_the_papers_numbers_beside_ours(made: Path) -> None:
    assert len(tables(made)) == 4 * 3
    first = (made / "table-1.md").read_text()
    assert re.search(r"\| avel .*\| supervised \| \d+\.\d \| .* \| 72.7 \|", first)
    assert re.search(r"\| pfagn .*\| supervised \| \d+\.\d \| .* \| 78.5 \|", first)
    assert re.search(r"\| pf-ME \| weak \| .* \| 73.5 \|", (made / "table-4.md").read_text())


def test_captions_say_data_protocol_trial_and_trivial_points(made: Path) -> None:
    caption = (made / "table-2.md").read_text().splitlines()[0]
    assert caption.startswith("Table II of the PFAGN paper: systems, weak; a part of AVE or other data of its form")
    assert "DRAWN FEATURES that say nothing of real videos" in caption
    assert "shortened for trial (recipe small, 1 epochs, width 8)" in caption
    assert "Protocol strict: the epoch is chosen on validation by loss on clip categories" in caption
    background = ~small_ave.annotations().is_event[small_ave.split().test]
    assert f"all background {100 * background.mean():.2f} %" in caption


def test_what_two_tables_show_was_trained_once(made: Path) -> None:
    assert sorted(path.name for path in (made / "results").iterdir()) == sorted(f"{name}-seed-0" for name in TRAININGS)
    systems, ablation = (json.loads((made / f"table-{number}.json").read_text()) for number in (2, 4))
    (pfagn,) = [row for row in systems["rows"] if row["row"]["name"] == "pfagn"]
    (motion,) = [row for row in ablation["rows"] if row["row"]["name"] == "pf-ME"]
    assert pfagn["seeds"] == motion["seeds"]
    assert pfagn["seeds"]["0"]["clips"] == len(small_ave.split().test)


def test_weak_training_learns_from_the_background_clips_too(data: Path, made: Path) -> None:
    splits = prepared(data, made, part=True)
    background = small_ave.SETTINGS.background_clips
    assert len(splits.training_for("weak")) == len(splits.training_for("supervised")) + background
    record = json.loads((made / "runs" / "avel-weak-seed-0" / "run.json").read_text())
    assert record["data"]["training"]["clips"] == len(small_ave.split().training) + background
    record = json.loads((made / "runs" / "avel-supervised-seed-0" / "run.json").read_text())
    assert record["data"]["training"]["clips"] == len(small_ave.split().training)


def test_the_page_holds_tables_pictures_check_and_times(made: Path) -> None:
    page = (made / "reproduction.html").read_text()
    for number in ("I", "II", "III", "IV"):
        assert f"<h2>Table {number} of the PFAGN paper" in page
    pictures = sorted(path.name for path in (made / "pictures").iterdir())
    assert len(pictures) == 4 * 2 + 2 + 2 + 1 + 1  # curves and categories of each, a confusion for each row
    assert page.count("data:image/png;base64,") == len(pictures)
    assert "Annotations.txt" in page
    assert "0 wrong" in page


def test_the_time_of_every_piece_of_work_is_kept_apart(made: Path) -> None:
    rows = list(csv.DictReader((made / "times.csv").open()))
    assert [row["what"] for row in rows] == sorted(["check-and-pack", *(f"{name}-seed-0" for name in TRAININGS)])
    assert all(float(row["seconds"]) >= 0 and "cores" in row["machine"] and row["device"] == "cpu" for row in rows)


@pytest.mark.usefixtures("without_matplotlib")
def test_started_again_nothing_is_made_twice(data: Path, made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = tables(made)
    capsys.readouterr()
    assert reproduce(data, made) == 0
    said = capsys.readouterr().err
    assert "seed" not in said
    assert "checking" not in said
    assert "packing" not in said
    assert tables(made) == before


@pytest.mark.usefixtures("without_matplotlib")
def test_shards_of_machines_that_share_nothing_are_put_together(
    data: Path, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (1, 2):
        output = tmp_path / str(number)
        shutil.copytree(made / "pack", output / "pack")
        assert reproduce(data, output, "--shard", f"{number}/2") == 0
        assert f"{3 if number == 1 else 2} of 5 trainings are made" in capsys.readouterr().out
        assert not tables(output)
    shutil.copytree(tmp_path / "2" / "results", tmp_path / "1" / "results", dirs_exist_ok=True)
    assert reproduce(data, tmp_path / "1") == 0
    assert "seed" not in capsys.readouterr().err
    assert tables(tmp_path / "1") == tables(made)


@pytest.mark.usefixtures("without_matplotlib")
def test_a_finished_pack_stands_for_the_folder(made: Path, tmp_path: Path) -> None:
    assert reproduce(made / "pack", tmp_path, rows="avel") == 0
    assert not (tmp_path / "pack").exists()
    assert "| avel" in (tmp_path / "table-1.md").read_text()


def test_a_copy_with_a_fault_is_refused_before_anything_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = small_ave.write(tmp_path / "ave")

    def spoil(values: np.ndarray) -> np.ndarray:
        values[7, 3] = np.nan
        return values

    small_ave.change(broken / VISUAL, spoil)
    assert reproduce(broken, tmp_path / "output") == 2
    said = capsys.readouterr().err
    assert "is not AVE as published; nothing was trained" in said
    assert "visual_feature.h5" in said
    assert "seehear data check" in said
    assert not (tmp_path / "output" / "pack").exists()
    assert not (tmp_path / "output" / "runs").exists()


def test_a_part_of_ave_is_not_taken_for_the_whole(data: Path, tmp_path: Path) -> None:
    assert cli.run(["reproduce", "--data", str(data), "-o", str(tmp_path)]) == 2
    assert not (tmp_path / "pack").exists()


@pytest.mark.usefixtures("without_matplotlib")
def test_the_papers_protocol_is_in_caption_and_headings_and_in_a_folder_of_its_own(
    data: Path, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(made / "pack", tmp_path / "pack")
    assert reproduce(data, tmp_path, "--protocol", "paper", rows="avel") == 0
    text = (tmp_path / "table-2.md").read_text()
    assert "Protocol paper: the epoch is chosen on test by segment accuracy" in text
    assert "| accuracy % (chosen on) |" in text
    capsys.readouterr()
    assert reproduce(data, made, "--protocol", "paper", rows="avel") == 2
    assert "other settings or data (protocol)" in capsys.readouterr().err


@pytest.mark.usefixtures("without_matplotlib")
def test_without_matplotlib_there_are_tables_and_a_hint(
    data: Path, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(made / "pack", tmp_path / "pack")
    shutil.copytree(made / "results", tmp_path / "results")
    assert reproduce(data, tmp_path) == 0
    assert "pip install 'seehear[train]'" in capsys.readouterr().err
    assert tables(tmp_path) == tables(made)
    assert not (tmp_path / "pictures").exists()
    assert "pip install &#x27;seehear[train]&#x27;" in (tmp_path / "reproduction.html").read_text()


@pytest.mark.parametrize("wrong", [["--rows", "avl"], ["--shard", "3/2"], ["--epochs", "0"]])
def test_wrong_words_are_refused_before_the_data_are_read(data: Path, tmp_path: Path, wrong: list[str]) -> None:
    assert cli.run(["reproduce", "--data", str(data), "-o", str(tmp_path / "output"), *wrong]) == 2
    assert not (tmp_path / "output").exists()


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_every_row_of_all_four_tables_on_a_tenth_of_ave(tmp_path: Path, shared: Path) -> None:
    assert (
        cli.run(["data", "stand-in", str(shared / "ave"), "--output", str(tmp_path / "ave"), "--fraction", ".1"]) == 0
    )
    assert reproduce(tmp_path / "ave", tmp_path / "output", "--jobs", "2", rows="systems,ablation") == 0
    for number, count in ((1, 7), (2, 7), (3, 8), (4, 8)):
        rows = json.loads((tmp_path / "output" / f"table-{number}.json").read_text())["rows"]
        assert len(rows) == count
        assert all(0 <= row["seeds"]["0"]["accuracy"] <= 1 and not row["failures"] for row in rows)
