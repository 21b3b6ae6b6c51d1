"""Text to documents, and whether a document is valid.

Those that people write by hand, protocol and intake, may be TOML.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from facemap.comparison import Repeatability
from facemap.documents.arithmetic import analysis_faults, phantom_faults
from facemap.documents.comparison import (
    comparison_faults,
    repeatability_faults,
    repeatability_in,
)
from facemap.documents.plan import plan_faults
from facemap.documents.rating import rating_faults
from facemap.documents.sitting import sitting_faults
from facemap.errors import DocumentError
from facemap.protocol import intake_faults, protocol_faults
from facemap.protocol.text import parse_table
from facemap.schemas import SCHEMA_FILES, form_faults

__all__ = [
    "check_document",
    "parse_document",
    "parse_repeatability",
    "validate_document",
]

Json = dict[str, Any]

_ARITHMETIC: Mapping[str, Callable[[Json], tuple[str, ...]]] = {
    "facemap.analysis/1": analysis_faults,
    "facemap.comparison/1": comparison_faults,
    "facemap.intake/1": intake_faults,
    "facemap.phantom/1": phantom_faults,
    "facemap.plan/1": plan_faults,
    "facemap.protocol/1": protocol_faults,
    "facemap.rating/1": rating_faults,
    "facemap.repeatability/1": repeatability_faults,
    "facemap.sitting/1": sitting_faults,
}

#: Their faults have rows in place of indices, and include those of their form.
_BY_HAND = ("facemap.intake/1", "facemap.protocol/1")


def parse_document(text: str, *, source: str = "the document") -> Json:
    """Read a document of any known schema, and check its form.

    Whether its numbers agree with each other is for `check_document`.

    Raises
    ------
    DocumentError
        It is not JSON, has no known schema, or does not meet it.
    """
    document = _load(text, source)
    validate_document(document, source=source)
    return _identify(document, source)[0]


def parse_repeatability(text: str, *, source: str = "the file") -> Repeatability:
    """Read what repeat shots taught, which ``facemap compare --repeat`` writes.

    Raises
    ------
    DocumentError
        It is no such document, or not a valid one, in one sentence.
    """
    document = parse_document(text, source=source)
    schema_id = document["schema"]
    if schema_id != "facemap.repeatability/1":
        raise DocumentError(
            f"{source} is a {schema_id}, not what repeat shots taught",
            hint="facemap compare --repeat writes one.",
        )
    for fault in repeatability_faults(document):
        raise DocumentError(
            f"{source} is not a valid {schema_id}: {fault}",
            hint="Make it again with facemap compare --repeat.",
        )
    return repeatability_in(document)


def validate_document(document: object, *, source: str = "the document") -> None:
    """Check a document against the schema that it names.

    Raises
    ------
    DocumentError
        With the place and the reason, in one sentence.
    """
    known, schema_id = _identify(document, source)
    for fault in form_faults(known, schema_id):
        raise DocumentError(
            f"{source} is not a valid {schema_id}: {fault}",
            hint="Make it again with facemap, or compare it with the schema.",
        )


def check_document(
    text: str, *, source: str = "the document"
) -> tuple[str, tuple[str, ...]]:
    """Find all that is wrong with a document: its form, else its arithmetic.

    Returns
    -------
    str
        The schema that the document names.
    tuple of str
        A sentence a fault, each with its place in the document; empty where it is
        valid.

    Raises
    ------
    DocumentError
        It is neither JSON nor TOML, or has no known schema.
    """
    document = _load(text, source)
    known, schema_id = _identify(document, source)
    if schema_id in _BY_HAND:
        return schema_id, _ARITHMETIC[schema_id](known)
    return schema_id, form_faults(known, schema_id) or _ARITHMETIC[schema_id](known)


def _load(text: str, source: str) -> object:
    if any(schema_id in text for schema_id in _BY_HAND):
        return parse_table(text, source=source, error=DocumentError)
    try:
        document: object = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise DocumentError(
            f"{source} is not valid JSON",
            hint="Was it cut off, or edited by hand? Make it again with facemap.",
        ) from error
    return document


def _identify(document: object, source: str) -> tuple[Json, str]:
    if isinstance(document, dict):
        schema_id = document.get("schema")
        if isinstance(schema_id, str) and schema_id in SCHEMA_FILES:
            return document, schema_id
    raise DocumentError(
        f"{source} names no schema that this facemap knows",
        hint=f"Known are: {', '.join(SCHEMA_FILES)}.",
    )


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
