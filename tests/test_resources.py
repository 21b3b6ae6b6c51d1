"""Packaged knowledge is found by name, checked by schema, and cannot be changed."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest

import facemap
from facemap import resources
from facemap.errors import KnowledgeError
from facemap.resources import data_bytes, data_names, knowledge_sha256, load_knowledge

TABLES = [n.removesuffix(".toml") for n in data_names(".toml")]


@pytest.fixture
def package(tmp_path, monkeypatch) -> Path:
    """A package folder of its own; gives its ``data``."""
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(resources, "files", lambda _: tmp_path)
    clear()
    yield tmp_path / "data"
    monkeypatch.undo()
    clear()


def clear() -> None:
    load_knowledge.cache_clear()
    knowledge_sha256.cache_clear()


@pytest.mark.parametrize("name", TABLES)
def test_every_packaged_table_has_a_schema_and_loads(name):
    schema = tomllib.loads(data_bytes(f"{name}.toml").decode("utf-8"))["schema"]
    assert load_knowledge(name, schema)["schema"] == schema


def test_names_are_sorted_and_relative(package):
    (package / "b").mkdir()
    for name in ("b/z.json", "a.toml", "c.toml"):
        (package / name).write_bytes(b"")
    assert data_names() == ("a.toml", "b/z.json", "c.toml")
    assert data_names(".toml") == ("a.toml", "c.toml")


def test_every_packaged_file_is_listed_and_read():
    folder = Path(facemap.__file__).parent / "data"
    on_disk = {
        p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()
    }
    assert set(data_names()) == on_disk
    for name in data_names():
        assert data_bytes(name) == (folder / name).read_bytes()


def test_a_table_is_read_only():
    with pytest.raises(TypeError):
        load_knowledge("photo")["limits"] = {}


@pytest.mark.parametrize("name", ["nothing", "zones/nothing"])
def test_a_missing_file_is_refused(name):
    with pytest.raises(KnowledgeError, match=f"{name}.toml is missing") as e:
        load_knowledge(name)
    assert e.value.exit_code == 4
    assert e.value.hint


@pytest.mark.parametrize("text", [b"schema = ", b"\xff\xfe", b"schema = 1\nschema = 1"])
def test_a_damaged_table_is_refused(package, text):
    (package / "odd.toml").write_bytes(text)
    with pytest.raises(KnowledgeError, match=r"odd\.toml is damaged"):
        load_knowledge("odd")


@pytest.mark.parametrize("text", [b"", b"schema = 2", b'schema = "1"'])
def test_a_table_of_another_schema_is_refused(package, text):
    (package / "odd.toml").write_bytes(text)
    with pytest.raises(KnowledgeError, match=r"odd\.toml has schema .*reads 1"):
        load_knowledge("odd")


def test_the_hash_changes_with_any_name_and_any_byte(package):
    seen = set()
    for name, body in [("a", b"1"), ("a", b"2"), ("b", b""), ("b", b"1"), ("a1", b"")]:
        (package / name).write_bytes(body)
        knowledge_sha256.cache_clear()
        seen.add(knowledge_sha256(data_names()))
    assert len(seen) == 5
    assert all(len(bytes.fromhex(h)) == hashlib.sha256().digest_size for h in seen)


def test_the_hash_is_of_the_files_named_and_of_no_other(package):
    (package / "a").write_bytes(b"1")
    (package / "b").write_bytes(b"1")
    first = knowledge_sha256(("a",))
    (package / "b").write_bytes(b"2")
    knowledge_sha256.cache_clear()
    assert knowledge_sha256(("a",)) == first
    with pytest.raises(KnowledgeError, match="missing"):
        knowledge_sha256(("a", "gone"))
