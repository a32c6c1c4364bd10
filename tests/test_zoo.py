"""The list of networks says what was published, and counts what can be counted by hand."""

from __future__ import annotations

import json

import pytest

from seehear import cli
from seehear.core.errors import InvalidValueError
from seehear.models import MODELS, build
from seehear.zoo import residents, zoo_text

TEN, PLACES = 10, 49


@pytest.fixture(scope="module")
def zoo() -> dict[str, object]:
    return {resident.name: resident for resident in residents()}


def linear(times: int, inputs: int, outputs: int) -> int:
    """Operations of a linear layer: a product and a sum for each weight, each time."""
    return 2 * times * inputs * outputs


def lstm(inputs: int, width: int) -> int:
    """Both directions over ten segments, four gates."""
    return 2 * linear(TEN, inputs + width, 4 * width)


def test_operations_of_avel_are_those_counted_by_hand(zoo) -> None:
    attention = (
        linear(TEN * PLACES, 512, 512)
        + linear(TEN, 128, 512)
        + linear(TEN * PLACES, 512, PLACES)
        + linear(TEN, 512, PLACES)
        + linear(TEN * PLACES, PLACES, 1)
        + linear(TEN, PLACES, 512)  # the weighted sum
    )
    memory = lstm(512, 128) + lstm(128, 128)
    classifier = linear(TEN, 512, 64) + linear(TEN, 64, 29)
    assert zoo["avel"].operations_per_clip == attention + memory + classifier


def test_motion_guidance_costs_what_its_layers_cost(zoo) -> None:
    """pf-ME reduces nine window means a segment, weighs nine taps for past and for future of nine pairs, projects."""
    reduce, project, temporal = linear(TEN * 9, 512, 128), linear(TEN, 128, 128), linear(TEN, 128, 1)
    taps = 2 * linear(TEN - 1, 9, 128)
    assert zoo["pfagn"].operations_per_clip - zoo["cmran"].operations_per_clip == reduce + project + temporal + taps


@pytest.mark.parametrize("supervision", ["supervised", "weak"])
def test_parameters_are_those_of_the_built_network(supervision) -> None:
    for resident in residents(supervision):
        network = build(resident.name, categories=28, supervision=supervision)
        assert resident.parameters == sum(weight.numel() for weight in network.parameters())
        assert resident.supervision == supervision


def test_published_figures_are_the_papers(zoo) -> None:
    figures = {name: (resident.supervised_percent, resident.weak_percent) for name, resident in zoo.items()}
    assert figures == {
        "avel": (72.7, 66.7),
        "dam": (74.5, None),
        "avsdn": (75.4, 74.2),
        "avin": (75.2, 69.4),
        "cmran": (77.4, 72.9),
        "psp": (77.8, 73.5),
        "pfagn": (78.5, 73.5),
    }
    assert "ResNet-152" in zoo["avsdn"].footnote


def test_a_network_is_exact_only_where_its_published_format_loads(zoo) -> None:
    for resident in zoo.values():
        assert resident.approximation == (not resident.published_formats) == (not resident.reference)
    assert zoo["avel"].published_formats == ("avel", "avel_dmrn")


def test_table_has_a_row_for_each_network_and_aligned_columns(zoo) -> None:
    lines = zoo_text(list(zoo.values())).splitlines()
    rows = lines[2 : 2 + len(MODELS)]
    assert [row.split()[0] for row in rows] == list(MODELS)
    column = lines[0].index("ours is")
    assert all(row[column:].startswith(("exact: ", "approximation")) for row in rows)
    marks = {row[row.index("[") : row.index("]") + 1] for row in rows if "[" in row}
    assert marks == {line.split()[0] for line in lines if line.startswith("[")}
    assert max(len(line) for line in lines) <= 120


def test_unknown_supervision_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="supervised, weak"):
        residents("blind")


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert cli.run(["models", *arguments]) == cli.EXIT_OK
    return capsys.readouterr().out


def test_command_lists_draws_and_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert "pfagn" in printed(capsys)
    assert [row["name"] for row in json.loads(printed(capsys, "--json"))["networks"]] == list(MODELS)
    assert "SqueezedMotion" in printed(capsys, "pfagn", "--supervision", "weak", "--motion", "ms")
    assert "temporal:" not in printed(capsys, "pfagn", "--no-temporal-attention")
    assert json.loads(printed(capsys, "avel", "--fusion", "dmrn", "--json"))["parameters"] > 10**6
    assert "Linear 32 -> 28" in printed(capsys, "cmran", "--width", "32")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["tardis"], "unknown network 'tardis'; known: avel"),
        (["avel", "--motion", "ms"], "avel has no option motion"),
        (["pfagn", "--motion", "warp"], "motion must be one of none, rnn"),
    ],
)
def test_wrong_names_list_the_known(capsys: pytest.CaptureFixture[str], arguments: list[str], says: str) -> None:
    assert cli.run(["models", *arguments]) == cli.EXIT_USAGE
    assert says in capsys.readouterr().err
