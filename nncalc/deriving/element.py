"""The derivative by one general element: write it out, differentiate, let the deltas collapse, recognise the matrix.

The lines are in index notation and go forwards; the matrix they are recognised as is that of the rules, and is
proved to be it by the normal form of its own general element. Knows formulas, shapes and rules, no values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from nncalc.algebra.terms import Facts, TooLong
from nncalc.deriving.canonical import Canonical
from nncalc.deriving.collapse import Collapse
from nncalc.deriving.derivation import Derivation, Setting, Step, derivation
from nncalc.deriving.indices import Index, Indices
from nncalc.deriving.letters import Letters
from nncalc.deriving.naming import unused
from nncalc.deriving.rounds import rounds
from nncalc.graph.rules import has_decimals
from nncalc.graph.sizes import SCALAR, Shape
from nncalc.language.formula import Formula, Name, call, name, names_in
from nncalc.problems import Problem


class Line(NamedTuple):
    """A line with numbered index variables: `left` is None where it goes on from the one before.

    `kept` says which index variable became which where deltas collapsed.
    """

    left: Formula | None
    right: Formula
    why: str
    kept: tuple[tuple[str, str], ...] = ()


class Place(NamedTuple):
    """Which element is written: the entry `of` of the formula by the entry `by`, and where it stands in the derivative.

    `within` holds the row and the column there; None where entries of matrices have a row, or a column, each, by which
    they are counted down the columns. The derivative may be `turned`, its rows those of the formula.
    """

    of: tuple[Index, Index]
    by: tuple[Index, Index]
    within: tuple[Index, Index] | None
    turned: bool = False

    @property
    def free(self) -> list[str]:
        return [each for each in self.within or (*self.of, *self.by) if isinstance(each, str)]

    def here(self, places: tuple[int, int], ranges: Mapping[str, int]) -> dict[str, int]:
        """Return what the index variables are at a row and a column of the derivative, counted from 0."""
        if self.within is not None:
            return {str(index): place + 1 for index, place in zip(self.within, places, strict=True)}
        found: dict[str, int] = {}
        for (row, column), place in zip((self.of, self.by) if self.turned else (self.by, self.of), places, strict=True):
            down = ranges[str(row)] if row != 1 else 1
            found |= {str(row): place % down + 1, str(column): place // down + 1}
        return found


def element_derivation(setting: Setting) -> Derivation:
    """Return the derivation of a derivative by one general element of it; raise Problem where the method ends.

    It comes to what `derivation` comes to, in the same layout.
    """
    if not setting.hessian:
        return _elements(setting, name(setting.wrt.base, of=setting.of))
    found = derivation(setting)
    first = element_derivation(setting._replace(hessian=False, layout="denominator"))
    slope = name(setting.wrt.base, of=setting.of)
    taken = [*setting.taken, found.gradient]
    g, hessian = (unused(letter, taken, setting.shapes.letters) for letter in "gH")
    again = _elements(setting._replace(formula=found.gradient, of=g, hessian=False), hessian)
    named = Step(g, slope, setting.shapes.of(setting.wrt), "the gradient, which is differentiated again")
    return found._replace(steps=(*first.steps, named, *again.steps[1:]))


def _elements(setting: Setting, whole: Name) -> Derivation:
    """Return the derivation of the derivative that is called `whole`, by one general element."""
    shape = setting.shapes.of(setting.formula)
    setting.shapes.name(setting.of, shape)
    indices = Indices(setting.shapes, setting.wrt)
    found = derivation(setting)
    place = _place(setting, indices)
    lines = _lines(setting, indices, place, whole)
    last = Line(whole, found.derivative, _recognised(found, indices, lines[-1].right, place))
    if found.shape == SCALAR:
        last = last._replace(left=None)
    letters = Letters(setting.formula, [setting.of, setting.wrt, *setting.reserved], setting.shapes.letters, place.free)
    steps = [Step(setting.of, setting.formula, shape)]
    for line in lines if found.shape == SCALAR and lines[-1].right is found.derivative else [*lines, last]:
        left, right = line.left and letters.shown(line.left), letters.shown(line.right)
        if line.left is not None or right is not steps[-1].right:
            steps.append(Step(left, right, found.shape if line is last else SCALAR, letters.said(_why(line, letters))))
    return found._replace(steps=tuple(steps))


def _why(line: Line, letters: Letters) -> str:
    kept = list(dict.fromkeys(letters.said(f"{one} = {other}") for one, other in line.kept))
    if not kept:
        return line.why
    return f"the delta keeps the term {kept[0]}" if len(kept) == 1 else f"the deltas keep the terms {', '.join(kept)}"


def _place(setting: Setting, indices: Indices) -> Place:
    """Return the general element; the layout says which index is which."""
    of_rows, of_columns = setting.shapes.of(setting.formula)
    by_rows, by_columns = setting.shapes.of(setting.wrt)
    of = indices.fresh(of_rows), indices.fresh(of_columns)
    by = indices.fresh(by_rows), indices.fresh(by_columns)
    count_of, count_by = _counts(of), _counts(by)
    turned = setting.layout == "numerator"
    if len(count_of) + len(count_by) > 2:
        return Place(of, by, None, turned)
    if len(count_of) == 2:  # a matrix by a number has its shape in every layout
        return Place(of, by, of)
    if len(count_by) == 2:
        return Place(of, by, by[::-1] if turned else by)
    pair: tuple[Index, Index] = (count_by or [1])[0], (count_of or [1])[0]
    if turned and not setting.shapes.of(setting.wrt) == setting.shapes.of(setting.formula) == SCALAR:
        pair = pair[::-1]
    if not count_of and by_columns != 1:  # the derivative of a number has the shape of the variable
        pair = pair[::-1]
    return Place(of, by, pair)


def _counts(index: tuple[Index, Index]) -> list[Index]:
    return [each for each in index if each != 1]


# -- the lines ------------------------------------------------------------------------------------------------


def _lines(setting: Setting, indices: Indices, place: Place, whole: Name) -> list[Line]:
    """Return the lines from the definition to the collapsed element."""
    of, wrt = setting.of, setting.wrt
    indices.entry_of_wrt = entry = indices.entry(wrt, *place.by)
    assert isinstance(entry, Name)
    lines: list[Line] = []
    own = indices.entry(of, *place.of)
    assert isinstance(own, Name)
    one = name(wrt.base, entry.index, of=own)
    if place.within is not None and place.free:
        free = place.free
        left = name(whole.base, tuple(free)) if whole.of is None else call("entry", whole, *map(name, free))
        lines.append(Line(left, one, _definition(setting, place)))
    element = indices.opened(indices.entry(setting.formula, *place.of))
    reached = indices.by(element)
    why = "the element written out" if _counts(place.of) else "written out"
    lines.append(Line(None if lines else whole if place.within is not None else one, reached, why))
    lines += [Line(None, right, why) for right, why in rounds(indices, reached)]
    decimals = has_decimals(setting.formula)
    collapse = Collapse(indices.ranges, decimals=decimals)
    settled = collapse.of(lines[-1].right)
    return [*lines, Line(None, settled, "equal terms together, numbers first", tuple(collapse.kept))]


def _definition(setting: Setting, place: Place) -> str:
    """Return why the first line holds: the layout says which index counts what."""
    counted = []
    for index in place.free:
        of = setting.wrt if index in place.by else setting.of
        indices = place.by if index in place.by else place.of
        rows = "the rows of " if index == indices[0] else "the columns of "
        counted.append(f"{index} counts {rows if len(_counts(indices)) == 2 else ''}`{of}`")
    return f"by definition ({setting.layout} layout: {', '.join(counted)})"


# -- the matrix -------------------------------------------------------------------------------------------------


def _recognised(found: Derivation, indices: Indices, element: Formula, place: Place) -> str:
    """Return why the derivative found by rules is the matrix of these elements; raise Problem where it is not."""
    facts = found.setting.facts
    what = _whose(found.shape, place)
    if place.within is not None:
        own = indices.entry(found.derivative, *place.within)
        try:
            if Canonical(indices, Facts()).same(own, element):
                return what
            if facts != Facts() and Canonical(indices, facts).same(own, element):
                return f"{what}; {_assumed(facts, found.setting.formula)}"
        except TooLong:
            pass
    from nncalc.deriving.trial import agrees

    if not agrees(found, element, place.here, indices.ranges):
        raise Problem(
            "the element found does not agree with the derivative by rules", None,
            "this is a mistake of nncalc's; please report the expression", "derivative",
        )  # fmt: skip
    return f"{what}, as numbers for two choices of sizes show"


def _whose(shape: Shape, place: Place) -> str:
    if not place.free:
        return "the same"
    if place.within is None:
        return "the matrix of these, entries counted down the columns"
    kind = "matrix" if len(place.free) == 2 else "column" if shape[1] == 1 else "row"
    return f"the {kind} whose element {','.join(place.free)} this is"


def _assumed(facts: Facts, formula: Formula) -> str:
    """Return what was used of the quantities of `formula`."""
    said = [f"`{each}` is symmetric" for each in names_in(formula) if each in facts.symmetric]
    said += [f"`{each}` sums to 1" for each in names_in(formula) if each in facts.sums_to_one]
    return ", ".join(said)
