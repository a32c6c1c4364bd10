"""Agreement with learned numbers in place of chosen ones, shipped with the package: sealed folders under `shipped/`.

T segments, C groups.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from seehear.core.errors import DamagedError, InvalidValueError, NotFiniteError
from seehear.core.labels import Categories
from seehear.core.time import Grid
from seehear.core.values import Features, Scores
from seehear.models.agreement import WINDOW_SEGMENTS, Agreement
from seehear.models.checkpoint import CARD_FILE, WEIGHTS_FILE, read_weights
from seehear.models.witnesses import Witnesses, WitnessOptions
from seehear.storage.files import sealed_folder, storage_errors, verify_sealed

SHIPPED_FOLDER = Path(__file__).with_name("shipped")
FORMAT = "learned agreement 1"


@dataclass(frozen=True)
class LearnedCard:
    """What a learned agreement is, where it comes from and what it reached: the `model.json` beside the weights."""

    name: str
    summary: str
    """One sentence for a list."""
    extractor: str
    fingerprint: str
    """Of that extractor; its class scores are what was learned from."""
    options: dict[str, Any]
    """Of :class:`WitnessOptions`."""
    attribution: list[str] = field(default_factory=list)
    """Whose photos and sounds it was taught with, and under which licence."""
    provenance: dict[str, Any] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)
    """By what it was tried on; the sentences of the card's page stand on these."""


class LearnedAgreement:
    """Scores a segment for a group of everyday things by two witnesses, as :class:`Agreement`, with learned numbers.

    `agreement` says what each witness says of which groups; of its settings only those of "Music" count.
    """

    def __init__(self, network: Witnesses, agreement: Agreement, card: LearnedCard | None = None) -> None:
        self.network = network.eval()
        self.agreement = agreement
        self.card = card
        self.window_segments = WINDOW_SEGMENTS

    @property
    def categories(self) -> Categories:
        return self.agreement.categories

    @property
    def grid(self) -> Grid:
        return self.agreement.grid

    def score(self, stretches: list[Features]) -> list[Scores]:
        """The scores of each stretch, in order; a segment's depend on itself and its neighbours within reach.

        `details` holds the evidence, `seen` [T,C] as the eye remembers it and `heard` [T,C], in 0..1. Raises as
        :meth:`Agreement.score`.
        """
        return [self._score(features) for features in stretches]

    def _score(self, features: Features) -> Scores:
        seen, heard, music = self.agreement.evidence(features)
        if not np.isfinite(features.visual).all():
            raise NotFiniteError(f"features from segment {features.first_segment} on are not finite")
        looks = torch.from_numpy(features.visual.mean(axis=(1, 2), dtype=np.float32))  # (T,D)
        with torch.inference_mode():
            remembered = self.network.remember(_tensor(seen), looks, torch.from_numpy(features.has_picture)).numpy()
            heard = self.agreement.heard_or_music(remembered, heard, music)
            events = self.network(torch.from_numpy(remembered), _tensor(heard)).sigmoid().numpy()
        return Scores(
            grid=features.grid,
            categories=self.categories,
            events=np.where(features.missing[:, None], np.float32(0), events),
            missing=features.missing,
            details={"seen": remembered, "heard": heard.astype(np.float32)},
        )


def _tensor(evidence: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(evidence.astype(np.float32))


def save_learned(folder: Path, network: Witnesses, card: LearnedCard) -> None:
    """Write the numbers, in half precision, and their card as a new sealed folder.

    Raises InvalidValueError where the card holds what JSON cannot, StorageError where the folder cannot be written.
    """
    weights = {name: value.detach().to(torch.float16).clone() for name, value in network.state_dict().items()}
    try:
        text = json.dumps({"format": FORMAT, **asdict(card)}, indent=2, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidValueError(f"the card holds what JSON cannot: {error}") from error
    with sealed_folder(folder) as temporary:
        (temporary / CARD_FILE).write_text(f"{text}\n")
        save_file(weights, temporary / WEIGHTS_FILE)


def load_learned(folder: Path) -> tuple[Witnesses, LearnedCard]:
    """The numbers of a sealed folder and their card. Raises DamagedError where its bytes are not what was written."""
    verify_sealed(folder, needed=(CARD_FILE, WEIGHTS_FILE))
    card = read_learned_card(folder)
    network = Witnesses(WitnessOptions(**card.options))
    weights = {name: value.float() for name, value in read_weights(folder / WEIGHTS_FILE).items()}
    shapes = {name: value.shape for name, value in network.state_dict().items()}
    if {name: value.shape for name, value in weights.items()} != shapes:
        raise DamagedError(f"{folder}: the weights are not those of {CARD_FILE}; restore it from a copy")
    network.load_state_dict(weights)
    return network.eval(), card


def read_learned_card(folder: Path) -> LearnedCard:
    """The card alone. Raises DamagedError for anything else than a card."""
    path = folder / CARD_FILE
    try:
        with storage_errors(path, "read"):
            record = json.loads(path.read_text())
        if record.pop("format") != FORMAT:
            raise ValueError("it is of another format")
        return LearnedCard(**record)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedError(f"{path} is no card of a learned agreement: {error}; restore it from a copy") from error


def shipped() -> dict[str, LearnedCard]:
    """The cards of the models that come with the package, by name. Nothing but cards is read."""
    folders = sorted(path.parent for path in SHIPPED_FOLDER.glob(f"*/{CARD_FILE}"))
    return {folder.name: read_learned_card(folder) for folder in folders}
