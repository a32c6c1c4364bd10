"""Whatever a file, a folder or a disk is like: a result or one line that says what to do, and never a traceback."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from seehear import cli
from seehear.batch import localize_files
from seehear.cli import EXIT_ENVIRONMENT, EXIT_INTERRUPTED, EXIT_SOME_FAILED, EXIT_USAGE
from seehear.core.errors import Reason, UnknownNameError
from seehear.events.decide import Decision, Thresholds
from seehear.localizer import load
from seehear.report.result import Item, Report, Status

SLOWEST_SECONDS = 30
"""For one short file, on a machine that is busy with other tests; most take a tenth of a second."""

HARD = (
    "malformed/androidx__mkv_subsample_encrypted_noaltref.webm",
    "malformed/androidx__mp4_sample_fragmented_sideloaded_track.mp4",
    "malformed/androidx__mp4_sample_mhm1_lcbl_cicp1.mp4",
    "malformed/androidx__mp4_sample_with_invalid_nalu.mp4",
    "malformed/fuzz__mp3_mopt_1.mp3",
    "malformed/fuzz__mp4_mozilla_bug1079747.mp4",
    "malformed/fuzz__ogg_audio-gaps.ogg",
    "malformed/fuzz__ogg_chain-test3.ogg",
    "malformed/fuzz__swf_samples_bubblewrap.swf",
    "malformed/mp4parse__mp4parse_tests_corrupt_no-pitm.avif",
    "malformed/mutagen__tests_data_64bit.mp4",
    "malformed/mutagen__tests_data_ooming-header.flac",
    "formats/androidx__mp4_hdr10-av1.mp4",
    "formats/cav-mae__carsdontfly-22-of-23.mp4",
    "formats/torchcodec__testsrc2_odd_dims_10bit.mp4",
    "events/LipNet__bbaf2n.mpg",
)
"""One file for each way in which files went wrong, and for the rarer ways in which they are right."""


def localized(paths: list[Path], model: str | Path, output: Path) -> Report:
    """What became of the files, each within bounded time."""
    finished = [time.monotonic()]

    def note(item: Item) -> None:
        finished.append(time.monotonic())
        assert finished[-1] - finished[-2] < SLOWEST_SECONDS, item.path

    return localize_files(paths, load(model), output=output, report=note)


def check_every_item_is_a_result_or_a_reason(report: Report, output: Path) -> None:
    for item in report.items:
        assert (item.status is Status.OK) == (item.reason is None), item.path
        assert item.reason not in (Reason.DECODER_CRASHED, Reason.TIMED_OUT), item.path
        assert "\n" not in item.message
        assert item.message or item.status is Status.OK, item.path
        if item.timeline is None:
            assert Path(item.path).name in item.message
        else:
            assert item.scores is not None
            assert len(item.scores) >= 1
            assert item.timeline.duration_seconds > 0
    written = [json.loads(path.read_text())["items"][0] for path in output.rglob("*.json")]
    assert Counter(row["path"] for row in written) == Counter(item.path for item in report.items)
    assert sum(row["status"] != "failed" for row in written) == len(list(output.rglob("*.html")))


def test_hard_files_are_results_or_reasons(shared: Path, checkpoint: Path, tmp_path: Path) -> None:
    report = localized([shared / "clips" / name for name in HARD], checkpoint, tmp_path)
    check_every_item_is_a_result_or_a_reason(report, tmp_path)
    assert {item.reason for item in report.items} >= {
        None, Reason.NO_VIDEO, Reason.NO_AUDIO, Reason.NOT_MEDIA, Reason.DECODE_ERROR, Reason.MISSING_STRETCH,
    }  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("model", ["untrained", "agreement"])
def test_every_file_found_in_the_wild_is_a_result_or_a_reason(
    shared: Path, checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    monkeypatch.setenv("SEEHEAR_HOME", str(shared / "weights"))
    for part, fewest in {"events": 30, "formats": 30, "malformed": 70}.items():
        paths = sorted((shared / "clips" / part).iterdir())
        report = localized(paths, checkpoint if model == "untrained" else "agreement", tmp_path / part)
        assert len(report.items) >= fewest
        check_every_item_is_a_result_or_a_reason(report, tmp_path / part)
        if part != "malformed":
            assert all(item.status is not Status.FAILED for item in report.items)
            silent = {
                row["file"] for row in csv.DictReader((shared / "clips/index.csv").open()) if row["acodec"] == "-"
            }
            without_sound = {
                f"{part}/{Path(item.path).name}" for item in report.items if item.reason is Reason.NO_AUDIO
            }
            assert without_sound == {name for name in silent if name.startswith(part)}


def command(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "seehear", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=120, **options)


FILES_OF_8_KIB = """
import resource, signal, sys
from seehear import cli
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
sys.exit(cli.run(["localize", *sys.argv[1:]]))
"""


def test_a_file_that_may_not_grow_is_a_storage_error_and_leaves_no_half_of_it(
    video: Path, checkpoint: Path, tmp_path: Path
) -> None:
    words = [sys.executable, "-c", FILES_OF_8_KIB, video, "-m", checkpoint, "-o", tmp_path, "-f", "csv,html,json"]
    ended = subprocess.run([*map(str, words)], capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == EXIT_ENVIRONMENT
    assert f"cannot write {tmp_path / 'drawn.html'}" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["drawn.csv", "drawn.json", "journal.jsonl"]


def test_a_full_disk_says_so_and_keeps_what_was_complete(video: Path, checkpoint: Path, tmp_path: Path) -> None:
    """A file system of 64 KiB in memory, which a private mount namespace may have without disturbing anyone."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f"mount -t tmpfs -o size=64k none {disk}"
    if subprocess.run(["unshare", "-m", "sh", "-c", mount], capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small file system (root, or user namespaces)")
    localize = f"{sys.executable} -m seehear localize {video} -m {checkpoint} -o {disk} -f csv,html"
    script = f"{mount} && {localize}; code=$?; ls -A {disk}; exit $code"
    ended = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, check=False)
    assert ended.returncode == EXIT_ENVIRONMENT, ended.stderr
    assert f"the disk is full: cannot write {disk / 'drawn.html'}; free some space" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout.splitlines()[-2:] == ["drawn.csv", "journal.jsonl"], "nothing half written stays"


