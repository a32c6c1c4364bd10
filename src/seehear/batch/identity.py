"""When two results are of the same making: what a localizer is, in one number."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from torch import Tensor, nn

from seehear import __version__
from seehear.features import Extractor
from seehear.localizer import Localizer


def identity_of(localizer: Localizer) -> str:
    """Hex SHA-256 over all that decides what a localizer says of a video: weights, settings, thresholds, version.

    To be asked for before it is used, since some of it may be kept from use to use.
    """
    parts = (localizer.scorer, localizer.extractor, localizer.decision, localizer.card)
    described = {"version": __version__, "localizer": _described(parts)}
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()


def _described(value: Any) -> Any:
    """JSON values that differ where values differ."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Extractor):
        return value.fingerprint
    if isinstance(value, nn.Module):
        return _described(value.state_dict())
    if isinstance(value, Tensor):
        return _described(value.detach().cpu().numpy())
    if isinstance(value, np.ndarray):
        return [str(value.dtype), list(value.shape), hashlib.sha256(value.tobytes()).hexdigest()]
    if isinstance(value, Mapping):
        return {str(key): _described(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_described(member) for member in value]
    if is_dataclass(value):
        return {item.name: _described(getattr(value, item.name)) for item in fields(value)}
    members = {name: _described(member) for name, member in getattr(value, "__dict__", {}).items()}
    return {"type": type(value).__qualname__, **members}
