"""Folders that lie on the Hugging Face hub, known by `org/name` or `org/name@revision`.

Only the files that are asked for come, none larger than it may be, into the hub's own cache (`HF_HOME`). The client
is that of the hub (extra `hub`); it sends the token of the user's own login where there is one, and `HF_ENDPOINT` and
`HF_HUB_OFFLINE` mean to it what they always do. What was fetched is as trustworthy as whoever put it there: readers
check its seal and unpickle nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from seehear.core.errors import Reason, SeehearError, StorageError, WeightsError

INSTALL_COMMAND = "pip install 'seehear[hub]'"
_NAME = re.compile(r"(?P<repository>[A-Za-z0-9][\w.-]*/[\w.-]+)(?:@(?P<revision>\w[\w./-]*))?", re.ASCII)


def is_hub_name(text: str) -> bool:
    """Whether a text has the form `org/name` or `org/name@revision`. A folder here may be called so, too."""
    return _NAME.fullmatch(text) is not None


def fetch_folder(name: str, largest_bytes: Mapping[str, int], *, offline: bool = False) -> Path:
    """The folder of a hub name, with the files named in `largest_bytes`, fetched where the cache lacks them.

    Args:
        name: `org/name`, at its newest commit, or `org/name@revision`: a branch, a tag or a commit.
        largest_bytes: file names with the most bytes that each may have.
        offline: take what the cache holds and ask nobody.

    Raises:
        SeehearError: there is no such model, revision or file, a file is too large, or access is denied.
        WeightsError: the extra is not installed, or the hub cannot be reached and the cache does not hold the files.
        StorageError: the cache cannot be written.
    """
    found = _NAME.fullmatch(name)
    if found is None:
        raise SeehearError(f"{name!r} is not of the form org/name or org/name@revision", Reason.INVALID_VALUE)
    try:
        import huggingface_hub
    except ImportError as error:
        raise WeightsError(
            f"there is no folder {name} here; to take it as a model of the Hugging Face hub, install the hub's client: "
            f"{INSTALL_COMMAND}"
        ) from error
    repository, revision = found["repository"], found["revision"] or "main"
    try:
        folder = Path()
        for file, limit in largest_bytes.items():
            url = huggingface_hub.hf_hub_url(repository, file, revision=revision)
            offline = offline or not _answers(name, url, limit)
            path = huggingface_hub.hf_hub_download(repository, file, revision=revision, local_files_only=offline)
            folder = Path(path).parent
            revision = folder.name  # all files of one commit, whatever is pushed meanwhile
    except SeehearError:
        raise
    except Exception as error:  # the client lets through whatever its transport raises
        raise _explained(error, name, ", ".join(largest_bytes)) from error
    return folder


def _answers(name: str, url: str, limit: int) -> bool:
    """Whether the hub can be asked for a file. Raises where it says that there is none, or one larger than `limit`.

    The client itself would try again for half a minute before it looked into the cache.
    """
    from huggingface_hub import errors, get_hf_file_metadata

    try:
        facts = get_hf_file_metadata(url)
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError, errors.EntryNotFoundError):
        raise
    except Exception:  # whatever it is, the cache may hold the file
        return False
    if facts.size is None or facts.size > limit:
        size = "no size" if facts.size is None else f"{facts.size} bytes"
        message = f"{url} has {size}, a file of {name} at most {limit} bytes; it was not fetched"
        raise SeehearError(message, Reason.OVER_LIMIT)
    return True


def _explained(error: Exception, name: str, files: str) -> SeehearError:
    """What a failure of the client means to a user."""
    from huggingface_hub import constants, errors

    if isinstance(error, errors.GatedRepoError):
        return SeehearError(
            f"access to {name} is granted on its page on the hub; ask for it there, then run `hf auth login`",
            Reason.NOT_PERMITTED,
        )
    if isinstance(error, errors.RepositoryNotFoundError):
        return SeehearError(
            f"{name} is neither a folder here nor a model on the hub that you may see; check the name, or run "
            "`hf auth login` if it is private",
            Reason.NOT_FOUND,
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return SeehearError(f"{name}: the hub has the model, but no such revision; check it", Reason.NOT_FOUND)
    if isinstance(error, errors.LocalEntryNotFoundError):
        return WeightsError(
            f"there is no folder {name} here, the hub cannot be reached (or was not to be asked), and its cache does "
            "not hold the whole model; check the name and the network, or give the folder of a model"
        )
    if isinstance(error, errors.EntryNotFoundError):
        return SeehearError(
            f"{name} on the hub is not a model of seehear, which has the files {files}", Reason.NOT_FOUND
        )
    if isinstance(error, OSError) and error.errno is not None:
        return StorageError(f"cannot keep {name} in {constants.HF_HUB_CACHE}: {error.strerror}; see HF_HOME")
    return WeightsError(f"{name} cannot be fetched from the hub: {_first_line(error)}; try again")


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
