"""The command as a person types it: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import csv
import json
import resource
import subprocess
import sys
from pathlib import Path

import pysubs2
import pytest

from seehear import cli
from seehear.cli import EXIT_ENVIRONMENT, EXIT_OK, EXIT_SOME_FAILED, EXIT_USAGE


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = cli.run([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_one_json_object_and_nothing_else_on_stdout(
    capsys: pytest.CaptureFixture[str], video: Path, checkpoint: Path, tmp_path: Path
) -> None:
    missing = tmp_path / "missing.mp4"
    code, out, err = call(capsys, "localize", video, missing, "--model", checkpoint, "--json")
    result = json.loads(out)
    good, bad = result["items"]
    assert code == EXIT_SOME_FAILED
    assert result["schema_version"] == 1
    assert good["status"] == "ok"
    assert good["reason"] is None
    assert good["duration_seconds"] == pytest.approx(24, abs=0.1)
    assert len(good["segments"]["scores"]) == 24
    assert {"category", "start_seconds", "end_seconds", "score"} >= {key for event in good["events"] for key in event}
    assert (bad["status"], bad["reason"], bad["events"]) == ("failed", "not_found", [])
    assert "missing.mp4" in err
    assert "Traceback" not in err


def test_every_format_is_written_and_read_back(
    capsys: pytest.CaptureFixture[str], video: Path, checkpoint: Path, tmp_path: Path
) -> None:
    code, out, _ = call(capsys, "localize", video, "--model", checkpoint, "--output", tmp_path, "--threshold", "0.02")
    assert code == EXIT_OK
    assert video.name in out
    events = json.loads((tmp_path / "drawn.json").read_text())["items"][0]["events"]
    assert events, "an untrained network at this threshold calls something an event"
    with (tmp_path / "drawn.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["category"] for row in rows] == [event["category"] for event in events]
    for ending in ("srt", "vtt"):
        lines = pysubs2.load(str(tmp_path / f"drawn.{ending}"))
        assert sorted(line.start / 1000 for line in lines) == sorted(event["start_seconds"] for event in events)
    page = (tmp_path / "drawn.html").read_text()
    assert "Content-Security-Policy" in page
    assert "http://" not in page.replace("http://www.w3.org", "")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["localize"], "requires an argument"),
        (["localize", "a.mp4", "--model", "nope"], "unknown model 'nope'"),
        (["localize", "a.mp4", "--threshold", "7"], "thresholds must satisfy"),
        (["evaluate", "no-model", "no-data"], "no-model"),
        (["weights", "--fetch", "nope"], "known: light, paper"),
        (["frobnicate"], "frobnicate"),
    ],
)
def test_wrong_usage_says_what_is_wrong(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], says: str
) -> None:
    code, out, err = call(capsys, *arguments)
    assert code in (EXIT_USAGE, EXIT_ENVIRONMENT)
    assert says in out + err
    assert "Traceback" not in out + err


def test_an_unknown_format_is_refused_before_anything_is_done(
    capsys: pytest.CaptureFixture[str], video: Path, checkpoint: Path, tmp_path: Path
) -> None:
    code, _, err = call(capsys, "localize", video, "-m", checkpoint, "-o", tmp_path / "out", "-f", "json,doc")
    assert code == EXIT_USAGE
    assert "unknown format 'doc'; known: json, ndjson, csv, srt, vtt, audacity, eaf" in err
    assert not (tmp_path / "out").exists()


def test_an_output_folder_that_cannot_be_made_is_an_environment_error(
    capsys: pytest.CaptureFixture[str], video: Path, checkpoint: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = call(capsys, "localize", video, "-m", checkpoint, "-o", tmp_path / "file" / "below")
    assert code == EXIT_ENVIRONMENT
    assert "cannot write" in err


def test_missing_weights_say_which_file_which_hash_and_where(
    capsys: pytest.CaptureFixture[str], video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEEHEAR_HOME", str(tmp_path))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    code, _, err = call(capsys, "localize", video)
    assert code == EXIT_ENVIRONMENT
    assert "SHA-256" in err
    assert str(tmp_path / "weights") in err


def test_a_wrong_weight_file_is_named_and_not_used(
    capsys: pytest.CaptureFixture[str], video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seehear.features.weights import IMAGENET_NAMES, MOBILENET

    monkeypatch.setenv("SEEHEAR_HOME", str(tmp_path))
    for file in (MOBILENET, IMAGENET_NAMES):
        (tmp_path / file.name).write_text("something else")
    code, _, err = call(capsys, "localize", video)
    assert code == EXIT_ENVIRONMENT
    assert "is not the pinned file" in err
    assert "expected" in err


def test_a_model_whose_bytes_changed_is_refused(
    capsys: pytest.CaptureFixture[str], video: Path, checkpoint: Path, tmp_path: Path
) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(checkpoint, copy)
    weights = copy / "weights.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    code, _, err = call(capsys, "localize", video, "--model", copy)
    assert code == EXIT_ENVIRONMENT
    assert "is damaged" in err


def test_help_answers_in_well_under_half_a_second() -> None:
    """By processor time, for the machine that runs the tests is busy with them."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run([sys.executable, "-m", "seehear", "--help"], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert b"localize" in result.stdout
    assert (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime) < 0.4


def test_features_are_stored_once(capsys: pytest.CaptureFixture[str], video: Path, tmp_path: Path) -> None:
    arguments = ("extract", video, "--store", tmp_path / "store", "--extractor", "builtin")
    assert "24 segments  stored" in call(capsys, *arguments)[1]
    assert "already stored" in call(capsys, *arguments)[1]
    assert len(list((tmp_path / "store").glob("*.npz"))) == 1


def test_scenes_train_evaluate_localize_in_a_row(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The researcher's path on a handful of clips: not what it learns, but that every step feeds the next."""
    assert call(capsys, "scenes", tmp_path / "train", "--clips", "12", "--jobs", "1")[0] == EXIT_OK
    assert call(capsys, "scenes", tmp_path / "other", "--clips", "6", "--seed", "1", "--jobs", "1")[0] == EXIT_OK
    code, out, err = call(
        capsys, "train", tmp_path / "train", tmp_path / "other",
        "--output", tmp_path / "run", "--width", "16", "--epochs", "2", "--motion", "me",
    )  # fmt: skip
    assert code == EXIT_OK, err
    model = Path(out.strip())
    code, out, told = call(capsys, "evaluate", model, tmp_path / "other", "--json")
    assert "protocol strict: the epoch is chosen on validation" in told
    assert code == EXIT_OK
    assert json.loads(out)["clips"] == 6
    code, out, _ = call(capsys, "localize", tmp_path / "other" / "scene_00000.mp4", "--model", model, "--json")
    assert code == EXIT_OK
    assert json.loads(out)["model"]["name"] == "pfagn"
