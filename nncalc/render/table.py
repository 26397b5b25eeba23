"""Rows under each other in columns, one line each however long: for a pipe, a file, a wide terminal."""

from __future__ import annotations

from nncalc.language.printer import Style
from nncalc.page import Page
from nncalc.render.columns import lines


def render(page: Page, style: Style) -> str:
    """Return the page as text."""
    return "".join(f"{line.text}\n" for line in lines(page, style))
