"""The model card of a checkpoint: a Markdown page with the hub's YAML at its head.

Every sentence comes from the checkpoint's own description or from who publishes it. What neither says, the page does
not say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from seehear.engine.protocol import PAPER, PROTOCOLS
from seehear.features import REMADE
from seehear.models import MODELS
from seehear.models.checkpoint import ModelCard
from seehear.report.markdown import escaped, front_matter, table

HUB_LICENCES = (
    "afl-3.0", "agpl-3.0", "apache-2.0", "artistic-2.0", "bsd-2-clause", "bsd-3-clause", "cc-by-2.0", "cc-by-3.0",
    "cc-by-4.0", "cc-by-nc-4.0", "cc-by-nc-nd-4.0", "cc-by-nc-sa-4.0", "cc-by-nd-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0",
    "cc0-1.0", "gpl-2.0", "gpl-3.0", "isc", "lgpl-3.0", "mit", "mpl-2.0", "openrail", "unlicense",
)  # fmt: skip
"""Licences by the hub's identifiers; any other is named beside `other`."""
_NEEDS = {
    "builtin": "Its features need no weights.",
    "light": "Its features need two weight files of 4 MB (MobileNetV2, YAMNet), fetched on first use.",
    "paper": "Its features need VGG-19 and VGGish, 863 MB, fetched on first use.",
    **{name: f"Features: {remade.note}. They need 863 MB of weights." for name, remade in REMADE.items()},
}
_PARTS = ("training", "validation", "test")


def model_page(card: ModelCard, *, licence: str, name: str | None = None, data: str | None = None) -> str:
    """The page; arguments are those of :func:`seehear.publish.publish`."""
    paper = MODELS[card.architecture].paper
    sections = {
        "What it finds": _categories(card),
        "Data": _data(card, data),
        "Protocol": _protocol(card),
        "Metrics": _metrics(card),
        "Limits": _limits(card),
        "Licence": f"The weights: {escaped(licence)}, as given by who publishes them. The data they were trained on "
        "and the weights of the encoders have licences of their own.",
        "How to use": _usage(card, name),
        "Citation": _citation(card),
    }
    head = [
        front_matter(_metadata(card, licence, name, data)),
        f"# {escaped(name.partition('/')[2] if name else paper.system)}",
        f"{paper.system} ({paper.authors}, {paper.venue} {paper.year}), trained with seehear to find the moments of a "
        "video that are seen and heard at once, and to name them.",
    ]
    return "\n\n".join(head + [f"## {title}\n\n{text}" for title, text in sections.items()]) + "\n"


def _metadata(card: ModelCard, licence: str, name: str | None, data: str | None) -> dict[str, object]:
    """What the hub reads: https://huggingface.co/docs/hub/model-cards."""
    known = licence.lower() in HUB_LICENCES
    facts: dict[str, object] = {"license": licence.lower()} if known else {"license": "other", "license_name": licence}
    facts["library_name"] = "seehear"
    facts["tags"] = ["audio-visual-event-localization", "video", "audio", card.architecture, card.supervision]
    if results := _results(card, data):
        facts["model-index"] = [{"name": name or card.architecture, "results": results}]
    return facts


def _results(card: ModelCard, data: str | None) -> list[dict[str, object]]:
    """Accuracies in the hub's words, each with the set it was measured on."""
    return [
        {
            "task": {"type": "audio-visual-event-localization", "name": "Audio-visual event localization"},
            "dataset": {"type": "video", "name": data or _counts(card, part), "split": part},
            "metrics": [{"type": "accuracy", "name": _metric_words(metric, _judge(card)), "value": value}],
        }
        for metric, value in card.metrics.items()
        if (part := _part(metric)) and _measure(metric) == "accuracy" and isinstance(value, int | float)
    ]


def _categories(card: ModelCard) -> str:
    return "\n".join(
        [
            f"{len(card.categories)} categories, in segments of {card.hop_seconds:g} s:",
            "",
            table(("number", "category"), enumerate(card.categories)),
        ]
    )


def _data(card: ModelCard, data: str | None) -> str:
    said = [f"As its publisher says: {escaped(data)}."] if data else []
    parts = _found(card.provenance, "data")
    rows = [
        (part, _found(parts, part, "clips") or "not recorded", _found(parts, part, "sha256") or "not recorded")
        for part in (parts if isinstance(parts, Mapping) else {})
        if isinstance(parts[part], Mapping)
    ]
    if not rows:
        return "\n\n".join([*said, "The checkpoint does not record its data."])
    return "\n\n".join(
        [*said, "As the checkpoint records; the hash is of every name, label and feature:", table(_DATA_HEADS, rows)]
    )


_DATA_HEADS = ("part", "clips", "SHA-256")


