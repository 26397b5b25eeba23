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
    part = part_of(factor.args[0] if is_call(factor, "transpose") else factor, ("rows", "columns")[turned], first, last)
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
