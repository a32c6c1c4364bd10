"""A published folder is the checkpoint it was made of, and its page says what is recorded, in words that stay words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from markdown_it import MarkdownIt

import seehear
from seehear import cli
from seehear.core.errors import DamagedError, InvalidValueError, StorageError
from seehear.core.labels import Categories
from seehear.features import load_extractor
from seehear.models import build, slim_options
from seehear.models.checkpoint import LARGEST_BYTES, ModelCard, load_checkpoint, save_checkpoint
from seehear.publish import model_page, publish
from tests.storage.local_hub import FIRST, LocalHub, reached_by_the_client

HOSTILE = (
    "<script>alert(1)</script>",
    "![x](javascript:alert(1))",
    "[click](https://example.com)",
    "a | b || c",
    "line\nbreak\n# heading",
    "`code` **bold** _it_ ~~gone~~",
    "https://example.com www.example.com",
    "\\| \\",
    "&lt;b&gt; &amp;",
    "--- key: value",
    "\u202egnirts\u202c \x00\x1b[31m",
    "$x^2$ :smile: @someone #1",
)
PROVENANCE = {
    "protocol": "strict: the epoch is chosen on validation by segment accuracy",
    "settings": {"seed": 7, "selection": "accuracy", "recombine": 0.25, "recipe": {"epochs": 40, "batch_size": 32}},
    "data": {
        "training": {"clips": 400, "categories": 2, "sha256": "a" * 64},
        "validation": {"clips": 80, "categories": 2, "sha256": "b" * 64},
    },
    "versions": {"torch": "2.13.0"},
}
METRICS = {"epoch": 28, "loss": 0.125, "validation_accuracy": 0.9375}


def saved(folder: Path, name: str = "pfagn", categories: tuple[str, ...] = ("bell", "drum"), **facts: object) -> Path:
    """An untrained slim network whose card says that it was trained."""
    extractor = load_extractor("builtin")
    torch.manual_seed(0)
    network = build(
        name,
        categories=len(categories),
        supervision=str(facts.pop("supervision", "supervised")),
        visual_channels=extractor.visual_channels,
        audio_channels=extractor.audio_channels,
        **slim_options(name, 16),
    )
    known = {"extractor": extractor.name, "fingerprint": extractor.fingerprint}
    card = ModelCard.of(
        network,
        categories=Categories(categories),
        hop_seconds=1.0,
        window_segments=10,
        **(known | {"provenance": PROVENANCE, "metrics": METRICS} | facts),
    )
    save_checkpoint(folder, network, card)
    return folder


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("runs") / "model")


def page_of(folder: Path, **given: str) -> str:
    return model_page(load_checkpoint(folder)[1], **({"licence": "mit"} | given))


def body(page: str) -> str:
    """The page without the YAML at its head."""
    return page.split("\n---\n", 1)[1]


def metadata(page: str) -> dict:
    """The YAML at the head, as another program's reader has it."""
    return pytest.importorskip("yaml").safe_load(page.split("---\n")[1])


def cells(page: str) -> list[str]:
    """The texts in the cells of all tables, as another program renders the page: (shown text, in order)."""
    tokens = MarkdownIt("commonmark").enable("table").parse(body(page))
    inside = [one for before, one in pairwise(tokens) if before.type in ("td_open", "th_open")]
    for token in inside:
        assert {child.type for child in token.children or []} <= {"text", "text_special"}, token.content
    return ["".join(child.content for child in token.children or []) for token in inside]


def test_the_files_are_the_checkpoint_s_and_the_folder_is_a_model(checkpoint: Path, tmp_path: Path) -> None:
    folder = publish(checkpoint, tmp_path / "published", licence="mit")
    assert {path.name for path in folder.iterdir()} == {*LARGEST_BYTES, "README.md"}
    for name in LARGEST_BYTES:
        assert (folder / name).read_bytes() == (checkpoint / name).read_bytes()
    (folder / "README.md").write_text("people may change the page")
    assert load_checkpoint(folder)[1] == load_checkpoint(checkpoint)[1]
    assert seehear.load(folder).name == "pfagn"


