"""A network drawn as text: its steps in the order in which it takes them, with the shape before and after each.

Nothing is drawn by hand. The network is run once without memory (on the meta device), with sizes so odd that every
number in a shape tells which letter it is: B clips, T segments, H x W grid of N positions, C categories.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import torch
from torch import Tensor, nn

from seehear.models.network import Network
from seehear.models.zoo import build
from seehear.nn.prediction import Prediction
from seehear.nn.relation import MultiHeadAttention

_B, _T, _H, _W, _C = 1009, 43, 31, 37, 4001
_LETTERS = {
    _B: "B",
    _T: "T",
    _H: "H",
    _W: "W",
    _C: "C",
    _C + 1: "C+1",
    _H * _W: "N",
    _T - 1: "T-1",
    2 * _T: "2T",
    _B * _T: "B*T",
    _B * (_T - 1): "B*(T-1)",
}
BY_WEIGHTS = "by its weights"
"""Of a part that is not called: the part around it computes with its weights."""
PREDICTION = "Prediction"
SAME_WEIGHTS = "same weights"
"""Of a part that is called again."""


@dataclass
class Step:
    """One part of a network and what it was given."""

    name: str
    """As the network holds it."""
    kind: str
    """Its type, with sizes where they are not in the shapes."""
    depth: int
    meaning: str = ""
    """The first sentence of its description, for parts of ours."""
    inputs: list[str] = field(default_factory=list)
    """Shapes, in letters."""
    outputs: list[str] = field(default_factory=list)
    parameters: int = 0
    """Within it, all that it holds."""
    note: str = ""
    """`BY_WEIGHTS`, `SAME_WEIGHTS` or nothing."""
    inside: list[Step] = field(default_factory=list)

    predicts: bool = False
    """Whether it returns a :class:`Prediction`, whose tensors `outputs` then names."""

    def shape_of_it_all(self) -> str:
        """The same text for two parts that do the same with other weights."""
        within = "".join(f"{part.name}{part.shape_of_it_all()}" for part in self.inside)
        return f"{self.kind}{self.inputs}{self.outputs}{self.parameters}{self.note}[{within}]"

    def walk(self) -> Iterator[Step]:
        """This step and all within, in order."""
        yield self
        for step in self.inside:
            yield from step.walk()


def trace(name: str, *, categories: int, supervision: str = "supervised", **options: Any) -> Step:
    """The steps of a network of `MODELS`, with options as for :func:`build`, which says what is raised."""
    with torch.device("meta"):
        network = build(name, categories=categories, supervision=supervision, **options).eval()
        tied = {"positions": _H * _W} if hasattr(network.options, "positions") else {}
        traced = build(name, categories=_C, supervision=supervision, **{**options, **tied}).eval()
    visual = torch.empty(_B, _T, _H, _W, network.options.visual_channels, device="meta")
    audio = torch.empty(_B, _T, network.options.audio_channels, device="meta")
    with _Tracer(network, traced) as tracer, torch.inference_mode():
        traced(visual, audio)
    return tracer.root


def draw(name: str, **options: Any) -> str:
    """:func:`trace` as text: parts indented within parts, shapes and parameters at each step.

    A part that repeats an earlier one to the last shape is drawn once and then named.
    """
    root = trace(name, **options)
    rows = list(_rows(root, (), {}))
    first, second, third = (max(len(row[column]) for row in rows if len(row) == 3) for column in range(3))
    lines = [
        row[0] if len(row) == 1 else f"{row[0]:<{first}}  {row[1]:<{second}}  {row[2]:>{third}}".rstrip()
        for row in rows
    ]
    legend = "B clips, T segments, H x W grid of N positions, C categories; last column: parameters"
    return "\n".join([legend, "", *lines, "", PREDICTION, *(f"    {shape}" for shape in root.outputs)]) + "\n"


def trace_json(name: str, **options: Any) -> str:
    """:func:`trace` as one JSON object."""
    return json.dumps(asdict(trace(name, **options)), indent=1) + "\n"


def _rows(step: Step, above: tuple[str, ...], drawn: dict[str, str]) -> Iterator[tuple[str, ...]]:
    """Head, shapes and parameters of each step; a meaning stands in a row alone. `drawn` holds parts drawn already."""
    indent = "    " * step.depth
    head = f"{indent}{step.name}: {step.kind}" if step.name else step.kind
    path = (*above, step.name) if step.name else ()
    alike = drawn.setdefault(step.shape_of_it_all(), ".".join(path)) if len(step.inside) > 1 else ""
    yield head, _shapes(step), _parameters(step)
    if step.note == SAME_WEIGHTS:
        return
    if alike not in ("", ".".join(path)):
        yield (f"{indent}    as {alike}",)
        return
    if step.meaning:
        yield (f"{indent}  | {step.meaning}",)
    for part in step.inside:
        yield from _rows(part, path, drawn)


class _Tracer:
    """Listens to every part of a network while it runs; names, sizes and parameters are read off its twin."""

    def __init__(self, network: Network, traced: Network) -> None:
        self._originals = dict(network.named_modules())
        self._names = {module: name for name, module in traced.named_modules()}
        self._open: list[tuple[Step, nn.Module]] = []
        self._seen: set[nn.Module] = set()
        self._handles: list[Any] = []
        self.root = Step("", "", 0)

    def __enter__(self) -> _Tracer:
        for module in self._names:
            if not isinstance(module, nn.Dropout):  # it does nothing in a trained network
                self._handles.append(module.register_forward_pre_hook(self._enter))
                self._handles.append(module.register_forward_hook(self._leave))
        return self

    def __exit__(self, *_: object) -> None:
        for handle in self._handles:
            handle.remove()

    def _enter(self, module: nn.Module, inputs: tuple[Any, ...]) -> None:
        step = self._step(module, len(self._open))
        step.inputs = [_letters(tensor) for tensor in inputs if isinstance(tensor, Tensor)]
        step.note = SAME_WEIGHTS if module in self._seen and step.parameters else ""
        if self._open:
            self._open[-1][0].inside.append(step)
        else:
            self.root = step
        self._open.append((step, module))
        self._seen.add(module)

    def _leave(self, module: nn.Module, _: Any, output: Any) -> None:
        step, _ = self._open[-1]
        step.outputs, step.predicts = _named(output), isinstance(output, Prediction)
        for name, part in module.named_children():
            if self._seen.isdisjoint(part.modules()) and any(True for _ in part.parameters()):
                self._insert(step, module, self._step(part, step.depth + 1, BY_WEIGHTS), name)
        own = self._originals[self._names[module]].named_parameters(recurse=False)
        for name, weight in reversed(list(own)):
            if step.inside:
                shape = " x ".join(str(size) for size in weight.shape)
                step.inside.insert(0, Step(name, shape, step.depth + 1, parameters=weight.numel(), note=BY_WEIGHTS))
        self._open.pop()

    def _insert(self, step: Step, module: nn.Module, part: Step, name: str) -> None:
        """Before the first called part that the module holds after this one."""
        order = [child for child, _ in module.named_children()]
        later = order[order.index(name) + 1 :]
        places = [index for index, inner in enumerate(step.inside) if inner.name in later]
        step.inside.insert(places[0] if places else len(step.inside), part)

    def _step(self, module: nn.Module, depth: int, note: str = "") -> Step:
        path = self._names[module]
        original = self._originals[path]
        kind, meaning = _described(original)
        parameters = sum(weight.numel() for weight in original.parameters())
        around = self._names[self._open[depth - 1][1]] if depth else ""
        return Step(path.removeprefix(around).removeprefix("."), kind, depth, meaning, parameters=parameters, note=note)


def _described(module: nn.Module) -> tuple[str, str]:
    """What a part is, and for parts of ours what it is for."""
    kind = type(module).__name__
    match module:
        case nn.Linear():
            return f"{kind} {module.in_features} -> {module.out_features}", ""
        case nn.Conv2d():
            by_channel = " by channel" if module.groups > 1 else ""
            size = " x ".join(str(side) for side in module.kernel_size)
            return f"{kind} {size}{by_channel} {module.in_channels} -> {module.out_channels}", ""
        case nn.LSTM():
            directions = "both directions" if module.bidirectional else "one direction"
            return f"{kind} {module.input_size} -> {module.hidden_size}, {directions}", ""
        case MultiHeadAttention():
            kind = f"{kind}, {module.heads} heads"
    if type(module).__module__.startswith("torch."):
        return kind, ""
    if isinstance(module, Network):
        return kind, f"{module.paper.authors}, {module.paper.venue} {module.paper.year}"
    text = " ".join((inspect.getdoc(type(module)) or "").split())
    return kind, re.split(r"\.\s(?=[A-Z(])|: \(B|[;,] any shape", text)[0].rstrip(".")


def _letters(tensor: Tensor) -> str:
    return "(" + ",".join(_LETTERS.get(size, str(size)) for size in tensor.shape) + ")"


def _named(output: Any) -> list[str]:
    """Shapes of all tensors in what a part returns; those of a prediction with their names."""
    if isinstance(output, Tensor):
        return [_letters(output)]
    if isinstance(output, Prediction):
        given = {item.name: getattr(output, item.name) for item in fields(output)} | output.auxiliary
        return [f"{name} {_letters(value)}" for name, value in given.items() if isinstance(value, Tensor)]
    if isinstance(output, tuple | list):
        return [shape for part in output for shape in _named(part)]
    return []


def _shapes(step: Step) -> str:
    if step.note == BY_WEIGHTS:
        return BY_WEIGHTS
    outputs = [PREDICTION] if step.predicts else step.outputs
    return f"{', '.join(step.inputs)} -> {', '.join(outputs)}"


def _parameters(step: Step) -> str:
    return SAME_WEIGHTS if step.note == SAME_WEIGHTS else f"{step.parameters:,}" if step.parameters else ""
