"""Renderers: a worksheet in, text out; one output form a file, none knows another."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nncalc.language.printer import Style
    from nncalc.sheet.worksheet import Worksheet

#: Output forms of worked lines, and the module that writes each.
FORMS = {
    "table": "nncalc.render.table",
    "plain": "nncalc.render.plain",
    "csv": "nncalc.render.csv_form",
    "markdown": "nncalc.render.markdown",
    "latex": "nncalc.render.latex",
}


def render(worksheet: Worksheet, form: str, *, ascii_only: bool = False) -> str:
    """Return `worksheet` as text in one of `FORMS`."""
    found: str = import_module(FORMS[form]).render(worksheet, style_of(worksheet, ascii_only=ascii_only))
    return found


def style_of(worksheet: Worksheet, *, ascii_only: bool) -> Style:
    """Return the spelling that suits a worksheet: a dot between numbers, a blank between matrices."""
    from nncalc.language.printer import Style

    return Style(paper=not ascii_only, dot=worksheet.form == "scalar", whole=worksheet.whole)
