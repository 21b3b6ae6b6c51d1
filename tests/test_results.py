"""Files in a folder: nobody's results are ever lost to somebody else's."""

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest

from facemap.errors import FacemapError, UsageError
from facemap.results import ResultFolder


def is_of(owner, document):
    return document.get("of") == owner


def keep(folder, owner, stem="face"):
    files = {".json": json.dumps({"of": owner}).encode(), ".png": owner.encode()}
    return folder.keep(stem, files, ".json", partial(is_of, owner))


def contents(path):
    return {p.name: p.read_text() for p in path.iterdir()}


def test_results_of_one_run_never_share_a_name(tmp_path):
    folder = ResultFolder(tmp_path / "new" / "folder")
    assert [keep(folder, "a"), keep(folder, "a"), keep(folder, "A", "FACE")] == [
        "face",
        "face-2",
        "FACE-3",
    ]


def test_a_name_that_is_skipped_is_not_given_away(tmp_path):
    folder = ResultFolder(tmp_path)
    folder.skip("face")
    assert folder.name_for("face") == keep(folder, "a") == "face-2"


def test_each_owner_finds_its_own_results_again(tmp_path):
    names = [keep(ResultFolder(tmp_path), owner) for owner in "abcab"]
    assert names == ["face", "face-2", "face-3", "face", "face-2"]


def test_a_picture_without_its_document_is_somebody_elses(tmp_path):
    (tmp_path / "face.png").write_text("mine")
    assert keep(ResultFolder(tmp_path), "a") == "face-2"
    assert (tmp_path / "face.png").read_text() == "mine"


def test_a_document_whose_picture_was_lost_gets_it_again(tmp_path):
    keep(ResultFolder(tmp_path), "a")
    (tmp_path / "face.png").unlink()
    assert keep(ResultFolder(tmp_path), "a") == "face"
    assert (tmp_path / "face.png").read_text() == "a"


@pytest.mark.parametrize("content", ["", "[]", "{", "[" * 100_000, "\udcff"])
def test_what_is_no_document_is_left_alone(content, tmp_path):
    path = tmp_path / "face.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    before = path.read_bytes()
    assert keep(ResultFolder(tmp_path), "a") == "face-2"
    assert path.read_bytes() == before


@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
def test_many_at_once_lose_nothing(links, tmp_path, monkeypatch):
    if not links:

        def refuse(path, target):
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(Path, "hardlink_to", refuse)
    owners = "abcdefgh"
    ready = Barrier(len(owners))

    def write(owner):
        folder = ResultFolder(tmp_path)
        ready.wait()
        return keep(folder, owner)

    with ThreadPoolExecutor(len(owners)) as pool:
        names = dict(zip(owners, pool.map(write, owners), strict=True))
    assert len(set(names.values())) == len(owners)
    for owner, name in names.items():
        assert json.loads((tmp_path / f"{name}.json").read_text()) == {"of": owner}
        assert (tmp_path / f"{name}.png").read_text() == owner
    assert len(contents(tmp_path)) == 2 * len(owners)


def test_a_failed_write_leaves_what_was_there_whole(tmp_path, monkeypatch):
    keep(ResultFolder(tmp_path), "a")
    before = contents(tmp_path)
    whole = Path.write_bytes

    def fail(path, content):
        whole(path, content[:1])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fail)
    for owner in "ab":
        with pytest.raises(FacemapError, match=r"face(-2)?\.json cannot be written"):
            keep(ResultFolder(tmp_path), owner)
    assert contents(tmp_path) == before


def test_a_folder_that_cannot_be_made_is_a_wrong_use(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be made"):
        ResultFolder(tmp_path / "file" / "out")
