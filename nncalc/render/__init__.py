"""Output forms: a page in, text out; one form a file, none knows another, or who made the page."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nncalc.language.printer import Style
    from nncalc.page import Page

#: Output forms of a page, and the module that writes each.
FORMS = {
    "table": "nncalc.render.table",
    "terminal": "nncalc.render.terminal",
    "plain": "nncalc.render.plain",
    "json": "nncalc.render.json_form",
    "csv": "nncalc.render.csv_form",
    "markdown": "nncalc.render.markdown",
    "latex": "nncalc.render.latex",
    "numpy": "nncalc.render.numpy_form",
}
#: Those that every page has and a person asks for: a table on a terminal is a matter of where it goes, and NumPy's
#: form belongs to a page with a function.
FORMATS = tuple(form for form in FORMS if form not in {"terminal", "numpy"})


def render(page: Page, form: str, *, ascii_only: bool = False) -> str:
    """Return `page` as text in one of `FORMS`."""
    return "".join(pieces(page, form, ascii_only=ascii_only))


def pieces(page: Page, form: str, *, ascii_only: bool = False) -> Iterable[str]:
    """Return the pieces of the text of a page; what programs read is made as it is read."""
    found: str | Iterable[str] = import_module(FORMS[form]).render(page, style_of(page, ascii_only=ascii_only))
    return [found] if isinstance(found, str) else found


def style_of(page: Page, *, ascii_only: bool) -> Style:
    """Return the spelling that suits a page: a dot between numbers, a blank between matrices."""
    from nncalc.language.printer import Style

    return Style(
        paper=not ascii_only, dot=page.dot, whole=page.whole, arrays=page.arrays, trimmed=page.trimmed,
        numbers=page.numbers,
    )  # fmt: skip
