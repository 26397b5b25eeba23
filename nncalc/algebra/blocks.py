"""Blocks, and some rows or columns of a formula, in the normal form."""

from __future__ import annotations

from nncalc.algebra.chains import terms_multiplied
from nncalc.algebra.choosing import rows_of
from nncalc.algebra.core import Algebra, Rule
from nncalc.algebra.terms import ONE, Sum, Term
from nncalc.graph.blocks import places
from nncalc.graph.shapes import PARTS
from nncalc.graph.sizes import Size
from nncalc.language.formula import Call, call, is_call, joined


def _blocks(algebra: Algebra, part: Call) -> Sum:
    """Return blocks, each canonical; nothing but zeros is zero."""
    within = algebra.within
    rows = [arg.args if is_call(arg, "row") else (arg,) for arg in part.args]
    if not any(within.normal(block) for row in rows for block in row):
        return {}
    lines = [call("row", *map(within.canonical, row)) for row in rows]
    if len(lines) == len(lines[0].args) == 1:
        return algebra.normal(lines[0].args[0])
    if part.op == "matrix":
        return algebra.atom(call("matrix", *lines))
    return algebra.atom(joined([block for line in lines for block in line.args], beside=False))


def _rows(algebra: Algebra, part: Call) -> Sum:
    """Return some rows of a sum: of every chain in it those of its first factor."""
    return _taken(algebra, algebra.pieces(part.args[0]), part)


def _columns(algebra: Algebra, part: Call) -> Sum:
    """Return some columns of a sum: the rows of its transpose, turned."""
    return algebra.transposed(_taken(algebra, algebra.transposed(algebra.pieces(part.args[0])), part))


def _taken(algebra: Algebra, found: Sum, part: Call) -> Sum:
    first, last = places(part, algebra.shapes)
    return algebra.plus((_of_term(algebra, term, first, last), value) for term, value in found.items())


def _of_term(algebra: Algebra, term: Term, first: Size, last: Size) -> Sum:
    if not term.chain:
        return {term: ONE}  # of a number, itself
    factor, *others = term.chain
    rest = Term(term.scalars, tuple(others))
    found = rows_of(algebra, factor, first, last)
    return algebra.plus((terms_multiplied(algebra, each, rest), value) for each, value in found.items())


def _part(algebra: Algebra, part: Call) -> Sum:
    return _columns(algebra, part) if algebra.shapes.across(part) else _rows(algebra, part)


RULES: dict[str, Rule] = {"column": _blocks, "matrix": _blocks, **dict.fromkeys(PARTS, _part)}
