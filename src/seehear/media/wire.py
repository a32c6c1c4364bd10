"""Messages through a pipe: the length of a JSON header, the header, then raw bytes. Nothing is ever unpickled."""

from __future__ import annotations

import json
import os
import select
import struct
import time

from seehear.core.errors import MediaError, Reason

_LENGTH = struct.Struct(">I")
_LONGEST_HEADER_BYTES = 1 << 16


def send(descriptor: int, header: dict, *payloads: bytes | memoryview) -> None:
    """Write one message, however long the other side takes to read it."""
    text = json.dumps(header).encode()
    for part in (_LENGTH.pack(len(text)) + text, *payloads):
        rest = memoryview(part).cast("B")
        while rest:
            rest = rest[os.write(descriptor, rest) :]


class Receiver:
    """The reading end, which trusts nothing: lengths are bounded and time is watched.

    Raises :class:`MediaError`, with `TIMED_OUT` after `deadline` (of time.monotonic()) and with `DECODER_CRASHED`
    where the stream ends or is not what it should be.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def header(self, deadline: float) -> dict:
        """The next JSON object."""
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size, deadline))
        if length > _LONGEST_HEADER_BYTES:
            raise broken("a header of impossible length")
        try:
            header = json.loads(self._exactly(length, deadline))
        except (ValueError, RecursionError) as error:
            raise broken("a header that is not JSON") from error
        if not isinstance(header, dict):
            raise broken("a header that is not an object")
        return header

    def _exactly(self, count: int, deadline: float) -> bytearray:
        data = bytearray(count)
        self.fill(memoryview(data), deadline)
        return data

    def fill(self, target: memoryview, deadline: float) -> None:
        """Read exactly as many bytes as `target` holds."""
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        while target:
            remaining = deadline - time.monotonic()
            if remaining <= 0 or not poll.poll(remaining * 1000):
                raise MediaError("the decoder made no progress in time", Reason.TIMED_OUT)
            count = os.readv(self._descriptor, [target])
            if count == 0:
                raise MediaError("the decoder crashed", Reason.DECODER_CRASHED)
            target = target[count:]


def broken(what: str) -> MediaError:
    """The other side does not keep to the protocol: it is not to be trusted any further."""
    return MediaError(f"the decoder crashed: it sent {what}", Reason.DECODER_CRASHED)
