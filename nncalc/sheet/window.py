"""The window of an entry: the entries that it is computed from, marked in the quantities that they stand in."""

from __future__ import annotations

from collections.abc import Collection

from nncalc.graph.arrangements import numbers as counts
from nncalc.graph.drawing import Arrow, Box, Drawing, Fact, Kind, Roles
from nncalc.language.formula import Name, name, names_in
from nncalc.numbers.run import ScalarMachine
from nncalc.problems import Problem
from nncalc.sheet.calculation import Calculation, calculate
from nncalc.sheet.picture import fact
from nncalc.sheet.sources import scalar_source, vector_source
from nncalc.sheet.worksheet import Display
from nncalc.spec.model import Model

#: More numbers than these are no picture that anyone could look at.
MOST_ENTRIES = 5_000


def window(model: Model, text: str, display: Display) -> Drawing:
    """Return what one entry, of a quantity or a gradient, is computed from: a box a quantity, its numbers in it.

    Raises Problem where `text` names no entry, or one that is given.
    """
    of = model.named(text)
    by = [of.base] if of.of is not None else None
    solved = calculate(model, wrt=by, backward=by is not None, scalar=True)
    elements = _machine(solved).elements
    whole = name(of.base, of=of.of)
    if of is whole and whole in elements.shapes.known:
        rows = elements.names(whole)
        if len(rows) * len(rows[0]) > 1:
            raise Problem(f"`{text}` has several entries", None, f"name one of them, as {rows[-1][-1].id}", "usage")
        of = rows[0][0]
    equation = scalar_source(solved).graph.by_name.get(of)
    if equation is None:
        elements.place(of)
        raise Problem(f"`{text}` is given, and is computed from nothing", None, None, "usage")
    used = names_in(equation.formula)
    sources = dict.fromkeys(name(each.base, of=each.of) for each in used)
    roles = Roles(model.parameters, model.targets)
    drawn = [source for source in sources if source is not whole]
    _few(solved, [*drawn, whole])
    boxes = [Box(each, _kind(solved, roles, each), None, (_marked(solved, each, used, display),)) for each in drawn]
    arrows = [Arrow(each, of) for each in drawn]
    boxes.append(Box(of, "computed", equation.formula, (fact(of, scalar_source(solved).numbers(of), display),)))
    if whole is not of:
        boxes.append(Box(whole, "computed", None, (_marked(solved, whole, (of,), display),)))
        arrows.append(Arrow(of, whole))
    return Drawing(tuple(boxes), tuple(arrows))


def _machine(solved: Calculation) -> ScalarMachine:
    assert isinstance(solved.machine, ScalarMachine)
    return solved.machine


def _kind(solved: Calculation, roles: Roles, of: Name) -> Kind:
    return roles.kind(of) if of in solved.model.graph.leaves else "computed"


def _marked(solved: Calculation, of: Name, entries: Collection[Name], display: Display) -> Fact:
    """Return the numbers of a quantity, with some of its entries marked."""
    elements = _machine(solved).elements
    places = frozenset(elements.place(each) for each in entries if name(each.base, of=each.of) is of)
    return fact(of, vector_source(solved).numbers(of), display._replace(most=None))._replace(marked=places)


def _few(solved: Calculation, names: list[Name]) -> None:
    """Raise Problem (`usage`) for more numbers than anyone could look at."""
    shapes = solved.shapes
    count = sum(rows * columns for rows, columns in (counts(shapes.of(of)) for of in names))
    if count > MOST_ENTRIES:
        raise Problem(
            f"there would be {count:,} numbers, at most {MOST_ENTRIES:,} are drawn", None,
            "`forward --form scalar --get NAME` writes an entry's line", "usage",
        )  # fmt: skip
