"""Console blocks are taken apart as a shell would: the truth is what a shell starts."""

from __future__ import annotations

import pytest

from tests.docs.shell import calls, commands


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("seehear localize a.mp4 -o results  # all of it", [["localize", "a.mp4", "-o", "results"]]),
        (
            "SEEHEAR_HOME=w seehear localize 'my clip.mp4' --json 2>/dev/null | python -c 'x'",
            [
                ["localize", "my clip.mp4", "--json"],
            ],
        ),
        ("torchrun --nproc_per_node 4 -m seehear train TRAIN", [["train", "TRAIN"]]),
        ("sbatch --wrap 'seehear localize /data --shard $N/8'", [["localize", "/data", "--shard", "$N/8"]]),
        ("ssh -L 8710:127.0.0.1:8710 there seehear serve", [["serve"]]),
        ("source <(seehear completion bash)", [["completion", "bash"]]),
        (
            "find . -print0 | seehear localize --list - > log && seehear weights",
            [["localize", "--list", "-"], ["weights"]],
        ),
        ("docker build -t seehear .", []),
        ("pip install 'seehear[train]'", []),
    ],
)
def test_calls_in_a_line(line: str, arguments: list[list[str]]) -> None:
    assert list(calls(line, "seehear")) == arguments


def test_typed_lines_and_what_they_print() -> None:
    typed = commands("$ seehear convert a.json \\\n    -f srt\na.srt\n\n$ seehear weights\n")
    assert [command.line.split() for command in typed] == [
        ["seehear", "convert", "a.json", "-f", "srt"],
        ["seehear", "weights"],
    ]
    assert typed[0].output == ["a.srt", ""]
    assert [command.line for command in commands("# first\nmake demo\nmake test\n")] == ["make demo", "make test"]
