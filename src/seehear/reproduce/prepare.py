"""From a folder of AVE to its pack: held against what was published, packed once, verified."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from seehear.ave import check_ave, pack_ave
from seehear.core.errors import InvalidValueError
from seehear.data.ave.dataset import load_ave
from seehear.data.ave.facts import AVE
from seehear.data.packed import FACTS
from seehear.engine.device import Compute
from seehear.engine.progress import Watch
from seehear.storage.files import storage_errors, write_text
from seehear.tables import Splits
from seehear.tables.times import timed

CHECK_FILE = "check.txt"
PREPARING = "check and pack"
"""What the time of it is kept under."""
_MOST_SHOWN = 12


def prepared(
    data: Path,
    output: Path,
    *,
    part: bool = False,
    split: str = "published",
    tell: Callable[[str], None] = lambda message: None,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Splits:
    """Training, validation and test data of AVE, from `output/pack`, which is made where it is not there.

    Of several processes that begin at once, one prepares and the others wait.

    Args:
        data: folder of AVE, or a finished pack of it, which is then used where it lies.
        output: folder of the reproduction.
        part: the folder holds a part of AVE or other data of this form: its files are held against one another only.
        split: `published` or `leak_free`.
        tell: told what is done.
        progress: told what is read, how many clips of it, and of how many.

    Raises:
        InvalidValueError: the copy of AVE is not right; the message says what is wrong.
        DamagedError: the pack's bytes are not those that were written.
    """
    if (Path(data) / FACTS).is_file():
        pack = Path(data)
    else:
        pack = output / "pack"
        _check_and_pack(Path(data), pack, output, part, tell, progress)
    tell(f"verifying {pack}")
    supervised = load_ave(pack, split=split, verify=True)
    weak = load_ave(pack, split=split, supervision="weak")
    return Splits(supervised.training, supervised.validation, supervised.test, weak_training=weak.training)


def _check_and_pack(
    data: Path,
    pack: Path,
    output: Path,
    part: bool,
    tell: Callable[[str], None],
    progress: Callable[[str, int, int], None],
) -> None:
    with storage_errors(output):
        output.mkdir(parents=True, exist_ok=True)
        lock = FileLock(output / ".preparing")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            tell("another process checks and packs the data; waiting for it")
            lock.acquire()
    try:
        if pack.is_dir():
            pack_ave(data, pack)  # opens it, and refuses where it is of something else
            return
        with timed(output / "times" / PREPARING.replace(" ", "-"), Compute(device="cpu"), Watch()) as clock:
            tell(f"checking {data}")
            check = check_ave(
                data,
                facts=None if part else AVE,
                complete=True,
                progress=lambda file, done, total: progress(f"checking {file}", done, total),
            )
            if not check.right:
                raise _refusal(data, [finding.line() for finding in check.inspection.wrong])
            write_text(output / CHECK_FILE, check.text() + "\n")
            tell(f"packing {data}; this is done once")

            def packing(done: int, total: int) -> None:
                clock.on_step(done, 0.0)
                progress("packing", done, total)

            pack_ave(data, pack, progress=packing)
    finally:
        lock.release()


def _refusal(data: Path, wrong: list[str]) -> InvalidValueError:
    more = [f"and {len(wrong) - _MOST_SHOWN} more"] if len(wrong) > _MOST_SHOWN else []
    return InvalidValueError(
        "\n  ".join(
            (
                f"{data} is not AVE as published; nothing was trained:",
                *wrong[:_MOST_SHOWN],
                *more,
                f"`seehear data check {data} --complete` says all that was looked at; --part takes a part of AVE",
            )
        )
    )
