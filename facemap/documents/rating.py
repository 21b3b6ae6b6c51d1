"""Blind ratings as a JSON document, and whether such a document agrees with itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from facemap.comparison import Change, LineCounts, ZoneVerdict
from facemap.comparison.rating import (
    Item,
    Kappa,
    Rating,
    Showing,
    between_raters,
    mean_kappa,
    rating_row,
    with_measurement,
    within_rater,
)
from facemap.documents.layout import DECIMALS, number
from facemap.schemas import place

__all__ = ["rating_document", "rating_faults"]

Json = dict[str, Any]

_SEVERITY, _SHARE = DECIMALS["severity"], DECIMALS["share"]
#: Of a rounded kappa, and of arithmetic done on another machine.
_ERROR = 0.6 * 10.0**-_SHARE


def rating_document(
    ratings: Sequence[Rating],
    measured: Mapping[str, Change] | None = None,
    *,
    seed: int,
) -> Json:
    """Lay ratings and their agreement out as ``facemap.rating/1``.

    Parameters
    ----------
    ratings : sequence of Rating
        In the order in which they were given.
    measured : mapping of str to Change, optional
        By the item's id.
    seed : int
        That of `facemap.comparison.rating.draw_showings`.

    Returns
    -------
    dict
        Plain JSON values; unknown is ``None``.
    """
    known = measured or {}
    return {
        "schema": "facemap.rating/1",
        "seed": seed,
        "raters": sorted({rating.rater for rating in ratings}),
        "ratings": [_row(rating, known) for rating in ratings],
        **_agreement(ratings, known),
    }


def _row(rating: Rating, known: Mapping[str, Change]) -> Json:
    row = rating_row(rating, known)
    for name in ("measured_delta", "measured_sd"):
        row[name] = number(row[name], _SEVERITY)
    return row


def _agreement(ratings: Sequence[Rating], known: Mapping[str, Change]) -> Json:
    """Lay out what follows from the ratings."""
    kappas = between_raters(ratings)
    against = with_measurement(ratings, known)
    raters = sorted({rating.rater for rating in ratings})
    return {
        "between_raters": {
            "method": "kappa with quadratic weights, mean over pairs of raters",
            "mean": number(mean_kappa(kappas), _SHARE),
            "pairs": [_kappa(kappa) for kappa in kappas],
        },
        "within_raters": [_kappa(within_rater(ratings, r)) for r in raters],
        "with_measurement": {
            "items": against.items,
            "same": against.same,
            "kappa": _kappa(against.kappa),
            "table": [
                {"seen": seen, "measured": verdict, "count": count}
                for (seen, verdict), count in against.table.items()
            ],
        },
    }


def _kappa(kappa: Kappa) -> Json:
    return {
        "raters": list(kappa.raters),
        "kappa": number(kappa.value, _SHARE),
        "sd": number(kappa.sd, _SHARE),
        "items": kappa.items,
        "reason": kappa.reason,
    }


def rating_faults(document: Json) -> tuple[str, ...]:
    """Say where ratings of the right form contradict themselves, a sentence each.

    All that follows from the ratings is worked out again.
    """
    return tuple(_faults(document))


def _faults(document: Json) -> Iterator[str]:
    rows = document["ratings"]
    wrong = [
        fault for index, row in enumerate(rows) for fault in _row_faults(index, row)
    ]
    yield from wrong
    if document["raters"] != sorted({row["rater"] for row in rows}):
        yield "raters are not those who gave the ratings, by name"
        return
    known: dict[str, Change] = {}
    for index, row in enumerate(rows):
        change = _change(row)
        if known.setdefault(_item(row).id, change) != change:
            yield (
                f"{place('ratings', index)}: the same zone of the same photos was "
                "measured otherwise before"
            )
            return
    if wrong:
        return
    measured = {key: c for key, c in known.items() if c.verdict is not _UNMEASURED}
    ratings = [_rating(row) for row in rows]
    for name, part in _agreement(ratings, measured).items():
        for where, said, found in _differences(document[name], part, name):
            yield f"{where} is {_shown(said)}, but {_shown(found)} follows"


def _row_faults(index: int, row: Json) -> Iterator[str]:
    where = place("ratings", index)
    if row["grade"] != (-row["answer"] if row["after_on"] == "left" else row["answer"]):
        yield f"{where}: grade {row['grade']} does not follow from answer and side"
    if row["before"] == row["after"]:
        yield f"{where}: before and after are the same photo"
    numbers = row["measured_delta"], row["measured_sd"]
    told = row["measured_verdict"] not in (None, "not_comparable")
    if any((value is not None) != told for value in numbers):
        yield f"{where}: measured_delta and measured_sd do not fit measured_verdict"


#: Stands for a zone of which nothing was measured.
_UNMEASURED = ZoneVerdict.NOT_COMPARABLE


def _item(row: Json) -> Item:
    return Item(row["zone"], row["before"], row["after"])


def _rating(row: Json) -> Rating:
    showing = Showing(
        row["number"], _item(row), row["after_on"] == "left", repeat=row["repeat"]
    )
    return Rating(row["rater"], showing, row["answer"])


def _change(row: Json) -> Change:
    """Take what a row tells of the measurement: enough for the agreement with it."""
    return Change(
        zone=row["zone"],
        before=None,
        after=None,
        delta=row["measured_delta"],
        sd=row["measured_sd"],
        smallest_detectable=None,
        percent=None,
        length_delta_mm=None,
        depth_delta=None,
        lines=LineCounts(),
        verdict=ZoneVerdict(row["measured_verdict"] or _UNMEASURED),
    )


def _shown(value: object) -> object:
    return "null" if value is None else value


def _differences(
    said: Any,  # noqa: ANN401  # whatever JSON holds
    found: Any,  # noqa: ANN401
    *keys: str | int,
) -> Iterator[tuple[str, object, object]]:
    """Find where a document says something else than what was worked out."""
    if isinstance(found, dict):
        for key, part in found.items():
            # In words: another version may put it otherwise.
            if key not in ("method", "reason"):
                yield from _differences(said[key], part, *keys, key)
    elif isinstance(found, list):
        if len(said) != len(found):
            yield f"the number of {place(*keys)}", len(said), len(found)
            return
        for index, part in enumerate(found):
            yield from _differences(said[index], part, *keys, index)
    elif isinstance(found, float) and isinstance(said, int | float):
        if abs(said - found) > _ERROR:
            yield place(*keys), said, found
    elif said != found:
        yield place(*keys), said, found
