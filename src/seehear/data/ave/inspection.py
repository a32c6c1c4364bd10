"""What was found when a copy of AVE was looked at: one finding a check, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from seehear.core.errors import Reason, SeehearError
from seehear.data.ave.annotations import Annotations
from seehear.data.ave.splits import Split


class State(StrEnum):
    """How a check ended."""

    RIGHT = "right"
    WRONG = "wrong"
    ABSENT = "absent"
    """The file is not there and nothing that is there needs it."""


@dataclass(frozen=True)
class Finding:
    """One check: what was expected and what was found."""

    file: str
    check: str
    state: State
    expected: str
    found: str
    reason: Reason | None = None
    """Why it is wrong."""

    def line(self) -> str:
        """For people."""
        if self.state is State.RIGHT:
            return f"right   {self.file}: {self.check}: {self.found}"
        return f"{self.state:<7} {self.file}: {self.check}: {self.found}; expected {self.expected}"


@dataclass
class Inspection:
    """All findings of one copy, in the order of the checks."""

    findings: list[Finding] = field(default_factory=list)
    annotations: Annotations | None = None
    """As read, where they could be."""
    split: Split | None = None
    """As read, where it could be and fits the annotations."""

    @property
    def wrong(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.state is State.WRONG]

    @property
    def absent(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.state is State.ABSENT]

    def hold(self, file: str, check: str, expected: object, found: object, reason: Reason = Reason.DAMAGED) -> bool:
        """Note whether what was found is what was expected, and return it."""
        right = expected == found
        state = State.RIGHT if right else State.WRONG
        self.findings.append(Finding(file, check, state, str(expected), str(found), None if right else reason))
        return right

    def none_of(self, file: str, check: str, rows: list[str], reason: Reason = Reason.DAMAGED) -> bool:
        """Note that no row is as `check` says, or which are."""
        shown = ", ".join(rows[:_MOST_SHOWN]) + (f" and {len(rows) - _MOST_SHOWN} more" if rows[_MOST_SHOWN:] else "")
        return self.hold(file, check, "none", shown or "none", reason)

    def missing(self, file: str, why: str, *, wrong: bool = False) -> None:
        """Note that a file is not there."""
        state = State.WRONG if wrong else State.ABSENT
        self.findings.append(Finding(file, "is there", state, why, "absent", Reason.NOT_FOUND if wrong else None))

    @contextmanager
    def reading(self, file: str) -> Iterator[None]:
        """Note an error met in the block as a finding, and go on behind it."""
        try:
            yield
        except SeehearError as error:
            self.findings.append(Finding(file, "can be read", State.WRONG, "yes", str(error), error.reason))

    def text(self) -> str:
        """A line for each finding: what is wrong last, where it is seen."""
        order = [State.RIGHT, State.ABSENT, State.WRONG]
        lines = [finding.line() for finding in sorted(self.findings, key=lambda one: order.index(one.state))]
        counts = ", ".join(f"{sum(one.state is state for one in self.findings)} {state}" for state in order)
        return "\n".join((*lines, counts))

    def to_json(self) -> str:
        """The findings as one JSON object."""
        return json.dumps({"findings": [asdict(finding) for finding in self.findings]}, indent=1) + "\n"


_MOST_SHOWN = 5
