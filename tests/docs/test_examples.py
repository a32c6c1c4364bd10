"""What the pages tell a reader to type is what the program takes, and what they show is what it prints."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import shlex
import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from cyclopts import App, CycloptsError

import seehear.cli
from seehear.cli.app import app
from seehear.models import MODELS
from seehear.recipes import RECIPES
from tests.docs.pages import GENERATED, PAGES, ROOT, Block, blocks, code_spans
from tests.docs.shell import calls, commands, programs

EXAMPLES = [block for page in PAGES for block in blocks(page)]
CONSOLE = [block for block in EXAMPLES if block.language == "console"]
PYTHON = [block for block in EXAMPLES if block.language == "python"]
SPANS = sorted({(page, span) for page in PAGES if page != GENERATED for span in code_spans(page) if "seehear " in span})


def understood(arguments: list[str]) -> None:
    """Raises CycloptsError unless the command line takes these arguments: command, options, types."""
    app.parse_args(arguments, print_error=False, exit_on_error=False)


@pytest.mark.parametrize("block", CONSOLE, ids=str)
def test_the_program_takes_every_command_that_a_page_shows(block: Block) -> None:
    for command in commands(block.text):
        for arguments in calls(command.line, "seehear"):
            try:
                understood(arguments)
            except CycloptsError as error:
                pytest.fail(f"{block}: `seehear {shlex.join(arguments)}` is not understood: {error}")


@pytest.mark.parametrize("block", [block for block in EXAMPLES if block.language != "console"], ids=str)
def test_commands_stand_in_console_blocks(block: Block) -> None:
    if block.page != GENERATED:
        typed = [line for line in block.text.splitlines() if re.match(r"(\$ )?(seehear|make|pip) \w", line)]
        assert not typed, f"{block}: write ```console, so that these are checked: {typed}"


@pytest.mark.parametrize("block", CONSOLE, ids=str)
def test_other_things_that_a_page_tells_to_type_exist(block: Block) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    for command in commands(block.text):
        for program, *arguments in programs(command.line):
            files = [word for word in arguments if re.fullmatch(r"(benchmarks|tests|docs)/\S+\.py", word)]
            assert all((ROOT / file).is_file() for file in files), f"{block}: {files}"
            if program == "make":
                assert targets.issuperset(arguments), f"{block}: {command.line}"
            if program == "pip":
                wanted = [re.findall(r"\[([\w,]+)\]", word) for word in arguments]
                names = {name for found in wanted for name in ",".join(found).split(",") if name}
                assert names <= set(extras), f"{block}: {command.line}"


@pytest.mark.parametrize(("page", "span"), SPANS, ids=lambda value: getattr(value, "name", value))
def test_commands_within_sentences_name_what_there_is(page: Path, span: str) -> None:
    words = re.sub(r"[\[\]…]|\.\.\.", " ", span).split()
    words = words[words.index("seehear") + 1 :] if "seehear" in words else []
    if not words or not re.fullmatch(r"[a-z][a-z-]*", words[0]):
        return
    path, deepest, rest = app.parse_commands(words)
    assert path, f"{page.name}: there is no command `{words[0]}`"
    assert isinstance(deepest[-1], App)
    known = {name for leaf in deepest[-1:] if leaf.default_command for name in option_names(leaf)}
    options = {word.split("=")[0] for word in rest if re.match(r"--?[a-z]", word)}
    assert options <= known | {"--help"}, f"{page.name}: `{span}`"


def option_names(command: App) -> set[str]:
    return {
        name for argument in command.assemble_argument_collection() for name in (*argument.names, *argument.negatives)
    }


def assert_prints(block: Block, shown: list[str], printed: str) -> None:
    """Every shown line was printed, in this order; `...` stands for any others."""

    def plain(line: str) -> str:
        return " ".join((re.sub(r"\d+(\.\d+)?", "0", line) if "roughly" in block.needs else line).split())

    rest = iter([plain(line) for line in printed.splitlines()])
    for line in filter(None, map(plain, shown)):
        assert line == "..." or line in rest, f"{block}: `{line}` is not printed, or not in this place:\n{printed}"


def run_page(page: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, long: bool) -> None:
    """Do what the marked blocks of a page say, one after the other, where the reader stands."""
    example = ModuleType("example")
    monkeypatch.setitem(sys.modules, "example", example)
    for block in blocks(page):
        if not block.runs or ("long" in block.needs and not long):
            continue
        if block.language == "python":
            exec(compile(block.text, str(block), "exec"), example.__dict__)
            continue
        for command in commands(block.text):
            (arguments,) = calls(command.line, "seehear")
            capsys.readouterr()
            code = seehear.cli.run(arguments)
            printed = capsys.readouterr()
            assert code == seehear.cli.EXIT_OK, f"{block}: {command.line}\n{printed.out}{printed.err}"
            assert_prints(block, command.output, printed.out)


def pages_that_run(*, long: bool) -> list[Path]:
    return [page for page in PAGES if any(block.runs and ("long" in block.needs) == long for block in blocks(page))]


@pytest.fixture
def zoo() -> Iterator[None]:
    """What an example adds to the lists of networks and recipes is gone after it."""
    before = [(known, dict(known)) for known in (MODELS, RECIPES)]
    yield
    for known, entries in before:
        known.clear()
        known.update(entries)


@pytest.fixture
def weights(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real weights and a clip `dog.mp4`, for pages that need them; skips loudly where they are not at hand."""
    if any("light" in block.needs for block in blocks(request.getfixturevalue("page"))):
        shared = request.getfixturevalue("shared")
        monkeypatch.setenv("SEEHEAR_HOME", str(shared / "weights"))
        shutil.copy(shared / "clips" / "events" / "AVVP-ECCV20__BjCEufrlXm4.mp4", "dog.mp4")


@pytest.mark.usefixtures("reader", "weights", "zoo")
@pytest.mark.parametrize("page", pages_that_run(long=False), ids=lambda page: page.name)
def test_marked_examples_run(page: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    run_page(page, capsys, monkeypatch, long=False)


@pytest.mark.long
@pytest.mark.usefixtures("reader", "weights", "zoo")
@pytest.mark.parametrize("page", pages_that_run(long=True), ids=lambda page: page.name)
def test_marked_examples_that_take_minutes_run(
    page: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_page(page, capsys, monkeypatch, long=True)


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_python_examples_import_and_call_what_there_is(block: Block) -> None:
    tree, imported = ast.parse(block.text, str(block)), {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "seehear":
            module = importlib.import_module(node.module)
            imported |= {alias.asname or alias.name: getattr(module, alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            for alias in node.names:
                importlib.import_module(alias.name)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in imported:
            if any(isinstance(value, ast.Starred) for value in node.args) or any(k.arg is None for k in node.keywords):
                continue
            called = inspect.signature(imported[node.func.id])
            called.bind(*node.args, **{keyword.arg: keyword.value for keyword in node.keywords})
