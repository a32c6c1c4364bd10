"""What the doctor says: findings, each in one of three states, and what to do about those that are not well."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum

SCHEMA_VERSION = 1


class State(StrEnum):
    OK = "ok"
    MISSING = "missing"
    """Not there, and not needed for the core: an extra, weights that are fetched on first use, a further fence."""
    PROBLEM = "problem"
    """Something required does not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. What is missing or a problem has a next step."""

    name: str
    state: State
    value: str
    next_step: str = ""

    def __post_init__(self) -> None:
        if self.state is not State.OK and not self.next_step:
            raise ValueError(f"{self.name} is {self.state} without a next step")


def ok(name: str, value: str) -> Finding:
    return Finding(name, State.OK, value)


def missing(name: str, value: str, next_step: str) -> Finding:
    return Finding(name, State.MISSING, value, next_step)


def problem(name: str, value: str, next_step: str) -> Finding:
    return Finding(name, State.PROBLEM, value, next_step)


@dataclass(frozen=True, slots=True)
class Section:
    """Findings of one kind."""

    title: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Examination:
    """All sections."""

    sections: tuple[Section, ...]

    @property
    def problems(self) -> tuple[Finding, ...]:
        findings = (finding for section in self.sections for finding in section.findings)
        return tuple(finding for finding in findings if finding.state is State.PROBLEM)

    def to_json(self) -> str:
        """`{"schema_version", "works", "sections": [{"title", "findings": [{"name", "state", "value", ...}]}]}`."""
        sections = [asdict(section) for section in self.sections]
        facts = {"schema_version": SCHEMA_VERSION, "works": not self.problems, "sections": sections}
        return json.dumps(facts, indent=1)