def test_the_hub_s_own_reader_takes_the_page(checkpoint: Path) -> None:
    repocard = pytest.importorskip("huggingface_hub.repocard", reason="needs the extra hub")
    data = repocard.ModelCard(page_of(checkpoint, name="org/bells", licence="Apache-2.0")).data
    assert (data.license, data.library_name, data.model_name) == ("apache-2.0", "seehear", "org/bells")
    assert {"pfagn", "supervised", "audio-visual-event-localization"} <= set(data.tags)
    (result,) = data.eval_results
    assert (result.metric_type, result.metric_value, result.dataset_split) == ("accuracy", 0.9375, "validation")
    assert "which chose the epoch" in result.metric_name


def test_a_licence_that_the_hub_does_not_know_is_named_beside_other(checkpoint: Path) -> None:
    facts = metadata(page_of(checkpoint, licence="Our-Own-1.0"))
    assert (facts["license"], facts["license_name"]) == ("other", "Our-Own-1.0")
    assert "license_name" not in metadata(page_of(checkpoint, licence="mit"))


def test_the_page_holds_what_the_card_records(checkpoint: Path) -> None:
    page = page_of(checkpoint, name="org/bells", data="drawn scenes")
    shown = cells(page)
    facts = ["bell", "drum", "400", "80", "a" * 64, "7", "0.25", "40", "28", "93.75 %", "torch 2.13.0", "by segment"]
    assert not [fact for fact in facts if fact not in shown]
    assert "strict: the epoch is chosen on validation by segment accuracy" in shown
    for words in (
        "drawn scenes",
        "seed 7",
        "chosen on validation, so figures measured there flatter it",
        "seehear localize VIDEO --model org/bells",
        "Past and Future Motion Guided Network",
        "Its features need no weights",
    ):
        assert words in page


def test_what_is_not_recorded_is_not_said(tmp_path: Path) -> None:
    page = page_of(saved(tmp_path / "model", provenance={}, metrics={}))
    assert "does not record its data" in page
    assert "The checkpoint records none." in page
    assert "model-index" not in metadata(page)
    for words in ("seed", "flatter", "None", "not recorded"):
        assert words not in page


@pytest.mark.parametrize("provenance", [{"data": 3}, {"settings": [], "data": {"training": "x"}}, {"protocol": None}])
def test_a_record_of_any_form_makes_a_page(tmp_path: Path, provenance: dict) -> None:
    assert "## Citation" in page_of(saved(tmp_path / "model", provenance=provenance, metrics={"a": [1], "b": "c"}))


def test_the_protocol_that_chose_on_test_says_so(tmp_path: Path) -> None:
    provenance = PROVENANCE | {"protocol": "paper: the epoch is chosen on test by segment accuracy"}
    page = page_of(saved(tmp_path / "model", provenance=provenance, metrics={"test_accuracy (chosen on)": 0.75}))
    assert "chosen on test, so figures measured there flatter it" in page
    assert "segment accuracy on test, which chose the epoch" in cells(page)
    (result,) = metadata(page)["model-index"][0]["results"]
    assert result["metrics"][0]["name"] == "segment accuracy on test, which chose the epoch"


@pytest.mark.parametrize("name", ["dam", "avin"])
def test_an_approximation_says_that_it_is_one(tmp_path: Path, name: str) -> None:
    page = page_of(saved(tmp_path / "model", name))
    assert f"An approximation of {name.upper()}" in page
    assert "cannot be checked by numbers" in page


def test_a_network_that_follows_published_code_is_called_no_approximation(checkpoint: Path) -> None:
    assert "approximation" not in page_of(checkpoint)


def test_weak_training_is_a_limit(tmp_path: Path) -> None:
    page = page_of(saved(tmp_path / "model", supervision="weak"))
    assert "never told which segments are events" in page
    assert "weak: by the category of the clip only" in cells(page)


def test_hostile_names_are_shown_as_they_are_and_do_nothing(tmp_path: Path) -> None:
    page = page_of(saved(tmp_path / "model", categories=HOSTILE), data="\n---\nlicense: gpl-3.0\n<img src=x>")
    shown = cells(page)
    for name in HOSTILE:
        visible = " ".join(re.sub(r"[\x00\x1b\u202e\u202c]", "", name).split())
        assert visible in shown
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202a-\u202e]", page)
    html = MarkdownIt("commonmark").enable("table").render(body(page))
    assert not re.search(r"<(script|img|a|del|h1>(?!PFAGN))", html)
    assert html.count("<h2>") == page.count("\n## ") == 8
    assert metadata(page)["license"] == "mit"


