"""Blind rating: pairs in random order and side, without dates; then agreement."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from facemap.comparison.rating import (
    Agreement,
    Item,
    Kappa,
    Rating,
    Showing,
    between_raters,
    mean_kappa,
    rating_table,
    with_measurement,
    within_rater,
)
from facemap.documents import rating_document, to_json
from facemap.ui import change_words, words
from facemap.ui.components.markup import element, text
from facemap.ui.components.pair_view import blind_payload, pair_view
from facemap.ui.light_table import Compared, LightTable

__all__ = ["blind_rating"]

_INTRO = (
    "Who knows which photo is the later one tends to see improvement, treated or not. "
    "Here each zone comes in random order, the later photo on a random side, without "
    "dates or figures; some come twice. Several people can rate, one after the other. "
    "Rate before you look at the result."
)
_QUESTION = "In which picture are the lines less marked?"
_ANSWERS = {
    -2: "A, clearly",
    -1: "A, slightly",
    0: "No difference",
    1: "B, slightly",
    2: "B, clearly",
}
_NONE = "No zone of these photos can be compared, so there is none to rate."


def blind_rating(table: LightTable, compared: Compared) -> None:
    """Collect ratings of two photos, and show what came of them."""
    st.html(element("p", "fx-detail fx-lead", text(_INTRO)))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            "Who rates",
            value=table.rater,
            max_chars=40,
            placeholder="A name or initials",
            key="compare_rater",
            width=280,
        ).strip()
    if name != table.rater:
        table.rater = name
        st.rerun()
    if not table.showings(compared):
        st.html(element("p", "fx-detail", _NONE))
        return
    if table.rater:
        showing = table.next_showing(compared)
        if showing is None:
            st.html(element("p", "fx-lead", "That was all. Thank you."))
        else:
            _ask(table, compared, showing)
    if table.rated(compared):
        done = bool(table.rater) and table.next_showing(compared) is None
        with st.expander(
            "What came out: whoever looks is blind no more", expanded=done
        ):
            _result(compared, table.rated(compared))


def _ask(table: LightTable, compared: Compared, showing: Showing) -> None:
    total = len(table.showings(compared))
    zone = showing.item.zone
    st.html(
        element(
            "div",
            "fx-panel-head",
            f"<h3>{text(words.zone_name(zone))}</h3>",
            element("span", "fx-detail", text(f"Pair {showing.number} of {total}")),
        )
    )
    prints = compared.prints
    pictures = [prints.before, prints.matched or prints.after]
    if showing.after_on_left:
        pictures.reverse()
    payload = blind_payload(prints, zone, showing_id=f"{table.rater} {showing.number}")
    pair_view(payload, pictures, key="compare_blind")
    st.html(element("p", "fx-rating-question", _QUESTION))
    with st.container(horizontal=True, key="compare_answers"):
        for answer, label in _ANSWERS.items():
            st.button(
                label,
                key=f"compare_answer_{answer}",
                shortcut=str(answer + 3),
                on_click=table.rate,
                args=(compared, showing, answer),
            )
        if showing.number > 1:
            st.button(
                "Take the last answer back",
                key="compare_take_back",
                type="tertiary",
                on_click=table.take_back,
                args=(compared,),
            )


def _result(compared: Compared, ratings: Sequence[Rating]) -> None:
    measured = {
        Item(change.zone, *compared.photos).id: change for change in compared.changes
    }
    raters = sorted({rating.rater for rating in ratings})
    rows = [
        (
            rater,
            str(sum(r.rater == rater and not r.showing.repeat for r in ratings)),
            _mean_grade(ratings, rater),
            _kappa(within_rater(ratings, rater)),
            _measured(with_measurement(ratings, measured, rater)),
        )
        for rater in raters
    ]
    head = (
        "Rater",
        "Pairs",
        "Mean grade",
        "Agreement with oneself",
        "Alike with the measurement",
    )
    parts = [_table(head, rows), element("p", "fx-detail", text(_EXPLAINED))]
    if len(raters) > 1:
        kappas = between_raters(ratings)
        pairs = [
            (f"{k.raters[0]}, {k.raters[1]}", _kappa(k), str(k.items)) for k in kappas
        ]
        mean = mean_kappa(kappas)
        if len(pairs) > 1 and mean is not None:
            pairs.append(("Mean", words.number(mean, 2), ""))
        parts.append(_table(("Raters", "Agreement (weighted kappa)", "Pairs"), pairs))
    st.html("".join(parts))
    with st.container(horizontal=True):
        st.download_button(
            "Ratings (CSV)",
            rating_table(ratings, measured),
            "ratings.csv",
            "text/csv",
            key="compare_ratings_csv",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            "Ratings (JSON)",
            to_json(rating_document(ratings, measured, seed=LightTable.SEED)),
            "ratings.json",
            "application/json",
            key="compare_ratings_json",
            on_click="ignore",
            icon=":material/download:",
        )


_EXPLAINED = (
    "Grades run from −2, the later photo is clearly worse, to +2, clearly better. "
    "Agreement is kappa with quadratic weights: 1 is full agreement, 0 is chance. With "
    "few pairs it is not well known: hence ± one standard deviation."
)


def _mean_grade(ratings: Sequence[Rating], rater: str) -> str:
    grades = [r.grade for r in ratings if r.rater == rater and not r.showing.repeat]
    return change_words.signed(sum(grades) / len(grades)) if grades else "–"


def _kappa(kappa: Kappa) -> str:
    if kappa.value is None:
        return f"– {kappa.reason or ''}".strip()
    said = words.number(kappa.value, 2)
    return said if kappa.sd is None else f"{said} ± {words.number(kappa.sd, 2)}"


def _measured(agreement: Agreement) -> str:
    return f"{agreement.same} of {agreement.items}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f'<th scope="col">{text(name)}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row">{text(first)}</th>'
        + "".join(f"<td>{text(cell)}</td>" for cell in others)
        + "</tr>"
        for first, *others in rows
    )
    table = f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
    return element("div", "fx-table", table)
