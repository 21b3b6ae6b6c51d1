"""The list of sources, and what stands on it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import facemap
from facemap.errors import KnowledgeError
from facemap.protocol import load_grades, load_references, load_tags, load_wording, rows
from facemap.protocol.references import parse_reference
from facemap.protocol.rows import packaged_rows
from facemap.resources import load_knowledge

DATA = Path(facemap.__file__).parent / "data"
GOOD = {"kind": "P", "cite": "A paper", "doi": "10.1/x"}


def test_every_source_can_be_found_again() -> None:
    for reference in load_references().values():
        assert reference.found_at, reference.id
        assert reference.text.endswith(reference.found_at[-1])
        for way in reference.found_at:
            if way.startswith("doi:"):
                assert re.fullmatch(r"doi:10\.\d{4,9}/\S+", way), way
            if way.startswith("PMID"):
                assert re.fullmatch(r"PMID \d{7,8}", way), way


def test_no_source_is_idle() -> None:
    text = "\n".join(
        path.read_text("utf-8")
        for path in DATA.rglob("*.toml")
        if path.name != "references.toml"
    )
    idle = {key for key in load_references() if f'"{key}"' not in text}
    assert idle == set()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"doi": ""}, "needs one of doi, pmid"),
        ({"kind": "D"}, "needs a kind"),
        ({"kind": "X"}, "needs a kind"),
        ({"cite": " "}, "lacks cite"),
        ({"year": 2020}, "unknown fields: year"),
    ],
)
def test_a_source_that_cannot_be_found_again_is_refused(change, told) -> None:
    with pytest.raises(ValueError, match=told):
        parse_reference("x", GOOD | change)


def test_what_may_be_said_of_the_whole() -> None:
    assert set(load_wording()) == {"effect", "role", "limits", "unreviewed"}
    assert "no controlled trial" in load_wording()["effect"]


def test_tags_and_grades_speak_plainly() -> None:
    assert list(load_tags()) == ["P", "G", "C", "M", "D"]
    for grade in load_grades().values():
        assert grade.words.startswith(grade.name)
        assert grade.sources


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"sources": []}, r"muscles\.toml, muscle 1 \(frontalis\) has no source"),
        ({"sources": ["hearsay"]}, "cites unknown sources: hearsay"),
        ({"evidence": "Z"}, "unknown evidence tag 'Z'"),
        ({"color": "red"}, "has unknown fields: color"),
        ({"id": "procerus"}, r"muscle 3 \(procerus\) has the id of another row"),
    ],
)
def test_a_bad_row_is_told_with_file_and_row(monkeypatch, change, told) -> None:
    table = dict(load_knowledge("muscles"))
    table["muscle"] = [table["muscle"][0] | change, *table["muscle"][1:]]
    monkeypatch.setattr(rows, "load_knowledge", lambda _: table)
    with pytest.raises(KnowledgeError, match=told) as error:
        list(packaged_rows("muscles", "muscle", needs="name movements zones"))
    assert error.value.exit_code == 4