@pytest.mark.parametrize("licence", ["", "two words", "a\nb", "-x", "x" * 65, "<b>"])
def test_a_licence_is_a_name(checkpoint: Path, tmp_path: Path, licence: str) -> None:
    with pytest.raises(InvalidValueError, match="no name of a licence"):
        publish(checkpoint, tmp_path / "published", licence=licence)


@pytest.mark.parametrize("name", ["bells", "org/bells@main", "../bells", "a/b/c"])
def test_a_name_on_the_hub_has_its_form(checkpoint: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidValueError, match="org/name"):
        publish(checkpoint, tmp_path / "published", licence="mit", name=name)


def test_nothing_is_published_over_something_or_of_something_damaged(checkpoint: Path, tmp_path: Path) -> None:
    folder = publish(checkpoint, tmp_path / "published", licence="mit")
    with pytest.raises(StorageError, match="exists already"):
        publish(checkpoint, folder, licence="mit")
    data = bytearray((folder / "weights.safetensors").read_bytes())
    data[-1] ^= 1
    (folder / "weights.safetensors").write_bytes(data)
    with pytest.raises(DamagedError):
        publish(folder, tmp_path / "again", licence="mit")
    assert not (tmp_path / "again").exists()


def test_the_command_wants_a_licence_and_says_how_to_upload(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "published"
    assert cli.run(["publish", str(checkpoint), str(output)]) == cli.EXIT_USAGE
    assert "licence" in capsys.readouterr().err
    assert cli.run(["publish", str(checkpoint), str(output), "--licence", "mit", "--name", "org/bells"]) == cli.EXIT_OK
    printed = capsys.readouterr()
    assert printed.out.strip() == str(output)
    assert f"hf upload org/bells {output}" in printed.err


@pytest.fixture
def hub(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    hub = LocalHub()
    published = publish(checkpoint, tmp_path / "published", licence="mit", name="org/bells")
    hub.put("org/bells", published, **{"pytorch_model.bin": b"\x80\x04."})
    with reached_by_the_client(hub, tmp_path / "cache", monkeypatch):
        yield hub


def test_a_published_model_loads_by_its_name(hub: LocalHub, checkpoint: Path) -> None:
    network, card = load_checkpoint("org/bells")
    original, original_card = load_checkpoint(checkpoint)
    assert card == original_card
    weights = original.state_dict()
    assert all(torch.equal(weight, weights[name]) for name, weight in network.state_dict().items())
    assert hub.asked_files() == LARGEST_BYTES.keys()
    localizer = seehear.load("org/bells@main")
    assert localizer.card["folder"] == f"org/bells@{FIRST}"
    hub.asked.clear()
    assert seehear.load("org/bells", offline=True).name == "pfagn"
    assert hub.asked == []


def test_a_folder_that_is_here_wins_over_the_hub(
    hub: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(tmp_path / "org" / "bells", "cmran")
    monkeypatch.chdir(tmp_path)
    assert seehear.load("org/bells").name == "cmran"
    assert hub.asked == []


def test_a_model_that_changed_on_its_way_is_refused(hub: LocalHub) -> None:
    files = hub.models["org/bells"][FIRST]
    files["weights.safetensors"] = files["weights.safetensors"][:-1] + b"\x7f"
    with pytest.raises(DamagedError, match="is damaged"):
        seehear.load("org/bells")


def test_a_seal_that_vouches_for_nothing_is_refused(hub: LocalHub) -> None:
    hub.models["org/bells"][FIRST]["manifest.json"] = json.dumps({"sha256": {}}).encode()
    with pytest.raises(DamagedError, match=r"says nothing of model\.json, weights\.safetensors"):
        seehear.load("org/bells")


def test_the_commands_take_a_name(hub: LocalHub, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.run(["localize", str(tmp_path / "no.mp4"), "--model", "org/bells"]) == cli.EXIT_SOME_FAILED
    assert "no.mp4" in capsys.readouterr().err
    assert cli.run(["evaluate", "org/bells", str(tmp_path), "--offline"]) != cli.EXIT_OK
    assert str(tmp_path) in capsys.readouterr().err, "the model was found, the data were not"
    assert cli.run(["explain", str(tmp_path / "no.mp4"), "-m", "org/bells", "--offline", "-o", str(tmp_path)])
    assert "no.mp4" in capsys.readouterr().err
    assert cli.run(["localize", "a.mp4", "--model", "org/nothing"]) == cli.EXIT_USAGE
    assert "neither a folder here nor a model on the hub" in capsys.readouterr().err
