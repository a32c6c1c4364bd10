"""Parameters of networks that were published as PyTorch `.pth` files."""

from __future__ import annotations

import pickle

import torch
from torch import Tensor, nn

from seehear.core.errors import Reason, WeightsError
from seehear.features.weights import WeightFile, locate


def read_published(file: WeightFile) -> tuple[dict[str, Tensor], str]:
    """The parameters of a pinned `.pth` file by name, and the SHA-256 of the file.

    Its hash is checked first; then only tensors are read, nothing that a file could run (`weights_only`).
    Raises :class:`WeightsError` where the file cannot be had or is not the pinned one.
    """
    found = locate(file)
    try:
        return torch.load(found.path, map_location="cpu", weights_only=True, mmap=True), found.sha256
    except (pickle.UnpicklingError, RuntimeError, OSError, EOFError, ValueError) as error:
        message = f"{found.path} cannot be read as parameters ({error}); put the file from {file.url} there"
        raise WeightsError(message, Reason.WEIGHTS_DAMAGED) from error


def give_parameters(network: nn.Module, parameters: dict[str, Tensor], name: str) -> None:
    """Set all parameters of `network` by their names; others, such as those of layers left out, are passed over.

    Raises :class:`WeightsError` where one is missing or has another shape.
    """
    for parameter, own in network.state_dict().items():
        given = parameters.get(parameter)
        if given is None or given.shape != own.shape:
            having = "nothing" if given is None else f"shape {tuple(given.shape)}"
            message = f"{name} has {having} for {parameter}, expected shape {tuple(own.shape)}; it is another network"
            raise WeightsError(message, Reason.WEIGHTS_DAMAGED)
        own.copy_(given)
