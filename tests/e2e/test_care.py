"""Care for whoever types: plain text where asked for, a next step in every refusal, Tab, and nothing phones home."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import subprocess
import sys
import wave
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from seehear import cli
from seehear.cli import EXIT_ENVIRONMENT, EXIT_OK, EXIT_SOME_FAILED, EXIT_USAGE
from seehear.cli.app import app
from seehear.core.terminal import redraws

ESCAPE = "\x1b"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with everything that can be mistaken for a video or a model, to stand in."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "zero.mp4").touch()
    (tmp_path / "junk.json").write_text("junk")
    Image.new("RGB", (16, 16)).save(tmp_path / "picture.jpg")
    with wave.open(str(tmp_path / "tone.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16000)
        sound.writeframes(bytes(32000))
    monkeypatch.chdir(tmp_path)
    return tmp_path


MISTAKES = [
    ("localise a.mp4", 'Did you mean "localize"?', EXIT_USAGE),
    ("localize --modle x a.mp4", "Did you mean --model? See: seehear localize --help", EXIT_USAGE),
    ("localize a.mp4 --threshold high", "See: seehear localize --help", EXIT_USAGE),
    ("extract a.mp4", "--store requires an argument. See: seehear extract --help", EXIT_USAGE),
    ("localize", "a video, a folder, a pattern, or --list FILE", EXIT_USAGE),
    ("localize a.mp4 -m agrement", "did you mean agreement?", EXIT_USAGE),
    ("localize a.mp4 -f jsn", "did you mean json?", EXIT_USAGE),
    ("localize empty -m MODEL", "looked for files that end in", EXIT_USAGE),
    ("localize absent.mp4 -m MODEL", "there is no file absent.mp4; check the path", EXIT_SOME_FAILED),
    ("localize zero.mp4 -m MODEL", "see whether a player plays it", EXIT_SOME_FAILED),
    ("localize picture.jpg -m MODEL", "see whether a player plays it", EXIT_SOME_FAILED),
    ("localize tone.wav -m MODEL", "no video track, so nothing in it is both seen and heard", EXIT_OK),
    ("localize a.mp4 -m empty", "choose another", EXIT_ENVIRONMENT),
    ("localize tone.wav -m MODEL -o file", "check that path or choose another", EXIT_ENVIRONMENT),
    ("localize --list absent.txt -m MODEL", "check that path or choose another", EXIT_ENVIRONMENT),
    ("localize a.mp4 --shard 3", "such as 2/8", EXIT_USAGE),
    ("convert junk.json -f csv", "give the JSON file that `seehear localize` writes", EXIT_USAGE),
    ("convert empty -f csv", "give a folder that `seehear localize --output` filled", EXIT_USAGE),
    ("clips absent.mp4 -o out -m MODEL", "check the path", EXIT_USAGE),
    ("overlay tone.wav -o o.mp4 -m MODEL", "give a video", EXIT_USAGE),
    ("explain a.mp4 -o out --seconds soon", "such as 3-8", EXIT_USAGE),
    ("extract a.mp4 --store s --extractor bultin", "did you mean builtin?", EXIT_USAGE),
    ("models pfagm", "did you mean pfagn?", EXIT_USAGE),
    ("weights --fetch lihgt", "did you mean light?", EXIT_USAGE),
    ("completion tcsh", "See: seehear completion --help", EXIT_USAGE),
    ("serve -m MODEL --folder s --port 99999", "ports are 0 to 65535); choose another with --port", EXIT_ENVIRONMENT),
    ("scenes drawn --clips 0", "1 or more, not 0", EXIT_USAGE),
    ("serve --token short --folder s --port 0", "leave it out to serve without one", EXIT_USAGE),
]


@pytest.mark.parametrize(("words", "says", "code"), MISTAKES, ids=[words for words, _, _ in MISTAKES])
def test_a_mistake_is_told_in_one_line_with_the_next_step(
    desk: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str], words: str, says: str, code: int
) -> None:
    arguments = [str(checkpoint) if word == "MODEL" else word for word in words.split()]
    assert cli.run(arguments) == code
    printed = capsys.readouterr()
    assert says in printed.err
    assert "Traceback" not in printed.err
    assert ESCAPE not in printed.out + printed.err


def test_a_missing_extra_is_named_with_its_command(desk: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    assert cli.run(["localize", "a.mp4", "-m", "org/name"]) == EXIT_ENVIRONMENT
    assert "pip install 'seehear[hub]'" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "seehear.web.server", None)
    assert cli.run(["serve", "--folder", str(desk / "s")]) == EXIT_USAGE
    assert "pip install 'seehear[serve]'" in capsys.readouterr().err


def test_a_refusal_that_nobody_foresaw_is_a_line_as_well(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "/secret")

    monkeypatch.setattr("seehear.zoo.residents", refuse)
    assert cli.run(["models"]) == EXIT_ENVIRONMENT
    assert capsys.readouterr().err.startswith("seehear: /secret: Permission denied; check that path")


# No escape codes

ALL_HELP = """
import sys
from seehear import cli
for words in {commands!r}:
    cli.run([*words, "--help"])
