"""Some rows of one factor of a chain, in the normal form; those of the identity choose rows of what they meet."""

from __future__ import annotations

from nncalc.algebra.core import Algebra
from nncalc.algebra.terms import Sum
from nncalc.graph.blocks import part_of, places, taken
from nncalc.graph.sizes import Size
from nncalc.language.formula import Formula, is_call


def rows_of(algebra: Algebra, factor: Formula, first: Size, last: Size) -> Sum:
    """Return some rows of a factor; of a transpose they are columns, turned."""
    turned = is_call(factor, "transpose")
    inner = factor.args[0] if is_call(factor, "transpose") else factor
    part = part_of(inner, turned, first, last, algebra.shapes)
    simpler = taken(part, algebra.shapes)
    found = algebra.atom(part) if simpler is part else algebra.normal(simpler)
    return algebra.transposed(found) if turned else found


def chosen(algebra: Algebra, a: Formula, b: Formula) -> Sum | None:
    """Return a product of which one factor is some rows of the identity, None for any other."""
    for one, other, turned in ((a, b, False), (algebra.flipped(b), algebra.flipped(a), True)):
        if is_call(one, "rows") and is_call(one.args[0], "eye"):
            found = rows_of(algebra, other, *places(one, algebra.shapes))
            return algebra.transposed(found) if turned else found
    return None


def is_unit_column(formula: Formula) -> bool:
    """Return whether a canonical formula is a column of the identity, 1 in one place."""
    row = formula.args[0] if is_call(formula, "transpose") else None
    return is_call(row, "rows") and is_call(row.args[0], "eye") and row.args[1] is row.args[2]
