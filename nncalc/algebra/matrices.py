"""Matrices that are made of matrices, in the normal form: inverses, diagonals, Kronecker products."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from nncalc.algebra.arithmetic import number_in, power_of, product_of
from nncalc.algebra.terms import ONE, UNIT, Sum, Term, chained, fraction, is_ones, transposes
from nncalc.formula import Call, Formula, call
from nncalc.sizes import SCALAR, Shape, size_formula

if TYPE_CHECKING:
    from nncalc.algebra.normal import Algebra, Rule


#: The largest exponent that is multiplied out of a number, and the longest power of a matrix.
MOST_POWER = 64


def _pow(algebra: Algebra, part: Call) -> Sum:
    base, exponent = part.args
    shape = algebra.shapes.of(base)
    value = number_in(algebra, exponent)
    if part.op == "pow" and shape != SCALAR:
        return _matrix_power(algebra, base, value)
    if value is None or (value.denominator == 1 and abs(value) > MOST_POWER):
        return algebra.atom(call(part.op, algebra.canonical(base), algebra.canonical(exponent)))
    return power_of(algebra, algebra.normal(base), shape, value)


def _matrix_power(algebra: Algebra, base: Formula, value: Fraction | None) -> Sum:
    assert value is not None
    shape = algebra.shapes.of(base)
    body = algebra.normal(base) if value > 0 else inverted(algebra.within, algebra.within.normal(base), shape)
    result = body
    for _ in range(abs(int(value)) - 1):
        result = algebra.product(result, shape, body, shape)
    return result if value else {Term((), (call("eye", size_formula(shape[0])),)): ONE}


def _inv(algebra: Algebra, part: Call) -> Sum:
    (arg,) = part.args
    algebra = algebra.within
    return inverted(algebra, algebra.normal(arg), algebra.shapes.of(arg))


def inverted(algebra: Algebra, base: Sum, shape: Shape) -> Sum:
    if shape == SCALAR:
        return power_of(algebra, base, shape, -ONE)
    if not base:
        return algebra.atom(call("inv", algebra.formula(base, shape)))
    ((term, factor),) = algebra.single(base, shape).items()
    scalars = algebra.merged([(each, -power) for each, power in term.scalars])
    square = all(len(set(algebra.shapes.of(each))) == 1 for each in term.chain)
    if len(term.chain) == 1 or (algebra.split and square):
        chain = algebra.chain([_inverse_of(algebra, each) for each in reversed(term.chain)])
    else:
        body, turned = algebra.turned({Term((), term.chain): ONE}, shape)
        chain = algebra.atom(call("inv", body))
        chain = algebra.transposed(chain) if turned else chain
    return algebra.scaled(algebra.scaled(chain, scalars), {UNIT: 1 / factor})


def _inverse_of(algebra: Algebra, factor: Formula) -> Formula:
    """Return the inverse of one factor of a chain."""
    if isinstance(factor, Call):
        if factor.op == "inv":
            return factor.args[0]
        if factor.op == "eye":
            return factor
        if factor.op == "transpose":
            return algebra.flipped(_inverse_of(algebra, factor.args[0]))
        if factor.op == "diag":
            return call("diag", algebra.canonical(call("hpow", factor.args[0], fraction(-ONE))))
    return call("inv", factor)


def _diag(algebra: Algebra, part: Call) -> Sum:
    (arg,) = part.args
    shape = algebra.shapes.of(arg)
    if shape == SCALAR:
        return algebra.normal(arg)
    found = algebra.normal(arg)
    pieces: list[tuple[Sum, Fraction]] = []
    for term, value in (found if algebra.expand else algebra.single(found, shape)).items():
        body = chained(term.chain)
        matrix = call("eye", size_formula(shape[0])) if is_ones(body) else call("diag", body)
        pieces.append(({Term(term.scalars, (matrix,)): ONE}, value))
    return algebra.plus(pieces)


def _dg(algebra: Algebra, part: Call) -> Sum:
    (arg,) = part.args
    if algebra.shapes.of(arg) == SCALAR:
        return algebra.normal(arg)
    return algebra.plus(
        (algebra.scaled(_diagonal(algebra, list(term.chain)), {Term(term.scalars, ()): ONE}), value)
        for term, value in algebra.pieces(arg).items()
    )


def _diagonal(algebra: Algebra, factors: list[Formula]) -> Sum:
    """Return the diagonal of a chain, as a column."""
    rows = algebra.shapes.of(factors[0])[0]
    column: Shape = (rows, 1)
    place = next((i for i, f in enumerate(factors) if algebra.shapes.of(f)[1] == 1), None)
    if place is not None:
        one = {Term((), tuple(factors[: place + 1])): ONE}
        other = {Term((), tuple(factors[place + 1 :])): ONE}
        return algebra.hadamard(one, algebra.transposed(other), column)
    for first, rest in ((factors[0], factors[1:]), (factors[-1], factors[:-1])):
        if isinstance(first, Call) and first.op == "diag":
            inner = algebra.normal(first.args[0])
            return algebra.hadamard(inner, _diagonal(algebra, rest), column) if rest else inner
    only = factors[0] if len(factors) == 1 else None
    if isinstance(only, Call) and only.op == "eye":
        return {Term((), algebra.ones(column)): ONE}
    if only in algebra.powers:
        result: Sum = {Term((), algebra.ones(column)): ONE}
        for base, power in algebra.powers[only].items():
            raised = power_of(algebra, algebra.normal(call("dg", base)), column, power)
            result = algebra.hadamard(result, raised, column)
        return result
    here, there = chained(factors), chained(algebra.flipped(factor) for factor in reversed(factors))
    best = min(here, there, key=lambda each: (transposes(each), algebra.key(each)))
    return algebra.atom(call("dg", best))


def _vec(algebra: Algebra, part: Call) -> Sum:
    (arg,) = part.args
    rows, columns = algebra.shapes.of(arg)
    found = algebra.normal(arg)
    if columns == 1:
        return found
    if rows == 1:
        return algebra.transposed(found)
    pieces = (found if algebra.expand else algebra.single(found, (rows, columns))).items()
    return {Term(term.scalars, (call("vec", chained(term.chain)),)): value for term, value in pieces}


def _kron(algebra: Algebra, part: Call) -> Sum:
    shapes = [algebra.shapes.of(arg) for arg in part.args]
    if SCALAR in shapes:
        return product_of(algebra, part)
    one, other = (
        found if algebra.expand else algebra.single(found, shape)
        for found, shape in zip(map(algebra.normal, part.args), shapes, strict=True)
    )
    pieces: list[tuple[Sum, Fraction]] = []
    for a, x in one.items():
        for b, y in other.items():
            kron = krons(algebra, chained(a.chain), chained(b.chain))
            pieces.append((algebra.scaled({Term((), (kron,)): ONE}, algebra.merged([*a.scalars, *b.scalars])), x * y))
    return algebra.plus(pieces)


def krons(algebra: Algebra, one: Formula, other: Formula) -> Formula:
    """Return the Kronecker product of two canonical matrices, with as few transposes as may be."""
    here = call("kron", one, other)
    flipped = call("kron", *[algebra.base_flipped(each) for each in (one, other)])
    turn = (transposes(flipped) + 1, algebra.key(flipped)) < (transposes(here), algebra.key(here))
    return call("transpose", flipped) if turn else here


def _ones(algebra: Algebra, part: Call) -> Sum:
    shape = algebra.shapes.of(part)
    return {Term((), algebra.ones(shape)): ONE}


def _eye(algebra: Algebra, part: Call) -> Sum:
    return {UNIT: ONE} if algebra.shapes.of(part) == SCALAR else {Term((), (part,)): ONE}


def _zeros(_: Algebra, __: Call) -> Sum:
    return {}


def _atom(algebra: Algebra, part: Call) -> Sum:
    return algebra.atom(part)


RULES: dict[str, Rule] = {
    "pow": _pow, "hpow": _pow, "inv": _inv, "diag": _diag, "dg": _dg, "vec": _vec, "kron": _kron, "ones": _ones,
    "eye": _eye, "zeros": _zeros, "comm": _atom,
}  # fmt: skip
