"""Can these photos be compared, and why not: checks in plain words, failed first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import streamlit as st

from facemap.comparison import ZoneVerdict
from facemap.types import Check, Verdict
from facemap.ui import change_words, words
from facemap.ui.components.comparing.work import Pair
from facemap.ui.components.markup import badge, element, text
from facemap.ui.light_table import Compared
from facemap.ui.session import Case

__all__ = ["pair_checks", "show_copies", "verdict_panel"]

_BADNESS = (Verdict.REJECT, Verdict.WARN, Verdict.PASS)
_SHORT = {
    Verdict.REJECT: "Spoils it",
    Verdict.WARN: "Less sure",
    Verdict.PASS: "Alike",
}
#: What may be wrong with the files, however well the skin can be compared.
_OF_THE_FILES = ("same_photo", "order")


def verdict_panel(compared: Compared, checks: Iterable[Check], rests_on: str) -> None:
    """Say first what can be said at all, then four figures.

    `checks` are those that the page shows; `rests_on` says what the smallest
    detectable change comes from.
    """
    said = change_words.headline(compared.comparable, compared.changes)
    doubted = any(
        c.id in _OF_THE_FILES and c.verdict is not Verdict.PASS for c in checks
    )
    if doubted and said.verdict == Verdict.PASS:
        said = replace(said, verdict="warn")
    head = element(
        "div",
        f"fx-pair-verdict fx-{said.verdict}",
        badge(said.verdict, said.title),
        element("p", "fx-pair-text", text(said.text)),
    )
    counts = dict.fromkeys(ZoneVerdict, 0)
    for change in compared.changes:
        counts[change.verdict] += 1
    told = len(compared.changes) - counts[ZoneVerdict.NOT_COMPARABLE]
    cards = [
        _card(
            "Zones compared",
            f"{told}",
            f"of {len(compared.changes)}",
            "The others say why"
            if told < len(compared.changes)
            else "Every one of them",
        ),
        _card(
            "Lines less marked",
            f"{counts[ZoneVerdict.BETTER]}",
            words.count(counts[ZoneVerdict.BETTER], "zone").partition(" ")[2],
            "By more than chance shows",
        ),
        _card(
            "Lines more marked",
            f"{counts[ZoneVerdict.WORSE]}",
            words.count(counts[ZoneVerdict.WORSE], "zone").partition(" ")[2],
            "By more than chance shows",
        ),
        _card(
            "Smallest change that would show",
            change_words.range_of(compared.changes),
            "points",
            f"Of severity, by zone; {rests_on}",
        ),
    ]
    st.html(head + (element("div", "fx-cards", *cards) if told else ""))


def show_copies(
    case: Case, pairs: Iterable[Pair], found: Iterable[Compared | None]
) -> None:
    """Say which two files seem to show one photo."""
    said = [
        f"{' and '.join(case.uploads[sha256].name for sha256 in pair)}: {check.advice}"
        for pair, compared in zip(pairs, found, strict=True)
        if compared is not None
        for check in compared.checks
        if check.id == "same_photo" and check.verdict is not Verdict.PASS
    ]
    if said:
        items = (element("li", "fx-note", text(line)) for line in dict.fromkeys(said))
        st.html(element("ul", "fx-notes", *items))


def _card(label: str, figure: str, unit: str, detail: str) -> str:
    return element(
        "div",
        "fx-card",
        element("div", "fx-label", text(label)),
        element(
            "div",
            "fx-figure",
            f'{text(figure)} <span class="fx-unit">{text(unit)}</span>',
        ),
        element("div", "fx-detail", text(detail)),
    )


def pair_checks(checks: Iterable[Check]) -> None:
    """Show every way in which two photos may differ, the worst first."""
    rows = sorted(
        change_words.one_each(checks), key=lambda c: _BADNESS.index(c.verdict)
    )
    to_mend = [c for c in rows if c.verdict is not Verdict.PASS]
    passed = [
        c for c in rows if c.verdict is Verdict.PASS and change_words.is_judged(c)
    ]
    unknown = [c for c in rows if not change_words.is_judged(c)]
    parts = []
    if to_mend:
        parts.append(
            element("div", "fx-panel-head", "<h3>Where they were not taken alike</h3>")
        )
        parts.append(element("ul", "fx-checks", *map(_row, to_mend)))
    if passed:
        title = f"{words.count(len(passed), 'check')} passed"
        if not to_mend:
            title = f"They were taken alike: {title}"
        if unknown:
            title += f", {len(unknown)} not known"
        inside = element("ul", "fx-checks", *map(_row, (*passed, *unknown)))
        parts.append(f"<details><summary>{text(title)}</summary>{inside}</details>")
    st.html(element("section", "fx-panel fx-pair-checks", *parts))


def _row(check: Check) -> str:
    limits = change_words.check_limits(check)
    concerns = ""
    if check.zones and check.verdict is not Verdict.PASS:
        concerns = f" It concerns {change_words.zone_list(check.zones)}."
    return element(
        "li",
        f"fx-check fx-{check.verdict}",
        badge(check.verdict, _SHORT[check.verdict])
        if change_words.is_judged(check)
        else badge("unknown", "Not known"),
        element("strong", "fx-check-name", text(change_words.check_title(check))),
        element("span", "fx-check-value", text(change_words.check_value(check))),
        element("span", "fx-check-limits", text(limits)) if limits else "",
        element("p", "fx-check-advice", text(check.advice + concerns))
        if check.advice
        else "",
    )
