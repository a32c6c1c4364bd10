"""What is kept of a video once it is done: its item without the scores, and where its results lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from seehear.core.errors import Reason
from seehear.report.reading import read_item
from seehear.report.result import Item, printable

THUMBNAILS = "thumbnails"
"""Among the outputs of a video that has a page: its contact sheet, and the folder of all of them."""
PASSING = frozenset(
    {
        Reason.NOT_FOUND,
        Reason.NOT_A_FILE,
        Reason.NOT_PERMITTED,
        Reason.TIMED_OUT,
        Reason.DECODER_CRASHED,
        Reason.WORKER_CRASHED,
    }
)
"""Reasons that lie in the circumstances rather than in a file's bytes: next time it may go better."""


@dataclass(frozen=True, slots=True)
class Row:
    """One video in the journal and in the summary."""

    item: Item
    """Times to the millisecond, scores to four decimals."""
    stem: str
    """What the names of its results begin with, relative to the output folder."""
    outputs: Mapping[str, str] = field(default_factory=dict)
    """Format -> file, relative to the output folder; the contact sheet as well."""

    @property
    def settled(self) -> bool:
        """Whether doing it again could only come to the same."""
        return self.item.reason not in PASSING

    def as_dict(self) -> dict[str, Any]:
        """JSON values: those of the item without its segments, the message for people, and the outputs."""
        values = replace(self.item, scores=None).as_dict()
        del values["segments"]
        return {**values, "message": printable(self.item.message), "stem": self.stem, "outputs": dict(self.outputs)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Row:
        """What :meth:`as_dict` said. Raises ValueError, KeyError, TypeError and others where it did not say this."""
        item = read_item({"segments": None, **values})
        return cls(replace(item, message=str(values["message"])), str(values["stem"]), dict(values["outputs"]))
