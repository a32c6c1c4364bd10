"""Labels as an ELAN document (`.eaf`): a tier whose annotations name categories, or a tier a category.

Where several tiers hold annotations, the one called `events` is read, or, as our own results are written, all if each
is called what its annotations say. pympi-ling reads the document; what it cannot take is refused first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from pympi.Elan import Eaf

from seehear.core.errors import InvalidValueError
from seehear.core.timeline import Event
from seehear.data.folder.label import Reading, checked_event, label_text

TIER = "events"
_MOST_NAMED = 5
_NUMBER_BEHIND = re.compile(r" \(\d+\)$")


def read_elan(path: Path, name: str) -> Reading:
    """Every annotation as a label and every wrong one as a problem. `name` is what the file is called in messages.

    Raises StorageError where the file cannot be read at all.
    """
    reading = Reading()
    with reading.at(name):
        document = _document(path)
        reading.media = tuple(_media(document))
        for tier in _tiers(document):
            for number, annotation in document.tiers[tier][0].items():
                where = f"{name} tier {tier!r} annotation {number}"
                with reading.at(where):
                    reading.take(where, _event(document, annotation))
    return reading


def _document(path: Path) -> Eaf:
    text = label_text(path)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise InvalidValueError("it declares entities, which no document of ELAN does; save it again in ELAN")
    try:
        return Eaf(str(path), suppress_version_warning=True)
    except Exception as error:  # pympi lets whatever a damaged document causes through
        raise InvalidValueError(f"it is no document of ELAN ({error!r:.80}); save it again in ELAN") from error


def _media(document: Eaf) -> Iterator[str]:
    """File names of the linked media."""
    for media in document.media_descriptors:
        if media.get("TIME_ORIGIN", "0") not in ("0", ""):
            raise InvalidValueError(
                f"its media are shifted by {media['TIME_ORIGIN']} ms; set the media offset to 0 in ELAN and shift the "
                "annotations instead"
            )
        for key in ("RELATIVE_MEDIA_URL", "MEDIA_URL"):
            if url := media.get(key):
                yield PurePosixPath(unquote(url).replace("\\", "/")).name


def _tiers(document: Eaf) -> list[str]:
    """The tiers that name categories; none where nothing is annotated."""
    called = [tier for tier in document.tiers if tier.casefold() == TIER]
    tiers = called or [tier for tier, (aligned, attached, *_) in document.tiers.items() if aligned or attached]
    if len(tiers) > 1 and not all(_is_of_one_category(document, tier) for tier in tiers):
        names = ", ".join(repr(tier) for tier in tiers[:_MOST_NAMED])
        raise InvalidValueError(
            f"{len(tiers)} of its tiers hold annotations ({names}); call the one that names categories {TIER!r}"
        )
    for tier in tiers:
        if document.tiers[tier][1]:
            raise InvalidValueError(
                f"the annotations of tier {tier!r} hang on another tier and have no times of their own; "
                "copy them to an independent tier"
            )
    return tiers


def _is_of_one_category(document: Eaf, tier: str) -> bool:
    """Whether a tier is called what all its annotations say; a second one of a category has a number behind it."""
    category = _NUMBER_BEHIND.sub("", tier)
    return all(annotation[2].strip() in (tier, category) for annotation in document.tiers[tier][0].values())


def _event(document: Eaf, annotation: tuple[Any, ...]) -> Event:
    first, last, category, *_ = annotation
    start, end = (document.timeslots.get(slot) for slot in (first, last))
    if start is None or end is None:
        raise InvalidValueError(f"{category[:40]!r} has no start or no end; give it times in ELAN")
    return checked_event(category, start / 1000, end / 1000)
