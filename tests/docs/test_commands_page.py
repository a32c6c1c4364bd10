"""The reference of commands says what `--help` says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from seehear import cli
from tests.docs.pages import GENERATED, ROOT

PROGRAM = ROOT / "docs" / "programs" / "commands.py"
SECTION = re.compile(r"^### (seehear [a-z -]+)\n(.*?)(?=^### |\Z)", re.MULTILINE | re.DOTALL)


def test_the_page_is_up_to_date(tmp_path: Path) -> None:
    made = tmp_path / "commands.md"
    subprocess.run([sys.executable, PROGRAM, made], check=True)
    assert GENERATED.read_text() == made.read_text(), (
        f"write it again with `python {PROGRAM.relative_to(ROOT)}` or `make docs`"
    )


@pytest.mark.parametrize(("command", "section"), SECTION.findall(GENERATED.read_text()), ids=lambda text: text[:30])
def test_the_page_has_every_option_that_help_prints(
    command: str, section: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    cli.run([*command.split()[1:], "--help"])
    printed = set(re.findall(r"^│ (?:\* +)?.*?(--[a-z-]+)", capsys.readouterr().out, re.MULTILINE))
    assert printed <= set(re.findall(r"--[a-z-]+", section))
    assert printed or "**Parameters**" not in section


def test_the_page_has_every_command_of_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    cli.run(["--help"])
    printed = re.findall(r"^│ ([a-z-]+)", capsys.readouterr().out, re.MULTILINE)
    named = {command.split()[1] for command, _ in SECTION.findall(GENERATED.read_text())}
    assert set(printed) - {"--help", "--version"} == named
