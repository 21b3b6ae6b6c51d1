"""What the data files cite, and how well each thing is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from facemap.errors import KnowledgeError
from facemap.resources import load_knowledge

__all__ = [
    "Grade",
    "Reference",
    "load_grades",
    "load_references",
    "load_tags",
    "load_wording",
    "parse_reference",
]

#: Ways to find a source again, and how each is written.
_WAYS: Mapping[str, str] = {
    "doi": "doi:",
    "pmid": "PMID ",
    "pmcid": "",
    "isbn": "ISBN ",
    "address": "",
}


@dataclass(frozen=True)
class Reference:
    """A source.

    Attributes
    ----------
    id : str
    kind : str
        The best tag that a number from it alone can have, see `load_tags`.
    cite : str
    found_at : tuple of str
        DOI, PMID, PMC id, ISBN or address, each written out.
    """

    id: str
    kind: str
    cite: str
    found_at: tuple[str, ...]

    @property
    def text(self) -> str:
        """The source in one line.

        Examples
        --------
        >>> load_references()["janis2007"].text
        'Janis 2007, Plast Reconstr Surg 120:1647: corrugator. PMID 18040200'
        """
        return f"{self.cite}. {', '.join(self.found_at)}"


@dataclass(frozen=True)
class Grade:
    """How well it is known that a step does anything."""

    id: str
    name: str
    words: str
    sources: tuple[str, ...]


def parse_reference(key: str, row: Mapping[str, Any]) -> Reference:
    """Read one source.

    Raises
    ------
    ValueError
        With what it lacks, in words.
    """
    strange = sorted(row.keys() - {"kind", "cite", *_WAYS})
    if strange:
        raise ValueError(f"has unknown fields: {', '.join(strange)}")
    if row.get("kind") not in load_tags() or row.get("kind") == "D":
        raise ValueError("needs a kind: P, G, C or M")
    if not str(row.get("cite", "")).strip():
        raise ValueError("lacks cite")
    found_at = tuple(
        f"{prefix}{row[way]}"
        for way, prefix in _WAYS.items()
        if str(row.get(way, "")).strip()
    )
    if not found_at:
        raise ValueError(f"needs one of {', '.join(_WAYS)}")
    return Reference(id=key, kind=row["kind"], cite=row["cite"], found_at=found_at)


@cache
def load_references() -> Mapping[str, Reference]:
    """Read the packaged list, by id.

    Raises
    ------
    KnowledgeError
        A source cannot be found again.
    """
    found = {}
    for key, row in load_knowledge("references")["reference"].items():
        try:
            found[key] = parse_reference(key, row)
        except ValueError as error:
            raise KnowledgeError(f"references.toml, {key} {error}") from error
    return MappingProxyType(found)


@cache
def load_tags() -> Mapping[str, str]:
    """Read what each evidence tag means, the strongest first."""
    return MappingProxyType(dict(load_knowledge("evidence")["tag"]))


@cache
def load_grades() -> Mapping[str, Grade]:
    """Evidence that a step does anything, by id.

    Raises
    ------
    KnowledgeError
        A grade names a source that there is not.
    """
    known = load_references()
    grades = {}
    for key, row in load_knowledge("evidence")["grade"].items():
        sources = tuple(row["sources"])
        if not sources or not known.keys() >= set(sources):
            raise KnowledgeError(f"evidence.toml, grade {key}: sources do not resolve")
        grades[key] = Grade(key, row["name"], row["words"], sources)
    return MappingProxyType(grades)


@cache
def load_wording() -> Mapping[str, str]:
    """Read what may be said of the whole: effect, role, limits, unreviewed.

    Examples
    --------
    >>> load_wording()["unreviewed"]
    "Not yet clinically reviewed: a practitioner's judgment is needed for every step."
    """
    table = load_knowledge("evidence")["wording"]
    said = {key: text for key, text in table.items() if isinstance(text, str)}
    del said["evidence"]
    return MappingProxyType(said)