def _protocol(card: ModelCard) -> str:
    provenance = card.provenance
    settings, recipe = _found(provenance, "settings"), _found(provenance, "settings", "recipe")
    rows = {
        "protocol": _found(provenance, "protocol"),
        "supervision": _SUPERVISION[card.supervision],
        "clips seen at once": f"{card.window_segments} segments",
        "extractor": f"{card.extractor}, fingerprint {card.fingerprint}",
        "seed": _found(settings, "seed"),
        "epoch chosen by": _found(settings, "selection"),
        "epochs trained at most": _found(recipe, "epochs"),
        "batch": _found(recipe, "batch_size"),
        "recipe": _found(recipe, "source"),
        "recombined share of clips": _found(settings, "recombine"),
        "options": ", ".join(f"{name} {value}" for name, value in card.options.items() if value is not None),
        "made with": ", ".join(f"{name} {value}" for name, value in _pairs(_found(provenance, "versions"))),
    }
    return table(("", ""), [(name, value) for name, value in rows.items() if value not in (None, "")])


_SUPERVISION = {"supervised": "by segment", "weak": "weak: by the category of the clip only"}


def _metrics(card: ModelCard) -> str:
    if not card.metrics:
        return "The checkpoint records none."
    seed = _found(card.provenance, "settings", "seed")
    one = "One training" if seed is None else f"One training, seed {escaped(seed)}"
    judge = _judge(card)
    rows = [(_metric_words(name, judge), _number(name, value)) for name, value in card.metrics.items()]
    notes = [f"The epoch was chosen on {judge}, so figures measured there flatter it."] if judge else []
    return "\n\n".join([" ".join([f"{one}; no spread over seeds is recorded.", *notes]), table(("metric", ""), rows)])


def _limits(card: ModelCard) -> str:
    network = MODELS[card.architecture]
    limits = [
        "It knows the categories above and no others. What is only seen or only heard is background to it.",
        f"It needs features of the extractor {escaped(card.extractor)} (fingerprint {escaped(card.fingerprint)}). "
        + _NEEDS.get(card.extractor, ""),
        "Nothing is recorded of how it does on videos unlike those of the data above: it was not tested on them here.",
    ]
    if network.approximation:
        limits.append(
            f"**An approximation of {network.paper.system}:** no code was published with its paper, so this network "
            "follows the description and cannot be checked by numbers."
        )
    if card.supervision == "weak":
        limits.append("In training it was never told which segments are events, only what a clip holds.")
    if network.paper.footnote:
        limits.append(f"Of the published figures of {network.paper.system}: {escaped(network.paper.footnote)}.")
    return "\n".join(f"- {' '.join(limit.split())}" for limit in limits)


def _usage(card: ModelCard, name: str | None) -> str:
    model = name or "FOLDER"
    taken = "By its name, with seehear's extra `hub` installed" if name else "By the path of this folder"
    return f"""{taken}:

```console
seehear localize VIDEO --model {model}
seehear explain VIDEO --model {model} --output DIR
```

```python
import seehear

timeline = seehear.load("{model}")("video.mp4")
```

The weights are safetensors; the files are held against the hashes of `manifest.json`, and nothing is unpickled."""


def _citation(card: ModelCard) -> str:
    paper = MODELS[card.architecture].paper
    return f"{paper.authors}: *{escaped(paper.title)}*. {paper.venue}, {paper.year}."


def _counts(card: ModelCard, part: str) -> str:
    clips, sha256 = (_found(card.provenance, "data", part, fact) for fact in ("clips", "sha256"))
    return f"{clips} clips, SHA-256 {str(sha256)[:12]}" if clips and sha256 else "not recorded"


def _judge(card: ModelCard) -> str | None:
    """The part that chose the epoch, or `None` where that is not recorded."""
    words = re.split(r"\W", str(_found(card.provenance, "protocol")))
    return PROTOCOLS[words[0]].judge if words[0] in PROTOCOLS else None


def _part(metric: str) -> str | None:
    """The set that a metric's name says it was measured on."""
    return next((part for part in _PARTS if metric.startswith(f"{part}_")), None)


def _measure(metric: str) -> str:
    """What was measured, without the set and the mark of a protocol."""
    return metric.removeprefix(f"{_part(metric)}_").removesuffix(PAPER.mark)


def _metric_words(metric: str, judge: str | None) -> str:
    part, measure = _part(metric), _measure(metric)
    words = "segment accuracy" if part and measure == "accuracy" else measure.replace("_", " ")
    words = f"{words} on {part}" if part else words
    return f"{words}, which chose the epoch" if part and part == judge else words


def _number(metric: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, float):
        return str(value)
    return f"{100 * value:.2f} %" if _measure(metric) == "accuracy" else f"{value:.4g}"


def _found(record: object, *names: str) -> Any:
    """What lies under these names in nested mappings; `None` where nothing does."""
    for name in names:
        record = record.get(name) if isinstance(record, Mapping) else None
    return record


def _pairs(record: object) -> list[tuple[str, object]]:
    return list(record.items()) if isinstance(record, Mapping) else []
