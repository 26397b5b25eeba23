"""The derivative by one general element: write it out, differentiate, let the deltas collapse, recognise the matrix.

The lines are in index notation and go forwards; the matrix they are recognised as is that of the rules, and is
proved to be it by the normal form of its own general element. Knows formulas, shapes and rules, no values.
"""

from __future__ import annotations

from typing import NamedTuple

from nncalc.algebra.terms import Facts, TooLong
from nncalc.derive.canonical import Canonical
from nncalc.derive.collapse import Collapse
from nncalc.derive.derivation import Derivation, Setting, Step, derivation
from nncalc.derive.indices import Index, Indices
from nncalc.derive.letters import Letters
from nncalc.derive.scalars import swapped, times
from nncalc.graph.rules import has_decimals
from nncalc.graph.sizes import SCALAR, Shape, text_of
from nncalc.graph.tidy import ONE
from nncalc.language.formula import Call, Formula, Name, call, is_call, name, names_in, parts
from nncalc.problems import Problem

#: The most rounds of the chain rule that are written, each a line of its own.
MOST_ROUNDS = 40


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

    `within` holds the row and the column there.
    """

    of: tuple[Index, Index]
    by: tuple[Index, Index]
    within: tuple[Index, Index]

    @property
    def free(self) -> list[str]:
        return [each for each in self.within if isinstance(each, str)]


def element_derivation(setting: Setting) -> Derivation:
    """Return the derivation of a derivative by one general element of it; raise Problem where the method ends.

    It comes to what `derivation` comes to, in the same layout.
    """
    _in_scope(setting)
    shape = setting.shapes.of(setting.formula)
    setting.shapes.name(setting.of, shape)
    indices = Indices(setting.shapes, setting.wrt)
    place = _place(setting, indices)
    lines = _lines(setting, indices, place)
    found = derivation(setting)
    last = Line(
        name(setting.wrt.base, of=setting.of), found.derivative, _recognised(found, indices, lines[-1].right, place)
    )
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


def _in_scope(setting: Setting) -> None:
    """Raise Problem where an element of the derivative would have more than two indices."""
    of, by = setting.shapes.of(setting.formula), setting.shapes.of(setting.wrt)
    hint = "`--method rules` differentiates it"
    if setting.hessian:
        raise Problem("the method of one element stops at the first derivative", None, hint, "derivative")
    if sum(size != 1 for size in (*of, *by)) > 2:
        raise Problem(
            f"an element of the derivative of {text_of(of)} by {text_of(by)} has more than two indices,"
            " the method of one element writes at most two",
            None, hint, "derivative",
        )  # fmt: skip


def _place(setting: Setting, indices: Indices) -> Place:
    """Return the general element; the layout says which index is which."""
    of_rows, of_columns = setting.shapes.of(setting.formula)
    by_rows, by_columns = setting.shapes.of(setting.wrt)
    of = indices.fresh(of_rows), indices.fresh(of_columns)
    by = indices.fresh(by_rows), indices.fresh(by_columns)
    count_of, count_by = _counts(of), _counts(by)
    if len(count_of) == 2:  # a matrix by a number has its shape in every layout
        return Place(of, by, of)
    if len(count_by) == 2:
        return Place(of, by, by if setting.layout == "denominator" else by[::-1])
    pair: tuple[Index, Index] = (count_by or [1])[0], (count_of or [1])[0]
    if (
        setting.layout == "numerator"
        and not setting.shapes.of(setting.wrt) == setting.shapes.of(setting.formula) == SCALAR
    ):
        pair = pair[::-1]
    if not count_of and by_columns != 1:  # the derivative of a number has the shape of the variable
        pair = pair[::-1]
    return Place(of, by, pair)


def _counts(index: tuple[Index, Index]) -> list[Index]:
    return [each for each in index if each != 1]


# -- the lines ------------------------------------------------------------------------------------------------


def _lines(setting: Setting, indices: Indices, place: Place) -> list[Line]:
    """Return the lines from the definition to the collapsed element."""
    of, wrt = setting.of, setting.wrt
    whole = name(wrt.base, of=of)
    indices.entry_of_wrt = entry = indices.entry(wrt, *place.by)
    assert isinstance(entry, Name)
    lines: list[Line] = []
    if place.free:
        own = indices.entry(of, *place.of)
        assert isinstance(own, Name)
        left = call("entry", whole, *map(name, place.free))
        lines.append(Line(left, name(wrt.base, entry.index, of=own), _definition(setting, place)))
    element = indices.opened(indices.entry(setting.formula, *place.of))
    reached = indices.by(element)
    why = "the element written out" if _counts(place.of) else "written out"
    lines.append(Line(None if lines else whole, reached, why))
    lines += [Line(None, right, why) for right, why in _rounds(indices, reached)]
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


def _rounds(indices: Indices, reached: Formula) -> list[tuple[Formula, str]]:
    """Return the lines on which derivatives move inwards, until only deltas are left."""
    found: list[tuple[Formula, str]] = []
    while not found or _has(reached, "derivative"):
        if len(found) == MOST_ROUNDS:
            raise Problem(
                f"functions are nested more than {MOST_ROUNDS} levels deep, too many to write an element of", None,
                "`--method rules` differentiates it", "derivative",
            )  # fmt: skip
        reached = swapped(reached, lambda part: _moved(indices, part))
        nested = _has(reached, "derivative")
        why = "the chain rule, inner elements written out" if nested else "differentiated term by term"
        if _derivatives(reached) and (found or nested):
            reached = swapped(reached, _deltas)
            why += "" if nested else "; an entry by another is a delta"
        found.append((reached, why))
    if _derivatives(reached):
        found.append((swapped(reached, _deltas), "1 where the indices are equal, else 0"))
    return found


def _moved(indices: Indices, part: Formula) -> Formula | None:
    """Return a derivative that goes one operation further inwards, what it meets there written out."""
    if not (is_call(part, "derivative")):
        return None

    def opened(inner: Formula) -> Formula | None:
        return indices.by(indices.opened(inner.args[0])) if is_call(inner, "derivative") else None

    return swapped(indices.slope(part.args[0]), opened)


def _has(formula: Formula, op: str) -> bool:
    return any(isinstance(part, Call) and part.op == op for part in parts(formula))


def _derivatives(formula: Formula) -> bool:
    """Return whether a derivative of an entry by an entry stands in an element."""
    return any(isinstance(part, Name) and part.of is not None for part in parts(formula))


def _deltas(part: Formula) -> Formula | None:
    """Return the derivative of an entry by an entry: 1 where their indices are equal."""
    if not isinstance(part, Name) or part.of is None:
        return None
    found: Formula = ONE
    for one, other in zip(part.of.index, part.index, strict=True):
        if one != other:
            found = times(found, call("delta", name(str(one)), name(str(other))))
    return found


# -- the matrix -------------------------------------------------------------------------------------------------


def _recognised(found: Derivation, indices: Indices, element: Formula, place: Place) -> str:
    """Return why the derivative found by rules is the matrix of these elements; raise Problem where it is not."""
    derivative, facts = found.derivative, found.setting.facts
    own = indices.entry(derivative, *place.within)
    what = _whose(found.shape, place)
    try:
        if Canonical(indices, Facts()).same(own, element):
            return what
        if facts != Facts() and Canonical(indices, facts).same(own, element):
            return f"{what}; {_assumed(facts, found.setting.formula)}"
    except TooLong:
        pass
    from nncalc.derive.trial import agrees

    if not agrees(found, element, place.within, indices.ranges):
        raise Problem(
            "the element found does not agree with the derivative by rules", None,
            "this is a mistake of nncalc's; please report the expression", "derivative",
        )  # fmt: skip
    return f"{what}, as numbers put in for two choices of sizes show"


def _whose(shape: Shape, place: Place) -> str:
    if not place.free:
        return "the same"
    kind = "matrix" if len(place.free) == 2 else "column" if shape[1] == 1 else "row"
    return f"the {kind} whose element {','.join(place.free)} this is"


def _assumed(facts: Facts, formula: Formula) -> str:
    """Return what was used of the quantities of `formula`."""
    said = [f"`{each}` is symmetric" for each in names_in(formula) if each in facts.symmetric]
    said += [f"`{each}` sums to 1" for each in names_in(formula) if each in facts.sums_to_one]
    return ", ".join(said)
