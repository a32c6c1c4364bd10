"""What is believed of a file and of the process that reads it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from seehear.core.errors import MediaError, Reason

_LONGEST_TEXT = 300


def open_regular_file(path: Path) -> int:
    """A descriptor of a regular file; nothing else is opened, not even for a moment's look."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise MediaError(f"{path} is not a regular file; give the path of a video file", Reason.NOT_A_FILE)
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except PermissionError as error:
        raise MediaError(f"not permitted to read {path}; change its permissions", Reason.NOT_PERMITTED) from error
    except (OSError, ValueError) as error:
        raise MediaError(f"there is no file {path}; check the path", Reason.NOT_FOUND) from error
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise MediaError(f"{path} is not a regular file any more; give the path of a video file", Reason.NOT_A_FILE)


def plain(text: object) -> str:
    """One short printable line, whatever a file has put into it."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(text)[:_LONGEST_TEXT])
