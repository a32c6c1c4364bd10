"""Folders of videos: done once each, whatever happens meanwhile, and the same to the last byte."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from seehear import cli
from seehear.batch import Plan, find_videos, localize_many
from seehear.cli import EXIT_INTERRUPTED, EXIT_OK, EXIT_SOME_FAILED, EXIT_USAGE
from seehear.core.errors import Reason
from seehear.localizer import load
from seehear.models.checkpoint import load_checkpoint, save_checkpoint
from tests.e2e.many import POISON, command, contents, lines, load_deadly, started, write_clips
from tests.e2e.test_localize import write_flashes

FORMATS = "json,csv,html"
POLL_SECONDS = 0.01


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine short videos in four folders."""
    return write_clips(tmp_path_factory.mktemp("many") / "videos", 9)


@pytest.fixture(scope="module")
def undisturbed(videos: Path, checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one call that nothing happened to makes of them."""
    output = tmp_path_factory.mktemp("undisturbed")
    assert localized(videos, checkpoint, output) == EXIT_OK
    return contents(output)


def localized(videos: Path, checkpoint: Path, output: Path, *options: object) -> int:
    return cli.run(command(videos, checkpoint, output, "-f", FORMATS, *options)[3:])


def written(output: Path) -> dict[Path, int]:
    """When the page of each video was."""
    return {path: path.stat().st_mtime_ns for path in output.rglob("*.html") if path.name != "index.html"}


def test_results_lie_in_folders_like_those_of_the_videos(videos: Path, undisturbed: dict[str, bytes]) -> None:
    stems = [path.relative_to(videos).with_suffix("") for path in videos.rglob("*.mp4")]
    made = {f"{stem}.{ending}" for stem in stems for ending in FORMATS.split(",")}
    made |= {f"thumbnails/{stem}.jpg" for stem in stems}
    assert set(undisturbed) == made | {"summary.json", "summary.csv", "index.html"}
    assert json.loads(undisturbed["day 0/clip-000.json"])["items"][0]["path"].endswith("videos/day 0/clip-000.mp4")
    summary = json.loads(undisturbed["summary.json"])
    assert summary["totals"]["files"] == summary["totals"]["ok"] == 9
    for row in summary["items"]:
        single = json.loads(undisturbed[row["outputs"]["json"]])["items"][0]
        assert {name: single[name] for name in single if name != "segments"}.items() <= row.items()
        assert set(row["outputs"]) == {*FORMATS.split(","), "thumbnails"}


def test_a_second_call_does_nothing_and_gives_the_same(
    videos: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    localized(videos, checkpoint, tmp_path)
    before = written(tmp_path)
    first = contents(tmp_path)
    capsys.readouterr()
    assert localized(videos, checkpoint, tmp_path) == EXIT_OK
    printed = capsys.readouterr()
    assert "9 of 9 files done before" in printed.err
    assert printed.out == ""
    assert written(tmp_path) == before
    assert contents(tmp_path) == first
    assert set(lines(tmp_path).values()) == {1}


def test_what_changed_is_done_again_and_nothing_else(checkpoint: Path, tmp_path: Path) -> None:
    videos, output = write_clips(tmp_path / "videos", 5), tmp_path / "results"
    localized(videos, checkpoint, output)
    write_flashes(videos / "kind-1.mp4", 6, {2}, {2})
    (videos / "kind-2.mp4").write_text("no video any more")
    (output / "kind-3.csv").unlink()
    assert localized(videos, checkpoint, output) == EXIT_SOME_FAILED
    assert lines(output) == {"kind-0": 1, "kind-1": 2, "kind-2": 2, "kind-3": 2, "kind-4": 1}
    assert not (output / "kind-2.html").exists(), "the page of what is no video any more"
    assert localized(videos, checkpoint, tmp_path / "fresh") == EXIT_SOME_FAILED
    assert contents(output) == contents(tmp_path / "fresh")
    assert localized(videos, checkpoint, output) == EXIT_SOME_FAILED
    assert lines(output)["kind-2"] == 2, "a file that is no video stays none until it changes"


def test_other_settings_another_model_and_a_further_format_are_done_again(checkpoint: Path, tmp_path: Path) -> None:
    videos, output = write_clips(tmp_path / "videos", 1), tmp_path / "results"
    network, card = load_checkpoint(checkpoint)
    for parameter in network.parameters():
        parameter.data.mul_(0.5)
    save_checkpoint(tmp_path / checkpoint.name, network, card)
    calls = [
        (checkpoint, ()), (checkpoint, ("--merge-gap-seconds", "2")), (tmp_path / checkpoint.name, ()),
        (checkpoint, ()), (checkpoint, ("-f", "srt")), (checkpoint, ("-f", "srt,json")),
    ]  # fmt: skip
    done = []
    for model, options in calls:
        words = command(videos, model, output, *(options if "-f" in options else ("-f", FORMATS, *options)))
        assert cli.run(words[3:]) == EXIT_OK
        done.append(lines(output)["kind-0"])
    assert done == [1, 2, 3, 4, 5, 5]
    assert sorted(path.suffix for path in output.glob("kind-0.*")) == [".csv", ".html", ".json", ".srt"]


def test_every_failure_is_named_with_its_reason(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    videos, output = write_clips(tmp_path / "videos", 2), tmp_path / "results"
    (videos / "=broken.mp4").write_text("not a video")
    (videos / "nowhere.mp4").symlink_to(tmp_path / "gone.mp4")
    assert localized(videos, checkpoint, output) == EXIT_SOME_FAILED
    said = capsys.readouterr().err
    assert "4 files: 2 ok, 0 partial, 2 failed" in said
    assert said.count("(not_media)") == said.count("(not_found)") == 1
    with (output / "summary.csv").open(newline="") as stream:
        table = {row["results"]: row for row in csv.DictReader(stream)}
    assert table["'=broken"]["reason"] == "not_media"
    assert "nowhere.mp4" in table["nowhere"]["message"]
    assert [row["status"] for row in table.values()].count("ok") == 2
    write_flashes(tmp_path / "gone.mp4", 3, {1}, {1})
    assert localized(videos, checkpoint, output) == EXIT_SOME_FAILED
    assert lines(output) == {"=broken": 1, "kind-0": 1, "kind-1": 1, "nowhere": 2}


def test_results_of_another_folder_are_not_written_over(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        write_clips(tmp_path / name, 1)
    localized(tmp_path / "one", checkpoint, tmp_path / "results")
    before = contents(tmp_path / "results")
    assert localized(tmp_path / "two", checkpoint, tmp_path / "results") == EXIT_USAGE
    assert "choose another output folder, or give the folders of both videos at once" in capsys.readouterr().err
    assert contents(tmp_path / "results") == before
    (tmp_path / "one").rename(tmp_path / "moved")
    assert localized(tmp_path / "moved", checkpoint, tmp_path / "results") == EXIT_OK
    assert lines(tmp_path / "results") == {"kind-0": 1}, "a video that was only moved is done"


def test_processes_and_shards_give_the_same_bytes(
    videos: Path, checkpoint: Path, tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    assert localized(videos, checkpoint, tmp_path / "jobs", "--jobs", 2) == EXIT_OK
    assert contents(tmp_path / "jobs") == undisturbed
    for number in (1, 2):
        assert localized(videos, checkpoint, tmp_path / "shards", "--shard", f"{number}/2") == EXIT_OK
    assert sorted(path.name for path in (tmp_path / "shards").glob("journal*")) == [
        "journal-1-of-2.jsonl", "journal-2-of-2.jsonl",
    ]  # fmt: skip
    assert localized(videos, checkpoint, tmp_path / "shards") == EXIT_OK
    merged = {name: data for name, data in contents(tmp_path / "shards").items() if "-of-2" not in name}
    assert merged == undisturbed
    assert set(lines(tmp_path / "shards").values()) == {1}


def test_a_video_that_a_worker_dies_of_fails_and_the_others_go_on(checkpoint: Path, tmp_path: Path) -> None:
    from functools import partial

    videos, output = write_clips(tmp_path / "videos", 4), tmp_path / "results"
    (videos / "kind-1.mp4").rename(videos / POISON)
    plan = Plan(output=output, formats=("json",), jobs=2)
    sources = find_videos([str(videos)])
    rows = {row.stem: row.item for row in localize_many(sources, partial(load_deadly, checkpoint), plan).rows}
    assert rows["poison"].reason is Reason.WORKER_CRASHED
    assert "SIGKILL; the system may have run out of memory" in rows["poison"].message
    assert [item.reason for stem, item in rows.items() if stem != "poison"] == [None] * 3
    summary = localize_many(sources, partial(load, checkpoint), plan)
    assert not summary.failed
    assert lines(output)["poison"] == 2


def wait_for_lines(output: Path, count: int, program: subprocess.Popen[str]) -> None:
    while sum(lines(output).values()) < count and program.poll() is None:
        time.sleep(POLL_SECONDS)


@pytest.mark.parametrize("jobs", [1, 2])
def test_killed_and_started_again_it_goes_on_and_ends_the_same(
    videos: Path, checkpoint: Path, tmp_path: Path, undisturbed: dict[str, bytes], jobs: int
) -> None:
    words = command(videos, checkpoint, tmp_path, "-f", FORMATS, "--jobs", jobs)
    chance = random.Random(jobs)
    for goal in (1, 4):
        with started(*words) as program:
            wait_for_lines(tmp_path, goal, program)
            time.sleep(chance.uniform(0, 0.1))
            children = psutil.Process(program.pid).children(recursive=True)
            program.send_signal(signal.SIGKILL)
            program.wait()
        assert psutil.wait_procs(children, timeout=60)[1] == [], "workers leave with their parent"
    assert localized(videos, checkpoint, tmp_path, "--jobs", jobs) == EXIT_OK
    assert contents(tmp_path) == undisturbed
    assert set(lines(tmp_path).values()) == {1}


def test_interrupted_it_tidies_up_and_says_how_to_go_on(videos: Path, checkpoint: Path, tmp_path: Path) -> None:
    with started(*command(videos, checkpoint, tmp_path, "-f", FORMATS, "--jobs", 2)) as program:
        wait_for_lines(tmp_path, 1, program)
        program.send_signal(signal.SIGINT)
        said = program.stderr.read()
    assert program.returncode == EXIT_INTERRUPTED
    assert "of 9 files done; start the same command again to go on from here" in said
    assert "Traceback" not in said
    assert [path.name for path in tmp_path.rglob(".*")] == []


def test_two_calls_do_not_work_in_one_folder(
    videos: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from seehear.batch.journal import Journal

    with Journal(tmp_path / "journal.jsonl"):
        assert localized(videos, checkpoint, tmp_path) == cli.EXIT_ENVIRONMENT
        assert "another process is working in" in capsys.readouterr().err
        assert localized(videos, checkpoint, tmp_path, "--shard", "1/100") in (EXIT_OK, EXIT_USAGE)


def test_a_list_on_standard_input(videos: Path, checkpoint: Path) -> None:
    words = ["-m", "seehear", "localize", "--list", "-", "-m", str(checkpoint), "--json"]
    listed = f"{videos / 'kind-0.mp4'}\n{videos / 'day 1'}\n"
    ended = subprocess.run(
        [command(videos, checkpoint, videos)[0], *words], input=listed, capture_output=True, text=True, check=True
    )
    items = json.loads(ended.stdout)["items"]
    assert [os.path.relpath(item["path"], videos) for item in items] == ["kind-0.mp4", "day 1/clip-000.mp4"]
    assert all(item["segments"]["scores"] for item in items)


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("jobs", [1, 2])
def test_two_hundred_clips_killed_ten_times_are_done_once_each(checkpoint: Path, tmp_path: Path, jobs: int) -> None:
    videos, output = write_clips(tmp_path / "videos", 200), tmp_path / "killed"
    options = ("-f", FORMATS, "--jobs", jobs)
    began = time.monotonic()
    assert localized(videos, checkpoint, tmp_path / "undisturbed", "--jobs", jobs) == EXIT_OK
    whole_seconds = time.monotonic() - began
    chance, killed = random.Random(0), 0
    while killed < 10:
        with started(*command(videos, checkpoint, output, *options)) as program:
            wait_for_lines(output, round(20 * chance.uniform(killed, killed + 0.9)), program)
            time.sleep(chance.uniform(0, 0.2))
            if program.poll() is None:
                program.send_signal(signal.SIGKILL)
                killed += 1
            program.wait()
        assert killed == 10 or sum(lines(output).values()) < 200, "killed before it had ended"
    assert localized(videos, checkpoint, output, "--jobs", jobs) == EXIT_OK
    assert contents(output) == contents(tmp_path / "undisturbed")
    assert len(lines(output)) == sum(lines(output).values()) == 200
    print(f"undisturbed {whole_seconds:.0f} s, killed {killed} times {time.monotonic() - began - whole_seconds:.0f} s")  # noqa: T201
