"""What to do and to expect, before, during and after."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from facemap.protocol.rows import packaged_rows, row_error

__all__ = ["Advice", "When", "load_aftercare"]


class When(StrEnum):
    """To which part of a session advice belongs."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"
    EXPECT = "expect"
    RED_FLAG = "red_flag"


@dataclass(frozen=True)
class Advice:
    """One piece of advice.

    Attributes
    ----------
    hours : int or None
        How long it holds from the session on; negative: for so long before.
    """

    id: str
    when: When
    text: str
    hours: int | None
    evidence: str
    sources: tuple[str, ...]


@cache
def load_aftercare() -> tuple[Advice, ...]:
    """Read the packaged table, in its order.

    Raises
    ------
    KnowledgeError
        With the row and what is wrong with it.
    """
    advice = []
    for row in packaged_rows("aftercare", "advice", needs="when text", may="hours"):
        if row["when"] not in set(When):
            raise row_error("aftercare", "advice", row["id"], "has an unknown when")
        advice.append(
            Advice(
                id=row["id"],
                when=When(row["when"]),
                text=row["text"],
                hours=row.get("hours"),
                evidence=row["evidence"],
                sources=tuple(row["sources"]),
            )
        )
    return tuple(advice)
