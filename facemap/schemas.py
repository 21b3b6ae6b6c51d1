"""The form of a document: its JSON Schema, and in words what does not meet it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from facemap.errors import KnowledgeError
from facemap.resources import data_bytes

__all__ = ["SCHEMA_FILES", "form_faults", "load_schema", "place"]

Json = dict[str, Any]

#: Schema id, as written in a document, to the file that describes it.
SCHEMA_FILES: Mapping[str, str] = {
    "facemap.analysis/1": "schemas/analysis-1.schema.json",
    "facemap.comparison/1": "schemas/comparison-1.schema.json",
    "facemap.intake/1": "schemas/intake-1.schema.json",
    "facemap.phantom/1": "schemas/phantom-1.schema.json",
    "facemap.plan/1": "schemas/plan-1.schema.json",
    "facemap.protocol/1": "schemas/protocol-1.schema.json",
    "facemap.rating/1": "schemas/rating-1.schema.json",
    "facemap.repeatability/1": "schemas/repeatability-1.schema.json",
    "facemap.sitting/1": "schemas/sitting-1.schema.json",
}

_KINDS: Mapping[str, str] = {
    "null": "null",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "array": "a list",
    "object": "an object",
}
#: Numbers beyond this are none that facemap writes, and not all arithmetic holds them.
_LARGEST = 1e15


@cache
def load_schema(schema_id: str) -> Json:
    """Read a packaged JSON Schema."""
    try:
        schema: Json = json.loads(data_bytes(SCHEMA_FILES[schema_id]))
    except ValueError as error:
        raise KnowledgeError(f"The schema {schema_id} is damaged") from error
    return schema


def place(*keys: str | int) -> str:
    """Write where something stands in a document.

    Examples
    --------
    >>> place("zones", 3, "grade")
    'zones[3].grade'
    """
    path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return path.removeprefix(".") or "the document"


def form_faults(document: Json, schema_id: str) -> tuple[str, ...]:
    """Say what of a document does not meet its schema, a sentence a fault.

    Parameters
    ----------
    document : dict
    schema_id : str
        One of `SCHEMA_FILES`.

    Returns
    -------
    tuple of str
        Those nearest to the top first; each begins with its place.
    """
    if huge := tuple(_huge_numbers(document)):
        return huge
    import jsonschema  # imported late: it is slow, and only checks need it

    validator = jsonschema.Draft202012Validator(load_schema(schema_id))
    found = sorted(
        validator.iter_errors(document), key=lambda error: len(error.absolute_path)
    )
    # Of several missing fields each is an error of its own, and says them all.
    return tuple(dict.fromkeys(map(_sentence, found)))


def _huge_numbers(value: object, *keys: str | int) -> Iterator[str]:
    """Say of each number that no arithmetic could hold, such as 1e999, where it is."""
    inside: Mapping[str | int, object] = {}
    if isinstance(value, dict):
        inside = value
    elif isinstance(value, list):
        inside = dict(enumerate(value))
    elif isinstance(value, int | float) and not abs(value) <= _LARGEST:
        yield f"{place(*keys)} is too large a number"
    for key, part in inside.items():
        yield from _huge_numbers(part, *keys, key)


def _sentence(error: Any) -> str:  # noqa: ANN401  # jsonschema comes without types
    """Say in words what jsonschema found."""
    where = place(*error.absolute_path)
    value, limit = error.instance, error.validator_value
    match error.validator:
        case "required":
            missing = ", ".join(name for name in limit if name not in value)
            return f"{where} lacks {missing}"
        case "type":
            kinds = [limit] if isinstance(limit, str) else limit
            wanted = " or ".join(_KINDS[kind] for kind in kinds)
            because = _condition(error.absolute_schema_path)
            return f"{where} is {_shown(value)}, but must be {wanted}{because}"
        case "enum":
            return (
                f"{where} is {_shown(value)}, but must be one of "
                f"{', '.join(map(_shown, limit))}"
            )
        case "const":
            return f"{where} is {_shown(value)}, but must be {_shown(limit)}"
        case "minimum":
            return f"{where} is {_shown(value)}, but must be {limit} or more"
        case "maximum":
            return f"{where} is {_shown(value)}, but must be {limit} or less"
        case "exclusiveMinimum":
            return f"{where} is {_shown(value)}, but must be more than {limit}"
        case "exclusiveMaximum":
            return f"{where} is {_shown(value)}, but must be less than {limit}"
        case "minItems":
            return f"{where} has {len(value)} entries, but must have {limit} or more"
        case "maxItems":
            return f"{where} has {len(value)} entries, but must have {limit} or fewer"
        case "minLength":
            return f"{where} must not be empty"
        case "pattern":
            return f"{where} is {_shown(value)}, which is not of the form {limit}"
        case "additionalProperties":
            strange = ", ".join(sorted(value.keys() - error.schema["properties"]))
            return f"{where} has fields that its schema does not know: {strange}"
        case other:
            return f"{where} does not meet the schema ({other})"


def _condition(schema_path: Sequence[str | int]) -> str:
    """Name the condition of the one conditional part that our schemas have."""
    if "then" in schema_path:
        return " where assessable is false"
    return " where assessable is true" if "else" in schema_path else ""


def _shown(value: object) -> str:
    """Write a value as JSON does, or what kind of value it is where that is long."""
    if isinstance(value, dict | list):
        return _KINDS["object" if isinstance(value, dict) else "array"]
    if isinstance(value, float) and not math.isfinite(value):
        return "no number"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
