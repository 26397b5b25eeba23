"""A row of a page as texts, and what is said beside it. What the forms share."""

from __future__ import annotations

from typing import NamedTuple

from nncalc.graph.sizes import Shape, text_of
from nncalc.language.alphabet import in_ascii
from nncalc.language.formula import Formula, names_in
from nncalc.language.printer import Style, show
from nncalc.language.wording import Filled
from nncalc.page import Note, Page, Ratio, Role, Row, Side
from nncalc.problems import safe

#: What a quantity equals, in the order in which it is said.
ROLES: tuple[Role, ...] = ("chain", "plain", "formula", "substituted", "value", "")
#: As wide as any line.
WIDE = 100_000

# -- a row as texts -----------------------------------------------------------------------------------


class Texts(NamedTuple):
    """A row's texts: the quantity, what it equals with the sign before it, one for each of `ROLES`, and the rest.

    `valued` says that there is a value among them, `matched` that the row says whether something holds.
    """

    name: str
    sides: tuple[str, ...]
    shape: str
    why: str
    remarks: str
    valued: bool
    matched: bool


def texts(row: Row, page: Page, style: Style) -> Texts:
    """Return the texts of a row; in a tall style matrices are marked in what it equals, and there alone."""
    flat = style._replace(tall=False)
    found = {side.role: f"{sign(row, side, style)} {spelled(side.formula, style)}" for side in said(row, style)}
    return Texts(
        spelled(row.name, flat) if row.name is not None else "",
        tuple(found.get(role, "") for role in ROLES),
        sized(row.shape, style) if row.shape is not None and page.sized else "",
        reason(row, flat),
        remarks(row, flat),
        "value" in found,
        row.holds is not None,
    )


def said(row: Row, style: Style) -> list[Side]:
    """Return the sides of a row, without numbers put in that read as the formula before them."""
    found: list[Side] = []
    for side in row.sides:
        again = side.role == "substituted" and side.equal and found and found[-1].role == "formula"
        if not (again and spelled(found[-1].formula, style) == spelled(side.formula, style)):
            found.append(side)
    return found


def spelled(what: Formula | Filled | Ratio | tuple[Ratio, ...], style: Style) -> str:
    """Return the text of a formula, of a derivative, or of a product of derivatives."""
    if isinstance(what, Filled):
        return what.text(style)
    if isinstance(what, Ratio):
        of, by = show(what.of, style), show(what.by, style)
        if style.latex:
            return rf"\frac{{\partial {of}}}{{\partial {by}}}"
        return f"∂{of}/∂{by}" if style.paper else f"d({of})/d({by})"
    if isinstance(what, tuple):
        return (r" \cdot " if style.latex else words(" · ", style)).join(spelled(each, style) for each in what)
    return show(what, style)


def sign(row: Row, side: Side, style: Style) -> str:
    """Return the sign before a side."""
    if row.holds is False:
        return "≠" if style.paper else "!="
    return words("←", style) if side.taken else "=" if side.equal else words("≈", style)


def reason(row: Row, style: Style) -> str:
    """Return why a row holds, and the rules it uses."""
    return "; ".join([*([note(row.why, style)] if row.why else []), *(law(each, style) for each in row.laws)])


def law(found: tuple[Formula, Formula], style: Style) -> str:
    """Return a rule for any letters, which are all the quantities there are in it."""
    own = style._replace(whole=frozenset(n.base for formula in found for n in names_in(formula)))
    return " = ".join(show(each, own) for each in found)


def remarks(row: Row, style: Style) -> str:
    """Return what is said beside a row: what it updates, what it reuses, which convention decided, whether it holds."""
    found: list[str] = []
    if row.updates is not None:
        found.append(f"updates {show(row.updates, style)}")
    if row.reuses:
        found.append("reuses " + ", ".join(show(used, style) for used in row.reuses))
    return (mark(row, style) + "; ".join([*found, *(note(each, style) for each in row.remarks)])).rstrip()


def mark(row: Row, style: Style) -> str:
    """Return the sign for whether a row holds, nothing where that is not the question."""
    right, wrong = ("✓ ", "✗ ") if style.paper else ("ok: ", "no: ")
    return "" if row.holds is None else right if row.holds else wrong


def note(found: Note, style: Style) -> str:
    """Return the words of a note with its formulas."""
    return "".join(words(safe(each, WIDE), style) if isinstance(each, str) else part(each, style) for each in found)


def part(found: Formula | Shape | Ratio, style: Style) -> str:
    """Return what a note has beside words."""
    if isinstance(found, tuple) and not isinstance(found, Ratio):
        return sized(found, style)
    return spelled(found, style)


def as_said(row: Row, style: Style) -> str:
    """Return the remarks of a row for a program: words as they are, formulas in `style`."""
    if not row.remarks and row.holds is None:
        return ""
    found = ("".join(each if isinstance(each, str) else part(each, style) for each in note) for note in row.remarks)
    return (mark(row, style) + "; ".join(found)).rstrip()


def words(text: str, style: Style) -> str:
    """Return words in the alphabet of a style."""
    return text if style.paper else in_ascii(text)


def sized(shape: Shape, style: Style) -> str:
    """Return a shape in the alphabet of a style."""
    return words(text_of(shape), style)
