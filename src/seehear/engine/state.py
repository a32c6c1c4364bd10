"""The whole state of a training between two steps, in sealed folders of which the newest valid one wins."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, load_file, save, save_file
from torch import Tensor, nn

from seehear.core.errors import DamagedError, InvalidValueError
from seehear.storage.files import newest_sealed, sealed_folder, storage_errors, write_text

_PARTS = ("weights", "optimizer", "best_weights")
KEPT_STATES = 2
"""How many states stay on disk: the newest and, should its bytes go bad, the one before."""


@dataclass
class State:
    """Everything that the rest of a training depends on, besides its data and settings."""

    weights: dict[str, Tensor]
    optimizer: dict[str, Tensor]
    """Tensors by `parameter/quantity`."""
    best_weights: dict[str, Tensor]
    """Of the epoch that validated best; empty before the first one ends."""
    step: int = 0
    """Steps done."""
    loss_sum: float = 0.0
    """Of the steps done in the epoch under way."""
    history: list[dict[str, float]] = field(default_factory=list)
    """One record for each epoch done: loss, learning rate and validation metrics."""

    def to_bytes(self) -> bytes:
        """For another process of the same training."""
        tensors = {f"{part}/{name}": value for part in _PARTS for name, value in getattr(self, part).items()}
        numbers = json.dumps({"step": self.step, "loss_sum": self.loss_sum, "history": self.history})
        return save({**_owned(tensors), "numbers": torch.frombuffer(bytearray(numbers.encode()), dtype=torch.uint8)})

    @classmethod
    def from_bytes(cls, data: bytes) -> State:
        """Undo :meth:`to_bytes`."""
        tensors = load(data)
        numbers = json.loads(tensors.pop("numbers").numpy().tobytes())
        state = cls({}, {}, {}, **numbers)
        for key, value in tensors.items():
            part, _, name = key.partition("/")
            getattr(state, part)[name] = value
        return state


def save_state(parent: Path, state: State, identity: str) -> None:
    """Seal `state` under `parent` and drop all but the last :data:`KEPT_STATES`. `identity` names the run."""
    with sealed_folder(parent / _name(state.step)) as folder, storage_errors(folder):
        save_file(_owned(state.weights), folder / "weights.safetensors")
        save_file(_owned(state.optimizer), folder / "optimizer.safetensors")
        save_file(_owned(state.best_weights), folder / "best.safetensors")
        numbers = {
            "identity": identity,
            "step": state.step,
            "loss_sum": state.loss_sum,
            "history": state.history,
        }
        write_text(folder / "state.json", json.dumps(numbers, indent=1) + "\n")
    for old in sorted(parent.glob(_name("*")))[:-KEPT_STATES]:
        shutil.rmtree(old, ignore_errors=True)


def load_newest_state(parent: Path, identity: str) -> State | None:
    """The newest valid state of the run `identity`, or `None`; damaged and half-written ones are cleared away.

    Raises :class:`InvalidValueError` when the states belong to another run.
    """
    newest = newest_sealed(parent, _name("*"))
    for folder in [*parent.glob(_name("*")), *parent.glob(f".{_name('*')}")]:
        if newest is None or folder.name > newest.name or folder.name.startswith("."):
            shutil.rmtree(folder, ignore_errors=True)
    if newest is None:
        return None
    try:
        numbers = json.loads((newest / "state.json").read_text())
        tensors = {name: load_file(newest / f"{name}.safetensors") for name in ("weights", "optimizer", "best")}
    except (OSError, ValueError, SafetensorError) as error:
        raise DamagedError(f"{newest} cannot be read: {error}; delete it to resume from the one before") from error
    if numbers["identity"] != identity:
        raise InvalidValueError(
            f"{parent.parent} holds a training with other settings or data; choose another output folder or delete it"
        )
    return State(
        weights=tensors["weights"],
        optimizer=tensors["optimizer"],
        best_weights=tensors["best"],
        step=numbers["step"],
        loss_sum=numbers["loss_sum"],
        history=numbers["history"],
    )


def optimizer_tensors(optimizer: torch.optim.Optimizer, network: nn.Module) -> dict[str, Tensor]:
    """What the optimizer remembers of each parameter, under the parameter's name."""
    return {
        f"{name}/{quantity}": value
        for name, parameter in network.named_parameters()
        for quantity, value in optimizer.state.get(parameter, {}).items()
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, network: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Undo :func:`optimizer_tensors`. Step counts stay on the CPU, where Adam keeps them."""
    parameters = dict(network.named_parameters())
    for key, value in tensors.items():
        name, _, quantity = key.rpartition("/")
        parameter = parameters[name]
        home = "cpu" if quantity == "step" else parameter.device
        optimizer.state[parameter][quantity] = value.clone().to(home)


def _owned(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Copies that share no memory with one another, as safetensors asks."""
    return {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}


def _name(step: int | str) -> str:
    return f"step-{step:09d}" if isinstance(step, int) else f"step-{step}"
