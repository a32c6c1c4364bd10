"""What a run computes with, and that it is given back."""

from __future__ import annotations

import os

import pytest
import torch

from seehear.core.errors import InvalidValueError, UnknownNameError
from seehear.engine.device import Compute, seed_randomness


def test_unsaid_threads_are_the_cores_this_process_may_use() -> None:
    assert Compute("cpu").resolved().threads == len(os.sched_getaffinity(0))


def test_threads_are_pinned_within_the_block_and_given_back() -> None:
    before = torch.get_num_threads()
    with Compute("cpu", threads=before + 1).resolved().applied() as device:
        assert torch.get_num_threads() == before + 1
        assert device == torch.device("cpu")
    assert torch.get_num_threads() == before


def test_random_numbers_are_a_function_of_seed_and_step() -> None:
    def drawn(seed: int, step: int) -> float:
        with Compute("cpu", threads=1).applied():
            seed_randomness(seed, step)
            return torch.rand(()).item()

    assert drawn(1, 2) == drawn(1, 2)
    assert len({drawn(1, 2), drawn(2, 1), drawn(1, 3), drawn(2, 2)}) == 4


@pytest.mark.parametrize("wrong", [Compute("gpu"), Compute("cpu", precision="half")])  # type: ignore[arg-type]
def test_an_unknown_device_or_precision_lists_the_known_ones(wrong: Compute) -> None:
    with pytest.raises(UnknownNameError, match="known:"):
        wrong.resolved()


def test_no_threads_are_refused() -> None:
    with pytest.raises(InvalidValueError, match="1 or more"):
        Compute("cpu", threads=0).resolved()


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_missing_gpu_says_what_to_choose_instead() -> None:
    with pytest.raises(InvalidValueError, match="cpu or auto"):
        Compute("cuda").resolved()
