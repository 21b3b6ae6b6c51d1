"""The first line of an answer: photo quality, overall severity, zones, scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from facemap.types import ZONE_IDS
from facemap.ui import words
from facemap.ui.components.markup import badge, element, text

__all__ = ["summary"]


def summary(document: Mapping[str, Any]) -> None:
    """Show four figures that say whether to read on.

    Parameters
    ----------
    document : mapping
        ``facemap.analysis/1``.
    """
    cards = (_quality, _overall, _zones, _scale)
    st.html(element("div", "fx-cards", *(card(document) for card in cards)))


def _card(label: str, value: str, detail: str) -> str:
    """Lay a card out; `value` is markup, the others are text."""
    return element(
        "div",
        "fx-card",
        element("div", "fx-label", text(label)),
        element("div", "fx-figure", value),
        element("div", "fx-detail", text(detail)),
    )


def _quality(document: Mapping[str, Any]) -> str:
    quality = document["quality"]
    short, meaning = words.VERDICTS[quality["verdict"]]
    to_mend = sum(c["verdict"] != "pass" for c in quality["checks"])
    n_checks = len(quality["checks"])
    detail = f"{to_mend} of {n_checks} checks ask for attention" if to_mend else meaning
    return _card("Photo quality", badge(quality["verdict"], short), detail)


def _overall(document: Mapping[str, Any]) -> str:
    overall = document["overall"]
    if overall["severity"] is None:
        return _card("Overall severity", "Can't be judged", "No zone could be judged.")
    said = text(words.severity(overall["severity"], overall["severity_sd"]))
    return _card(
        "Overall severity",
        f'{said} <span class="fx-unit">of 100</span>',
        "Weighted by area over the zones judged",
    )


def _zones(document: Mapping[str, Any]) -> str:
    judged = document["overall"]["assessed_zones"]
    n_zones = len(ZONE_IDS)
    lines = words.count(len(document["lines"]), "line")
    return _card(
        "Zones judged",
        f'{judged} <span class="fx-unit">of {n_zones}</span>',
        f"{lines} traced" if judged == n_zones else f"{lines} traced; reasons below",
    )


def _scale(document: Mapping[str, Any]) -> str:
    scale = document["face"]["scale"]
    px_per_mm = words.number(1 / scale["mm_per_px"])
    sd = words.number(100 * scale["relative_sd"], 0)
    return _card(
        "Resolution on the skin",
        f'{px_per_mm} <span class="fx-unit">px/mm ± {sd} %</span>',
        f"Scale {words.SCALE_SOURCES[scale['source']]}",
    )
