"""The network that the documentation adds to the zoo meets the contract of the zoo, test for test."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from seehear.models import MODELS
from tests.docs.pages import ROOT, blocks
from tests.models.test_contract import *  # noqa: F403 (every test of the contract, also those to come)
from tests.models.zoo_cases import SLIM, every_network

pytestmark = [pytest.mark.parametrize("case", ["glance"]), every_network]
PAGE = ROOT / "docs" / "add-a-network.md"


@pytest.fixture(autouse=True)
def example(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The file of the page as a module, with its network among those of the zoo."""
    module = ModuleType("glance")
    monkeypatch.setitem(sys.modules, "glance", module)
    file = next(block for block in blocks(PAGE) if block.language == "python")
    exec(compile(file.text, str(PAGE), "exec"), module.__dict__)
    monkeypatch.setitem(MODELS, "glance", module.Glance)
    monkeypatch.setitem(SLIM, "glance", {"width": 8})
    return module


def test_the_page_shows_the_whole_file(case: str, supervision: str, example: ModuleType) -> None:
    assert example.__doc__.startswith("Glance")
    assert example.Glance.name == case
