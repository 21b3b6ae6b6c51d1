"""What one browser session compares: the photos chosen, dates, ratings, results.

Results hold no photo but what the page shows of it; nothing is written to disk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from facemap.comparison import Change, Comparison, Family, Repeatability
from facemap.comparison.rating import Item, Rating, Showing, draw_showings
from facemap.comparison.series import Treatment, Visit, visit_of
from facemap.documents import comparison_document
from facemap.types import Check
from facemap.ui.prints import Prints, print_pair

__all__ = ["Compared", "LightTable", "PairKey"]

#: Ids of two readings, the earlier first.
PairKey = tuple[str, str]


@dataclass(frozen=True)
class Compared:
    """Two photos that were compared, without their pixels."""

    key: PairKey
    photos: tuple[str, str]
    comparable: bool
    checks: tuple[Check, ...]
    changes: tuple[Change, ...]
    family: Family
    visits: tuple[Visit, Visit]
    document: Mapping[str, Any] = field(repr=False)
    prints: Prints = field(repr=False)

    @property
    def id(self) -> str:
        """One for each pair of readings."""
        return " ".join(self.key)


class LightTable:
    """The photos that one session lays beside each other."""

    #: Order and sides differ by rater and photos; they need not by session.
    SEED: ClassVar[int] = 20260301

    def __init__(self) -> None:
        self.part = "result"
        #: Hashes of the photos that are compared; None: nobody chose yet.
        self.pair: tuple[str, str] | None = None
        #: What somebody said of a photo's date, by its hash; None: that it is unknown.
        self.days: dict[str, date | None] = {}
        self.treatments: list[Treatment] = []
        #: What the clinic's own repeat shots taught, and the name of its file.
        self.repeatability: Repeatability | None = None
        self.repeatability_name = ""
        self.rater = ""
        self.ratings: dict[str, list[Rating]] = {}
        self.version = 0
        self._last: tuple[PairKey, Comparison] | None = None
        self._found: dict[PairKey, Compared] = {}
        self._refused: dict[PairKey, tuple[str, str]] = {}

    # ---- photos -----------------------------------------------------------------

    def swap(self) -> None:
        """Take the later photo for the earlier one."""
        if self.pair is not None:
            self.pair = self.pair[1], self.pair[0]
            self.version += 1

    def day(self, sha256: str, taken_at: str | None) -> date | None:
        """Give the day of a photo: what was said, else what the file holds."""
        if sha256 in self.days:
            return self.days[sha256]
        return date.fromisoformat(taken_at[:10]) if taken_at else None

    def set_day(self, sha256: str, day: date | None) -> None:
        """Say when a photo was taken, or that nobody knows, whatever its file says."""
        self.days[sha256] = day

    def days_entered(self, photos: Mapping[str, str | None]) -> dict[str, date | None]:
        """Give dates that somebody said and files do not.

        Parameters
        ----------
        photos : mapping of str to (str or None)
            By a photo's hash, when its file says that it was taken.
        """
        return {
            sha256: self.days[sha256]
            for sha256, taken_at in photos.items()
            if sha256 in self.days
            and self.days[sha256]
            != (date.fromisoformat(taken_at[:10]) if taken_at else None)
        }

    # ---- comparisons ------------------------------------------------------------

    def is_known(self, key: PairKey) -> bool:
        """Tell whether something came of a pair already."""
        return key in self._found or key in self._refused

    def found(self, key: PairKey) -> Compared | None:
        """Give what came of a pair; None where it was refused or not compared yet."""
        return self._found.get(key)

    def refusal(self, key: PairKey) -> tuple[str, str] | None:
        """Give why a pair could not be compared at all, and what to do."""
        return self._refused.get(key)

    def keep(self, key: PairKey, comparison: Comparison) -> None:
        """Keep what the page shows of a comparison; of the last one the pixels too."""
        self._last = key, comparison
        self._found[key] = _compared(key, comparison)

    def refuse(self, key: PairKey, message: str, hint: str) -> None:
        """Keep why a pair could not be compared."""
        self._refused[key] = message, hint

    def pixels(self, key: PairKey) -> Comparison | None:
        """Give a comparison with its pixels, where it is the last one made."""
        return self._last[1] if self._last and self._last[0] == key else None

    def use_repeatability(self, learned: Repeatability | None, name: str = "") -> None:
        """Judge by a clinic's own repeat shots, or by what ships alone again.

        What was compared is compared anew; what raters said stays.
        """
        self.repeatability = learned
        self.repeatability_name = name
        self._last = None
        self._found.clear()
        self.version += 1

    # ---- blind rating -----------------------------------------------------------

    def showings(self, compared: Compared) -> tuple[Showing, ...]:
        """Give the pairs for the rater, in their order."""
        before, after = compared.photos
        items = (
            Item(change.zone, before, after)
            for change in compared.changes
            if change.delta is not None and change.zone in compared.prints.boxes
        )
        return draw_showings(items, rater=self.rater, seed=self.SEED)

    def rated(self, compared: Compared) -> list[Rating]:
        """Give what all raters said of a pair of photos."""
        return self.ratings.setdefault(compared.id, [])

    def next_showing(self, compared: Compared) -> Showing | None:
        """Give what the rater has not seen yet; None at the end."""
        done = {r.showing.number for r in self.rated(compared) if r.rater == self.rater}
        waiting = (s for s in self.showings(compared) if s.number not in done)
        return next(waiting, None)

    def rate(self, compared: Compared, showing: Showing, answer: int) -> None:
        """Note an answer."""
        self.rated(compared).append(Rating(self.rater, showing, answer))

    def take_back(self, compared: Compared) -> None:
        """Forget the rater's last answer."""
        own = [r for r in self.rated(compared) if r.rater == self.rater]
        if own:
            self.rated(compared).remove(own[-1])


def _compared(key: PairKey, comparison: Comparison) -> Compared:
    photos = comparison.before.photo, comparison.after.photo
    return Compared(
        key=key,
        photos=(photos[0].sha256, photos[1].sha256),
        comparable=comparison.comparable,
        checks=comparison.checks,
        changes=comparison.changes,
        family=comparison.family,
        visits=(visit_of(comparison.before), visit_of(comparison.after)),
        document=comparison_document(comparison),
        prints=print_pair(comparison),
    )
