"""Which fences stand around the process that reads strange files, found by starting it and asking it to cross them."""

from __future__ import annotations

from collections.abc import Iterator

from seehear.doctor.finding import Finding, missing, ok, problem
from seehear.media import DecoderFacts, inspect_decoder

_FENCES = {
    "no_new_privileges": ("privileges", "it can gain none, whatever it executes"),
    "memory_limit": ("memory", "limited"),
    "processor_limit": ("processor time", "limited"),
    "no_writing": ("writing", "not a byte to any file"),
    "few_descriptors": ("open files", "few"),
    "dies_with_parent": ("life", "ends with this program"),
    "no_torch": ("models", "none in it"),
}
"""Those that every Linux has: title, and in words."""
_LANDLOCK = {
    "file_system_closed": ("file system", "closed", 1, "5.13"),
    "network_closed": ("network", "closed", 4, "6.7"),
}
"""Those that need Landlock: also from which version of it, and since which Linux that is."""
_DECODING = "decoding process"


def look() -> Iterator[Finding]:
    try:
        facts = inspect_decoder()
    except Exception as error:
        step = "see whether `python -c 'import av'` works; if not: pip install --force-reinstall -c constraints.txt av"
        yield problem(_DECODING, f"cannot be started: {error}", step)
        return
    yield ok(_DECODING, f"starts; PyAV {facts.pyav}, FFmpeg {facts.ffmpeg}")
    yield from layers(facts)


def layers(facts: DecoderFacts) -> Iterator[Finding]:
    """Each fence: whether it stands, and if not why."""
    for name, (title, words) in _FENCES.items():
        if facts.layers.get(name):
            yield ok(title, words)
        else:
            step = "run seehear where prctl and setrlimit are not forbidden: see the container's seccomp profile"
            yield problem(title, "this fence does not stand, although every Linux has it", step)
    for name, (title, words, needed, linux) in _LANDLOCK.items():
        yield _landlock(title, words, facts.layers.get(name, False), facts.landlock_version, needed, linux)


def _landlock(title: str, words: str, stands: bool, found: int, needed: int, linux: str) -> Finding:
    if stands:
        return ok(title, f"{words} (Landlock {found})")
    if found == 0:
        step = f"use Linux {linux} or newer with `landlock` among its `lsm=`, and a container that does not forbid it"
        return missing(title, "the kernel offers no Landlock here; the other fences stand", step)
    if found < needed:
        step = f"use Linux {linux} or newer"
        return missing(title, f"the kernel has Landlock {found}, and this needs {needed}; the other fences stand", step)
    step = "report it with this whole output, and read no strange files until then"
    return problem(title, f"the kernel has Landlock {found}, and yet this fence does not stand", step)
