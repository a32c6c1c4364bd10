"""Recipes against the figures their papers and released trainers state."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seehear.core.errors import UnknownNameError
from seehear.models import MODELS
from seehear.nn.losses import LOSSES
from seehear.recipes import RECIPES, recipe_for, small


def rates(model: str, supervision: str, epochs: tuple[int, ...], steps_per_epoch: int = 104) -> list[float]:
    recipe = recipe_for(model, supervision)
    return [recipe.schedule.rate(epoch * steps_per_epoch, steps_per_epoch, recipe.epochs) for epoch in epochs]


def test_pfagn_trains_with_the_papers_optimiser_and_the_schedule_of_cmran() -> None:
    assert rates("pfagn", "supervised", (0, 9, 10, 20, 30)) == [5e-4, 5e-4, 2.5e-4, 1.25e-4, 6.25e-5]
    assert rates("pfagn", "weak", (0, 5, 20, 40)) == [5e-4, 2.5e-4, 1.25e-4, 6.25e-5]
    supervised, weak = recipe_for("pfagn"), recipe_for("pfagn", "weak")
    assert (supervised.batch_size, supervised.clip_norm, weak.clip_norm) == (32, 0.1, 0.5)


def test_avel_is_cut_to_a_tenth_after_fifteen_thousand_steps() -> None:
    schedule = recipe_for("avel").schedule
    assert [schedule.rate(step, 53, 300) for step in (14_999, 15_000)] == pytest.approx([1e-3, 1e-4])
    assert recipe_for("avel").batch_size == 64


def test_psp_changes_its_rate_later_when_weak() -> None:
    assert rates("psp", "supervised", (59, 60, 120)) == pytest.approx([1e-3, 8e-4, 6.4e-4])
    assert rates("psp", "weak", (79, 80, 160)) == pytest.approx([1e-3, 8e-4, 6.4e-4])
    assert recipe_for("psp").batch_size == 128


def test_every_network_of_the_zoo_has_a_recipe_for_both_supervisions() -> None:
    assert set(MODELS) <= set(RECIPES)
    for by_supervision in RECIPES.values():
        assert set(by_supervision) == {"supervised", "weak"}


@pytest.mark.parametrize("model", RECIPES)
def test_every_recipe_names_its_source_and_a_loss_its_supervision_can_compute(model: str) -> None:
    for supervision, recipe in RECIPES[model].items():
        assert recipe.source
        assert recipe.loss in LOSSES
        assert recipe.loss.startswith("clip_") == (supervision == "weak")


def test_the_small_recipe_keeps_the_loss_and_changes_the_rest() -> None:
    published = recipe_for("psp")
    short = recipe_for("psp", style="small")
    assert short == small(published)
    assert short.loss == published.loss
    assert short.epochs < published.epochs


@pytest.mark.parametrize(
    ("model", "supervision", "loss"),
    [
        ("avel", "supervised", "segment_cross_entropy"),
        ("avel", "weak", "clip_cross_entropy"),
        ("pfagn", "supervised", "relevance"),
        ("pfagn", "weak", "clip_cross_entropy"),
    ],
)
def test_the_small_recipe_takes_no_soft_margin_of_softmax_outputs(model: str, supervision: str, loss: str) -> None:
    assert recipe_for(model, supervision, "small").loss == loss


def test_an_ablation_overrides_one_field() -> None:
    assert replace(recipe_for("cmran"), clip_norm=None).clip_norm is None


@pytest.mark.parametrize(
    "wrong", [("nothing", "supervised", "small"), ("pfagn", "half", "small"), ("pfagn", "weak", "x")]
)
def test_an_unknown_name_lists_the_known_ones(wrong: tuple[str, str, str]) -> None:
    with pytest.raises(UnknownNameError, match="known:"):
        recipe_for(*wrong)
