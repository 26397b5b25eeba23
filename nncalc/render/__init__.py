"""Output forms: a page in, text out; one form a file, none knows another, or who made the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nncalc.language.printer import Style
    from nncalc.page import Page
    from nncalc.render.paper import Paper

#: Output forms of a page, and the module that writes each.
FORMS = {
    "table": "nncalc.render.table",
    "terminal": "nncalc.render.terminal",
    "plain": "nncalc.render.plain",
    "json": "nncalc.render.json_form",
    "csv": "nncalc.render.csv_form",
    "markdown": "nncalc.render.markdown",
    "latex": "nncalc.render.latex",
    "html": "nncalc.render.html_form",
    "numpy": "nncalc.render.numpy_form",
}
#: Those that every page has and a person asks for: a table on a terminal is a matter of where it goes, and NumPy's
#: form belongs to a page with a function.
FORMATS = tuple(form for form in FORMS if form not in {"terminal", "numpy"})

#: Those that are documents, or go into one.
DOCUMENTS = ("markdown", "latex", "html")


def render(page: Page, form: str, *, ascii_only: bool = False, paper: Paper | None = None) -> str:
    """Return `page` as text in one of `FORMS`."""
    return "".join(pieces([page], form, ascii_only=ascii_only, paper=paper))


def pieces(pages: Sequence[Page], form: str, *, ascii_only: bool = False, paper: Paper | None = None) -> Iterable[str]:
    """Return the pieces of the text of pages; what programs read is made as it is read.

    A form that has a word for all that stands around pages makes one document of them.
    """
    module = import_module(FORMS[form])
    styles = [style_of(page, ascii_only=ascii_only) for page in pages]
    papers = [paper] if paper is not None else []
    texts = [module.render(page, style, *papers) for page, style in zip(pages, styles, strict=True)]
    if hasattr(module, "whole"):
        return [module.whole(texts, pages, styles[0], *papers)]
    first, *others = [[text] if isinstance(text, str) else text for text in texts]
    return chain(first, *[chain(["\n"], each) for each in others])


def bounded(pages: Sequence[Page], form: str, *, ascii_only: bool = False, paper: Paper | None = None) -> Iterable[str]:
    """Return the pieces of the text of pages, of which no more is there than is read, unless all of it is asked for.

    A text for people is cut in the middle; of a document rows are left out.
    """
    from nncalc.render import bounds

    full = any(page.full for page in pages)
    if form in DOCUMENTS and not full:
        pages = [bounds.shortened(page) for page in pages]
    found = pieces(pages, form, ascii_only=ascii_only, paper=paper)
    return found if full or form in ("json", "csv", "numpy", *DOCUMENTS) else [bounds.cut("".join(found))]


def fragment(pages: Sequence[Page]) -> str:
    """Return pages as a part of another document in HTML, such as a notebook."""
    from nncalc.render import bounds, html_form

    some = [page if page.full else bounds.shortened(page) for page in pages]
    return html_form.inside([html_form.render(page, style_of(page, ascii_only=False)) for page in some])


def style_of(page: Page, *, ascii_only: bool) -> Style:
    """Return the spelling that suits a page: a dot between numbers, a blank between matrices."""
    from nncalc.language.printer import Style

    return Style(
        paper=not ascii_only, dot=page.dot, whole=page.whole, arrays=page.arrays, trimmed=page.trimmed,
        numbers=page.numbers, frobenius=page.frobenius,
    )  # fmt: skip
