"""Matrices that are made of matrices, in the normal form: inverses, diagonals, Kronecker products."""

from __future__ import annotations

from fractions import Fraction

from nncalc.algebra.chains import linked, multiplied
from nncalc.algebra.core import Algebra, Rule
from nncalc.algebra.powers import base_flipped, hadamard, of_numbers, power_of, scaled
from nncalc.algebra.terms import ONE, UNIT, Sum, Term, all_ones, is_ones, transposes
from nncalc.graph.sizes import SCALAR, Shape, size_formula
from nncalc.graph.tidy import written
from nncalc.language.formula import Call, Formula, Name, call, is_call, product

#: The largest exponent that is multiplied out of a number, and the longest power of a matrix.
MOST_POWER = 64


def number_in(algebra: Algebra, formula: Formula) -> Fraction | None:
    """Return the value of a formula that is a rational, else None."""
    if isinstance(formula, Name):
        return None
    found = algebra.normal(formula)
    if not found:
        return Fraction(0)
    return found[UNIT] if list(found) == [UNIT] else None


def _pow(algebra: Algebra, part: Call) -> Sum:
    base, exponent = part.args
    shape = algebra.shapes.of(base)
    value = number_in(algebra, exponent)
    if part.op == "pow" and shape != SCALAR:
        return _symbolic_power(algebra, part) if value is None else _matrix_power(algebra, base, value)
    if value is None or (value.denominator == 1 and abs(value) > MOST_POWER):
        return algebra.atom(call(part.op, algebra.canonical(base), algebra.canonical(exponent)))
    return power_of(algebra, algebra.normal(base), shape, value)


def _symbolic_power(algebra: Algebra, part: Call) -> Sum:
    """Return the power of a matrix whose exponent is a letter, turned the way that has fewer transposes."""
    base, exponent = part.args
    body, turned = algebra.within.turned(algebra.within.normal(base), algebra.shapes.of(base))
    found = algebra.atom(call("pow", body, algebra.within.canonical(exponent)))
    return algebra.transposed(found) if turned else found


def _matrix_power(algebra: Algebra, base: Formula, value: Fraction) -> Sum:
    shape = algebra.shapes.of(base)
    body = algebra.normal(base) if value > 0 else inverted(algebra.within, algebra.within.normal(base), shape)
    result = body
    for _ in range(abs(int(value)) - 1):
        result = multiplied(algebra, result, shape, body, shape)
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
    scalars = of_numbers(algebra, [(each, -power) for each, power in term.scalars])
    square = all(len(set(algebra.shapes.of(each))) == 1 for each in term.chain)
    if len(term.chain) == 1 or (algebra.split and square):
        chain = linked(algebra, [_inverse_of(algebra, each) for each in reversed(term.chain)])
    else:
        body, turned = algebra.turned({Term((), term.chain): ONE}, shape)
        chain = algebra.atom(call("inv", body))
        chain = algebra.transposed(chain) if turned else chain
    return scaled(algebra, scaled(algebra, chain, scalars), {UNIT: 1 / factor})


def _inverse_of(algebra: Algebra, factor: Formula) -> Formula:
    """Return the inverse of one factor of a chain."""
    if factor in algebra.facts.orthogonal:
        return call("transpose", factor)
    if isinstance(factor, Call):
        if factor.op == "inv":
            return factor.args[0]
        if factor.op == "eye":
            return factor
        if factor.op == "transpose":
            return algebra.flipped(_inverse_of(algebra, factor.args[0]))
        if factor.op == "diag":
            return call("diag", algebra.canonical(call("hpow", factor.args[0], written(-ONE))))
    return call("inv", factor)


def _diag(algebra: Algebra, part: Call) -> Sum:
    (arg,) = part.args
    shape = algebra.shapes.of(arg)
    if shape == SCALAR:
        return algebra.normal(arg)
    found = algebra.normal(arg)
    pieces: list[tuple[Sum, Fraction]] = []
    for term, value in (found if algebra.expand else algebra.single(found, shape)).items():
        body = product(term.chain)
        matrix = call("eye", size_formula(shape[0])) if is_ones(body) else call("diag", body)
        pieces.append(({Term(term.scalars, (matrix,)): ONE}, value))
    return algebra.plus(pieces)


def _dg(algebra: Algebra, part: Call) -> Sum:
    (arg,) = part.args
    if algebra.shapes.of(arg) == SCALAR:
        return algebra.normal(arg)
    return algebra.plus(
        (scaled(algebra, _diagonal(algebra, list(term.chain)), {Term(term.scalars, ()): ONE}), value)
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
        return hadamard(algebra, one, algebra.transposed(other), column)
    for first, rest in ((factors[0], factors[1:]), (factors[-1], factors[:-1])):
        if is_call(first, "diag"):
            inner = algebra.normal(first.args[0])
            return hadamard(algebra, inner, _diagonal(algebra, rest), column) if rest else inner
    only = factors[0] if len(factors) == 1 else None
    if is_call(only, "eye"):
        return all_ones(column)
    if only in algebra.powers:
        result: Sum = all_ones(column)
        for base, power in algebra.powers[only].items():
            raised = power_of(algebra, algebra.normal(call("dg", base)), column, power)
            result = hadamard(algebra, result, raised, column)
        return result
    here, there = product(factors), product(algebra.flipped(factor) for factor in reversed(factors))
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
    return {Term(term.scalars, (call("vec", product(term.chain)),)): value for term, value in pieces}


def _kron(algebra: Algebra, part: Call) -> Sum:
    shapes = [algebra.shapes.of(arg) for arg in part.args]
    if SCALAR in shapes:
        return multiplied(algebra, algebra.normal(part.args[0]), shapes[0], algebra.normal(part.args[1]), shapes[1])
    one, other = (
        found if algebra.expand else algebra.single(found, shape)
        for found, shape in zip(map(algebra.normal, part.args), shapes, strict=True)
    )
    pieces: list[tuple[Sum, Fraction]] = []
    for a, x in one.items():
        for b, y in other.items():
            kron = krons(algebra, product(a.chain), product(b.chain))
            pieces.append(
                (scaled(algebra, {Term((), (kron,)): ONE}, of_numbers(algebra, [*a.scalars, *b.scalars])), x * y)
            )
    return algebra.plus(pieces)


def krons(algebra: Algebra, one: Formula, other: Formula) -> Formula:
    """Return the Kronecker product of two canonical matrices, with as few transposes as may be."""
    here = call("kron", one, other)
    flipped = call("kron", *[base_flipped(algebra, each) for each in (one, other)])
    turn = (transposes(flipped) + 1, algebra.key(flipped)) < (transposes(here), algebra.key(here))
    return call("transpose", flipped) if turn else here


def _ones(algebra: Algebra, part: Call) -> Sum:
    shape = algebra.shapes.of(part)
    return all_ones(shape)


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
