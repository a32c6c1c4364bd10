"""What the papers report, to stand beside what is measured here."""

from __future__ import annotations

from dataclasses import dataclass

from seehear.models import MODELS


@dataclass(frozen=True)
class Published:
    """What a paper reports on AVE with VGG-19 and VGGish features, in percent of segments."""

    supervised: float | None
    weak: float | None
    note: str = ""


def _of_system(name: str) -> Published:
    """What the network itself says of its paper."""
    network = MODELS[name]
    notes = ["approximation: no code was published"] if network.approximation else []
    notes += [network.paper.footnote] if network.paper.footnote else []
    return Published(network.paper.supervised_accuracy, network.paper.weak_accuracy, "; ".join(notes))


_PFAGN = "PFAGN paper"
PUBLISHED: dict[str, Published] = {
    **{name: _of_system(name) for name in MODELS},
    "no motion": Published(76.841, 72.488, f"CMRAN as run by the {_PFAGN}"),
    "RNN": Published(76.692, 72.355),
    "ME": Published(77.313, 72.910),
    "MS": Published(None, None, f"discussed in the {_PFAGN}, not in its tables"),
    "pf-ME": Published(77.488, 73.532),
    "pf-ME + temporal attention": Published(78.458, 73.159),
    **dict.fromkeys(
        ("rectified pf-ME + temporal attention", "steady + temporal attention"),
        Published(None, None, f"beyond the {_PFAGN}, with the parameters of pf-ME"),
    ),
}
"""Accuracies of the tables of the papers, by name of the row."""
