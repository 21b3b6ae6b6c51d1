"""Which two photos, and when they were taken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import streamlit as st

from facemap.ui import words
from facemap.ui.components.intake import take_photos
from facemap.ui.components.markup import element, text
from facemap.ui.session import Case, Reading

__all__ = [
    "actions",
    "ask_day",
    "choose_pair",
    "chosen_pair",
    "day_of",
    "days_entered",
    "facts_of",
    "in_order",
]

_FIRST_DAY = date(1990, 1, 1)
_ORDER = "The photo given as before was taken later than the other: is the order right?"


def actions(case: Case) -> None:
    """Offer to add photos and to start over."""
    with st.popover("Add photos", icon=":material/add_a_photo:"):
        take_photos(case)
    st.button("Start over", key="compare_clear", on_click=case.clear)


def in_order(case: Case) -> list[str]:
    """Hashes of the photos that were analyzed: by date, undated ones last."""
    days = {sha256: day_of(case, sha256) for sha256 in case.readings()}
    return sorted(days, key=lambda sha256: (days[sha256] is None, days[sha256] or 0))


def day_of(case: Case, sha256: str) -> date | None:
    """Give the day of a photo: what was said, else what the file holds."""
    document = case.readings()[sha256].document
    return case.light_table.day(sha256, document["photo"]["taken_at"])


def days_entered(case: Case) -> Mapping[str, date | None]:
    """Give dates that somebody entered here, by the photo's hash."""
    return case.light_table.days_entered(
        {
            sha256: reading.document["photo"]["taken_at"]
            for sha256, reading in case.readings().items()
        }
    )


def facts_of(reading: Reading) -> str:
    """Say from where a photo shows the face, and what the face does."""
    face = reading.document["face"]
    movement = words.EXPRESSIONS[face["expression"]["label"]].lower()
    return f"{words.VIEWS[face['view']]}, {movement}"


def choose_pair(case: Case) -> tuple[str, str]:
    """Ask which photo is the earlier and which the later one.

    Returns
    -------
    tuple of str
        Their hashes.
    """
    table = case.light_table
    photos = in_order(case)
    known = chosen_pair(case)
    with st.container(key="compare_pair"):
        left, middle, right = st.columns([1, 0.12, 1], vertical_alignment="center")
        with left:
            before = _ask_photo(case, photos, "Before", known[0])
        with middle:
            st.button(
                "⇄",
                key="compare_swap",
                help="Swap before and after",
                on_click=table.swap,
            )
        with right:
            after = _ask_photo(case, photos, "After", known[1])
    if known != (before, after):
        table.pair = before, after
        st.rerun()
    days = day_of(case, before), day_of(case, after)
    if days[0] is not None and days[1] is not None and days[0] > days[1]:
        note = element("li", "fx-note", text(_ORDER))
        st.html(element("ul", "fx-notes", note))
    return before, after


def chosen_pair(case: Case) -> tuple[str, str]:
    """Give the two photos that are compared; a guess where nobody chose yet."""
    table = case.light_table
    photos = in_order(case)
    if table.pair is None or not set(table.pair) <= set(photos):
        table.pair = _first_guess(case, photos)
        table.version += 1
    return table.pair


def _first_guess(case: Case, photos: list[str]) -> tuple[str, str]:
    """First and last of the photos that are most alike in view and movement.

    Of those with a date, where there are two: nobody knows where others belong.
    """
    readings = case.readings()
    groups: dict[str, list[str]] = {}
    for sha256 in photos:
        groups.setdefault(facts_of(readings[sha256]), []).append(sha256)
    alike = max(groups.values(), key=len)
    chosen = alike if len(alike) > 1 else photos
    dated = [sha256 for sha256 in chosen if day_of(case, sha256) is not None]
    chosen = dated if len(dated) > 1 else chosen
    return chosen[0], chosen[-1]


def _ask_photo(case: Case, photos: list[str], label: str, known: str) -> str:
    table = case.light_table
    readings = case.readings()
    picture, fields = st.columns([0.34, 1], vertical_alignment="center")
    with fields:
        chosen: str = st.selectbox(
            label,
            photos,
            index=photos.index(known),
            format_func=lambda sha256: case.uploads[sha256].name,
            key=f"compare_{label.lower()}_{table.version}",
        )
        ask_day(case, chosen, "Taken on", where=label.lower())
    with picture:
        st.image(readings[chosen].display_jpeg, width="stretch")
    return chosen


def ask_day(case: Case, sha256: str, label: str, *, where: str) -> None:
    """Ask when a photo was taken, and say what it shows.

    What its file says stands there already.
    """
    known = day_of(case, sha256)
    # A camera's clock may be wrong by decades: what it says is shown, to be mended.
    shown = known or date.today()
    day = st.date_input(
        label,
        value=known,
        min_value=min(_FIRST_DAY, shown),
        max_value=max(date.today(), shown),
        format="YYYY-MM-DD",
        key=f"compare_day_{where}_{sha256}_{case.light_table.version}",
    )
    if day != known and not isinstance(day, tuple):
        case.light_table.set_day(sha256, day)
        st.rerun()
    facts = facts_of(case.readings()[sha256])
    if sha256 in days_entered(case):
        facts += ", date by hand" if known else ", date taken out by hand"
    st.html(element("div", "fx-detail", text(facts)))
