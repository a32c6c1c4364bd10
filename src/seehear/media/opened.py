"""A file that a decoder is reading: what every pass over one begins, refuses and ends with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

from seehear.core.errors import MediaError, Reason
from seehear.media import wire
from seehear.media.checks import open_regular_file, plain
from seehear.media.request import Excerpt, Request
from seehear.media.sandbox import Decoder


class OpenedFile:
    """One pass over one file; a context to be closed.

    Raises :class:`MediaError`, with the path in its message, if the decoder has nothing to begin with.
    """

    def __init__(self, path: Path, task: str, request: Request | Excerpt) -> None:
        self.path = path
        descriptor = open_regular_file(path)
        try:
            self._decoder = Decoder(task, request, descriptor)
        finally:
            os.close(descriptor)
        try:
            self._begin()
        except BaseException as error:
            self.close()
            if isinstance(error, MediaError):
                raise MediaError(f"{path}: {error}", error.reason) from error
            raise

    def _begin(self) -> None:
        """Take the decoder's first message."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop reading."""
        self._decoder.close()

    @property
    def process_id(self) -> int:
        """Of the decoding process."""
        return self._decoder.process_id


def refusal(header: dict) -> MediaError:
    """Why the decoder failed, if that is what the message says; else that it may not come now."""
    match header:
        case {"kind": "failed", "reason": str(reason), "message": str(message)} if reason in [*Reason]:
            return MediaError(plain(message), Reason(reason))
    return wire.broken("a message that was not asked for")
