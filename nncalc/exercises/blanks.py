"""A worked page with boxes in place of what is to be found. Knows pages; not how they look."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

from nncalc.language.formula import ACROSS, BOX, DOWN, Call, Formula, Name, Num, call, name, names_in, num
from nncalc.page import Page, Row, Section, Side
from nncalc.problems import Problem
from nncalc.sheet.worksheet import HEADINGS

Blank: TypeAlias = Literal["values", "formulas", "all"]
BLANKS: Final[tuple[Blank, ...]] = ("values", "formulas", "all")
#: The sides of a line that stay where values are asked for, and where formulas are.
_KEPT: Final = {"values": ("chain", "plain", "formula"), "formulas": ("value",)}


class Sheet(NamedTuple):
    """A page with boxes, and the quantities or entries that stand before one, each with its formula."""

    page: Page
    asked: tuple[tuple[Name, Formula | None], ...]


class Wanted(NamedTuple):
    """What is left empty: of every line, or of those of some `names`, but those `given`; what each is worth."""

    what: Blank
    names: frozenset[Name] = frozenset()
    points: float | None = None
    given: frozenset[Name] = frozenset()


def blanked(page: Page, wanted: Wanted) -> Sheet:
    """Return a page with boxes.

    Raises Problem (`name`) where none of its lines is one of the names.
    """
    asked: list[tuple[Name, Formula | None]] = []
    sections = [
        section if section.heading == HEADINGS["given"] else _section(section, wanted, asked)
        for section in page.sections
    ]
    if wanted.names:
        hidden = {of for of, _ in asked} | {name(of.base, of=of.of) for of, _ in asked}
        sections = [section._replace(rows=tuple(_untold(row, hidden) for row in section.rows)) for section in sections]
    if not asked:
        raise Problem("no line of the page is asked for", None, "--blank takes quantities that are computed", "name")
    return Sheet(page._replace(sections=tuple(sections)), tuple(asked))


def _section(section: Section, wanted: Wanted, asked: list[tuple[Name, Formula | None]]) -> Section:
    rows: list[Row] = []
    hidden = False
    for row in section.rows:
        of = row.name
        if of is not None:
            hidden = isinstance(of, Name) and bool(row.sides) and _is_asked(of, wanted)
            if hidden and isinstance(of, Name):
                asked.append((of, _formula(row)))
        rows.append(_row(row, wanted.what, wanted.points) if hidden else row)
    return section._replace(rows=tuple(rows))


def _is_asked(of: Name, wanted: Wanted) -> bool:
    if of in wanted.given:
        return False
    return not wanted.names or of in wanted.names or name(of.base, of=of.of) in wanted.names


def _formula(row: Row) -> Formula | None:
    """Return the formula of a line, with names."""
    found = next((side.whole for side in row.sides if side.role == "formula"), None)
    return found if isinstance(found, Num | Name | Call) else None


def _untold(row: Row, hidden: set[Name]) -> Row:
    """Return a line without the numbers put into it, where one of those is asked for elsewhere."""
    formula = _formula(row)
    if formula is None or not hidden.intersection(names_in(formula)):
        return row
    return row._replace(sides=tuple(side for side in row.sides if side.role != "substituted"))


def _row(row: Row, what: Blank, points: float | None) -> Row:
    """Return a line with boxes, without what is said of it: that would tell."""
    kept = _KEPT.get(what, ())
    sides = [side for side in row.sides if side.role in kept]
    last = next((side for side in reversed(row.sides) if side.role == "value"), row.sides[-1])
    if what == "formulas":
        sides = [Side(num(BOX), role="formula"), *sides]
    else:
        sides.append(Side(boxed(last.whole), role="value"))
    worth = ((f"{points:g} point{'' if points == 1 else 's'}",),) if points is not None and row.name is not None else ()
    return row._replace(sides=tuple(sides), remarks=worth, reuses=(), updates=None, why=(), facts=None)


def boxed(formula: object) -> Formula:
    """Return a number as a box, a matrix of numbers as one of boxes."""
    if isinstance(formula, Call) and formula.op in ("matrix", "row", "column") and formula.args:
        return call(formula.op, *map(boxed, formula.args))
    if isinstance(formula, Num) and formula.text in (ACROSS, DOWN):
        return formula
    return num(BOX)
