"""What is trained for which table of the paper."""

from __future__ import annotations

from typing import cast

import pytest
import torch

from seehear.core.errors import InvalidValueError, UnknownNameError
from seehear.models import build
from seehear.models.pfagn import PFAGNOptions
from seehear.recipes import recipe_for
from seehear.reproduce import Changes, Share, plan_tables
from seehear.tables import ABLATION, PUBLISHED, SYSTEMS, trainings_of


def test_the_four_tables_are_systems_and_ablation_by_supervision() -> None:
    tables = {table.number: table for table in plan_tables()}
    assert list(tables) == ["I", "II", "III", "IV"]
    assert [row.name for row in tables["I"].rows] == list(SYSTEMS)
    assert [row.name for row in tables["IV"].rows] == list(ABLATION)
    assert {row.supervision for row in (*tables["I"].rows, *tables["III"].rows)} == {"supervised"}
    assert {row.supervision for row in (*tables["II"].rows, *tables["IV"].rows)} == {"weak"}
    assert [table.file for table in tables.values()] == ["table-1", "table-2", "table-3", "table-4"]


def test_every_row_is_trained_as_its_paper_did() -> None:
    for table in plan_tables():
        for row in table.rows:
            assert row.chosen_recipe == recipe_for(row.model, row.supervision)


def test_pfagn_is_trained_once_and_shown_in_both_of_its_tables() -> None:
    rows = [row for table in plan_tables() for row in table.rows]
    names = [(training.row.name, training.row.supervision) for training in trainings_of(rows, [0])]
    assert len(names) == len(rows) - 2
    assert ("pf-ME + temporal attention", "supervised") not in names
    assert ("pf-ME", "weak") not in names
    assert (PUBLISHED["pfagn"].supervised, PUBLISHED["pfagn"].weak) == (78.5, 73.5)
    assert (round(PUBLISHED["pf-ME + temporal attention"].supervised or 0, 1)) == 78.5
    assert (round(PUBLISHED["pf-ME"].weak or 0, 1)) == 73.5


@pytest.mark.parametrize("number", ["III", "IV"])
def test_the_shared_row_of_the_ablation_is_the_network_the_ablation_names(number: str) -> None:
    (table,) = [table for table in plan_tables() if table.number == number]
    (shared,) = [row for row in table.rows if row.trained_as == "pfagn"]
    with torch.device("meta"):
        built = [
            build("pfagn", categories=28, supervision=shared.supervision, **options)
            for options in (shared.options, ABLATION[shared.name])
        ]
    options = [cast(PFAGNOptions, network.options) for network in built]
    assert options[0].motion == options[1].motion == "pf_me"
    assert options[0].attends_to_time == options[1].attends_to_time
    shapes = [{name: value.shape for name, value in network.state_dict().items()} for network in built]
    assert shapes[0] == shapes[1]


def test_rows_are_asked_for_by_name_or_by_group() -> None:
    assert [table.number for table in plan_tables(("systems",))] == ["I", "II"]
    tables = plan_tables(("avel", "ME"), supervisions=("weak",))
    assert [(table.number, [row.name for row in table.rows]) for table in tables] == [("II", ["avel"]), ("IV", ["ME"])]
    with pytest.raises(UnknownNameError, match="systems, ablation, avel"):
        plan_tables(("avl",))


def test_a_trial_is_shorter_slimmer_and_says_so() -> None:
    changes = Changes("small", epochs=2, width=16)
    for table in plan_tables(changes=changes, positions=6):
        for row in table.rows:
            assert row.chosen_recipe.epochs == 2
            built = build(row.model, categories=3, supervision=row.supervision, **row.options)
            assert getattr(built.options, "width", 16) == 16
            assert getattr(built.options, "positions", 6) == 6
    assert changes.text() == "shortened for trial (recipe small, 2 epochs, width 16)"
    assert Changes().text() == ""
    with pytest.raises(InvalidValueError, match="epochs must be 1"):
        plan_tables(changes=Changes(epochs=0))


@pytest.mark.parametrize("text", ["", "3", "0/2", "3/2", "a/b", "1/0", "-1/2"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError, match="shard"):
        Share.parse(text)


def test_shards_share_out_all_trainings() -> None:
    numbers = list(range(11))
    shares = [Share.parse(f"{number}/3") for number in (1, 2, 3)]
    assert sorted(n for share in shares for n in numbers[share.number - 1 :: share.of]) == numbers
