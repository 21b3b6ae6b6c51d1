"""What the smallest detectable change comes from, and a clinic's own in its place."""

from __future__ import annotations

import streamlit as st

from facemap.documents import parse_repeatability
from facemap.errors import DocumentError
from facemap.types import ZONE_IDS
from facemap.ui import words
from facemap.ui.components.markup import alert, element, text
from facemap.ui.light_table import LightTable

__all__ = ["noise_panel", "rests_on"]

_TITLE = "Where the smallest detectable change comes from"
_SHIPPED = (
    "From what ships with facemap: what two photos without change were seen to differ "
    "by, for photos as alike as these. A clinic can do better and learn how well its "
    "own camera, light and chair repeat: photograph one person several times within "
    "minutes, who gets up and sits down again between, run facemap compare --repeat on "
    "these photos, and load the file that it writes."
)
_OWN = (
    "From {shots} without change ({name}), beside what ships with facemap. It holds "
    "for photos of the same camera, light and chair."
)
_SOME = (
    "{n} of {all} zones have shots of their own; of the others only what ships counts."
)
#: Such a file has some kilobytes.
_MOST_MB = 1


def rests_on(table: LightTable) -> str:
    """Say in a few words what the smallest detectable change rests on.

    Examples
    --------
    >>> rests_on(LightTable())
    'from what ships with facemap'
    """
    if table.repeatability is None:
        return "from what ships with facemap"
    return f"from {_shots(table.repeatability.shots)} too"


def _shots(count: int) -> str:
    return f"{words.number(count, 0)} shots of your own"


def noise_panel(table: LightTable) -> None:
    """Say what changes are held against, and take a repeatability file."""
    own = table.repeatability
    # What is wrong with a file stands outside, where nothing folds it away.
    above = st.container()
    # A file just taken in would fold away with what is said of it.
    with st.expander(_TITLE, expanded=own is not None):
        if own is None:
            st.html(element("p", "fx-detail fx-lead", text(_SHIPPED)))
            if refusal := _take_file(table):
                above.html(refusal)
            return
        said = _OWN.format(shots=_shots(own.shots), name=table.repeatability_name)
        if len(own.zones) < len(ZONE_IDS):
            said += " " + _SOME.format(n=len(own.zones), all=len(ZONE_IDS))
        st.html(element("p", "fx-detail fx-lead", text(said)))
        st.button(
            "Take it out",
            key="compare_noise_remove",
            on_click=table.use_repeatability,
            args=(None,),
        )


def _take_file(table: LightTable) -> str:
    """Take a file in; give what is wrong with it as markup, or nothing."""
    file = st.file_uploader(
        "Repeatability file",
        type=["json"],
        max_upload_size=_MOST_MB,
        key=f"compare_noise_{table.version}",
    )
    if file is None:
        return ""
    try:
        content = file.getvalue().decode("utf-8")
    except UnicodeDecodeError:
        return alert(f"{file.name} is not a text file.", _HINT)
    try:
        learned = parse_repeatability(content, source=file.name)
    except DocumentError as error:
        return alert(words.sentence(str(error)), _HINT)
    table.use_repeatability(learned, file.name)
    st.rerun()


_HINT = "Load the file that facemap compare --repeat wrote."