def test_paths_that_cannot_be_read_are_rows_beside_the_good_ones(video: Path, checkpoint: Path, tmp_path: Path) -> None:
    closed, pipe = tmp_path / "closed.mp4", tmp_path / "pipe.mp4"
    shutil.copy(video, closed)
    closed.chmod(0)
    os.mkfifo(pipe)
    ended = command("localize", closed, pipe, tmp_path / "no.mp4", video, "-m", checkpoint, "--json")
    items = json.loads(ended.stdout)["items"]
    allowed = os.access(closed, os.R_OK)  # root reads everything
    assert [item["reason"] for item in items] == [
        None if allowed else "not_permitted", "not_a_file", "not_found", None,
    ]  # fmt: skip
    assert ended.returncode == EXIT_SOME_FAILED
    assert "check the path" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_model_of_other_features_is_refused_with_what_to_do(
    video: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import dataclasses

    from seehear.models.checkpoint import load_checkpoint, save_checkpoint

    network, card = load_checkpoint(checkpoint)
    save_checkpoint(tmp_path / "old", network, dataclasses.replace(card, fingerprint="0123456789abcdef"))
    save_checkpoint(tmp_path / "strange", network, dataclasses.replace(card, extractor="nobody"))
    assert cli.run(["localize", str(video), "-m", str(tmp_path / "old")]) == EXIT_USAGE
    assert "train it again or install the version" in capsys.readouterr().err
    assert cli.run(["localize", str(video), "-m", str(tmp_path / "strange")]) == EXIT_USAGE
    assert "unknown extractor 'nobody'; known: builtin, light, paper" in capsys.readouterr().err


def test_thresholds_of_an_unknown_category_are_refused_before_any_video_is_read(checkpoint: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown category 'unicorn'; known: .*bell"):
        load(checkpoint, decision=Decision(by_category={"unicorn": Thresholds()}))


ONE_WRITTEN = """
import sys
from seehear import cli
from seehear.batch.bench import Results
write = Results.write
def write_and_tell(results, folder):
    write(results, folder)
    print("one is written", file=sys.stderr, flush=True)
Results.write = write_and_tell
cli.main(["localize", *sys.argv[1:]])
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_call_leaves_complete_files_and_no_process(
    video: Path, checkpoint: Path, tmp_path: Path, number: signal.Signals
) -> None:
    import psutil

    videos, output = tmp_path / "videos", tmp_path / "results"
    videos.mkdir()
    for copy in range(40):
        os.link(video, videos / f"{copy}.mp4")
    words = [sys.executable, "-c", ONE_WRITTEN, videos, "-m", checkpoint, "-o", output, "-f", "json,html"]
    with subprocess.Popen([*map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as program:
        assert program.stderr.readline().strip() == "one is written"
        children = psutil.Process(program.pid).children(recursive=True)
        program.send_signal(number)
        said = program.stderr.read()
    assert program.returncode == (EXIT_INTERRUPTED if number == signal.SIGINT else -number)
    assert "Traceback" not in said
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []
    for path in output.rglob("*"):
        if path.is_dir():
            assert path.name == "thumbnails"
        elif path.name.startswith("."):
            assert number != signal.SIGINT, "a temporary file of an orderly end"
        elif path.suffix == ".jsonl":
            assert path.read_bytes().count(b"\n") <= 40
        elif path.suffix == ".json":
            assert json.loads(path.read_text())["items"][0]["status"] == "ok"
        elif path.suffix == ".jpg":
            Image.open(path).load()
        else:
            assert path.read_text().rstrip().endswith("</html>")
    assert len(list(output.glob("*.json"))) < 40
