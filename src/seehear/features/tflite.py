"""Reads a TensorFlow Lite file as a list of layers with real-valued weights, without TensorFlow.

A `.tflite` file is a FlatBuffer. The field numbers below are those of the public schema
(tensorflow/lite/schema/schema.fbs, version 3); every position that the file names is checked to lie inside it.
Weights are stored as integers: real = scale * (integer - zero point), with one scale for each output channel.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import flatbuffers.number_types as number
import numpy as np
from flatbuffers.table import Table

from seehear.core.errors import Reason, WeightsError

FILE_IDENTIFIER = b"TFL3"
LARGEST_TENSOR = 1 << 26


class Operator(IntEnum):
    """The operators that carry weights."""

    CONVOLUTION = 3
    DEPTHWISE_CONVOLUTION = 4
    FULLY_CONNECTED = 9


class Model(IntEnum):
    OPERATOR_CODES = 1
    SUBGRAPHS = 2
    BUFFERS = 4


class OperatorCode(IntEnum):
    OLD_BUILTIN_CODE = 0
    BUILTIN_CODE = 3


class Subgraph(IntEnum):
    TENSORS = 0
    INPUTS = 1
    OPERATORS = 3


class Tensor(IntEnum):
    SHAPE = 0
    TYPE = 1
    BUFFER = 2
    QUANTIZATION = 4


class Buffer(IntEnum):
    DATA = 0


class Quantization(IntEnum):
    SCALE = 2
    ZERO_POINT = 3
    DIMENSION = 6


class Step(IntEnum):
    OPERATOR_CODE = 0
    INPUTS = 1
    OPTIONS = 4


class ConvolutionOptions(IntEnum):
    PADDING = 0
    STRIDE_ACROSS = 1
    STRIDE_DOWN = 2


ELEMENT_TYPES = {0: "<f4", 1: "<f2", 2: "<i4", 3: "<u1", 4: "<i8", 9: "<i1"}
"""Tensor type of the schema -> numpy type, for those that weights come in."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One operator that carries weights."""

    operator: Operator
    stride: int
    weight: np.ndarray
    """float32, in PyTorch's order: [out,in,height,width], depthwise [channels,1,height,width], connected [out,in]."""
    bias: np.ndarray
    """float32 [out]"""


@dataclass(frozen=True, slots=True)
class QuantizedInput:
    """The network reads real = scale * (stored - zero_point)."""

    scale: float
    zero_point: int


@dataclass(frozen=True, slots=True)
class Graph:
    """What is needed of a file to rebuild its network."""

    input: QuantizedInput | None
    """`None` where the network reads real numbers."""
    layers: tuple[Layer, ...]
    """In the order in which they run."""


def read_graph(data: bytes, name: str) -> Graph:
    """The weighted layers of the first subgraph of the TFLite file `data`; `name` is for error messages.

    Raises :class:`WeightsError` (damaged) for anything that is not a well-formed file of that kind.
    """
    try:
        return _read_graph(data)
    except (struct.error, IndexError, ValueError, KeyError, TypeError, OverflowError) as error:
        message = f"{name} is not a readable TensorFlow Lite file ({error}); delete it and fetch it again"
        raise WeightsError(message, Reason.WEIGHTS_DAMAGED) from error


def _read_graph(data: bytes) -> Graph:
    if data[4:8] != FILE_IDENTIFIER:
        raise ValueError("it does not carry the mark TFL3")
    model = _Record.root(data)
    subgraph = next(model.records(Model.SUBGRAPHS))
    reader = _GraphReader(
        operator_codes=[_operator_code(record) for record in model.records(Model.OPERATOR_CODES)],
        tensors=list(subgraph.records(Subgraph.TENSORS)),
        buffers=list(model.records(Model.BUFFERS)),
    )
    first_input = reader.tensors[_checked(int(subgraph.numbers(Subgraph.INPUTS, "<i4")[0]), reader.tensors)]
    layers = [layer for step in subgraph.records(Subgraph.OPERATORS) if (layer := reader.layer(step)) is not None]
    return Graph(_quantized_input(first_input), tuple(layers))


@dataclass(frozen=True, slots=True)
class _GraphReader:
    operator_codes: list[int]
    tensors: list[_Record]
    buffers: list[_Record]

    def layer(self, step: _Record) -> Layer | None:
        """The layer of an operator, or `None` where it carries no weights."""
        code = self.operator_codes[_checked(step.number(Step.OPERATOR_CODE, number.Uint32Flags), self.operator_codes)]
        if code not in list(Operator):
            return None
        operator = Operator(code)
        _, weight, bias = (int(index) for index in step.numbers(Step.INPUTS, "<i4")[:3])
        return Layer(
            operator,
            1 if operator is Operator.FULLY_CONNECTED else _stride(step),
            _torch_order(operator, self.constant(weight)),
            self.constant(bias),
        )

    def constant(self, index: int) -> np.ndarray:
        """A tensor's numbers, de-quantised."""
        tensor = self.tensors[_checked(index, self.tensors)]
        shape = tuple(int(size) for size in tensor.numbers(Tensor.SHAPE, "<i4"))
        if any(size <= 0 for size in shape) or np.prod(shape, dtype=np.float64) > LARGEST_TENSOR:
            raise ValueError(f"tensor {index} has the shape {shape}")
        element = ELEMENT_TYPES[tensor.number(Tensor.TYPE, number.Int8Flags)]
        buffer = self.buffers[_checked(tensor.number(Tensor.BUFFER, number.Uint32Flags), self.buffers)]
        stored = buffer.numbers(Buffer.DATA, "<u1").view(element).reshape(shape)
        return _dequantize(stored, tensor.record(Tensor.QUANTIZATION))


