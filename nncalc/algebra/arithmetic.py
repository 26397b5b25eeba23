"""Sums, products, quotients and powers, and functions entry by entry, in the normal form."""

from __future__ import annotations

from fractions import Fraction

from nncalc.algebra.chains import multiplied
from nncalc.algebra.core import Algebra, Rule
from nncalc.algebra.powers import HALF, hadamard, power_of
from nncalc.algebra.running import is_product, numbers_multiplied
from nncalc.algebra.terms import ONE, Sum, all_ones
from nncalc.graph.sizes import SCALAR
from nncalc.language.formula import Call, call
from nncalc.ops import OPS

# -- sums, signs, products ----------------------------------------------------------------------------


def _add(algebra: Algebra, part: Call) -> Sum:
    shape = algebra.shapes.of(part)
    pieces: list[tuple[Sum, Fraction]] = []
    for arg in part.args:
        found = algebra.normal(arg)
        if shape != SCALAR and algebra.shapes.of(arg) == SCALAR:
            found = multiplied(algebra, found, SCALAR, all_ones(shape), shape)
        pieces.append((found, ONE))
    result = algebra.plus(pieces)
    algebra.note_written(result)
    return result


def _neg(algebra: Algebra, part: Call) -> Sum:
    return algebra.plus([(algebra.normal(part.args[0]), -ONE)])


def product_of(algebra: Algebra, part: Call) -> Sum:
    if is_product(part, algebra):
        return numbers_multiplied(algebra, part)
    one, other = part.args
    return multiplied(
        algebra, algebra.normal(one), algebra.shapes.of(one), algebra.normal(other), algebra.shapes.of(other)
    )


def _hadamard(algebra: Algebra, part: Call) -> Sum:
    one, other = part.args
    if SCALAR in (algebra.shapes.of(one), algebra.shapes.of(other)):
        return product_of(algebra, part)
    return hadamard(algebra, algebra.normal(one), algebra.normal(other), algebra.shapes.of(part))


def _div(algebra: Algebra, part: Call) -> Sum:
    over, under = part.args
    below = power_of(algebra, algebra.normal(under), SCALAR, -ONE)
    return multiplied(algebra, algebra.normal(over), algebra.shapes.of(over), below, SCALAR)


def _hdiv(algebra: Algebra, part: Call) -> Sum:
    over, under = part.args
    if algebra.shapes.of(under) == SCALAR:
        return _div(algebra, part)
    shape = algebra.shapes.of(under)
    below = power_of(algebra, algebra.normal(under), shape, -ONE)
    if algebra.shapes.of(over) == SCALAR:
        return multiplied(algebra, algebra.normal(over), SCALAR, below, shape)
    return hadamard(algebra, algebra.normal(over), below, shape)


def _sqrt(algebra: Algebra, part: Call) -> Sum:
    (inner,) = part.args
    return power_of(algebra, algebra.normal(inner), algebra.shapes.of(inner), HALF)


def _transpose(algebra: Algebra, part: Call) -> Sum:
    return algebra.transposed(algebra.normal(part.args[0]))


# -- functions entry by entry -----------------------------------------------------------------------------


def _parity(algebra: Algebra, part: Call) -> Sum:
    """Return a function that has a parity, of an argument whose sign is taken out."""
    arg, *settings = part.args
    within = algebra.within
    found = within.normal(arg)
    if not found or not is_negative(within, found):
        return algebra.entrywise(part.op, arg, settings)
    shape = within.shapes.of(arg)
    body, turned = within.turned(within.plus([(found, -ONE)]), shape)
    plain = algebra.atom(call(part.op, body, *settings))
    result = algebra.transposed(plain) if turned else plain
    parity = OPS[part.op].parity
    if parity == "even":
        return result
    return algebra.plus([(all_ones(shape) if parity == "complement" else {}, ONE), (result, -ONE)])


def is_negative(algebra: Algebra, found: Sum) -> bool:
    return found[min(found, key=algebra.term_key)] < 0


def _same(algebra: Algebra, part: Call) -> Sum:
    return algebra.normal(part.args[0])


RULES: dict[str, Rule] = {
    **{op.name: _parity for op in OPS.values() if op.parity},
    "add": _add, "neg": _neg, "mul": product_of, "hadamard": _hadamard, "div": _div, "hdiv": _hdiv, "sqrt": _sqrt,
    "transpose": _transpose, "linear": _same,
}  # fmt: skip
