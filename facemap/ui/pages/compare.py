"""Compare: can two photos be compared, what changed, over time, and blindly rated."""

from __future__ import annotations

from datetime import date
from functools import partial

import streamlit as st

from facemap.comparison.checks import check_order, days_between
from facemap.documents import dated_document, to_json
from facemap.types import Check, Verdict
from facemap.ui.components.comparing.blind import blind_rating
from facemap.ui.components.comparing.choose import (
    actions,
    choose_pair,
    chosen_pair,
    day_of,
    days_entered,
)
from facemap.ui.components.comparing.noise import noise_panel, rests_on
from facemap.ui.components.comparing.over_time import over_time
from facemap.ui.components.comparing.verdict import (
    pair_checks,
    show_copies,
    verdict_panel,
)
from facemap.ui.components.comparing.work import (
    Pair,
    compare_pairs,
    key_of,
    with_pixels,
)
from facemap.ui.components.intake import (
    run_analyses,
    show_refusals,
    show_repeats,
    take_photos,
)
from facemap.ui.components.markup import alert, element, text
from facemap.ui.components.pair_view import pair_payload, pair_view
from facemap.ui.light_table import Compared
from facemap.ui.prints import PICTURES, picture
from facemap.ui.session import Case, get_case

__all__ = ["page"]

_INTRO = """
<header class="fx-intro">
  <h1>Before and after, the same skin twice</h1>
  <p>Two photos of one face: can they be compared at all, what changed in each zone, and
  how small a change would have shown. Three and more become a course over time.</p>
</header>"""
_TIPS = """
<section class="fx-tips" aria-label="How to take photos that can be compared">
  <div><h3>Same pose and face</h3><p>Same turn and nod of the head, face at rest, lips
  closed. A smile spoils the mouth and the corners of the eyes.</p></div>
  <div><h3>Same light</h3><p>Same lamps in the same places, same room, no flash from the
  side. Lines look deeper under light that grazes the skin.</p></div>
  <div><h3>Same camera and distance</h3><p>One meter or more, the same camera, the
  original file. No filter, no make-up.</p></div>
</section>"""
_PARTS = {"result": "Result", "course": "Over time", "blind": "Blind rating"}
#: A pair in which nothing lies at the same place.
_UNALIGNED = ("view", "same_skin")
_NOT_LAID_OVER = (
    "As they were taken: photos in which the same skin is not found are not laid over "
    "each other."
)


def page() -> None:
    """Lay the page out."""
    case = get_case()
    if case.uploads:
        run_analyses(case)
    if len(case.readings()) < 2:
        _ask_for_photos(case)
        return
    part = _bar(case)
    show_repeats(case)
    show_refusals(case)
    if part == "course":
        over_time(case)
        return
    # A rater sees neither names nor dates of the pair that was chosen.
    pair = chosen_pair(case) if part == "blind" else choose_pair(case)
    if pair[0] == pair[1]:
        name = case.uploads[pair[0]].name
        said = "Before and after are the same file" + (
            "." if part == "blind" else f": {name}."  # a rater sees no name
        )
        st.html(alert(said, "Choose two different photos."))
        return
    [compared] = compare_pairs(case, [pair])
    if compared is None:
        message, hint = case.light_table.refusal(key_of(case, pair)) or ("", "")
        st.html(alert(message, hint))
    elif part == "blind":
        blind_rating(case.light_table, compared)
    else:
        _result(case, pair, compared)


def _ask_for_photos(case: Case) -> None:
    st.html(_INTRO)
    show_repeats(case)
    show_refusals(case)
    with st.container(key="compare_welcome", border=True):
        here = [case.uploads[sha256].name for sha256 in case.readings()]
        if here:
            said = f"{here[0]} is here. Add another photo of the same face."
            st.html(element("p", "fx-detail", text(said)))
        take_photos(case)
    st.html(_TIPS)


