"""The examination: every section in turn, whatever becomes of the one before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module

from seehear.doctor.finding import Examination, Finding, Section, problem

_SECTIONS = {
    "program": "installation",
    "machine": "machine",
    "sandbox": "sandbox",
    "places": "places",
    "weights": "weights",
    "extras": "extras",
    "trial": "trial",
}
"""Title -> the module whose `look` finds it; imported when its turn comes, for each may be what does not work."""


def sections() -> Iterator[Section]:
    """Each section as soon as it has been looked at; raises nothing."""
    for title, module in _SECTIONS.items():
        yield looked(title, lambda module=module: import_module(f"seehear.doctor.{module}").look())


def examination() -> Examination:
    """All of them."""
    return Examination(tuple(sections()))


def looked(title: str, look: Callable[[], Iterable[Finding]]) -> Section:
    """What a look finds; where it fails half-way, what it had found and that it failed."""
    findings: list[Finding] = []
    try:
        findings.extend(finding for finding in look())
    except Exception as error:
        what = f"could not be looked at: {type(error).__name__}: {error}"
        findings.append(problem(title, what, "install seehear again; if this stays, report it with this whole output"))
    return Section(title, tuple(findings))
