"""Both kinds of heads give probabilities over C + 1 classes and the published decision."""

from __future__ import annotations

import math

import pytest
import torch

from seehear.core.errors import InvalidValueError
from seehear.nn.prediction import Prediction

EVENT = torch.tensor([[math.log(3.0), -math.log(3.0)]])  # relevance 3/4 and 1/4


def test_relevance_shares_itself_among_the_categories_and_leaves_the_rest_to_background():
    prediction = Prediction(2, event_logits=EVENT, category_logits=torch.tensor([[0.0, math.log(3.0)]]))
    expected = torch.tensor([[[0.1875, 0.5625, 0.25], [0.0625, 0.1875, 0.75]]])
    assert torch.allclose(prediction.probabilities(), expected)
    assert prediction.classes().tolist() == [[1, 2]]


def test_clip_that_is_background_makes_every_segment_background():
    prediction = Prediction(1, event_logits=EVENT, category_logits=torch.tensor([[0.0, math.log(3.0)]]))
    assert torch.allclose(prediction.probabilities()[0, 0], torch.tensor([0.1875, 0.8125]))
    assert prediction.classes().tolist() == [[1, 1]]


def test_segment_logits_speak_for_themselves():
    prediction = Prediction(1, segment_logits=torch.tensor([[[0.0, math.log(3.0)], [1.0, 0.0]]]))
    assert torch.allclose(prediction.probabilities()[0, 0], torch.tensor([0.25, 0.75]))
    assert prediction.classes().tolist() == [[1, 0]]


def test_prediction_of_nothing_is_refused():
    with pytest.raises(InvalidValueError, match="needs segment_logits"):
        Prediction(2, event_logits=EVENT).classes()
