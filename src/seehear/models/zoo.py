"""Every network of the field by name."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from seehear.core.errors import InvalidValueError, UnknownNameError
from seehear.models.avel import AVEL
from seehear.models.avin import AVIN
from seehear.models.avsdn import AVSDN
from seehear.models.cmran import CMRAN
from seehear.models.dam import DAM
from seehear.models.network import Network
from seehear.models.pfagn import PFAGN
from seehear.models.psp import PSP

MODELS: dict[str, type[Network]] = {
    "avel": AVEL,
    "dam": DAM,
    "avsdn": AVSDN,
    "avin": AVIN,
    "cmran": CMRAN,
    "psp": PSP,
    "pfagn": PFAGN,
}


def slim_options(name: str, width: int) -> dict[str, int]:
    """Options that make a network of `MODELS` slim: its width and, where it has one, a feedforward of twice that.

    Raises UnknownNameError for a network that is not in `MODELS`.
    """
    if name not in MODELS:
        raise UnknownNameError("network", name, tuple(MODELS))
    known = {item.name for item in fields(MODELS[name].Options)}
    return {option: size for option, size in (("width", width), ("feedforward", 2 * width)) if option in known}


def build(
    name: str,
    *,
    categories: int,
    supervision: str = "supervised",
    visual_channels: int = 512,
    audio_channels: int = 128,
    **options: Any,
) -> Network:
    """A new network of the zoo, in training mode, with the paper's sizes where no option says otherwise.

    `categories` is C, without background. Raises UnknownNameError for a network that is not in `MODELS`, and
    InvalidValueError for an option that the network does not have or a value outside its range.
    """
    if name not in MODELS:
        raise UnknownNameError("network", name, tuple(MODELS))
    network = MODELS[name]
    known = [item.name for item in fields(network.Options)]
    if unknown := sorted(set(options) - set(known)):
        raise InvalidValueError(f"{name} has no option {', '.join(unknown)}; known: {', '.join(known)}")
    sizes = {"visual_channels": visual_channels, "audio_channels": audio_channels}
    return network(network.Options(categories=categories, supervision=supervision, **sizes, **options))
