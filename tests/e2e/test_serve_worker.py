"""The worker that localizes, as the server starts it: a real model, a real video, real results."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from seehear.core.errors import Reason, SeehearError
from seehear.data.scenes import DrawnMaterial
from seehear.report.writers import WRITERS
from seehear.web.house import House
from seehear.web.settings import Settings
from tests.web.loop import finish


def order(video: Path, results: Path, name: str) -> bytes:
    return json.dumps({"video": str(video), "results": str(results), "name": name}).encode() + b"\n"


def test_orders_are_carried_out_in_turn_until_their_stream_ends(video: Path, checkpoint: Path, tmp_path: Path):
    (tmp_path / "broken").write_bytes(b"this is no video")
    command = [sys.executable, "-m", "seehear.web.worker", str(checkpoint)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        said = (json.loads(line) for line in worker.stdout)
        ready = next(said)
        assert (ready["kind"], ready["model"]["name"]) == ("ready", "pfagn")
        assert ready["model"]["categories"] == list(DrawnMaterial().categories)
        worker.stdin.write(order(tmp_path / "broken", tmp_path / "nothing", "<b>.mp4"))
        worker.stdin.write(order(video, tmp_path / "results", "holiday & co.mp4"))
        worker.stdin.flush()
        ends = []
        while len(ends) < 2:
            message = next(said)
            if message["kind"] != "progress":
                ends.append(message)
        worker.stdin.close()
        assert worker.wait(30) == 0
    failed, done = ends
    assert (failed["kind"], failed["reason"]) == ("failed", "not_media")
    assert str(tmp_path) not in failed["message"], "no path of the server is told"
    assert not (tmp_path / "nothing").exists()
    assert done["kind"] == "done"
    assert done["result"]["duration_seconds"] == pytest.approx(24, abs=0.2)
    assert set(done["result"]["formats"]) >= {"html", "json", "csv", "srt", "vtt"}
    assert set(done["result"]["formats"]) <= {"html", *WRITERS}
    assert done["result"]["stem"] == "holiday & co"
    (item,) = json.loads((tmp_path / "results" / "json").read_text())["items"]
    assert item["path"] == "holiday & co.mp4"
    report, page = (tmp_path / "results" / "report").read_text(), (tmp_path / "results" / "html").read_text()
    assert "<title>holiday &amp; co.mp4</title>" in report
    assert '{"video":"./../' in report, "the server's page plays the video from the server"
    assert '{"video":"data:video/mp4;base64,' in page, "the page to keep has it inside"


def test_a_model_that_cannot_be_loaded_is_said_before_anything_is_served(tmp_path: Path):
    house = House.open(Settings(folder=tmp_path / "served", model=str(tmp_path / "no model")))
    with pytest.raises(SeehearError, match="unknown model") as caught:
        finish(house.foreman.prepare())
    assert caught.value.reason is Reason.UNKNOWN_NAME
    house.close()