def _bar(case: Case) -> str:
    table = case.light_table
    parts = [p for p in _PARTS if p != "course" or len(case.readings()) > 2]
    with st.container(horizontal=True, vertical_alignment="center"):
        part: str = st.segmented_control(
            "Part",
            parts,
            default=table.part if table.part in parts else parts[0],
            required=True,
            format_func=_PARTS.__getitem__,
            key="compare_part",
            label_visibility="collapsed",
        )
        with st.container(
            horizontal=True, horizontal_alignment="right", key="compare_actions"
        ):
            actions(case)
    table.part = part
    return part


def _result(case: Case, pair: Pair, compared: Compared) -> None:
    show_copies(case, [pair], [compared])
    spoiled = {c.id for c in compared.checks if c.verdict is Verdict.REJECT}
    days = day_of(case, pair[0]), day_of(case, pair[1])
    checks = _checks(case, compared, days)
    same_photo = [c for c in compared.checks if c.id == "same_photo"]
    verdict_panel(compared, [*same_photo, *checks], rests_on(case.light_table))
    pair_checks(
        # Of skin that does not fit, every other figure is one of two different skins.
        [c for c in compared.checks if c.id == "same_skin"]
        if "same_skin" in spoiled
        else checks
    )
    if compared.comparable:
        noise_panel(case.light_table)
    labels = _label("Before", days[0]), _label("After", days[1])
    if spoiled.intersection(_UNALIGNED):
        _apart(case, pair, labels)
    else:
        payload = pair_payload(
            compared.prints,
            compared.changes,
            pair_id=" ".join((compared.id, *labels)),
            labels=labels,
        )
        prints = compared.prints
        pictures = [prints.before, prints.after, prints.matched]
        pair_view(payload, pictures, key="compare_view")
        _change_map(compared)
    _downloads(case, pair, compared)


def _checks(
    case: Case, compared: Compared, days: tuple[date | None, date | None]
) -> list[Check]:
    """Give how the photos differ, in order by the dates that the page shows."""
    checks = [check for check in compared.checks if check.id != "same_photo"]
    if days_entered(case).keys().isdisjoint(compared.photos):
        return checks
    order = check_order(days_between(*days))
    return [order if check.id == "order" else check for check in checks]


def _apart(case: Case, pair: Pair, labels: tuple[str, str]) -> None:
    """Show photos beside each other that nothing lays over each other."""
    st.html(element("p", "fx-detail", text(_NOT_LAID_OVER)))
    readings = case.readings()
    for column, sha256, label in zip(st.columns(2), pair, labels, strict=True):
        with column:
            st.image(readings[sha256].display_jpeg, caption=label, width="stretch")


def _label(name: str, day: date | None) -> str:
    return f"{name}, {day}" if day else name


def _change_map(compared: Compared) -> None:
    if compared.comparable:
        with st.expander("Change map: where lines became deeper or shallower"):
            st.image(compared.prints.change, width=860)


def _downloads(case: Case, pair: Pair, compared: Compared) -> None:
    st.html(element("div", "fx-panel-head fx-series-head", "<h3>Downloads</h3>"))
    eyes_hidden = compared.comparable and st.toggle(
        "Cover the eyes in pictures",
        key="compare_eyes",
        help="For sharing. A bar over the eyes is not anonymity: a face is known by "
        "much else.",
    )
    with st.container(horizontal=True, key="compare_downloads"):
        st.download_button(
            "Comparison (JSON)",
            to_json(dated_document(compared.document, days_entered(case))),
            "comparison.json",
            "application/json",
            key="compare_json",
            on_click="ignore",
            icon=":material/download:",
        )
        for name, (title, form) in PICTURES.items() if compared.comparable else ():
            st.download_button(
                title,
                partial(_picture, case, pair, name, eyes_hidden),
                f"comparison.{name}.{form}",
                f"image/{form}",
                key=f"compare_picture_{name}",
                on_click="ignore",
                icon=":material/download:",
            )


def _picture(case: Case, pair: Pair, name: str, eyes_hidden: bool) -> bytes:
    comparison = with_pixels(case, pair).dated(days_entered(case))
    return picture(name, comparison, eyes_hidden=eyes_hidden)


if __name__ == "__main__":  # how Streamlit runs a page
    page()
