"""Sums, products, quotients and powers, and functions entry by entry, in the normal form."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from nncalc.algebra.terms import ONE, UNIT, Sum, Term, fraction
from nncalc.formula import Call, Formula, Name, call
from nncalc.sizes import SCALAR, Shape, Size, size_formula

if TYPE_CHECKING:
    from nncalc.algebra.normal import Algebra, Rule

HALF = Fraction(1, 2)
ODD = frozenset({"sin", "tan", "tanh", "sinh", "asin", "atan", "erf", "sign"})
EVEN = frozenset({"cos", "cosh", "abs"})


def number_in(algebra: Algebra, formula: Formula) -> Fraction | None:
    """Return the value of a formula that is a rational, else None."""
    if isinstance(formula, Name):
        return None
    found = algebra.normal(formula)
    if not found:
        return Fraction(0)
    return found[UNIT] if list(found) == [UNIT] else None


def size_of(algebra: Algebra, of: Size) -> Sum:
    """Return a size as a number."""
    formula = size_formula(of)
    for part in (formula,) if isinstance(formula, Name) else formula.args if isinstance(formula, Call) else ():
        if isinstance(part, Name):
            algebra.shapes.name(part, SCALAR)
    return algebra.normal(formula)


# -- sums, signs, products ----------------------------------------------------------------------------


def _add(algebra: Algebra, part: Call) -> Sum:
    shape = algebra.shapes.of(part)
    pieces: list[tuple[Sum, Fraction]] = []
    for arg in part.args:
        found = algebra.normal(arg)
        if shape != SCALAR and algebra.shapes.of(arg) == SCALAR:
            found = algebra.product(found, SCALAR, {Term((), algebra.ones(shape)): ONE}, shape)
        pieces.append((found, ONE))
    result = algebra.plus(pieces)
    algebra.note_written(result)
    return result


def _neg(algebra: Algebra, part: Call) -> Sum:
    return algebra.plus([(algebra.normal(part.args[0]), -ONE)])


def product_of(algebra: Algebra, part: Call) -> Sum:
    one, other = part.args
    return algebra.product(algebra.normal(one), algebra.shapes.of(one), algebra.normal(other), algebra.shapes.of(other))


def _hadamard(algebra: Algebra, part: Call) -> Sum:
    one, other = part.args
    if SCALAR in (algebra.shapes.of(one), algebra.shapes.of(other)):
        return product_of(algebra, part)
    return algebra.hadamard(algebra.normal(one), algebra.normal(other), algebra.shapes.of(part))


def _div(algebra: Algebra, part: Call) -> Sum:
    over, under = part.args
    below = power_of(algebra, algebra.normal(under), SCALAR, -ONE)
    return algebra.product(algebra.normal(over), algebra.shapes.of(over), below, SCALAR)


def _hdiv(algebra: Algebra, part: Call) -> Sum:
    over, under = part.args
    if algebra.shapes.of(under) == SCALAR:
        return _div(algebra, part)
    shape = algebra.shapes.of(under)
    below = power_of(algebra, algebra.normal(under), shape, -ONE)
    if algebra.shapes.of(over) == SCALAR:
        return algebra.product(algebra.normal(over), SCALAR, below, shape)
    return algebra.hadamard(algebra.normal(over), below, shape)


def power_of(algebra: Algebra, base: Sum, shape: Shape, exponent: Fraction) -> Sum:
    """Return the power of a number, or of a matrix entry by entry."""
    if exponent == 0:
        return {UNIT: ONE} if shape == SCALAR else {Term((), algebra.ones(shape)): ONE}
    if exponent == 1:
        return base
    if not base:
        return algebra.atom(
            call("pow" if shape == SCALAR else "hpow", algebra.formula(base, shape), fraction(exponent))
        )
    ((term, factor),) = algebra.single(base, shape).items()
    whole = exponent.denominator == 1
    table = dict(term.scalars) if shape == SCALAR else algebra.bases(term.chain)
    plain = factor == 1 and (shape == SCALAR or not term.scalars) and len(table) == 1
    if not whole and not (plain and (next(iter(table.values())) == 1 or next(iter(table.values())).denominator != 1)):
        inner, turned = algebra.turned(base, shape)
        if shape == SCALAR:
            return algebra.of_powers({inner: exponent})
        raised_ = algebra.of_bases({inner: exponent}, algebra.shapes.of(inner))
        return algebra.transposed(raised_) if turned else raised_
    raised = {each: power * exponent for each, power in table.items()}
    value = factor ** int(exponent) if whole else ONE
    if shape == SCALAR:
        return algebra.scaled(algebra.merged(raised.items()), {UNIT: value})
    scalars = algebra.merged([(each, power * exponent) for each, power in term.scalars])
    return algebra.scaled(algebra.scaled(algebra.of_bases(raised, shape), scalars), {UNIT: value})


def _sqrt(algebra: Algebra, part: Call) -> Sum:
    (inner,) = part.args
    return power_of(algebra, algebra.normal(inner), algebra.shapes.of(inner), HALF)


def _transpose(algebra: Algebra, part: Call) -> Sum:
    return algebra.transposed(algebra.normal(part.args[0]))


# -- functions entry by entry -----------------------------------------------------------------------------


def _parity(algebra: Algebra, part: Call) -> Sum:
    """Return an odd or even function of an argument whose sign is taken out."""
    (arg,) = part.args
    algebra, outer = algebra.within, algebra
    found = algebra.normal(arg)
    if found and is_negative(algebra, found):
        found = algebra.plus([(found, -ONE)])
        sign = -ONE if part.op in ODD else ONE
    else:
        sign = ONE
    shape = algebra.shapes.of(arg)
    body, turned = algebra.turned(found, shape)
    result = outer.atom(call(part.op, body))
    return outer.plus([(outer.transposed(result) if turned else result, sign)])


def is_negative(algebra: Algebra, found: Sum) -> bool:
    return found[min(found, key=algebra.term_key)] < 0


def _sigmoid(algebra: Algebra, part: Call) -> Sum:
    """Return sigmoid(-u) as 1 - sigmoid(u)."""
    (arg,) = part.args
    algebra = algebra.within
    found = algebra.normal(arg)
    if not found or not is_negative(algebra, found):
        return algebra.entrywise("sigmoid", arg)
    shape = algebra.shapes.of(arg)
    body, turned = algebra.turned(algebra.plus([(found, -ONE)]), shape)
    result = algebra.atom(call("sigmoid", body))
    one = {UNIT: ONE} if shape == SCALAR else {Term((), algebra.ones(shape)): ONE}
    return algebra.plus([(one, ONE), (algebra.transposed(result) if turned else result, -ONE)])


def _same(algebra: Algebra, part: Call) -> Sum:
    return algebra.normal(part.args[0])


RULES: dict[str, Rule] = {
    "add": _add, "neg": _neg, "mul": product_of, "hadamard": _hadamard, "div": _div, "hdiv": _hdiv, "sqrt": _sqrt,
    "transpose": _transpose, "sigmoid": _sigmoid, "linear": _same, **dict.fromkeys(ODD | EVEN, _parity),
}  # fmt: skip
