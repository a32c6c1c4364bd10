"""What networks there are: who published them, what they cost, what they reached, and how far ours is theirs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import torch
from torch.utils.flop_counter import FlopCounterMode

from seehear.core.labels import AVE_28
from seehear.models import MODELS, PUBLISHED, Network, build
from seehear.models.learned_agreement import shipped

AVE_VISUAL = (1, 10, 7, 7, 512)
"""One clip of AVE as the networks are given it: (B,T,H,W,Dv)."""
AVE_AUDIO = (1, 10, 128)
"""(B,T,Da)"""


@dataclass(frozen=True)
class Resident:
    """One network of the zoo, with the paper's sizes and the 28 categories of AVE."""

    name: str
    """As in `MODELS`."""
    system: str
    authors: str
    year: int
    venue: str
    supervision: str
    parameters: int
    operations_per_clip: int
    """Multiplications and additions of matrix products and convolutions for one clip of AVE, a product-and-sum
    counting as two; what works entry by entry is not counted."""
    supervised_percent: float | None
    """Published accuracy on AVE; `None` where the paper reports none."""
    weak_percent: float | None
    footnote: str
    approximation: bool
    """No code was published: the network follows a description and cannot be checked by numbers."""
    reference: str
    """Whose code ours gives the same numbers as; empty for an approximation."""
    published_formats: tuple[str, ...]
    """Names by which :func:`seehear.models.load_published` takes its published checkpoints."""


def residents(supervision: str = "supervised") -> list[Resident]:
    """Every network of `MODELS`, in its order. Nothing is computed and no memory is taken for weights.

    Raises InvalidValueError for a supervision that is neither `supervised` nor `weak`.
    """
    return [_resident(name, supervision) for name in MODELS]


def _resident(name: str, supervision: str) -> Resident:
    with torch.device("meta"):
        network = build(name, categories=len(AVE_28), supervision=supervision).eval()
    paper = network.paper
    return Resident(
        name=name,
        system=paper.system,
        authors=paper.authors,
        year=paper.year,
        venue=paper.venue,
        supervision=supervision,
        parameters=sum(weight.numel() for weight in network.parameters()),
        operations_per_clip=operations_per_clip(network),
        supervised_percent=paper.supervised_accuracy,
        weak_percent=paper.weak_accuracy,
        footnote=paper.footnote,
        approximation=network.approximation,
        reference=paper.reference,
        published_formats=tuple(key for key, published in PUBLISHED.items() if published.architecture == name),
    )


def operations_per_clip(network: Network) -> int:
    """What :attr:`Resident.operations_per_clip` says, of a network with 512 and 128 channels on the meta device."""
    visual, audio = torch.empty(AVE_VISUAL, device="meta"), torch.empty(AVE_AUDIO, device="meta")
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        network(visual, audio)
    return counter.get_total_flops()


def zoo_json(zoo: Sequence[Resident]) -> str:
    """One JSON object."""
    return json.dumps({"networks": [asdict(resident) for resident in zoo]}, indent=1) + "\n"


def zoo_text(zoo: Sequence[Resident]) -> str:
    """A table for a terminal, with footnotes."""
    heads = ("network", "paper", "year", "parameters", "operations", "supervised", "weak", "ours is")
    notes = [resident for resident in zoo if resident.footnote]
    rows = [heads, *(_cells(resident, notes) for resident in zoo)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    lines = [_aligned(row, widths) for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    supervision = zoo[0].supervision if zoo else "supervised"
    lines += [
        "",
        f"Parameters and operations: {supervision}, 28 categories; operations in 10^9 for one clip of AVE",
        "(10 segments, 7 x 7 x 512 and 128 channels), a product and its sum counting as two.",
        "Accuracies: percent of segments on AVE, as published.",
        "exact: the same numbers as that code, to 1e-9. approximation: no code was published to compare with.",
        *(f"[{number}] {resident.system}: {resident.footnote}." for number, resident in enumerate(notes, 1)),
    ]
    return "\n".join(lines) + "\n"


def shipped_text() -> str:
    """The models that come with the package, for a terminal; empty where none does."""
    cards = shipped()
    width = max(map(len, cards), default=0)
    lines = [f"{name:{width}}  {card.summary}" for name, card in cards.items()]
    return "\n".join(["Trained models that come with the package (--model NAME):", *lines]) + "\n" if cards else ""


def _cells(resident: Resident, notes: Sequence[Resident]) -> tuple[str, ...]:
    mark = f" [{notes.index(resident) + 1}]" if resident in notes else ""
    return (
        resident.name,
        f"{resident.authors}, {resident.venue}{mark}",
        str(resident.year),
        f"{resident.parameters:,}",
        f"{resident.operations_per_clip / 1e9:.3f}",
        _percent(resident.supervised_percent),
        _percent(resident.weak_percent),
        "approximation" if resident.approximation else f"exact: {resident.reference}",
    )


def _percent(accuracy: float | None) -> str:
    return "-" if accuracy is None else f"{accuracy:.1f} %"


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Words to the left, numbers to the right."""
    numbers = range(2, 7)
    padded = [
        cell.rjust(width) if column in numbers else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(padded).rstrip()
