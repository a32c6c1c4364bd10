"""Published checkpoints as networks of ours: one table of names per network.

Sizes are read off the shapes of the published parameters. What a release carries without ever using it is dropped,
and listed in `dropped`.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from seehear.core.errors import DamagedError, InvalidValueError, Reason, StorageError, UnknownNameError
from seehear.models.network import Network
from seehear.models.options import SUPERVISIONS
from seehear.models.published_names import PUBLISHED, Shapes
from seehear.models.zoo import build
from seehear.storage.files import storage_errors


def load_published(name: str, supervision: str, state_dict: Mapping[str, Tensor]) -> Network:
    """Our network with the parameters of a published checkpoint, in eval mode, in their precision.

    `name` is one of `PUBLISHED`; parameter names may carry the `module.` of data-parallel training. Parameters
    listed in `PUBLISHED[name].dropped` are ignored. Raises UnknownNameError for an unknown name, InvalidValueError
    naming every parameter that is missing, unknown or of the wrong shape.
    """
    if name not in PUBLISHED:
        raise UnknownNameError("published network", name, tuple(PUBLISHED))
    if supervision not in SUPERVISIONS:
        raise UnknownNameError("supervision", supervision, SUPERVISIONS)
    given = {key.removeprefix("module."): tensor.detach() for key, tensor in state_dict.items()}
    network = _of_published_size(name, supervision, {key: tuple(tensor.shape) for key, tensor in given.items()})
    needed = {PUBLISHED[name].spelled(ours): ours for ours in network.state_dict()}
    _check_names(name, set(given), set(needed))
    weights = {ours: _without_kernel_axes(given[theirs]).clone() for theirs, ours in needed.items()}
    _check_shapes(name, network, weights)
    network.load_state_dict(weights, assign=True)
    return network.requires_grad_(True).eval()


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """The tensors of a `.safetensors`, `.pt`, `.pth` or `.pth.tar` file, taken out of `state_dict` or `model` keys.

    Only tensors and plain containers are read; a file that asks for anything else is refused, never run.
    Raises StorageError where the file cannot be read and DamagedError where it holds no such tensors.
    """
    path = Path(path)
    if not path.is_file():
        raise StorageError(f"{path} is not a file; give the published checkpoint", Reason.NOT_FOUND)
    try:
        with storage_errors(path, "read"):
            if path.suffix == ".safetensors":
                return load_file(path)
            record = torch.load(path, map_location="cpu", weights_only=True)
    except StorageError:
        raise
    except Exception as error:  # a damaged file can break its readers in any way
        raise DamagedError(f"{path} is not a checkpoint of plain tensors; fetch it again from its source") from error
    for key in ("state_dict", "model", "model_state_dict"):
        if isinstance(record, dict) and isinstance(record.get(key), dict):
            record = record[key]
    if not isinstance(record, dict) or not all(isinstance(value, Tensor) for value in record.values()):
        raise DamagedError(f"{path} holds no state dict: names with tensors")
    return dict(record)


def _of_published_size(name: str, supervision: str, shapes: Shapes) -> Network:
    """The network without memory for its weights; of the paper's sizes where the shapes do not tell."""
    published = PUBLISHED[name]
    background_row = supervision == "weak" or published.background_row_when_supervised
    with torch.device("meta"):
        try:
            sizes = published.sizes(shapes)
            sizes["categories"] = shapes[f"{published.category_layer}.weight"][0] - background_row
            return build(published.architecture, supervision=supervision, **sizes, **published.fixed)
        except (KeyError, IndexError, ValueError):
            return build(published.architecture, supervision=supervision, categories=28, **published.fixed)


def _check_names(name: str, given: set[str], needed: set[str]) -> None:
    dropped = PUBLISHED[name].dropped
    if missing := sorted(needed - given):
        raise InvalidValueError(f"this is no published {name}: it lacks {', '.join(missing)}")
    foreign = sorted(key for key in given - needed if not any(fnmatchcase(key, pattern) for pattern in dropped))
    if foreign:
        raise InvalidValueError(f"this is no published {name}: it holds {', '.join(foreign)}, which {name} has not")


def _check_shapes(name: str, network: Network, weights: dict[str, Tensor]) -> None:
    expected = {ours: tuple(tensor.shape) for ours, tensor in network.state_dict().items()}
    faults = [
        f"{PUBLISHED[name].spelled(ours)} has shape {tuple(tensor.shape)}, expected {expected[ours]}"
        for ours, tensor in weights.items()
        if tuple(tensor.shape) != expected[ours]
    ]
    if faults:
        raise InvalidValueError(f"this is no published {name}: {'; '.join(faults)}")


def _without_kernel_axes(tensor: Tensor) -> Tensor:
    """A 1x1 convolution's kernel as the linear layer it is."""
    return tensor[:, :, 0, 0] if tensor.ndim == 4 and tensor.shape[2:] == (1, 1) else tensor
