"""Make a pack (see `packed`) in bounded memory; a packing that was killed goes on.

While a pack is made it lies in a hidden folder beside its place, with a journal of how many clips were written and
the hash of all bytes up to there. It goes on after the last entry whose hash the disk bears out, and ends with the same
bytes as one that was never stopped. That hash is why nothing needs to be flushed before the end.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from filelock import FileLock, Timeout

from seehear.core.errors import InvalidValueError, NotFiniteError, StorageError
from seehear.core.values import check_shape
from seehear.data.packed import AUDIO, FACTS, FORMAT, VISUAL, Packed, PackFacts, open_packed
from seehear.storage.files import seal, storage_errors, write_text

CLIPS_AT_ONCE = 16
"""Clips between two entries of the journal; 31 MiB of float64 at the size of AVE, which the allocator uses again."""
_LARGEST_HALF = float(np.finfo(np.float16).max)


class PackSource(Protocol):
    """Features of N clips that can be read in order, a few at a time."""

    @property
    def facts(self) -> PackFacts: ...

    def read(self, first: int, count: int) -> tuple[np.ndarray, np.ndarray]:
        """float [count,T,H,W,Dv] and [count,T,Da]: the clips from number `first` on."""
        ...


def pack(
    source: PackSource,
    output: Path,
    *,
    attachments: Mapping[str, str] | None = None,
    clips_at_once: int = CLIPS_AT_ONCE,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Packed:
    """Write the features of `source` to the folder `output`, once; memory holds `clips_at_once` clips.

    Called again after an interruption it goes on; where the pack is finished it is opened.

    Args:
        source: where the features come from.
        output: the folder of the pack.
        attachments: texts that belong to the features and are sealed with them, by file name.
        clips_at_once: clips that are read, converted and written at a time. It has no influence on the result.
        progress: told of clips done and of all clips.

    Raises:
        NotFiniteError: a feature is NaN, infinite or beyond float16 (65504); the message names the clip.
        InvalidValueError: `output` holds a pack of something else.
        StorageError: the disk is full or may not be written, or another process packs there.
        DamagedError: the disk does not hold what was written.
    """
    output, facts = Path(output), source.facts
    if output.exists():
        return _same(open_packed(output), facts)
    work = output.with_name(f".{output.name}.packing")
    with _alone(work):
        if output.exists():  # another process finished it while this one waited to begin
            return _same(open_packed(output), facts)
        packing = _Packing(work, facts)
        packing.resume()
        progress(packing.clips, len(facts.names))
        while packing.clips < len(facts.names):
            packing.add(*source.read(packing.clips, min(clips_at_once, len(facts.names) - packing.clips)))
            progress(packing.clips, len(facts.names))
        texts = {FACTS: json.dumps({"format": FORMAT, **asdict(facts)}, indent=1), **(attachments or {})}
        packing.seal(output, texts)
        shutil.rmtree(work)
        _lock_path(work).unlink()
    return open_packed(output)


class _Packing:
    """The hidden folder of a pack in the making."""

    def __init__(self, work: Path, facts: PackFacts) -> None:
        self.content, self.journal, self.facts = work / "content", work / "journal.jsonl", facts
        self.visual = _ArrayFile(self.content / VISUAL, (len(facts.names), *facts.visual_shape), np.float16)
        self.audio = _ArrayFile(self.content / AUDIO, (len(facts.names), *facts.audio_shape), np.float32)
        self.head = hashlib.sha256(json.dumps(asdict(facts)).encode()).hexdigest()
        self.clips = 0

    def resume(self) -> None:
        """Keep what the journal vouches for, or begin."""
        with storage_errors(self.content):
            self.content.mkdir(parents=True, exist_ok=True)
            for unfinished in self.content.glob(".*"):  # a text whose writer was killed before it had its name
                unfinished.unlink()
            kept = [json.dumps({"pack": self.head})]
            for line, entry in self._entries():
                digests = [file.digest_through(entry["clips"]) for file in (self.visual, self.audio)]
                if [digest.hexdigest() for digest in digests] != entry["sha256"]:
                    break
                self.clips = entry["clips"]
                self.visual.keep(self.clips, digests[0])
                self.audio.keep(self.clips, digests[1])
                kept.append(line)
            self.visual.cut()
            self.audio.cut()
            write_text(self.journal, "\n".join(kept) + "\n")

    def add(self, visual: np.ndarray, audio: np.ndarray) -> None:
        """Write the next clips, then say so in the journal."""
        count = len(visual)
        check_shape("visual", visual, (count, *self.facts.visual_shape))
        check_shape("audio", audio, (count, *self.facts.audio_shape))
        names = self.facts.names[self.clips : self.clips + count]
        with storage_errors(self.content):
            self.visual.append(_converted("visual", visual, names, torch.float16))
            self.audio.append(_converted("audio", audio, names, torch.float32))
            self.clips += count
            hashes = [self.visual.digest.hexdigest(), self.audio.digest.hexdigest()]
            with self.journal.open("a") as stream:
                stream.write(json.dumps({"clips": self.clips, "sha256": hashes}) + "\n")

    def seal(self, output: Path, texts: Mapping[str, str]) -> None:
        """Read everything back from the disk and, where it is what was written, put it in its place."""
        for name, text in texts.items():
            write_text(self.content / name, text)
        written = {VISUAL: self.visual.digest.hexdigest(), AUDIO: self.audio.digest.hexdigest()}
        seal(self.content, output, expected=written)

    def _entries(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Lines of the journal in order, up to the first that is not whole; none where it is of another pack."""
        text = self.journal.read_bytes().decode(errors="replace") if self.journal.is_file() else ""
        lines = text.split("\n")
        if lines[0] != json.dumps({"pack": self.head}):
            return
        for line in lines[1:]:
            try:
                entry = json.loads(line)
            except ValueError:
                return
            if not isinstance(entry, dict) or entry.keys() != {"clips", "sha256"} or not _counts(entry["clips"]):
                return
            yield line, entry