cli.run(["localize", "--modle"])
"""


def commands() -> list[list[str]]:
    """Every command and command of a command, as it is typed."""
    below = {name: app[name] for name in app if not name.startswith("-")}
    nested = [[name, inner] for name, command in below.items() for inner in command if not inner.startswith("-")]
    return [[], *([name] for name in below), *nested]


def on_a_terminal(words: Sequence[object], **environment: str) -> str:
    """What a terminal gets of a program, on both streams."""
    ours, theirs = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    with subprocess.Popen(
        [sys.executable, *map(str, words)], stdin=theirs, stdout=theirs, stderr=theirs, env={**clean, **environment}
    ) as program:
        os.close(theirs)
        shown = b""
        while select.select([ours], [], [], 120)[0]:
            try:
                part = os.read(ours, 1 << 16)
            except OSError:  # how Linux says that the other side is closed
                break
            shown += part
    os.close(ours)
    assert program.returncode is not None
    return shown.decode()


@pytest.mark.parametrize(
    ("environment", "plain"),
    [({"TERM": "xterm", "NO_COLOR": "1"}, True), ({"TERM": "dumb"}, True), ({"TERM": "xterm"}, False)],
    ids=["NO_COLOR", "dumb", "colour"],
)
def test_help_of_every_command_is_plain_where_that_is_asked_for(environment: dict[str, str], plain: bool) -> None:
    found = commands()
    assert len(found) > 20
    shown = on_a_terminal(["-c", ALL_HELP.format(commands=found)], **environment)
    assert shown.count("Usage:") == len(found)
    assert "Did you mean --model?" in shown
    assert (ESCAPE not in shown) is plain


def test_a_pipe_gets_no_escape_code_unless_colour_is_forced() -> None:
    words = [sys.executable, "-m", "seehear", "--help"]
    clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "TERM")}
    assert ESCAPE not in subprocess.run(words, capture_output=True, text=True, check=True, env=clean).stdout
    forced = subprocess.run(words, capture_output=True, text=True, check=True, env={**clean, "FORCE_COLOR": "1"})
    assert ESCAPE in forced.stdout


def test_progress_on_a_terminal_without_escape_codes(video: Path, checkpoint: Path, tmp_path: Path) -> None:
    for number in range(3):
        os.link(video, tmp_path / f"{number}.mp4")
    words = ["-m", "seehear", "localize", tmp_path, "-m", checkpoint, "-j", "1"]
    assert ESCAPE not in (shown := on_a_terminal(words, TERM="xterm", NO_COLOR="1"))
    assert "3 files: 3 ok" in shown


def test_lines_are_redrawn_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal, open(os.devnull, "w") as nothing:  # noqa: PTH123
        assert redraws(terminal)
        assert not redraws(nothing)
        monkeypatch.setenv("TERM", "dumb")
        assert not redraws(terminal)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("NO_COLOR", "1")
        assert not redraws(terminal)
    os.close(ours)


def test_long_paths_stay_whole_in_a_pipe_and_only_results_are_on_stdout(
    video: Path, checkpoint: Path, tmp_path: Path
) -> None:
    folder = tmp_path / ("long " * 30) / ("longer " * 20)
    folder.mkdir(parents=True)
    os.link(video, folder / "clip.mp4")
    words = [sys.executable, "-m", "seehear", "localize", folder / "clip.mp4", folder / "absent.mp4", "-m", checkpoint]
    ended = subprocess.run([*map(str, words)], capture_output=True, text=True, check=False)
    assert ended.returncode == EXIT_SOME_FAILED
    assert ended.stdout.startswith(f"{folder / 'clip.mp4'}  (0:24.0)\n")
    assert "absent.mp4" not in ended.stdout
    assert f"there is no file {folder / 'absent.mp4'}; check the path" in ended.stderr
    assert ESCAPE not in ended.stdout + ended.stderr


# Completion, and what must be quick


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["completion", "bash"], ["localize", "--help"]])
def test_what_must_be_quick_brings_no_torch(words: list[str]) -> None:
    program = f"import sys; from seehear import cli; cli.run({words!r}); sys.exit('torch' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout


def script(shell: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert cli.run(["completion", shell]) == EXIT_OK
    (folder / f"completion.{shell}").write_text(capsys.readouterr().out)
    return folder / f"completion.{shell}"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_that_its_shell_can_read(shell: str, tmp_path: Path, capsys) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}, which is not installed")
    path = script(shell, tmp_path, capsys)
    assert "doctor" in path.read_text()
    ended = subprocess.run([shell, "-n", path], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("seehear loc", "localize"),
        ("seehear data ch", "check"),
        ("seehear localize --thr", "--threshold"),
        ("seehear train --precision b", "bf16"),
        ("seehear localize hol", "holiday.mp4"),
        ("seehear localize holiday.mp4 --output out", "outside"),
    ],
)
def test_bash_completes(typed: str, completed: str, tmp_path: Path, capsys) -> None:
    if shutil.which("bash") is None:
        pytest.skip("needs bash, which is not installed")
    path = script("bash", tmp_path, capsys)
    (tmp_path / "holiday.mp4").touch()
    (tmp_path / "outside").mkdir()
    words = typed.split()
    program = (
        f"source {path}; complete -p seehear >/dev/null || exit 9; "
        f"COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; _seehear; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    )
    ended = subprocess.run(["bash", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ended.stdout.split() == [completed]


def test_completion_is_installed_below_home_or_says_what_else_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cli.run(["completion", "bash", "--install"]) == EXIT_OK
    written = Path(capsys.readouterr().out.strip())
    assert written.is_relative_to(tmp_path)
    assert str(written) in (tmp_path / ".bashrc").read_text()
    (tmp_path / "file").touch()
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    assert cli.run(["completion", "bash", "--install"]) == EXIT_ENVIRONMENT
    assert "print it with `seehear completion bash`" in capsys.readouterr().err


# No telemetry

GUARDED = """
import json, sys
reached = []
def forbid(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind"):
        reached.append(f"{event} {arguments}")
        raise ConnectionRefusedError("no command but those that must may do this")
sys.addaudithook(forbid)
from seehear import cli
codes = [cli.run(words) for words in json.loads(sys.argv[1])]
import socket
try:
    socket.create_connection(("127.0.0.1", 9))
except ConnectionRefusedError:
    codes.append("guarded")
print(json.dumps({"codes": codes, "reached": reached}), file=sys.stderr)
"""


def test_no_command_reaches_for_a_network(video: Path, checkpoint: Path, tmp_path: Path) -> None:
    """`socket.sendmsg` hands descriptors to our own decoding process, over a pair of sockets that has no address."""
    calls = [["models"], ["localize", str(video), "-m", str(checkpoint), "-o", str(tmp_path / "out")], ["doctor"]]
    environment = {**os.environ, "SEEHEAR_HOME": str(tmp_path / "weights")}
    words = [sys.executable, "-c", GUARDED, json.dumps(calls)]
    ended = subprocess.run(words, capture_output=True, text=True, check=True, env=environment)
    told = json.loads(ended.stderr.splitlines()[-1])
    assert told["codes"] == [EXIT_OK, EXIT_OK, EXIT_OK, "guarded"], ended.stderr
    (only,) = told["reached"]
    assert "127.0.0.1" in only, "the guard's own trial"
