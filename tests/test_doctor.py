"""The doctor: what it says is so, and nothing about a machine makes it stumble."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from seehear.core.timeline import Event, Timeline
from seehear.doctor import Examination, Finding, Section, State
from seehear.doctor import extras as extras_section
from seehear.doctor import machine as machine_section
from seehear.doctor import places as places_section
from seehear.doctor import sandbox as sandbox_section
from seehear.doctor import trial as trial_section
from seehear.doctor import weights as weights_section
from seehear.doctor.examine import looked
from seehear.doctor.finding import ok, problem
from seehear.features.weights import WEIGHT_FILES
from seehear.media import DecoderFacts, inspect_decoder

STANDING = dict.fromkeys((*sandbox_section._FENCES, *sandbox_section._LANDLOCK), True)


def by_name(findings) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}


def test_the_clip_is_rendered_decoded_and_its_one_event_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SEEHEAR_HOME", str(tmp_path))
    (finding,) = trial_section.look()
    assert finding.state is State.OK
    assert "its one event was found" in finding.value


def test_another_answer_than_the_known_one_is_a_problem() -> None:
    late = Timeline(8.0, (Event(3.0, 4.0, "flash and beep"),))
    assert trial_section._judged(late, 0.1, 0.1).state is State.PROBLEM
    assert trial_section._judged(Timeline(8.0), 0.1, 0.1).state is State.PROBLEM


def test_fences_are_those_that_the_decoder_itself_met() -> None:
    facts = inspect_decoder()
    found = by_name(sandbox_section.look())
    assert found["decoding process"].value.endswith(f"FFmpeg {facts.ffmpeg}")
    assert {name: finding.state is State.OK for name, finding in found.items() if name != "decoding process"} == {
        title: facts.layers[name]
        for name, (title, *_) in {**sandbox_section._FENCES, **sandbox_section._LANDLOCK}.items()
    }


@pytest.mark.parametrize(
    ("version", "file_system", "network"),
    [(0, State.MISSING, State.MISSING), (3, State.PROBLEM, State.MISSING), (7, State.PROBLEM, State.PROBLEM)],
)
def test_a_fence_that_the_kernel_lacks_is_missing_and_one_that_it_has_but_fell_is_a_problem(
    version: int, file_system: State, network: State
) -> None:
    fallen = STANDING | {"file_system_closed": False, "network_closed": False}
    found = by_name(sandbox_section.layers(DecoderFacts(fallen, version, "18", "8")))
    assert (found["file system"].state, found["network"].state) == (file_system, network)
    assert found["privileges"].state is State.OK
    without_limits = sandbox_section.layers(DecoderFacts(STANDING | {"memory_limit": False}, version, "18", "8"))
    assert by_name(without_limits)["memory"].state is State.PROBLEM


def test_a_decoder_that_does_not_start_is_a_problem_with_a_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> DecoderFacts:
        raise OSError("no fork today")

    monkeypatch.setattr(sandbox_section, "inspect_decoder", none)
    (finding,) = sandbox_section.look()
    assert (finding.state, "no fork today" in finding.value) == (State.PROBLEM, True)
    assert "import av" in finding.next_step


def test_damaged_weights_are_a_problem_and_absent_ones_are_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SEEHEAR_HOME", str(tmp_path))
    damaged, *absent = WEIGHT_FILES["light"]
    (tmp_path / damaged.name).write_bytes(b"half of it")
    first, *others = weights_section.look()
    assert first.state is State.PROBLEM
    assert str(tmp_path / damaged.name) in first.value
    assert first.next_step.startswith("delete it")
    assert {finding.state for finding in others} == {State.MISSING}
    assert len(others) == len(absent) + len(WEIGHT_FILES["paper"])
    assert not weights_section.present("light")


def test_weights_that_are_absent_and_have_no_place_to_go_are_a_problem(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SEEHEAR_HOME", str(tmp_path / "file"))
    light = [finding for finding in weights_section.look() if finding.name == "light"]
    assert {finding.state for finding in light} == {State.PROBLEM}
    assert f"{tmp_path / 'file'} is a file" in light[0].value
    assert "set SEEHEAR_HOME" in light[0].next_step


def test_real_weights_are_verified(monkeypatch: pytest.MonkeyPatch, shared: Path) -> None:
    monkeypatch.setenv("SEEHEAR_HOME", str(shared / "weights"))
    light = [finding for finding in weights_section.look() if finding.name == "light"]
    assert {finding.state for finding in light} == {State.OK}
    assert all("SHA-256 verified" in finding.value for finding in light)


def test_places_that_cannot_be_used_are_told_with_what_to_set(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    below = places_section.place("x", tmp_path / "file" / "cache", "", "set X")
    assert (below.state, below.next_step) == (State.MISSING, "set X")
    assert "is a file" in below.value
    nowhere = places_section.place("x", Path("~/.cache/seehear"), "", "set X")
    assert "there is no home folder" in nowhere.value
    fine = places_section.place("x", tmp_path / "not" / "yet" / "there", "", "set X")
    assert fine.state is State.OK
    assert "GB free" in fine.value
    assert not (tmp_path / "not").exists(), "looking makes nothing"


def test_extras_are_those_that_the_package_declares(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = [
        "numpy>=2",
        "nowhere-to-be-found>=1; extra == 'moon'",
        'numpy>=2; extra == "serve"',
        "ruff; extra == 'dev'",
    ]
    monkeypatch.setattr(metadata, "requires", lambda name: declared)
    found = by_name(extras_section.look())
    assert set(found) == {"moon", "serve"}
    assert found["serve"].state is State.OK
    assert (found["moon"].state, found["moon"].next_step) == (State.MISSING, "pip install 'seehear[moon]'")
    assert "nowhere-to-be-found" in found["moon"].value


def test_memory_is_what_the_container_leaves_of_the_machines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "limit").write_text(f"{300 << 20}\n")
    (tmp_path / "none").write_text("max\n")
    monkeypatch.setattr(machine_section, "_MEMORY_LIMITS", (str(tmp_path / "none"), str(tmp_path / "limit")))
    assert machine_section.available_bytes() == 300 << 20
    assert machine_section.memory(300 << 20).state is State.PROBLEM
    monkeypatch.setattr(machine_section, "_MEMORY_LIMITS", ())
    monkeypatch.setattr(machine_section, "_MEMORY", str(tmp_path / "no-proc"))
    assert machine_section.available_bytes() is None
    assert machine_section.memory(None).state is State.OK


def test_a_look_that_stumbles_is_a_finding_after_what_it_had_found() -> None:
    def look():
        yield ok("one", "well")
        raise RuntimeError("the moon is full")

    one, stumbled = looked("machine", look).findings
    assert one.state is State.OK
    assert stumbled.state is State.PROBLEM
    assert "RuntimeError: the moon is full" in stumbled.value
    assert stumbled.next_step


def test_what_is_not_well_must_say_what_to_do() -> None:
    with pytest.raises(ValueError, match="without a next step"):
        problem("x", "broken", "")


def test_json_says_whether_the_core_works() -> None:
    well = Section("a", (ok("x", "1"), Finding("y", State.MISSING, "2", "fetch it")))
    ill = Section("b", (problem("z", "3", "mend it"),))
    assert json.loads(Examination((well,)).to_json())["works"] is True
    facts = json.loads(Examination((well, ill)).to_json())
    assert facts["works"] is False
    assert facts["sections"][1] == {
        "title": "b",
        "findings": [{"name": "z", "state": "problem", "value": "3", "next_step": "mend it"}],
    }


def test_on_a_machine_without_home_and_with_a_file_for_a_cache_it_ends_with_3_and_every_problem_has_a_step(
    tmp_path: Path,
) -> None:
    (tmp_path / "cache").touch()
    environment = {"PATH": os.environ["PATH"], "SEEHEAR_HOME": str(tmp_path / "cache"), "TMPDIR": str(tmp_path)}
    words = [sys.executable, "-m", "seehear", "doctor", "--json"]
    ended = subprocess.run(words, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 3, ended.stderr
    assert ended.stderr == ""
    facts = json.loads(ended.stdout)
    findings = [finding for section in facts["sections"] for finding in section["findings"]]
    assert facts["works"] is False
    assert {finding["name"] for finding in findings if finding["state"] == "problem"} == {"light"}
    assert all(finding["next_step"] for finding in findings if finding["state"] != "ok")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache"], "it leaves nothing behind"
