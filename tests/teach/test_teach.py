"""Teaching from photos and sounds and from labelled videos: what is left behind, gone on with and refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from seehear.cli import run
from seehear.core.errors import ExtractorMismatchError, InvalidValueError
from seehear.core.inputs import FEATURES
from seehear.engine.device import Compute
from seehear.engine.progress import Watch
from seehear.evaluate import evaluate_checkpoint
from seehear.localizer import load
from seehear.models.checkpoint import read_card
from seehear.prepare import load_folder
from seehear.teach import Lesson, Listeners, teach
from tests.own_data.small_folder import small_folder
from tests.teach.own_material import own_material

SHORT = Lesson(extractor="builtin", inputs=FEATURES, clips=8, epochs=2, width=16, segments=4)
ONE_THREAD = Compute("cpu", threads=1)


class Impatient(Watch):
    """Stops the training at its second epoch."""

    def on_epoch(self, record: dict[str, float]) -> None:
        raise KeyboardInterrupt


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return own_material(tmp_path_factory.mktemp("own"))


@pytest.fixture(scope="module")
def model(folder: Path) -> Path:
    return teach(folder, folder / "pets", SHORT, compute=ONE_THREAD).model


def test_the_model_localizes_and_says_how_it_did_on_what_was_held_out(folder, model):
    card = read_card(model)
    assert card.categories.names == ("cat", "dog")
    held_out = card.metrics["held_out"]
    again = evaluate_checkpoint(model, load_folder(folder / "pets-making" / "reporting", "builtin"), compute=ONE_THREAD)
    assert held_out["accuracy"] == again.accuracy
    assert held_out["clips"] == 4
    scene = next((folder / "pets-making" / "reporting").glob("*.mp4"))
    assert load(model).find(scene).scores.events.shape == (10, 2)


def test_a_finished_model_is_returned_at_once_and_another_is_not_written_over_it(folder, model):
    before = (model / "manifest.json").read_bytes()
    assert teach(folder, model, SHORT, compute=ONE_THREAD).evaluation.clips == 4
    assert (model / "manifest.json").read_bytes() == before
    with pytest.raises(InvalidValueError, match="other files or settings"):
        teach(folder, model, replace(SHORT, epochs=3), compute=ONE_THREAD)


def test_a_teaching_that_was_stopped_ends_with_the_same_bytes(folder, model, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        teach(folder, tmp_path / "pets", SHORT, compute=ONE_THREAD, listeners=Listeners(watch=Impatient()))
    rendered = {path: path.stat().st_mtime_ns for path in (tmp_path / "pets-making").rglob("*.mp4")}
    with pytest.raises(InvalidValueError, match="the making of a model of other"):
        teach(folder, tmp_path / "pets", replace(SHORT, seed=1), compute=ONE_THREAD)
    assert teach(folder, tmp_path / "pets", SHORT, compute=ONE_THREAD).model == tmp_path / "pets"
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "pets-making").rglob("*.mp4")} == rendered
    weights = "weights.safetensors"
    assert (tmp_path / "pets" / weights).read_bytes() == (model / weights).read_bytes()
    assert read_card(tmp_path / "pets").calibration == read_card(model).calibration


def test_labelled_videos_teach_too(tmp_path, capsys):
    videos = small_folder(tmp_path / "videos", videos=8)
    command = ["teach", str(videos), "-o", str(tmp_path / "pets"), "--extractor", "builtin", "--epochs", "1"]
    assert run([*command, "--width", "16", "--segments", "4", "--threads", "1"]) == 0
    said = capsys.readouterr()
    assert "on what was held out" in said.out
    assert "right category everywhere" in said.out
    assert "windows of 4 seconds" in said.err
    assert len(load(tmp_path / "pets")(videos / "v0.mp4").missing) == 0


def test_an_unreadable_photo_is_named_and_counts_as_a_failed_item(tmp_path, capsys):
    folder = own_material(tmp_path / "own", files=6)
    (folder / "photos" / "cat" / "0.png").write_bytes(b"no picture")
    command = ["teach", str(folder), "-o", str(tmp_path / "pets"), "--extractor", "builtin", "--clips", "4"]
    assert run([*command, "--epochs", "1", "--width", "16", "--threads", "1"]) == 1
    assert f"left out {folder / 'photos' / 'cat' / '0.png'} is not a photo" in capsys.readouterr().err


def test_class_scores_of_an_extractor_that_names_nothing_are_refused_before_the_work(folder, tmp_path):
    with pytest.raises(ExtractorMismatchError, match="take 'light'"):
        teach(folder, tmp_path / "pets", Lesson(extractor="builtin"))
    assert not list(tmp_path.rglob("*.mp4"))


def test_a_folder_of_neither_says_what_is_needed(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert run(["teach", str(tmp_path / "empty"), "-o", str(tmp_path / "model"), "--extractor", "builtin"]) == 2
    message = capsys.readouterr().err
    assert "photos" in message
    assert "labels.csv" in message
