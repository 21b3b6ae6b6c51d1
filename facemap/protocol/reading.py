"""Protocol files, ours and a clinic's: read, or refused with file, row and reason.

What is of the form is said by the schema ``facemap.protocol/1``; what a schema cannot
say is here: that sources resolve, that no depth is above facemap's cap, that zones and
muscles exist, that nothing unreviewed is presented as reviewed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from facemap.errors import KnowledgeError, ProtocolError
from facemap.protocol.anchors import parse_anchor
from facemap.protocol.caps import Mode, protocol_cap_mm
from facemap.protocol.muscles import load_muscles
from facemap.protocol.references import load_grades, load_references, parse_reference
from facemap.protocol.text import Json, called, day_of, parse_table, read_file
from facemap.protocol.values import Away, Needle, Offer, Protocol, Row, Span, Technique
from facemap.resources import data_bytes
from facemap.schemas import form_faults, place

__all__ = ["load_protocol", "parse_protocol", "protocol_faults"]

_SCHEMA = "facemap.protocol/1"
_PACKAGED = ("protocols/dermal.toml", "protocols/intramuscular.toml")
#: What every row has that is not off.
_NUMBERS = ("technique", "depth_mm", "spacing_mm")


def load_protocol(path: Path | None = None) -> Protocol:
    """Read a clinic's protocol, or without a path the one that ships with facemap.

    Raises
    ------
    ProtocolError
        The clinic's file cannot be used; the message has file, row and reason.
    KnowledgeError
        The packaged one cannot.
    """
    if path is None:
        return _packaged()
    return parse_protocol(read_file(path, error=ProtocolError), source=path.name)


def parse_protocol(text: str, *, source: str = "the protocol") -> Protocol:
    """Read a protocol from TOML or JSON.

    Parameters
    ----------
    text : str
    source : str
        Its name, for messages.

    Raises
    ------
    ProtocolError
        With file, row and what is wrong.
    """
    document = parse_table(text, source=source, error=ProtocolError)
    faults = protocol_faults(document)
    if faults:
        more = len(faults) - 1
        raise ProtocolError(
            f"{source}, {faults[0]}" + (f" (and {more} more)" if more else ""),
            hint="Nothing is planned with it. The format is explained in "
            "docs/protocol-format.md.",
        )
    references = dict(load_references()) | {
        key: parse_reference(key, row)
        for key, row in document.get("reference", {}).items()
    }
    techniques = {
        key: _technique(key, row) for key, row in document["technique"].items()
    }
    return Protocol(
        id=document["id"],
        version=document["version"],
        title=document["title"],
        reviewed_by=document["reviewed_by"].strip() or None,
        reviewed_on=day_of(document.get("reviewed_on", "")),
        rows=tuple(_row(row, techniques) for row in document["row"]),
        references=MappingProxyType(references),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )


def protocol_faults(document: Json) -> tuple[str, ...]:
    """Say all that is wrong with a protocol, a sentence a fault with its row.

    Parameters
    ----------
    document : dict
        As read; dates are text.
    """
    faults = form_faults(document, _SCHEMA) or tuple(_faults(document))
    return tuple(called(fault, document, "row") for fault in faults)


@cache
def _packaged() -> Protocol:
    parts = []
    for name in _PACKAGED:
        try:
            parts.append(parse_protocol(data_bytes(name).decode(), source=name))
        except ProtocolError as error:
            raise KnowledgeError(str(error), hint="Install facemap again.") from error
    first = parts[0]
    if {(part.id, part.version) for part in parts} != {(first.id, first.version)}:
        raise KnowledgeError("The packaged protocols are of different versions")
    if any(part.reviewed_by or len(part.unreviewed) < len(part.rows) for part in parts):
        raise KnowledgeError("The packaged protocols may not name a reviewer")
    return Protocol(
        id=first.id,
        version=first.version,
        title=first.title,
        reviewed_by=None,
        reviewed_on=None,
        rows=tuple(row for part in parts for row in part.rows),
        references=first.references,
        sha256=hashlib.sha256("".join(p.sha256 for p in parts).encode()).hexdigest(),
    )


def _faults(document: Json) -> Iterator[str]:
    known = set(load_references())
    for key, row in document.get("reference", {}).items():
        if key in known:
            yield f"{place('reference', key)} has the id of one of facemap's sources"
        try:
            parse_reference(key, row)
        except ValueError as error:
            yield f"{place('reference', key)} {error}"
    known |= document.get("reference", {}).keys()
    for key, row in document["technique"].items():
        where = place("technique", key)
        yield from _source_faults(where, row, known)
        yield from _technique_faults(where, row)
    seen: set[str] = set()
    for index, row in enumerate(document["row"]):
        where = place("row", index)
        if row["id"] in seen:
            yield f"{where} has the id of another row"
        seen.add(row["id"])
        yield from _source_faults(where, row, known)
        yield from _place_faults(where, row, document["technique"])
        yield from _number_faults(where, row, document["technique"])
        yield from _review_faults(where, row)
    yield from _review_faults("", document)
    if document["reviewed_by"].strip():
        for index, row in enumerate(document["row"]):
            if not row["reviewed_by"].strip():
                yield (
                    f"{place('row', index)} is not reviewed, but the whole is "
                    "presented as reviewed"
                )


def _source_faults(where: str, row: Json, known: set[str]) -> Iterator[str]:
    lost = sorted(set(row["sources"]) - known)
    if lost:
        yield f"{where}.sources has what is in no list of sources: {', '.join(lost)}"


def _technique_faults(where: str, row: Json) -> Iterator[str]:
    for name in ("passes", "sessions"):
        if row[name]["default"] > row[name]["max"]:
            yield f"{where}.{name} has a default above its max"
    for name, span in row["needle"].items():
        if span["min"] > span["max"]:
            yield f"{where}.needle.{name} is an empty range"


def _place_faults(where: str, row: Json, techniques: Json) -> Iterator[str]:
    named = row.get("technique")
    if named is not None and named not in techniques:
        yield f"{where}.technique names {named!r}, which there is not"
        return
    muscle = row.get("muscle")
    if muscle is not None and muscle not in {m.id for m in load_muscles()}:
        yield f"{where}.muscle is no muscle that facemap knows: {muscle}"
    if muscle is None and "zone" not in row:
        yield f"{where} names neither a zone nor a muscle"
    if named is not None:
        mode = Mode(techniques[named]["mode"])
        if (mode is Mode.INTRAMUSCULAR) != (muscle is not None):
            must = "must name" if mode is Mode.INTRAMUSCULAR else "may not name"
            yield f"{where} {must} a muscle: its technique is {mode}"
    if row["grade"] not in load_grades():
        yield f"{where}.grade is none that facemap knows: {row['grade']}"
    for at, anchor in enumerate(row.get("window", ())):
        try:
            parse_anchor(anchor)
        except ValueError as error:
            yield f"{where}.window[{at}] {error}"
    for at, anchor in enumerate(row.get("away", {}).get("line", ())):
        try:
            parse_anchor(anchor)
        except ValueError as error:
            yield f"{where}.away.line[{at}] {error}"


def _number_faults(where: str, row: Json, techniques: Json) -> Iterator[str]:
    off = row["offer"] == Offer.OFF
    if off and not row.get("why_off", "").strip():
        yield f"{where} is off, but says nothing in why_off"
    lacking = [name for name in _NUMBERS if name not in row]
    if lacking and not off:
        yield f"{where} lacks {', '.join(lacking)}"
        return
    angle = row.get("angle_deg")
    if angle is not None and angle["min"] > angle["max"]:
        yield f"{where}.angle_deg is an empty range"
    technique = techniques.get(row.get("technique", ""))
    depth = row.get("depth_mm")
    if depth is None or technique is None:
        return
    if depth["default"] > depth["cap"]:
        yield f"{where}.depth_mm has a default above its cap"
    mode = Mode(technique["mode"])
    target = row.get("muscle") if mode is Mode.INTRAMUSCULAR else row.get("zone")
    cap_mm = protocol_cap_mm(mode, str(target), row.get("part", ""))
    if cap_mm is None:
        yield f"{where} is for {target}, for which facemap knows no cap"
    elif depth["cap"] > cap_mm:
        yield (
            f"{where}.depth_mm.cap is {depth['cap']}, above facemap's cap of "
            f"{cap_mm} mm for {target}"
        )
    if depth["cap"] > technique["needle"]["length_mm"]["max"]:
        yield f"{where}.depth_mm.cap is deeper than its needle is long"
    if mode is Mode.INTRAMUSCULAR and row["offer"] in (Offer.ON, Offer.FLAG):
        missing = [n for n in ("zone", "window", "max_points") if n not in row]
        if missing:
            yield f"{where} lacks {', '.join(missing)}"


def _review_faults(where: str, row: Mapping[str, Any]) -> Iterator[str]:
    at = f"{where}." if where else ""
    by, on = row["reviewed_by"].strip(), row.get("reviewed_on", "")
    if by and not on:
        yield f"{at}reviewed_by is given, but reviewed_on is not"
    if on and not by:
        yield f"{at}reviewed_on is given, but nobody in reviewed_by"
    if by and not any(letter.isalpha() for letter in by):
        yield f"{at}reviewed_by names nobody"
    try:
        day_of(on)
    except ValueError:
        yield f"{at}reviewed_on is no day of the calendar"


def _technique(key: str, row: Json) -> Technique:
    needle = row["needle"]
    return Technique(
        id=key,
        mode=Mode(row["mode"]),
        words=row["words"],
        needle=Needle(
            diameter_mm=_span(needle["diameter_mm"], "min", "max"),
            length_mm=_span(needle["length_mm"], "min", "max"),
        ),
        passes=_span(row["passes"], "default", "max"),
        sessions=_span(row["sessions"], "default", "max"),
        interval_days=row["interval_days"],
        review_days=tuple(row["review_days"]),
        side_rows=row.get("side_rows", 0),
        evidence=row["evidence"],
        sources=tuple(row["sources"]),
    )


def _row(row: Json, techniques: Mapping[str, Technique]) -> Row:
    technique = techniques.get(row.get("technique", ""))
    by_muscle = Mode.INTRAMUSCULAR if "muscle" in row else Mode.DERMAL
    depth, angle = row.get("depth_mm"), row.get("angle_deg")
    reviewed_on: date | None = day_of(row.get("reviewed_on", ""))
    return Row(
        id=row["id"],
        mode=technique.mode if technique else by_muscle,
        zone=row.get("zone"),
        muscle=row.get("muscle"),
        part=row.get("part", ""),
        offer=Offer(row["offer"]),
        why_off=row.get("why_off", ""),
        technique=technique,
        depth_mm=_span(depth, "default", "cap") if depth else None,
        spacing_mm=row.get("spacing_mm"),
        max_points=row.get("max_points"),
        paired=row.get("paired", True),
        window=tuple(parse_anchor(anchor) for anchor in row.get("window", ())),
        away=_away(row["away"]) if "away" in row else None,
        angle_deg=_span(angle, "min", "max") if angle else None,
        grade=load_grades()[row["grade"]],
        cautions=tuple(row.get("cautions", ())),
        evidence=row["evidence"],
        sources=tuple(row["sources"]),
        reviewed_by=row["reviewed_by"].strip() or None,
        reviewed_on=reviewed_on,
    )


def _away(row: Json) -> Away:
    line = tuple(parse_anchor(anchor) for anchor in row["line"])
    return Away(line, float(row["mm"]), row["from"])


def _span(row: Json, low: str, high: str) -> Span:
    return Span(row[low], row[high])