def _operator_code(record: _Record) -> int:
    """Old files keep the code in one byte, new ones in a word; the larger is the right one."""
    old = record.number(OperatorCode.OLD_BUILTIN_CODE, number.Int8Flags)
    return max(old, record.number(OperatorCode.BUILTIN_CODE, number.Int32Flags))


def _stride(step: _Record) -> int:
    options = step.record(Step.OPTIONS)
    if options is None:
        raise ValueError("a convolution has no options")
    across = options.number(ConvolutionOptions.STRIDE_ACROSS, number.Int32Flags)
    down = options.number(ConvolutionOptions.STRIDE_DOWN, number.Int32Flags)
    if across != down or options.number(ConvolutionOptions.PADDING, number.Int8Flags) != 0:
        raise ValueError("a convolution has unequal strides or is not padded to the same size")
    return across


def _torch_order(operator: Operator, weight: np.ndarray) -> np.ndarray:
    """TFLite keeps [out,height,width,in], depthwise [1,height,width,channels]."""
    axes = {
        Operator.CONVOLUTION: (0, 3, 1, 2),
        Operator.DEPTHWISE_CONVOLUTION: (3, 0, 1, 2),
        Operator.FULLY_CONNECTED: (0, 1),
    }[operator]
    return np.ascontiguousarray(weight.transpose(axes))


def _dequantize(stored: np.ndarray, quantization: _Record | None) -> np.ndarray:
    scale = np.empty(0) if quantization is None else quantization.numbers(Quantization.SCALE, "<f4")
    if quantization is None or scale.size == 0:
        return stored.astype(np.float32)
    zero_point = quantization.numbers(Quantization.ZERO_POINT, "<i8")
    along = [1] * stored.ndim
    along[_checked(quantization.number(Quantization.DIMENSION, number.Int32Flags), along)] = -1
    with np.errstate(over="ignore", invalid="ignore"):
        real = ((stored - zero_point.reshape(along)) * scale.astype(np.float64).reshape(along)).astype(np.float32)
    if real.shape != stored.shape or not np.isfinite(real).all():
        raise ValueError(f"{scale.size} scales do not fit the shape {stored.shape}")
    return real


def _quantized_input(tensor: _Record) -> QuantizedInput | None:
    quantization = tensor.record(Tensor.QUANTIZATION)
    scale = np.empty(0) if quantization is None else quantization.numbers(Quantization.SCALE, "<f4")
    if quantization is None or scale.size == 0:
        return None
    return QuantizedInput(float(scale[0]), int(quantization.numbers(Quantization.ZERO_POINT, "<i8")[0]))


def _checked(index: int, among: list) -> int:
    if not 0 <= index < len(among):
        raise IndexError(f"it names number {index} of {len(among)}")
    return index


@dataclass(frozen=True, slots=True)
class _Record:
    """A FlatBuffers table whose every field is checked to lie in the file before it is read."""

    data: bytes
    position: int

    @classmethod
    def root(cls, data: bytes) -> _Record:
        return cls(data, cls(data, 0)._follow(0))

    def number(self, field: int, flags: type) -> int:
        """A scalar field, 0 where it is absent."""
        place = self._place(field)
        return int(Table(self.data, place).Get(flags, self._inside(place, flags.bytewidth))) if place else 0

    def record(self, field: int) -> _Record | None:
        place = self._place(field)
        return _Record(self.data, self._follow(place)) if place else None

    def records(self, field: int) -> Iterator[_Record]:
        start, count = self._vector(field, number.UOffsetTFlags.bytewidth)
        for index in range(count):
            yield _Record(self.data, self._follow(start + index * number.UOffsetTFlags.bytewidth))

    def numbers(self, field: int, element: str) -> np.ndarray:
        """A vector of scalars, empty where it is absent."""
        start, count = self._vector(field, np.dtype(element).itemsize)
        return np.frombuffer(self.data, element, count, start)

    def _vector(self, field: int, width: int) -> tuple[int, int]:
        place = self._place(field)
        if not place:
            return 0, 0
        start = self._follow(place)
        count = self._unsigned(start)
        first = start + number.UOffsetTFlags.bytewidth
        self._inside(first, count * width)
        return first, count

    def _place(self, field: int) -> int:
        """Where the field is stored, 0 where it is absent: FlatBuffers' table of offsets."""
        self._inside(self.position, number.SOffsetTFlags.bytewidth)
        table = Table(self.data, self.position)
        offsets = self.position - table.Get(number.SOffsetTFlags, self.position)
        self._inside(offsets, 4)
        size = table.Get(number.VOffsetTFlags, offsets)
        slot = 4 + 2 * field
        if slot + 2 > size:
            return 0
        offset = table.Get(number.VOffsetTFlags, self._inside(offsets + slot, 2))
        return self._inside(self.position + offset, 1) if offset else 0

    def _follow(self, place: int) -> int:
        return self._inside(place + self._unsigned(place), number.UOffsetTFlags.bytewidth)

    def _unsigned(self, place: int) -> int:
        return Table(self.data, place).Get(number.UOffsetTFlags, self._inside(place, 4))

    def _inside(self, place: int, count: int) -> int:
        if place < 0 or place + count > len(self.data):
            raise IndexError(f"it names byte {place} of {len(self.data)}")
        return place
