"""Which set chooses the epoch that is kept: said with every result, for the two ways are not comparable."""

from __future__ import annotations

from dataclasses import dataclass

from seehear.core.errors import InvalidValueError, UnknownNameError

MEASURES = {"accuracy": "segment accuracy", "clip_loss": "loss on clip categories"}
"""What an epoch can be chosen by."""


@dataclass(frozen=True)
class Protocol:
    """A way to choose the epoch, and how it is called wherever its numbers stand."""

    name: str
    judge: str
    """The set that chooses: `validation` or `test`."""
    mark: str = ""
    """Stands behind the names of metrics on a set that is no fresh one any more."""
    weak_measure: str = "clip_loss"
    """What chooses the epoch of weak training unless said otherwise; of supervised training it is the accuracy."""

    def measure(self, supervision: str) -> str:
        """What chooses the epoch where nothing else is said, as in :data:`MEASURES`."""
        return self.weak_measure if supervision == "weak" else "accuracy"

    def metric(self, measure: str) -> str:
        """The name under which history, record and model card keep a measure on the set that chooses."""
        return f"{self.judge}_{measure}{self.mark}"

    def label(self, measure: str) -> str:
        """One sentence part for records, captions and cards."""
        label = f"{self.name}: the epoch is chosen on {self.judge} by {MEASURES[measure]}"
        return f"{label}, as several published systems did" if self.mark else label

    def refuse_other(self, **sets: object | None) -> None:
        """Raise :class:`InvalidValueError` unless the set that chooses, and none but it, is given (not `None`)."""
        if sets[self.judge] is None:
            raise InvalidValueError(f"protocol {self.name} chooses the epoch on {self.judge}: give that set")
        if others := [name for name, given in sets.items() if name != self.judge and given is not None]:
            raise InvalidValueError(
                f"protocol {self.name} chooses the epoch on {self.judge} and must not be given {', '.join(others)}: "
                "leave it out, or choose the other protocol"
            )


STRICT = Protocol("strict", judge="validation")
PAPER = Protocol("paper", judge="test", mark=" (chosen on)", weak_measure="accuracy")
PROTOCOLS = {protocol.name: protocol for protocol in (STRICT, PAPER)}


def protocol_named(name: str) -> Protocol:
    """Raises :class:`UnknownNameError`, listing the known ones."""
    if name not in PROTOCOLS:
        raise UnknownNameError("protocol", name, list(PROTOCOLS))
    return PROTOCOLS[name]
