"""The quick dropout is a dropout."""

from __future__ import annotations

import torch

from seehear.nn.dropout import ReLUDropout


def test_share_is_dropped_and_the_mean_stays():
    torch.manual_seed(4)
    dropped = ReLUDropout(0.2)(torch.ones(500_001))
    share = (dropped == 0).double().mean()
    assert abs(share - 0.2) < 4 * (0.2 * 0.8 / 500_001) ** 0.5
    assert torch.allclose(dropped[dropped > 0], torch.tensor(1.25), rtol=1e-4)


def test_neighbouring_entries_are_dropped_independently():
    torch.manual_seed(4)
    dropped = ReLUDropout(0.5)(torch.ones(400_000)) == 0
    for step in (1, 2, 4):
        both = (dropped[step:] & dropped[:-step]).double().mean()
        assert abs(both - 0.25) < 0.005


def test_negative_entries_are_zero():
    entries = torch.randn(1000)
    assert (ReLUDropout(0.3)(entries)[entries < 0] == 0).all()


def test_gradient_equals_that_of_the_kept_entries():
    torch.manual_seed(4)
    entries = torch.randn(1000, requires_grad=True)
    output = ReLUDropout(0.2)(entries)
    output.sum().backward()
    scale = 65536 / (65536 - round(0.2 * 65536))
    assert torch.allclose(entries.grad, (output > 0) * scale)


def test_same_seed_drops_the_same_and_evaluation_drops_nothing():
    part, entries = ReLUDropout(0.2), torch.randn(333)
    torch.manual_seed(9)
    first = part(entries)
    torch.manual_seed(9)
    second = part(entries)
    assert torch.equal(first, second)
    assert torch.equal(part.eval()(entries), entries.relu())
