"""Losses against numbers worked out by hand from the papers' formulas."""

from __future__ import annotations

import math

import pytest
import torch

from seehear.core.errors import InvalidValueError
from seehear.nn.losses import LOSSES, Labels
from seehear.nn.prediction import Prediction

LN2 = math.log(2)


def logit(probability: float) -> float:
    return math.log(probability / (1 - probability))


def tensor(values: list) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def test_relevance_loss_is_mean_binary_cross_entropy_plus_category_cross_entropy() -> None:
    prediction = Prediction(
        2, event_logits=tensor([[logit(0.8), logit(0.5)]]), category_logits=tensor([[math.log(3), 0.0]])
    )
    labels = Labels(torch.tensor([0]), torch.tensor([[0, 2]]))
    expected = (-math.log(0.8) - math.log(0.5)) / 2 - math.log(3 / 4)
    assert LOSSES["relevance"](prediction, labels).item() == pytest.approx(expected, abs=1e-12)


def test_a_clip_without_event_teaches_relevance_but_no_category() -> None:
    event = Prediction(2, event_logits=tensor([[0.0]]), category_logits=tensor([[0.0, 0.0]]))
    both = Prediction(2, event_logits=tensor([[0.0], [0.0]]), category_logits=tensor([[0.0, 0.0], [9.0, -9.0]]))
    alone = LOSSES["relevance"](event, Labels(torch.tensor([1]), torch.tensor([[1]])))
    beside_background = LOSSES["relevance"](both, Labels(torch.tensor([1, 2]), torch.tensor([[1], [2]])))
    assert alone.item() == pytest.approx(2 * LN2, abs=1e-12)
    assert beside_background.item() == pytest.approx(2 * LN2, abs=1e-12)


def test_a_batch_of_background_only_has_a_finite_loss_and_no_category_gradient() -> None:
    category = tensor([[1.0, 2.0]]).requires_grad_()
    prediction = Prediction(2, event_logits=tensor([[0.0]]), category_logits=category)
    loss = LOSSES["relevance"](prediction, Labels(torch.tensor([2]), torch.tensor([[2]])))
    loss.backward()
    assert loss.item() == pytest.approx(LN2, abs=1e-12)
    assert category.grad is not None
    assert torch.count_nonzero(category.grad) == 0


def test_segment_cross_entropy_averages_over_segments() -> None:
    prediction = Prediction(1, segment_logits=tensor([[[math.log(3), 0.0], [0.0, 0.0]]]))
    loss = LOSSES["segment_cross_entropy"](prediction, Labels(torch.tensor([0]), torch.tensor([[0, 1]])))
    assert loss.item() == pytest.approx((math.log(4 / 3) + LN2) / 2, abs=1e-12)


