"""What the papers report, to stand beside what is measured here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """What a paper reports on AVE with VGG-19 and VGGish features, in percent of segments."""

    supervised: float | None
    weak: float | None
    note: str = ""


_PFAGN = "PFAGN paper"
PUBLISHED: dict[str, Published] = {
    "avel": Published(72.7, 66.7),
    "avin": Published(75.2, 69.4, "approximation: no code was published. The tables cite DAM's reference number here"),
    "avsdn": Published(75.4, 74.2, "published figures are with ResNet-152 features"),
    "dam": Published(None, None, "approximation: no code was published"),
    "cmran": Published(77.4, 72.9, f"as run again by the {_PFAGN}: 76.8 / 72.5"),
    "psp": Published(77.8, 73.5),
    "pfagn": Published(78.5, 73.5, "weak figure without temporal attention"),
    "no motion": Published(76.841, 72.488, f"CMRAN as run by the {_PFAGN}"),
    "RNN": Published(76.692, 72.355),
    "ME": Published(77.313, 72.910),
    "MS": Published(None, None, f"discussed in the {_PFAGN}, not in its tables"),
    "pf-ME": Published(77.488, 73.532),
    "pf-ME + temporal attention": Published(78.458, 73.159),
}
"""Accuracies of the tables of the papers, by name of the row."""
