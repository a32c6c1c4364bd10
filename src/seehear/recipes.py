"""How each published system was trained, and the short recipe for slim networks on a small machine.

A row of a paper's table is one entry here with at most one field replaced.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from seehear.core.errors import UnknownNameError
from seehear.engine.schedule import EpochSteps, RegularSteps, Schedule, WarmCosine


@dataclass(frozen=True)
class Recipe:
    """Optimiser (always Adam), schedule, loss and batch of one training."""

    source: str
    """Where these numbers come from."""
    loss: str
    """As in `LOSSES`."""
    schedule: Schedule
    batch_size: int
    epochs: int
    clip_norm: float | None = None
    """Largest L2 norm of the gradient."""
    weight_decay: float = 0.0
    patience: int | None = None
    """Stop after so many epochs without a better one on validation."""


_CMRAN = Recipe(
    source="released CMRAN trainer (Xu et al., ACM MM 2020); Adam 5e-4 and batch 32 also in the PFAGN paper; "
    "60 epochs are ours, past the last change of the rate",
    loss="relevance",
    schedule=EpochSteps(5e-4, 0.5, (10, 20, 30)),
    batch_size=32,
    epochs=60,
    clip_norm=0.1,
)
_CMRAN_WEAK = replace(_CMRAN, loss="clip_soft_margin", schedule=EpochSteps(5e-4, 0.5, (5, 20, 40)), clip_norm=0.5)
_PFAGN_SOURCE = "PFAGN paper (Adam 5e-4, batch 32); schedule, clipping and length of CMRAN, on which it is built"

_AVEL = Recipe(
    source="released AVEL trainer (Tian et al., ECCV 2018)",
    loss="segment_soft_margin",
    schedule=RegularSteps(1e-3, 0.1, 15_000),
    batch_size=64,
    epochs=300,
)
_PSP = Recipe(
    source="released PSP trainer (Zhou et al., CVPR 2021)",
    loss="pair_similarity",
    schedule=EpochSteps(1e-3, 0.8, (60, 120)),
    batch_size=128,
    epochs=300,
)
_SHARED = Recipe(
    source="the PSP authors' shared trainer (Adam 1e-3, batch 64, halved at 10, 20, 30); 60 epochs are ours",
    loss="relevance",
    schedule=EpochSteps(1e-3, 0.5, (10, 20, 30)),
    batch_size=64,
    epochs=60,
)

RECIPES: dict[str, dict[str, Recipe]] = {
    "avel": {"supervised": _AVEL, "weak": replace(_AVEL, loss="clip_soft_margin")},
    "avsdn": {"supervised": _SHARED, "weak": replace(_SHARED, loss="clip_soft_margin")},
    "dam": {"supervised": _SHARED, "weak": replace(_SHARED, loss="clip_soft_margin")},
    "avin": {
        "supervised": replace(_SHARED, loss="segment_cross_entropy"),
        "weak": replace(_SHARED, loss="clip_soft_margin"),
    },
    "cmran": {"supervised": _CMRAN, "weak": _CMRAN_WEAK},
    "psp": {
        "supervised": _PSP,
        "weak": replace(
            _PSP,
            source=f"{_PSP.source}, with plain clip labels in place of its proportions of segment labels",
            loss="clip_cross_entropy",
            schedule=EpochSteps(1e-3, 0.8, (80, 160)),
        ),
    },
    "pfagn": {
        "supervised": replace(_CMRAN, source=_PFAGN_SOURCE),
        "weak": replace(_CMRAN_WEAK, source=_PFAGN_SOURCE),
    },
}
"""Published recipes by network and supervision."""

STYLES = ("published", "small")


def recipe_for(model: str, supervision: str = "supervised", style: str = "published") -> Recipe:
    """The recipe of a network: as `published`, or `small` for slim networks (see :func:`small`).

    Raises :class:`UnknownNameError` for a network, supervision or style that is not known.
    """
    if model not in RECIPES:
        raise UnknownNameError("recipe", model, list(RECIPES))
    if supervision not in RECIPES[model]:
        raise UnknownNameError("supervision", supervision, list(RECIPES[model]))
    if style not in STYLES:
        raise UnknownNameError("recipe style", style, STYLES)
    published = RECIPES[model][supervision]
    return small(published) if style == "small" else published


def small(published: Recipe) -> Recipe:
    """The published loss, for slim networks (width 64 to 128), cheap features and a few hundred clips on two cores.

    A short, warm-started cosine and a looser clip: the published schedules take several times as many epochs to get
    as far on so few clips. Soft margins of softmax *outputs* become cross-entropies of the same outputs: where one
    class is more than .231 more frequent than any other, as background is in rendered scenes and not in AVE, the
    published margin is least for calling everything that class, and there a softmax passes no gradient on.
    """
    return replace(
        published,
        source="for slim networks on small machines, measured here",
        loss=_OF_THE_SAME_OUTPUTS.get(published.loss, published.loss),
        schedule=WarmCosine(1e-3),
        batch_size=32,
        epochs=40,
        clip_norm=1.0,
    )


_OF_THE_SAME_OUTPUTS = {"segment_soft_margin": "segment_cross_entropy", "clip_soft_margin": "clip_cross_entropy"}
