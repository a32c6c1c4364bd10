"""What is trained for which table of the paper."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from seehear.core.errors import InvalidValueError, UnknownNameError
from seehear.models import build, slim_options
from seehear.recipes import recipe_for
from seehear.reproduce import Changes, Share, plan_tables
from seehear.tables import ABLATION, PUBLISHED, SYSTEMS, ablation_rows, trainings_of


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


def test_systems_that_the_ablation_shows_again_are_trained_once() -> None:
    rows = [row for table in plan_tables() for row in table.rows]
    names = [(training.row.name, training.row.supervision) for training in trainings_of(rows, [0])]
    assert len(names) == len(rows) - 4
    again = {("pf-ME + temporal attention", "supervised"), ("no motion", "supervised"), ("no motion", "weak")}
    assert not set(names) & {*again, ("pf-ME", "weak")}
    assert (PUBLISHED["pfagn"].supervised, PUBLISHED["pfagn"].weak) == (78.5, 73.5)
    assert round(PUBLISHED["pf-ME + temporal attention"].supervised or 0, 1) == 78.5
    assert round(PUBLISHED["pf-ME"].weak or 0, 1) == 73.5


@pytest.mark.parametrize("supervision", ["supervised", "weak"])
def test_a_row_shown_again_learns_by_the_same_numbers_as_the_network_the_ablation_names(supervision: str) -> None:
    shown = [row for table in plan_tables(("ablation",), (supervision,)) for row in table.rows if row.trained_as]
    named = {row.name: row for row in ablation_rows((supervision,))}
    assert len(shown) == 2
    visual, audio = torch.rand(2, 4, 3, 3, 6), torch.rand(2, 4, 5)
    for row in shown:
        outputs = []
        for one in (row, named[row.name]):
            torch.manual_seed(0)
            sizes = {"categories": 3, "visual_channels": 6, "audio_channels": 5, **slim_options(one.model, 8)}
            network = build(one.model, supervision=supervision, **sizes, **one.options).train()
            outputs.append(network(visual, audio).event_logits)
        assert torch.equal(*outputs)
        assert replace(row.chosen_recipe, source="") == replace(named[row.name].chosen_recipe, source="")


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