@pytest.mark.parametrize(("background", "settles_on_background"), [(0.178, False), (0.46, True)])
def test_a_soft_margin_of_softmax_outputs_settles_on_a_class_that_is_frequent_enough(
    background: float, settles_on_background: bool
) -> None:
    """The best answer that is the same for every segment: moving a share s from background to another class changes
    the loss at s = 0 by sigmoid(0) - sigmoid(1) + (share of background - share of the class) = difference - .231."""
    events = (1 - background) / 10
    counts = [round(1000 * events)] * 10 + [round(1000 * background)]
    classes = torch.arange(11).repeat_interleave(torch.tensor(counts))[None]
    logits = torch.zeros(11, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([logits], lr=0.1)
    for _ in range(300):
        prediction = Prediction(10, segment_logits=logits.expand(1, classes.numel(), 11))
        optimizer.zero_grad()
        LOSSES["segment_soft_margin"](prediction, Labels(torch.tensor([0]), classes)).backward()
        optimizer.step()
    assert (background - events > torch.tensor(1.0).sigmoid() - 0.5) == settles_on_background
    assert (logits.softmax(dim=-1)[10] > 0.99) == settles_on_background


def soft_margin(probability: float, target: int) -> float:
    """-log sigmoid(p) where the class is right, -log sigmoid(-p) where it is not."""
    return math.log1p(math.exp(-probability if target else probability))


def test_avel_takes_the_soft_margin_of_the_softmax_output_not_of_the_logits() -> None:
    prediction = Prediction(1, segment_logits=tensor([[[math.log(3), 0.0]]]))  # softmax .75 .25
    loss = LOSSES["segment_soft_margin"](prediction, Labels(torch.tensor([0]), torch.tensor([[0]])))
    assert loss.item() == pytest.approx((soft_margin(0.75, 1) + soft_margin(0.25, 0)) / 2, abs=1e-12)


def test_weak_loss_calls_a_clip_without_event_background() -> None:
    prediction = Prediction(2, clip_scores=tensor([[0.2, 0.3, 0.5]]))
    loss = LOSSES["clip_soft_margin"](prediction, Labels(torch.tensor([2])))
    expected = (soft_margin(0.2, 0) + soft_margin(0.3, 0) + soft_margin(0.5, 1)) / 3
    assert loss.item() == pytest.approx(expected, abs=1e-12)


def test_weak_psp_is_binary_cross_entropy_against_the_plain_clip_label() -> None:
    prediction = Prediction(1, clip_scores=tensor([[0.8, 0.2]]))
    loss = LOSSES["clip_cross_entropy"](prediction, Labels(torch.tensor([0])))
    assert loss.item() == pytest.approx(-math.log(0.8), abs=1e-12)


def test_psp_adds_a_hundred_times_the_squared_error_of_the_shares_of_similarity() -> None:
    prediction = Prediction(
        1, segment_logits=tensor([[[0.0, 0.0]] * 4]), auxiliary={"similarity": tensor([[0.6, 0.2, -0.9, 0.0]])}
    )
    labels = Labels(torch.tensor([0]), torch.tensor([[0, 0, 1, 1]]))
    # positive shares .75 .25 0 0 against .5 .5 0 0: mean squared error .125 / 4
    assert LOSSES["pair_similarity"](prediction, labels).item() == pytest.approx(LN2 + 100 * 0.125 / 4, abs=1e-9)


def test_psp_similarity_of_a_clip_without_event_should_be_nothing() -> None:
    prediction = Prediction(
        1, segment_logits=tensor([[[0.0, 0.0]] * 2]), auxiliary={"similarity": tensor([[-0.5, -0.1]])}
    )
    loss = LOSSES["pair_similarity"](prediction, Labels(torch.tensor([1]), torch.tensor([[1, 1]])))
    assert loss.item() == pytest.approx(LN2, abs=1e-12)


@pytest.mark.parametrize("name", ["relevance", "segment_cross_entropy", "segment_soft_margin", "pair_similarity"])
def test_no_supervised_loss_can_be_had_without_segment_labels(name: str) -> None:
    prediction = Prediction(
        1,
        event_logits=torch.zeros(1, 2),
        category_logits=torch.zeros(1, 1),
        segment_logits=torch.zeros(1, 2, 2),
        auxiliary={"similarity": torch.zeros(1, 2)},
    )
    with pytest.raises(InvalidValueError, match="segment labels"):
        LOSSES[name](prediction, Labels(torch.tensor([0])))


def test_a_loss_says_what_the_network_did_not_return() -> None:
    with pytest.raises(InvalidValueError, match="clip_scores"):
        LOSSES["clip_soft_margin"](Prediction(1), Labels(torch.tensor([0])))


def test_losses_of_a_half_precision_network_are_computed_in_float32() -> None:
    prediction = Prediction(1, segment_logits=torch.zeros(1, 1, 2, dtype=torch.bfloat16))
    loss = LOSSES["segment_cross_entropy"](prediction, Labels(torch.tensor([0]), torch.tensor([[0]])))
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(LN2, abs=1e-6)
