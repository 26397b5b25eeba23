"""Indices and slices: `x[2]`, `A[1,:]`, `A[:,2:3]`, and the calls of the operation table that they are.

One index is of a vector, two are of a matrix. Both ends of a slice belong to it. Knows formulas, no shapes.
"""

from __future__ import annotations

from collections.abc import Collection
from math import prod
from typing import TypeAlias

from nncalc.language.formula import Call, Formula, Name, Num, call, is_call, name, num, parts, replace

#: The first and the last row, or column; None for all of them.
Range: TypeAlias = tuple[Formula, Formula] | None

#: No index is larger.
MOST = 10**12
#: What takes columns of a matrix, or entries of a vector, counted from 1 and from 0.
COLUMNS, ENTRIES = ("columns", "columns_0"), ("entries", "entries_0")
TAKING = ("rows", *COLUMNS, *ENTRIES)


def indexed(formula: Formula, ranges: list[Range]) -> Formula:
    """Return what one or two indices take of a formula.

    >>> from nncalc.language.formula import name, num
    >>> two = (num(2), num(2))
    >>> indexed(name("x"), [two]), indexed(name("A"), [two, None]), indexed(name("A"), [two, two])
    (entries(x, 2, 2), rows(A, 2, 2), entries(rows(A, 2, 2), 2, 2))
    """
    if len(ranges) == 1:
        return formula if ranges[0] is None else call("entries", formula, *ranges[0])
    down, across = ranges
    taken = formula if down is None else call("rows", formula, *down)
    if across is None:
        return taken
    one_row = down is not None and down[0] is down[1]
    return call("entries" if one_row else "columns", taken, *across)


def indices_of(part: Call) -> tuple[Formula, list[Range]]:
    """Return what a call takes rows, columns or entries of, and the indices that are written for it.

    >>> from nncalc.language.formula import name, num
    >>> indices_of(indexed(name("A"), [(num(1), num(2)), (num(3), num(3))]))
    (A, [(1, 2), (3, 3)])
    """
    inner, first, last = part.args
    if part.op == "rows":
        return inner, [(first, last), None]
    if is_call(inner, "rows") and (part.op in ENTRIES) == (inner.args[1] is inner.args[2]):
        return inner.args[0], [(inner.args[1], inner.args[2]), (first, last)]
    return inner, [(first, last)] if part.op in ENTRIES else [None, (first, last)]


def counted(place: Formula) -> Formula:
    """Return an index that is made of whole numbers as the number it is; any other as it is.

    >>> from nncalc.language.parser import parse
    >>> counted(parse("2*3 - 1")), counted(parse("n + 1"))
    (5, add(n, 1))
    """
    found: dict[Formula, int] = {}
    for part in parts(place):
        if isinstance(part, Num) and part.text.isdecimal():
            found[part] = int(part.text[:20])
        elif not isinstance(part, Call) or part.op not in ("add", "mul", "neg"):
            return place
        else:
            known = [found[arg] for arg in part.args]
            found[part] = sum(known) if part.op == "add" else prod(known) if part.op == "mul" else -known[0]
    return num(max(-MOST, min(found[place], MOST)))


def entry_of(part: Call) -> Name | None:
    """Return the name that an entry of a quantity has, x[2], where a call takes one; else None."""
    inner, ranges = indices_of(part)
    if not isinstance(inner, Name) or inner.index or inner.of is not None:
        return None
    index: list[int] = []
    for each in ranges:
        first = each[0] if each is not None and each[0] is each[1] else None
        if not isinstance(first, Num) or not first.text.isdecimal():
            return None
        index.append(int(first.text))
    return name(inner.base, tuple(index))


def from_0(formula: Formula, names: Collection[str]) -> Formula:
    """Return a formula in which the columns of some quantities are counted from 0, where an intercept is folded in."""
    new: dict[Formula, Formula] = {}
    for part in parts(formula) if names else ():
        if isinstance(part, Call) and part.op in ("columns", "entries"):
            inner, ranges = indices_of(part)
            if isinstance(inner, Name) and inner.base in names and (len(ranges) == 2 or inner is part.args[0]):
                new[part] = call(f"{part.op}_0", *part.args)
    return replace(formula, new) if new else formula