def _counts(clips: object) -> bool:
    return isinstance(clips, int) and clips > 0


class _ArrayFile:
    """An `.npy` file that grows clip by clip, and the hash of its bytes so far."""

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: type) -> None:
        header = io.BytesIO()
        descr = np.lib.format.dtype_to_descr(np.dtype(dtype).newbyteorder("<"))
        np.lib.format.write_array_header_1_0(header, {"descr": descr, "fortran_order": False, "shape": shape})
        self.path, self.header = path, header.getvalue()
        self.clip_bytes = int(np.prod(shape[1:])) * np.dtype(dtype).itemsize
        self.clips = 0
        self.digest = hashlib.sha256(self.header)

    def digest_through(self, clips: int) -> Any:
        """The hash if the clips up to `clips` are as they lie on the disk."""
        digest = self.digest.copy() if self.clips else hashlib.sha256()
        begin = self._size(self.clips) if self.clips else 0
        if self.path.is_file():
            with self.path.open("rb") as stream:
                stream.seek(begin)
                left = self._size(clips) - begin
                while left > 0 and (block := stream.read(min(left, 1 << 20))):
                    digest.update(block)
                    left -= len(block)
        return digest

    def keep(self, clips: int, digest: Any) -> None:
        self.clips, self.digest = clips, digest

    def cut(self) -> None:
        """Drop what lies beyond the kept clips, or begin the file."""
        if not self.clips:
            self.path.write_bytes(self.header)
        os.truncate(self.path, self._size(self.clips))

    def append(self, clips: np.ndarray) -> None:
        data = clips.data.cast("B")
        with self.path.open("ab") as stream:
            stream.write(data)
        self.digest.update(data)
        self.clips += len(clips)

    def _size(self, clips: int) -> int:
        return len(self.header) + clips * self.clip_bytes


def _converted(what: str, values: np.ndarray, names: tuple[str, ...], dtype: torch.dtype) -> np.ndarray:
    """[n,...] rounded to `dtype` (by way of float32, six times as fast as numpy); every value finite."""
    rounded = torch.from_numpy(np.ascontiguousarray(values)).to(torch.float32).to(dtype).numpy()
    if not np.isfinite(rounded).all():
        clip = int(np.isfinite(rounded).reshape(len(rounded), -1).all(axis=1).argmin())
        beyond = bool(np.isfinite(values[clip]).all())
        problem = f"beyond {_LARGEST_HALF:g}, the largest float16" if beyond else "NaN or infinite"
        raise NotFiniteError(f"{what} of clip {names[clip]} is {problem}; get its features again, nothing is packed")
    return rounded


def _same(packed: Packed, facts: PackFacts) -> Packed:
    if packed.facts != facts:
        raise InvalidValueError(f"{packed.folder} holds a pack of something else; choose another folder or delete it")
    return packed


def _lock_path(work: Path) -> Path:
    return work.with_name(f"{work.name}.lock")


@contextmanager
def _alone(work: Path) -> Iterator[None]:
    with storage_errors(work):
        work.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(_lock_path(work), timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise StorageError(f"another process packs into {work.parent}; wait for it") from error
    try:
        yield
    finally:
        lock.release()
