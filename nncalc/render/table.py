"""Rows under each other in columns, as wide as they are: for a pipe, a file, a wide terminal."""

from __future__ import annotations

from nncalc.language.printer import Style
from nncalc.page import Page
from nncalc.render.layout import lines


def render(page: Page, style: Style) -> str:
    """Return the page as text."""
    return "".join(f"{line.text}\n" for line in lines(page, style))
