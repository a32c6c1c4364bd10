"""The hub's own client against a hub on this machine: what is asked for, what is kept, what is refused."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from seehear.core.errors import Reason, SeehearError, StorageError, WeightsError
from seehear.storage.files import sealed_folder, verify_sealed
from seehear.storage.hub import fetch_folder, is_hub_name
from tests.storage.local_hub import FIRST, SECOND, LocalHub, reached_by_the_client

FILES = {"card": 100, "weights": 1000, "manifest.json": 1000}


def sealed(path: Path, text: str) -> Path:
    with sealed_folder(path) as folder:
        (folder / "card").write_text("{}")
        (folder / "weights").write_text(text)
    return path


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    hub = LocalHub()
    hub.put("org/name", sealed(tmp_path / "first", "one"), FIRST, **{"pickled.bin": b"\x80\x04."})
    hub.put("org/name", sealed(tmp_path / "second", "two"), SECOND)
    hub.names["v2"] = SECOND
    with reached_by_the_client(hub, tmp_path / "cache", monkeypatch):
        yield hub


@pytest.mark.parametrize(
    "text", ["org/name", "o/n", "org/name@main", "org/my.model-1_b@refs/pr/1", f"org/name@{FIRST}"]
)
def test_names_of_the_hub(text: str) -> None:
    assert is_hub_name(text)


@pytest.mark.parametrize(
    "text",
    ["name", "./org/name", "/org/name", "../name", "~/name", "a/b/c", "org/name@", "org/na me", "org/name@../x", ""],
)
def test_texts_that_are_no_names_of_the_hub(text: str) -> None:
    assert not is_hub_name(text)


def test_only_the_files_asked_for_are_fetched_and_their_seal_holds(hub: LocalHub) -> None:
    folder = fetch_folder("org/name", FILES)
    verify_sealed(folder, needed=("card", "weights"))
    assert (folder / "weights").read_text() == "one"
    assert hub.asked_files() == FILES.keys()
    assert not (folder / "pickled.bin").exists()


def test_a_branch_a_tag_and_a_commit_are_revisions(hub: LocalHub) -> None:
    for name, text in (
        ("org/name@main", "one"),
        ("org/name@v2", "two"),
        (f"org/name@{SECOND}", "two"),
        ("org/name", "one"),
    ):
        assert (fetch_folder(name, FILES) / "weights").read_text() == text


def test_all_files_are_of_one_commit_though_the_branch_moves_between_them(hub: LocalHub) -> None:
    answer = hub.answer

    def moving(path: str) -> tuple[int, dict[str, str], bytes]:
        if path.endswith("/weights"):
            hub.names["main"] = SECOND
        return answer(path)

    hub.answer = moving  # pyrefly: ignore[bad-assignment]
    folder = fetch_folder("org/name", FILES)
    verify_sealed(folder)
    assert (folder / "weights").read_text() == "one"
    assert (fetch_folder("org/name", FILES) / "weights").read_text() == "two"


def test_what_is_fetched_once_is_there_offline_and_nobody_is_asked(hub: LocalHub) -> None:
    folder = fetch_folder("org/name", FILES)
    hub.asked.clear()
    assert fetch_folder("org/name", FILES, offline=True) == folder
    assert hub.asked == []


def test_the_hubs_own_variable_for_offline_counts(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fetch_folder("org/name", FILES)
    hub.asked.clear()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert fetch_folder("org/name", FILES) == folder
    with pytest.raises(WeightsError, match="does not hold the whole model"):
        fetch_folder("org/name@v2", FILES)
    assert hub.asked == []


def test_a_hub_that_does_not_answer_is_replaced_by_the_cache(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fetch_folder("org/name", FILES)
    nowhere = "http://127.0.0.1:9/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", nowhere)
    assert fetch_folder("org/name", FILES) == folder
    with pytest.raises(WeightsError, match="cannot be reached") as caught:
        fetch_folder("org/another", FILES)
    assert caught.value.reason is Reason.WEIGHTS_MISSING


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("org/nothing", "neither a folder here nor a model on the hub"),
        ("org/name@v9", "no such revision"),
        (f"org/name@{'9' * 40}", "no such revision"),
    ],
)
def test_what_the_hub_does_not_have_is_named(hub: LocalHub, name: str, says: str) -> None:
    with pytest.raises(SeehearError, match=says) as caught:
        fetch_folder(name, FILES)
    assert caught.value.reason is Reason.NOT_FOUND


def test_another_library_s_model_is_not_ours(hub: LocalHub) -> None:
    with pytest.raises(SeehearError, match=r"not a model of seehear, which has the files card, weights, model\.json"):
        fetch_folder("org/name", {"card": 100, "weights": 1000, "model.json": 100})


def test_a_file_too_large_is_not_fetched(hub: LocalHub) -> None:
    with pytest.raises(SeehearError, match="at most 2 bytes; it was not fetched") as caught:
        fetch_folder("org/name", FILES | {"weights": 2})
    assert caught.value.reason is Reason.OVER_LIMIT
    assert not any(request.startswith("GET") and request.endswith("weights") for request in hub.asked)


def test_a_model_behind_a_gate_says_where_to_ask(hub: LocalHub) -> None:
    hub.gated.add("org/name")
    with pytest.raises(SeehearError, match="hf auth login") as caught:
        fetch_folder("org/name", FILES)
    assert caught.value.reason is Reason.NOT_PERMITTED


def test_a_cache_that_cannot_be_written_is_named(
    hub: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "file" / "below"))
    with pytest.raises(StorageError, match="HF_HOME"):
        fetch_folder("org/name", FILES)


def test_without_the_extra_the_message_holds_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(WeightsError, match=r"pip install 'seehear\[hub\]'"):
        fetch_folder("org/name", FILES)
