"""Going on with a result: other formats, clips, the video with everything drawn on it, by the command."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest
from praatio import textgrid
from pympi.Elan import Eaf

from seehear import cli
from seehear.cli import EXIT_OK, EXIT_SOME_FAILED, EXIT_USAGE
from seehear.clips import clip_name
from seehear.core.errors import Reason
from seehear.core.palette import category_colour
from seehear.core.timeline import Event, Timeline
from seehear.media import open_video, write_video
from seehear.report.result import Item, Report, Status

BRIGHT, DARK = 230, 40


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = cli.run([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.fixture
def flash(tmp_path: Path) -> Path:
    """Ten seconds, 10 frames a second, grey; the second from 3 to 4 is bright and sounds."""
    levels = [BRIGHT if 30 <= number < 40 else DARK for number in range(100)]
    times = np.arange(160_000) / 16_000
    tone = (0.5 * np.sin(2 * np.pi * 1000 * times) * ((times >= 3) & (times < 4))).astype(np.float32)
    path = tmp_path / "flash.mp4"
    write_video(path, [np.full((240, 320, 3), level, np.uint8) for level in levels], tone, frames_per_second=10)
    return path


def result_of(path: Path, *items: Item) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(Report({"name": "m"}, items).to_json())
    return path


def item_of(path: str, *events: Event) -> Item:
    return Item(path, Status.OK, None, Timeline(10.0, events))


def pictures_of(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


# Convert


def test_what_localize_wrote_is_converted_without_the_video(
    capsys: pytest.CaptureFixture[str], video: Path, checkpoint: Path, tmp_path: Path
) -> None:
    formats = "json,srt,eaf,textgrid,edl"
    code, _, err = call(
        capsys, "localize", video, "-m", checkpoint, "-o", tmp_path / "a", "-f", formats, "--threshold", "0.02"
    )
    assert code == EXIT_OK, err
    result = tmp_path / "a" / "drawn.json"
    code, out, err = call(capsys, "convert", result, "-f", formats, "-o", tmp_path / "b")
    assert (code, err) == (EXIT_OK, "")
    names = ["drawn.json", "drawn.srt", "drawn.eaf", "drawn.TextGrid", "drawn.edl"]
    assert [Path(line).name for line in out.splitlines()] == names
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    events = json.loads(result.read_text())["items"][0]["events"]
    assert events
    assert len(Eaf(str(tmp_path / "b" / "drawn.eaf")).get_tier_names()) == len({e["category"] for e in events})
    assert textgrid.openTextgrid(str(tmp_path / "b" / "drawn.TextGrid"), False).maxTimestamp == pytest.approx(
        24, abs=0.1
    )


def test_a_folder_of_results_is_converted_with_its_folders(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    result_of(tmp_path / "in" / "x" / "dog.json", item_of("dog.mp4", Event(1, 2, "dog")))
    result_of(tmp_path / "in" / "y" / "dog.json", item_of("dog.mp4", Event(1, 2, "dog")))
    result_of(tmp_path / "in" / "bad.json", Item("bad.mp4", Status.FAILED, Reason.NOT_MEDIA))
    (tmp_path / "in" / "summary.json").write_text('{"schema_version": 1, "model": null, "items": [{"path": "a"}]}')
    code, _, _ = call(capsys, "convert", tmp_path / "in", "-f", "audacity,csv", "-o", tmp_path / "out")
    written = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert code == EXIT_OK
    assert written == {"x/dog.audacity.txt", "x/dog.csv", "y/dog.audacity.txt", "y/dog.csv", "bad.csv"}
    code, _, err = call(capsys, "convert", tmp_path / "out", "-f", "csv")
    assert (code, "holds no results" in err) == (EXIT_USAGE, True)


def test_a_result_of_many_videos_has_a_file_for_each(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    result = result_of(tmp_path / "all.json", item_of("x/dog.mp4", Event(1, 2, "dog")), item_of("y/dog.mp4"))
    code, _, _ = call(capsys, "convert", result, "-f", "edl", "--frames-per-second", "29.97")
    assert code == EXIT_OK
    assert "FCM: DROP FRAME" in (tmp_path / "dog.edl").read_text()
    assert (tmp_path / "dog-2.edl").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-f", "docx"), "unknown format 'docx'; known: json, ndjson"),
        (("-f", "csv", "--frames-per-second", "0"), "frames_per_second must be above 0"),
    ],
)
def test_what_cannot_be_converted_is_said_before_anything_is_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    result = result_of(tmp_path / "r.json", item_of("dog.mp4"))
    code, _, err = call(capsys, "convert", result, *arguments, "-o", tmp_path / "out")
    assert (code, words in err, (tmp_path / "out").exists()) == (EXIT_USAGE, True, False)


# Clips


def test_each_event_is_a_clip_of_its_own_with_picture_and_sound(
    capsys: pytest.CaptureFixture[str], flash: Path, tmp_path: Path
) -> None:
    events = (Event(0.0, 2.0, "quiet"), Event(3.0, 4.0, "Dog, bark"), Event(9.5, 10.0, "Dog, bark"))
    result = result_of(tmp_path / "flash.json", item_of("flash.mp4", *events))
    code, out, err = call(capsys, "clips", result, "-o", tmp_path / "c", "--category", "Dog, bark", "--padding", "1")
    assert (code, err) == (EXIT_OK, "")
    first, second = (Path(line) for line in out.splitlines())
    assert first.name == "flash_0002_dog-bark_3.0-4.0s.mp4"
    assert second.name == "flash_0003_dog-bark_9.5-10.0s.mp4"
    levels = [int(picture.mean()) for picture in pictures_of(first)]
    assert [level > 128 for level in levels] == [False] * 10 + [True] * 10 + [False] * 10
    with open_video(first, picture_size=8) as read:
        sound = np.concatenate([clip.sound for clip in read])
    assert list(np.abs(sound).mean(axis=1) > 0.2) == [False, True, False]
    assert len(pictures_of(second)) == 15, "the padding ends with the video"


def test_an_event_that_cannot_be_cut_stops_no_other(
    capsys: pytest.CaptureFixture[str], flash: Path, tmp_path: Path
) -> None:
    result = result_of(tmp_path / "r.json", item_of(str(flash), Event(1, 2, "dog"), Event(50, 60, "ghost")))
    code, out, err = call(capsys, "clips", result, "-o", tmp_path / "c")
    assert code == EXIT_SOME_FAILED
    assert out.count(".mp4") == 1
    assert "ghost" in err
    assert "no pictures there" in err
    assert [path.name for path in (tmp_path / "c").iterdir()] == ["flash_0001_dog_1.0-2.0s.mp4"]


def test_clips_of_a_failed_or_missing_video_say_what_to_do(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    failed = result_of(tmp_path / "f.json", Item("bad.mp4", Status.FAILED, Reason.NOT_MEDIA))
    code, _, err = call(capsys, "clips", failed, "-o", tmp_path / "c")
    assert (code, "localize it again" in err) == (EXIT_USAGE, True)
    gone = result_of(tmp_path / "g.json", item_of("gone.mp4", Event(1, 2, "dog")))
    code, _, err = call(capsys, "clips", gone, "-o", tmp_path / "c")
    assert (code, "there is no file gone.mp4" in err) == (EXIT_SOME_FAILED, True)
    quiet = result_of(tmp_path / "q.json", item_of("gone.mp4"))
    code, _, err = call(capsys, "clips", quiet, "-o", tmp_path / "c")
    assert (code, "nothing was cut" in err) == (EXIT_OK, True)


@pytest.mark.parametrize(
    "category",
    ["../../etc/passwd", "a/b\\c:d", "\0\n\r", "", ".", "n" * 300, "\u72ac" * 200, "\u202egpj.exe", "CON", "=x|y?*<>"],
)
def test_a_hostile_category_stays_inside_the_folder(category: str, tmp_path: Path) -> None:
    name = clip_name("s" * 150, 3, Event(12, 15, category))
    assert len(name.encode()) <= 255
    assert name.isprintable()
    assert not set('<>:"/\\|?*') & set(name)
    (tmp_path / name).write_text("")
    assert [path.name for path in tmp_path.iterdir()] == [name]


# Overlay


def test_an_overlay_shows_each_event_while_it_lasts(
    capsys: pytest.CaptureFixture[str], flash: Path, tmp_path: Path
) -> None:
    result = result_of(tmp_path / "r.json", item_of(str(flash), Event(5, 8, "dog", 0.9)))
    code, out, err = call(capsys, "overlay", result, "-o", tmp_path / "o.mp4")
    assert (code, err) == (EXIT_OK, "")
    assert "1 events, without attention" in out
    before, drawn = pictures_of(flash), pictures_of(tmp_path / "o.mp4")
    assert len(drawn) == len(before) == 100
    changed = [np.abs(new[:60].astype(int) - old[:60]).max() > 60 for new, old in zip(drawn, before, strict=True)]
    assert changed == [50 <= number < 80 for number in range(100)], "the name, at the top"
    bar = drawn[20][-12:].astype(int)
    like = np.abs(bar - category_colour("dog")).max(axis=-1).min(axis=0) < 60
    assert (np.flatnonzero(like).min() / 320, np.flatnonzero(like).max() / 320) == pytest.approx((0.5, 0.8), abs=0.03)
    playheads = [int(picture[-2].astype(int).sum(axis=-1).argmax()) for picture in (drawn[20], drawn[90])]
    assert playheads == pytest.approx([0.2 * 320, 0.9 * 320], abs=3)
    middle = np.abs(drawn[20][100:200].astype(int) - before[20][100:200]).max()
    assert middle < 12, "nothing is drawn over the middle"
    with open_video(tmp_path / "o.mp4", picture_size=8) as read:
        sound = np.concatenate([clip.sound for clip in read])
    assert list(np.abs(sound).mean(axis=1) > 0.2) == [number == 3 for number in range(10)]


def test_an_overlay_shows_where_a_network_looked(
    capsys: pytest.CaptureFixture[str], video: Path, checkpoint: Path, tmp_path: Path
) -> None:
    code, out, _ = call(capsys, "overlay", video, "-o", tmp_path / "o.mp4", "-m", checkpoint, "--threshold", "0.99")
    assert code == EXIT_OK
    assert "with attention" in out
    assert "without attention" not in out
    before, drawn = pictures_of(video), pictures_of(tmp_path / "o.mp4")
    redder = (drawn[5].astype(int) - before[5])[..., 0].mean() - (drawn[5].astype(int) - before[5])[..., 2].mean()
    assert redder > 5


def test_a_video_is_not_overwritten_by_its_own_overlay(
    capsys: pytest.CaptureFixture[str], flash: Path, tmp_path: Path
) -> None:
    result = result_of(tmp_path / "r.json", item_of(str(flash)))
    before = flash.read_bytes()
    code, _, err = call(capsys, "overlay", result, "-o", flash)
    assert (code, "choose another name" in err, flash.read_bytes() == before) == (EXIT_USAGE, True, True)
    two = result_of(tmp_path / "two.json", item_of(str(flash)), item_of(str(flash)))
    code, _, err = call(capsys, "overlay", two, "-o", tmp_path / "o.mp4")
    assert (code, "holds 2 videos" in err) == (EXIT_USAGE, True)
