"""Small pieces of HTML. Whatever comes from a file or a person goes through `text`."""

from __future__ import annotations

import html

__all__ = ["alert", "badge", "element", "text"]


def text(value: object) -> str:
    """Escape a value: it can then only be read, never run."""
    return html.escape(str(value), quote=True)


def element(name: str, class_name: str, *children: str) -> str:
    """Wrap markup in an element.

    Examples
    --------
    >>> element("p", "fx-note", text("a < b"))
    '<p class="fx-note">a &lt; b</p>'
    """
    inside = "".join(children)
    return f'<{name} class="{class_name}">{inside}</{name}>'


def alert(message: str, hint: str, *, about: str = "") -> str:
    """Show what could not be done, and what to do instead; `about` names a file."""
    inside = element("strong", "fx-alert-about", text(about)) if about else ""
    inside += element("p", "fx-alert-why", text(message))
    inside += element("p", "fx-alert-hint", text(hint)) if hint else ""
    return f'<div class="fx-alert" role="alert">{inside}</div>'


def badge(verdict: str, label: str) -> str:
    """Show a verdict as a mark and a word; never by color alone."""
    mark = {"pass": "✓", "warn": "!", "reject": "✕", "unknown": "–"}[verdict]
    return (
        f'<span class="fx-badge fx-{verdict}"><i aria-hidden="true">{mark}</i>'
        f"<span>{text(label)}</span></span>"
    )
