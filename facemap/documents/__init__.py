"""Values to JSON documents, and what every document must meet.

The shapes are binding contracts with other programs: fields are added freely, changed
or dropped only with a new schema number.
"""

from __future__ import annotations

from facemap.documents.comparison import (
    comparison_document,
    dated_document,
    repeatability_document,
    repeatability_in,
)
from facemap.documents.layout import analysis_document, to_json
from facemap.documents.plan import gains_in, plan_document, plan_notes
from facemap.documents.rating import rating_document
from facemap.documents.reading import (
    check_document,
    parse_document,
    parse_repeatability,
    validate_document,
)
from facemap.documents.sitting import sitting_document
from facemap.schemas import SCHEMA_FILES, load_schema

__all__ = [
    "SCHEMA_FILES",
    "analysis_document",
    "check_document",
    "comparison_document",
    "dated_document",
    "gains_in",
    "load_schema",
    "parse_document",
    "parse_repeatability",
    "plan_document",
    "plan_notes",
    "rating_document",
    "repeatability_document",
    "repeatability_in",
    "sitting_document",
    "to_json",
    "validate_document",
]
