"""Which protocol is planned by, and a clinic's own in its place."""

from __future__ import annotations

import streamlit as st

from facemap.errors import ProtocolError
from facemap.protocol import Protocol, parse_protocol
from facemap.ui import words
from facemap.ui.components.markup import alert, element, text
from facemap.ui.desk import Desk

__all__ = ["protocol_panel", "told_of"]

_SHIPPED = (
    "The one that ships with facemap. A clinic can plan by its own: write it as "
    "docs/protocol-format.md tells, check it with facemap check, and load the file "
    "here."
)
_UNREVIEWED = "Not yet clinically reviewed."
_HINT = "A protocol is a TOML or JSON file; docs/protocol-format.md tells its format."
#: Such a file has some kilobytes.
_MOST_MB = 1


def told_of(protocol: Protocol, name: str) -> str:
    """Say whose protocol it is and who answers for it.

    Examples
    --------
    >>> from facemap.protocol import load_protocol
    >>> told_of(load_protocol(), "ours.toml")
    'The clinic’s own, from ours.toml. Not yet clinically reviewed.'
    """
    own = f"The clinic’s own, from {name}."
    if protocol.reviewed_by is None:
        return f"{own} {_UNREVIEWED}"
    on = f" on {protocol.reviewed_on}" if protocol.reviewed_on else ""
    return f"{own} Reviewed by {protocol.reviewed_by}{on}."


def protocol_panel(desk: Desk) -> None:
    """Say by which protocol is planned, and take a clinic's file."""
    # What is wrong with a file stands outside, where nothing folds it away.
    above = st.container()
    protocol = desk.rules.protocol
    title = f"Protocol: {protocol.title}, version {protocol.version}"
    with st.expander(title, expanded=bool(desk.rules.name)):
        if not desk.rules.name:
            st.html(element("p", "fx-detail fx-lead", text(_SHIPPED)))
            if refusal := _take_file(desk):
                above.html(refusal)
            return
        said = told_of(protocol, desk.rules.name)
        st.html(element("p", "fx-detail fx-lead", text(said)))
        st.button("Take it out", key="plan_protocol_remove", on_click=desk.use_protocol)


def _take_file(desk: Desk) -> str:
    """Take a file in; give what is wrong with it as markup, or nothing."""
    file = st.file_uploader(
        "Protocol file",
        type=["toml", "json"],
        max_upload_size=_MOST_MB,
        key="plan_protocol",
    )
    if file is None:
        return ""
    try:
        protocol = parse_protocol(file.getvalue().decode("utf-8"), source=file.name)
    except UnicodeDecodeError:
        return alert(f"{file.name} is not a text file.", _HINT)
    except ProtocolError as error:
        return alert(words.sentence(str(error)), error.hint or _HINT)
    desk.use_protocol(protocol, file.name)
    st.rerun()
