"""Every quality check of a photo, worst first, with what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from facemap.ui import words
from facemap.ui.components.markup import badge, element, text

__all__ = ["quality_panel"]

_BADNESS = ("reject", "warn", "pass")
_SHORT = {"reject": "Retake", "warn": "Caution", "pass": "Fine"}


def quality_panel(quality: Mapping[str, Any]) -> None:
    """Show the checks: those that ask for attention, then the others folded away.

    Parameters
    ----------
    quality : mapping
        As in ``facemap.analysis/1``.
    """
    checks = sorted(quality["checks"], key=lambda c: _BADNESS.index(c["verdict"]))
    to_mend = [c for c in checks if c["verdict"] != "pass"]
    passed = [c for c in checks if c["verdict"] == "pass"]
    short, meaning = words.VERDICTS[quality["verdict"]]
    head = element(
        "div",
        "fx-panel-head",
        "<h3>Photo quality</h3>",
        badge(quality["verdict"], short),
        element("span", "fx-detail", text(meaning)),
    )
    parts = [head, _rows(to_mend)]
    if passed:
        title = f"{words.count(len(passed), 'check')} passed"
        opened = "" if to_mend else " open"
        parts.append(
            f"<details{opened}><summary>{text(title)}</summary>{_rows(passed)}</details>"
        )
    st.html(element("section", "fx-panel", *parts))


def _rows(checks: Sequence[Mapping[str, Any]]) -> str:
    return element("ul", "fx-checks", *map(_row, checks)) if checks else ""


def _row(check: Mapping[str, Any]) -> str:
    verdict = check["verdict"]
    return element(
        "li",
        f"fx-check fx-{verdict}",
        badge(verdict, _SHORT[verdict]),
        element("strong", "fx-check-name", text(words.check_title(check["id"]))),
        element("span", "fx-check-value", text(words.check_value(check))),
        element("span", "fx-check-limits", text(words.check_limits(check))),
        element("p", "fx-check-advice", text(check["advice"]))
        if check["advice"]
        else "",
    )
