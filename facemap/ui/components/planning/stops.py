"""What the intake stops, why, and the reasons to go on that a practitioner gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import streamlit as st

from facemap.protocol import (
    Answer,
    Intake,
    Mode,
    Reference,
    Stop,
    StopLevel,
    advise_intake,
    judge_intake,
    load_items,
    load_references,
    load_tags,
)
from facemap.ui import stop_words, words
from facemap.ui.components.markup import element, text
from facemap.ui.desk import Desk

__all__ = ["sources_markup", "stops_list", "stops_panel"]

_MARKS = {"stop_all": "reject", "stop_area": "reject", "override": "warn"}


def stops_panel(desk: Desk, intake: Intake) -> None:
    """Show every stop with its why; take reasons to go on in spite of some."""
    stops = judge_intake(intake, desk.day)
    questions = {item.id for item in load_items()}
    unanswered = _unanswered(stops)
    told = [stop for stop in stops if stop not in unanswered]
    st.html(_verdict(stops, len(unanswered), desk.modes))
    if any(stop.level is StopLevel.OVERRIDE for stop in told):
        desk.practitioner = st.text_input(
            "Practitioner",
            value=desk.practitioner,
            key=f"plan_practitioner_{desk.version}",
            help="Kept with every reason to go on.",
        )
    for stop in _once(told):
        _show(desk, stop)
    cautions = [
        c
        for c in advise_intake(intake)
        if c.id not in questions or intake.answer(c.id) is not Answer.UNKNOWN
    ]
    if cautions:
        items = (element("li", "fx-note", text(c.message)) for c in cautions)
        title = element("h4", "fx-stop-title", "To be said with the plan")
        st.html(title + element("ul", "fx-notes", *items))


def stops_list(stops: Sequence[Stop]) -> str:
    """List stops that hold, but for questions that are not answered, as markup."""
    unanswered = _unanswered(stops)
    told = [stop for stop in stops if stop.holds and stop not in unanswered]
    return "".join(map(_stop_markup, _once(told)))


def _unanswered(stops: Sequence[Stop]) -> list[Stop]:
    questions = {item.id for item in load_items()}
    return [
        s for s in stops if s.answer is Answer.UNKNOWN and s.id in questions and s.holds
    ]


def sources_markup(
    sources: Sequence[str],
    tags: Iterable[str] = (),
    references: Mapping[str, Reference] | None = None,
) -> str:
    """Write sources out, and what evidence tags mean, folded away.

    Parameters
    ----------
    sources : sequence of str
        Keys of `references`.
    tags : iterable of str
        Of the numbers that rest on them.
    references : mapping of str to Reference, optional
        Those that ship with facemap by default.
    """
    known = load_references() if references is None else references
    rows = [element("li", "", text(known[key].text)) for key in sources if key in known]
    said = [f"{tag}: {load_tags()[tag]}." for tag in dict.fromkeys(tags)]
    tagged = element("p", "fx-detail", text(" ".join(said))) if said else ""
    count = words.count(len(rows), "source")
    body = element("ul", "fx-sources", *rows) + tagged
    return f"<details><summary>{text(count)}</summary>{body}</details>"


def _verdict(stops: Sequence[Stop], n_unanswered: int, modes: Sequence[Mode]) -> str:
    said = stop_words.verdict(stops, modes)
    lines = list(said.lines)
    if n_unanswered:
        # Where all is stopped, the lines have counted what is missing.
        n = words.count(n_unanswered, "question")
        first = "" if said.verdict == "reject" else f"{n} not answered. "
        lines.append(f"{first}Unknown never counts as no: it stops as a yes would.")
    return element(
        "div",
        f"fx-verdict fx-{said.verdict}",
        element("strong", "", text(said.title)),
        *(element("p", "fx-detail", text(line)) for line in lines),
    )


def _once(stops: Iterable[Stop]) -> Iterable[Stop]:
    seen: set[tuple[str, str]] = set()
    for stop in stops:
        if (stop.id, stop.message) not in seen:
            seen.add((stop.id, stop.message))
            yield stop


def _stop_markup(stop: Stop) -> str:
    kind = _MARKS[stop.level] if stop.holds else "pass"
    level = words.LEVELS[stop.level] if stop.holds else "Overridden"
    where = [words.zone_names(stop.zones)]
    if len(stop.modes) == 1:
        where.append(words.MODES[stop.modes[0]].lower())
    return element(
        "section",
        f"fx-stop fx-{kind}",
        element("span", "fx-stop-level", text(level)),
        element("strong", "", text(stop.message)),
        element("span", "fx-detail", text(", ".join(where))),
        sources_markup(stop.sources, (stop.evidence, stop.source_class)),
    )


def _show(desk: Desk, stop: Stop) -> None:
    st.html(_stop_markup(stop))
    if stop.level is StopLevel.OVERRIDE:
        because = st.text_input(
            f"Reason to go on in spite of it: {stop.message}",
            value=desk.reason(stop.id),
            key=f"plan_override_{stop.id}_{desk.version}",
            placeholder="Reason to go on; it is kept in the plan",
            label_visibility="collapsed",
        )
        if because.strip() != desk.reason(stop.id):
            desk.override(stop.id, because)
            st.rerun()
