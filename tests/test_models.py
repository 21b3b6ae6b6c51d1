"""Weights are those of the registry, or they are not used."""

from __future__ import annotations

import hashlib
import pickle
import re
import shutil
from pathlib import Path

import pytest

from facemap.errors import ModelHashError, ModelMissingError, ResourceError
from facemap.models import (
    ModelCard,
    load_model,
    model_card,
    model_cards,
    models_dir,
)

ENTRY = """
[model.{id}]
file = "{file}"
sha256 = "{sha256}"
size_bytes = {size}
license = "CC0-1.0"
source = "made for this test"
task = "none"
input = "nothing"
output = "nothing"
intended_use = "testing"
references = ["doi:10.5555/12345678"]
"""
WEIGHTS = b"these are the weights"


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A models folder of its own, with one sound model in it."""
    monkeypatch.setenv("FACEMAP_MODELS", str(tmp_path))
    (tmp_path / "net.bin").write_bytes(WEIGHTS)
    (tmp_path / "registry.toml").write_text(entry(), "utf-8")
    return tmp_path


def entry(**changes: object) -> str:
    sha256 = hashlib.sha256(WEIGHTS).hexdigest()
    values = {"id": "net", "file": "net.bin", "sha256": sha256, "size": len(WEIGHTS)}
    return ENTRY.format(**values | changes)


def test_every_registered_model_is_there_and_whole():
    assert model_cards()
    for card in model_cards():
        data = load_model(card.id)
        assert len(data) == card.size_bytes
        assert hashlib.sha256(data).hexdigest() == card.sha256


def test_every_file_in_the_folder_is_registered():
    """A weight file without provenance does not ship."""
    registered = {card.file for card in model_cards()}
    documents = {"registry.toml", "README.md"}
    found = {p.name for p in models_dir().iterdir() if not p.name.startswith("LICENSE")}
    assert found - documents == registered


def test_every_card_says_where_the_model_is_from_and_what_it_is_for():
    for card in model_cards():
        assert re.fullmatch(r"[0-9a-f]{64}", card.sha256)
        assert card.license
        assert card.source
        assert card.task
        assert card.intended_use
        assert all(re.match(r"doi:10\.\d{4,}/\S+$", r) for r in card.references)


def test_no_weights_are_pickled():
    """Unpickling runs code: see the Python manual's warning on `pickle`."""
    for card in model_cards():
        head = load_model(card.id)[:2]
        assert head[:1] != pickle.PROTO
        assert Path(card.file).suffix not in {".pkl", ".pickle", ".pt", ".pth", ".npy"}


def test_a_folder_of_ones_own_is_used(folder):
    assert models_dir() == folder
    assert [card.id for card in model_cards()] == ["net"]
    assert isinstance(model_card("net"), ModelCard)
    assert load_model("net") == WEIGHTS


def test_a_changed_file_is_refused(folder):
    (folder / "net.bin").write_bytes(WEIGHTS[:-1] + b"S")
    with pytest.raises(ModelHashError, match=r"net\.bin is not the registered") as e:
        load_model("net")
    assert e.value.exit_code == 4
    assert "FACEMAP_MODELS" in e.value.hint


def test_a_file_that_was_replaced_by_another_version_is_refused(folder):
    load_model("net")
    other = hashlib.sha256(b"other").hexdigest()
    (folder / "registry.toml").write_text(entry(sha256=other), "utf-8")
    with pytest.raises(ModelHashError):
        load_model("net")


def test_a_missing_file_is_refused(folder):
    (folder / "net.bin").unlink()
    with pytest.raises(ModelMissingError, match=r"net\.bin are missing") as e:
        load_model("net")
    assert e.value.exit_code == 4


def test_a_missing_registry_is_refused(folder):
    (folder / "registry.toml").unlink()
    with pytest.raises(ModelMissingError, match="registry is missing"):
        load_model("net")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "model = 3",
        "[model]\nnet = 3",
        "[model.net",
        entry() + 'surprise = "unknown key"\n',
        entry().replace('license = "CC0-1.0"\n', ""),
        entry().replace('["doi:10.5555/12345678"]', "3"),
    ],
    ids=["empty", "number", "flat", "cut", "unknown", "missing", "reference"],
)
def test_a_damaged_registry_is_refused(folder, text):
    (folder / "registry.toml").write_text(text, "utf-8")
    with pytest.raises(ResourceError, match=r"registry('s entry net)? (is|has)") as e:
        model_cards()
    assert e.value.exit_code == 4


def test_a_model_that_is_not_registered_is_refused_with_the_names(folder):
    with pytest.raises(ResourceError, match="'nte'; the registry has: net"):
        load_model("nte")


def test_the_packaged_folder_comes_before_the_checkout(tmp_path, monkeypatch):
    monkeypatch.delenv("FACEMAP_MODELS", raising=False)
    module = tmp_path / "facemap" / "models.py"
    monkeypatch.setattr("facemap.models.__file__", str(module))
    assert models_dir() == tmp_path / "models"
    (tmp_path / "facemap" / "_models").mkdir(parents=True)
    assert models_dir() == tmp_path / "facemap" / "_models"


def test_a_copy_of_the_folder_is_as_good(tmp_path, monkeypatch):
    expected = {card.id: load_model(card.id) for card in model_cards()}
    shutil.copytree(models_dir(), tmp_path / "copy")
    monkeypatch.setenv("FACEMAP_MODELS", str(tmp_path / "copy"))
    assert {card.id: load_model(card.id) for card in model_cards()} == expected
