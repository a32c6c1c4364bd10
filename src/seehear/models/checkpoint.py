"""A trained network in a sealed folder that says everything needed to use it: `model.json` and `weights.safetensors`.

Nothing is unpickled. A description is believed only as far as the weights beside it agree: the network is laid out
without memory first, and every parameter must be there in its shape before any is taken.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from seehear.core.errors import DamagedError, InvalidValueError, NotFiniteError, Reason, SeehearError, StorageError
from seehear.core.inputs import FEATURES, INPUTS
from seehear.core.labels import Categories
from seehear.core.time import Grid
from seehear.models.calibration import Calibration
from seehear.models.network import Network
from seehear.models.options import LARGEST_COUNT, SUPERVISIONS
from seehear.models.zoo import build
from seehear.storage.files import MANIFEST, sealed_folder, storage_errors, verify_sealed
from seehear.storage.hub import fetch_folder, is_hub_name

CARD_FILE = "model.json"
WEIGHTS_FILE = "weights.safetensors"
LARGEST_BYTES = {CARD_FILE: 4 << 20, WEIGHTS_FILE: 1 << 30, MANIFEST: 1 << 20}
"""All files of a model, and no more than this is ever fetched of each."""
FORMAT = 1
_LATER = {"inputs", "calibration"}  # fields that cards written before them lack
_ELSEWHERE = ("name", "categories", "supervision")  # options with a field of their own on the card


@dataclass(frozen=True)
class ModelCard:
    """What a network is, what it was made for and where it comes from. Raises InvalidValueError for a bad field."""

    architecture: str
    """Name in `MODELS`."""
    options: dict[str, Any]
    """What :func:`build` is given besides the name, the number of categories and the supervision."""
    categories: Categories
    hop_seconds: float
    """Length of a segment."""
    window_segments: int
    """Segments of a training clip: what the network is shown at once."""
    extractor: str
    """Name in `EXTRACTORS`."""
    fingerprint: str
    """Of that extractor."""
    supervision: str
    provenance: dict[str, Any] = field(default_factory=dict)
    """How it was trained: recipe, seed, data, versions. JSON values."""
    metrics: dict[str, Any] = field(default_factory=dict)
    """What it reached, by name. JSON values, every number finite."""
    inputs: str = FEATURES
    """How features enter the network, as in `INPUTS`."""
    calibration: Calibration = field(default_factory=Calibration)
    """What its scores have to go through."""

    def __post_init__(self) -> None:
        for name in ("architecture", "extractor", "fingerprint", "supervision"):
            if not isinstance(value := getattr(self, name), str) or not value:
                raise InvalidValueError(f"{name} must be a text that is not empty, not {value!r}")
        for name in ("options", "provenance", "metrics"):
            if not isinstance(value := getattr(self, name), dict):
                raise InvalidValueError(f"{name} must be a mapping, not {value!r}")
        if self.inputs not in INPUTS:
            raise InvalidValueError(f"inputs must be one of {', '.join(INPUTS)}, not {self.inputs!r}")
        if misplaced := [name for name in self.options if name in _ELSEWHERE or not isinstance(name, str)]:
            raise InvalidValueError(f"{misplaced} cannot be among the options of a card")
        if self.supervision not in SUPERVISIONS:
            raise InvalidValueError(f"supervision must be one of {', '.join(SUPERVISIONS)}, not {self.supervision!r}")
        if isinstance(self.hop_seconds, bool) or not isinstance(self.hop_seconds, int | float):
            raise InvalidValueError(f"hop_seconds must be a number, not {self.hop_seconds!r}")
        Grid(self.hop_seconds)
        segments = self.window_segments
        if isinstance(segments, bool) or not isinstance(segments, int) or not 1 <= segments <= LARGEST_COUNT:
            raise InvalidValueError(f"window_segments must be a whole number of at least 1, not {segments!r}")
        if not len(self.categories):
            raise InvalidValueError("a model needs at least one category")

    @property
    def grid(self) -> Grid:
        """The grid of segments the network was trained on."""
        return Grid(self.hop_seconds)

    @classmethod
    def of(cls, network: Network, **facts: Any) -> ModelCard:
        """The card of a network: architecture, options and supervision are read off it, the other fields given."""
        options = {name: value for name, value in asdict(network.options).items() if name not in _ELSEWHERE}
        return cls(architecture=network.name, supervision=network.options.supervision, options=options, **facts)

    def build(self) -> Network:
        """A new network of this description, untrained."""
        return build(self.architecture, categories=len(self.categories), supervision=self.supervision, **self.options)


def save_checkpoint(folder: Path, network: Network, card: ModelCard) -> None:
    """Write a network and its card as a new sealed folder.

    Raises InvalidValueError where the card describes another network or holds what JSON cannot,
    NotFiniteError where a weight is NaN or infinite, StorageError where the folder cannot be written.
    """
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    if broken := [name for name, tensor in weights.items() if not tensor.isfinite().all()]:
        raise NotFiniteError(f"weights are not finite: {', '.join(broken)}; nothing was saved")
    if fault := _disagreement(_layout(card), weights):
        raise InvalidValueError(f"the card does not describe this network: {fault}")
    text = _card_text(card)
    with sealed_folder(folder) as temporary:
        (temporary / CARD_FILE).write_text(text)
        save_file(weights, temporary / WEIGHTS_FILE)


def model_folder(model: str | Path, *, offline: bool = False) -> Path:
    """The folder of a saved model: a path, or what `org/name` or `org/name@revision` is on the Hugging Face hub.

    A folder that is here wins over a name of the hub. `offline` takes what the hub's cache holds and asks nobody.
    Raises StorageError where there is no such folder and it is no name of the hub either, else as `fetch_folder`.
    """
    folder = Path(model)
    if folder.is_dir():
        return folder
    if is_hub_name(str(model)) and not folder.exists():
        return fetch_folder(str(model), LARGEST_BYTES, offline=offline)
    raise StorageError(f"{model} is not a folder; give the folder of a saved model, or org/name", Reason.NOT_FOUND)


def load_checkpoint(model: str | Path, *, offline: bool = False) -> tuple[Network, ModelCard]:
    """The network of a sealed folder, given as for :func:`model_folder`, in eval mode on the CPU, and its card.

    Raises StorageError where there is no such folder, DamagedError where its bytes are not what was written or
    weights and card disagree, UnknownNameError or InvalidValueError where the card asks for what we do not have.
    """
    folder = model_folder(model, offline=offline)
    verify_sealed(folder, needed=(CARD_FILE, WEIGHTS_FILE))
    card = read_card(folder)
    weights = read_weights(folder / WEIGHTS_FILE)
    network = _layout(card)
    if fault := _disagreement(network, weights):
        raise DamagedError(f"{folder}: the weights are not those of {CARD_FILE}: {fault}")
    network.load_state_dict(weights, assign=True)
    return network.requires_grad_(True).eval(), card


def read_card(folder: Path) -> ModelCard:
    """The card of a saved model, without its weights. Raises as :func:`load_checkpoint`."""
    path = Path(folder) / CARD_FILE
    try:
        with storage_errors(path, "read"):
            record = json.loads(path.read_text(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise DamagedError(f"{path} is not a model description: {error}; restore it from a copy") from error
    names = {item.name for item in fields(ModelCard)} | {"format"}
    if not isinstance(record, dict) or not names - _LATER <= set(record) <= names:
        found = ", ".join(sorted(record)) if isinstance(record, dict) else type(record).__name__
        raise DamagedError(f"{path} must have the fields {', '.join(sorted(names))}, not {found}")
    if record.pop("format") != FORMAT:
        raise InvalidValueError(f"{path} is of another format than {FORMAT}; update seehear to read it")
    categories = record.pop("categories")
    if not isinstance(categories, list) or not all(isinstance(name, str) for name in categories):
        raise InvalidValueError(f"{path}: categories must be a list of names")
    try:
        calibration = Calibration.from_json(record.pop("calibration", {}))
        return ModelCard(categories=Categories(tuple(categories)), calibration=calibration, **record)
    except SeehearError as error:
        raise type(error)(f"{path}: {error}") from error


def _card_text(card: ModelCard) -> str:
    record = {item.name: getattr(card, item.name) for item in fields(card)}
    record |= {"format": FORMAT, "categories": list(card.categories), "calibration": card.calibration.to_json()}
    try:
        return json.dumps(record, indent=2, sort_keys=True, allow_nan=False) + "\n"
    except (TypeError, ValueError) as error:
        raise InvalidValueError(f"the card holds what JSON cannot: {error}") from error


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is not a finite number")


def _layout(card: ModelCard) -> Network:
    """The described network without memory for its weights, so that a boundless description costs nothing."""
    with torch.device("meta"):
        return card.build()


def _disagreement(network: Network, weights: dict[str, Tensor]) -> str | None:
    """The first thing in which weights differ from what a network needs, or `None`."""
    needed = network.state_dict()
    if missing := sorted(needed.keys() - weights.keys()):
        return f"{', '.join(missing)} missing"
    if foreign := sorted(weights.keys() - needed.keys()):
        return f"{', '.join(foreign)} unknown"
    for name, tensor in needed.items():
        if weights[name].shape != tensor.shape:
            return f"{name} has shape {tuple(weights[name].shape)}, expected {tuple(tensor.shape)}"
    return None


def read_weights(path: Path) -> dict[str, Tensor]:
    try:
        with storage_errors(path, "read"):
            weights = load_file(path)
    except SafetensorError as error:
        raise DamagedError(f"{path} is damaged: {error}; restore it from a copy") from error
    for name, tensor in weights.items():
        if not tensor.is_floating_point() or not math.isfinite(tensor.double().abs().sum().item()):
            raise DamagedError(f"{path}: {name} does not hold finite numbers; restore it from a copy")
    return weights
