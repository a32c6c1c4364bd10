"""The house has floors, and imports go down only."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "seehear"

STAGES = {"media", "features", "data", "models", "events", "report"}
COMPOSERS = {
    "extract": 4.0,
    "zoo": 4.0,
    "publish": 4.0,
    "windows": 4.0,
    "convert": 4.0,
    "own_data": 4.05,
    "prepare": 4.1,
    "localizer": 4.1,
    "ave": 4.1,
    "evaluate": 4.1,
    "train": 4.2,
    "tables": 4.3,
    "batch": 4.3,
    "explain": 4.3,
    "sources": 4.2,
    "clips": 4.3,
    "overlay": 4.3,
    "teach": 4.3,
}
FLOOR = {"core": 0, "nn": 1, "storage": 1, **dict.fromkeys(STAGES, 2), "engine": 3, "recipes": 3.1}
FLOOR |= {**COMPOSERS, "demo": 4.4, "reproduce": 4.4, "web": 5, "doctor": 5.05, "cli": 5.1, "__main__": 6}


def room_of(path: Path) -> str:
    first = path.relative_to(SOURCE).parts[0]
    return first.removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    """Rooms of the house that a file imports, wherever in the file it does so."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {parts[1] for name in names if len(parts := name.split(".")) > 1 and parts[0] == "seehear"}


FILES = sorted(path for path in SOURCE.rglob("*.py") if path != SOURCE / "__init__.py")


def forbidden(room: str, target: str) -> bool:
    if room == target or target not in FLOOR:
        return False
    if room in STAGES:
        return not (target in ("core", "storage") or (room == "models" and target == "nn"))
    if room == "engine":
        return target in STAGES or FLOOR[target] > FLOOR[room]
    if room in ("nn", "storage"):
        return target != "core"
    return FLOOR[target] >= FLOOR[room]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_go_down_only(path: Path) -> None:
    room = room_of(path)
    assert room in FLOOR, f"{path} is in a room that no floor knows"
    upward = {target for target in imported_rooms(path) if forbidden(room, target)}
    assert not upward, f"{room} imports {upward}, which it must not know"


@pytest.mark.parametrize(
    ("room", "target"),
    [("media", "features"), ("core", "nn"), ("nn", "storage"), ("events", "nn"), ("engine", "data"), ("models", "cli")],
)
def test_the_rule_refuses_what_it_should(room: str, target: str) -> None:
    assert forbidden(room, target)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_only_the_sandbox_and_the_writer_import_libav(path: Path) -> None:
    imports_libav = re.search(r"^\s*(import av\b|from av\b)", path.read_text(), re.MULTILINE)
    assert not imports_libav or path.parent.name == "media"


@pytest.mark.parametrize("room", ["core", "storage"])
def test_low_floors_bring_no_torch(room: str) -> None:
    modules = [path for path in FILES if room_of(path) == room]
    names = [".".join(("seehear", *path.relative_to(SOURCE).with_suffix("").parts)) for path in modules]
    program = f"import sys, {', '.join(names)}; sys.exit('torch' in sys.modules or 'av' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_importing_the_package_brings_no_torch() -> None:
    program = "import sys, seehear; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
