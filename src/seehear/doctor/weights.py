"""Which pretrained weights are here, each file compared with its hash. Nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator

from seehear.core.errors import WeightsError
from seehear.doctor.finding import Finding, missing, ok, problem
from seehear.doctor.places import refused
from seehear.features.weights import WEIGHT_FILES, WeightFile, find, weight_folders

_OF_THE_DEFAULT = "light"


def look() -> Iterator[Finding]:
    for extractor, files in WEIGHT_FILES.items():
        for file in files:
            yield _state(extractor, file)


def present(extractor: str) -> bool:
    """Whether all files of an extractor are here and right."""
    try:
        return all(find(file) for file in WEIGHT_FILES[extractor])
    except WeightsError:
        return False


def _state(extractor: str, file: WeightFile) -> Finding:
    try:
        found = find(file)
    except WeightsError as error:
        what, _, step = str(error).partition("; ")
        return problem(extractor, what, step)
    if found:
        return ok(extractor, f"{found.path}, SHA-256 verified")
    folder = weight_folders()[-1]
    fetch = f"seehear weights --fetch {extractor}; without network, put it into {folder} by hand (`seehear weights`)"
    if extractor == _OF_THE_DEFAULT and (refusal := refused(folder)):
        step = "set SEEHEAR_HOME to a folder that holds it or that you may write to"
        return problem(extractor, f"{file.name} is not here, and it cannot be kept in {folder}, which {refusal}", step)
    return missing(extractor, f"{file.name} is not here; it is fetched on first use", fetch)
