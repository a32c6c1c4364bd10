"""A batch may be divided: no loss and no network lets one clip have a say in another's gradient."""

from __future__ import annotations

import pytest
import torch

from seehear.engine.batch import Batch
from seehear.models import Network
from seehear.nn.losses import LOSSES, Labels
from seehear.recipes import recipe_for
from tests.models.zoo_cases import CATEGORIES, clips, every_case, every_network, network_of


def batch_of(supervision: str, count: int = 7) -> Batch:
    """Clips of different categories, two without any event, so that shards differ in how many they hold."""
    visual, audio = clips(count)
    clip_classes = torch.tensor([0, CATEGORIES, 1, 2, CATEGORIES, 3, 0])[:count]
    segments = clip_classes[:, None].repeat(1, audio.shape[1])
    segments[::2, 0] = CATEGORIES
    labels = Labels(clip_classes, segments if supervision == "supervised" else None)
    return Batch(tuple(map(str, range(count))), visual, audio, labels)


def loss_and_gradient(network: Network, loss: str, batch: Batch) -> tuple[float, torch.Tensor]:
    network.zero_grad()
    prediction = network(batch.visual, batch.audio, **network.training_inputs(batch.labels))
    value = LOSSES[loss](prediction, batch.labels)
    value.backward()
    gradients = [torch.zeros_like(one) if one.grad is None else one.grad for one in network.parameters()]
    return value.item(), torch.cat([one.flatten() for one in gradients]).clone()


@every_case
@every_network
def test_loss_and_gradient_of_a_batch_are_the_sums_over_its_shards(case: str, supervision: str) -> None:
    network = network_of(case, supervision).double().eval()
    loss = recipe_for(network.name, supervision).loss
    batch = batch_of(supervision)
    batch = Batch(batch.names, batch.visual.double(), batch.audio.double(), batch.labels)
    whole, gradient = loss_and_gradient(network, loss, batch)
    parts = [loss_and_gradient(network, loss, batch.shard(number, 3)) for number in range(3)]
    assert sum(value for value, _ in parts) == pytest.approx(whole, rel=1e-9)
    assert torch.stack([part for _, part in parts]).sum(dim=0).allclose(gradient, rtol=1e-7, atol=1e-9)


def test_every_clip_is_in_one_shard_and_in_order() -> None:
    for count in range(1, 8):
        batch = batch_of("supervised", count)
        shards = [batch.shard(number, 4) for number in range(4)]
        assert sum((shard.names for shard in shards), ()) == batch.names
        assert max(map(len, shards)) - min(map(len, shards)) <= 1


def test_only_dam_trains_on_more_than_features_and_never_when_weak() -> None:
    segments = torch.tensor([[CATEGORIES, 2, 2, CATEGORIES]])
    for case in ("avel", "avsdn", "avin", "cmran", "psp", "pfagn"):
        assert network_of(case, "supervised").training_inputs(Labels(torch.tensor([2]), segments)) == {}
    given = network_of("dam", "supervised").training_inputs(Labels(torch.tensor([2]), segments))
    assert given.keys() == {"events"}
    assert given["events"].tolist() == [[False, True, True, False]]
    assert network_of("dam", "weak").training_inputs(Labels(torch.tensor([2]))) == {}
