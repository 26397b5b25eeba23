"""Chains of matrices, in the normal form: products, and the numbers that a chain comes to."""

from __future__ import annotations

from fractions import Fraction

from nncalc.algebra.choosing import chosen, is_unit_column
from nncalc.algebra.core import Algebra
from nncalc.algebra.meeting import met
from nncalc.algebra.powers import columns_multiplied, of_numbers, scaled
from nncalc.algebra.terms import MOST_PRODUCT, ONE, UNIT, Powers, Sum, Term, TooLong, is_ones, transposes
from nncalc.graph.shapes import SCALAR, Shape, Size, size_formula
from nncalc.language.formula import Call, Formula, Name, call, is_call, product


def multiplied(algebra: Algebra, one: Sum, first: Shape, other: Sum, second: Shape) -> Sum:
    """Return the mathematical product of two sums of these shapes."""
    if not algebra.expand:
        plain = list(one) == [UNIT], list(other) == [UNIT]
        one = one if plain[1] else algebra.single(one, first)
        other = other if plain[0] else algebra.single(other, second)
    elif len(one) * len(other) > MOST_PRODUCT:
        raise TooLong
    pieces: list[tuple[Sum, Fraction]] = []
    for a, x in one.items():
        for b, y in other.items():
            pieces.append((terms_multiplied(algebra, a, b), x * y))
    return algebra.plus(pieces)


def terms_multiplied(algebra: Algebra, one: Term, other: Term) -> Sum:
    """Return the product of two terms."""
    scalars = of_numbers(algebra, [*one.scalars, *other.scalars])
    if not one.chain or not other.chain:
        return scaled(algebra, {Term((), one.chain or other.chain): ONE}, scalars)
    return scaled(algebra, linked(algebra, [*one.chain, *other.chain]), scalars)


def linked(algebra: Algebra, factors: list[Formula]) -> Sum:
    """Return the product of matrices that are canonical each, but not yet next to each other."""
    place = 0
    while place < len(factors) - 1:
        together = met(algebra, factors, place)
        if together is None:
            place += 1
            continue
        factors = together
        place = max(0, place - 3)
    return cut(algebra, factors)


def cut(algebra: Algebra, factors: list[Formula]) -> Sum:
    """Return a chain with its numbers taken out: what lies between two inner sizes of 1."""
    segments: list[list[Formula]] = [[]]
    for factor in factors:
        segments[-1].append(factor)
        if algebra.shapes.of(factor)[1] == 1:
            segments.append([])
    kept: list[Formula] = []
    numbers: Sum = {UNIT: ONE}
    for segment in segments:
        if not segment:
            continue
        if algebra.shapes.of(segment[0])[0] == 1 and algebra.shapes.of(segment[-1])[1] == 1:
            numbers = multiplied(algebra, numbers, SCALAR, number_of_chain(algebra, segment), SCALAR)
        else:
            kept += segment
    return multiplied(algebra, numbers, SCALAR, {Term((), tuple(kept)): ONE}, span(algebra, kept)) if kept else numbers


def span(algebra: Algebra, factors: list[Formula]) -> Shape:
    return algebra.shapes.of(factors[0])[0], algebra.shapes.of(factors[-1])[1]


def number_of_chain(algebra: Algebra, factors: list[Formula]) -> Sum:
    """Return a chain of matrices that is 1×1: a number."""
    first, last = algebra.flipped(factors[0]), factors[-1]
    entry = chosen(algebra, factors[0], last) if len(factors) == 2 else None
    if entry is not None:
        return entry
    if is_ones(first):
        return summed(algebra, factors[1:])
    if is_ones(last):
        return summed(algebra, [algebra.flipped(factor) for factor in reversed(factors[:-1])])
    if len(factors) == 2 and isinstance(first, Call) and isinstance(last, Call) and first.op == last.op == "vec":
        return algebra.normal(call("tr", call("mul", call("transpose", first.args[0]), last.args[0])))
    if len(factors) == 2 and (first in algebra.powers or last in algebra.powers):
        return summed(algebra, list(columns_multiplied(algebra, [first, last])))
    back = [algebra.flipped(factor) for factor in reversed(factors)]
    one, other = product(factors), product(back)
    sign = ONE
    if algebra.facts.skew:
        ((term, sign),) = algebra.unturned(Term((), tuple(back))).items()
        other = product(term.chain)
        if other is one and sign < 0:
            return {}  # x'*K*x of a skew K is minus itself
    best = min(one, other, key=lambda each: (transposes(each), algebra.key(each)))
    return {Term(((best, ONE),), ()): sign if best is other else ONE}


def summed(algebra: Algebra, factors: list[Formula]) -> Sum:
    """Return the sum of the entries of a chain."""
    while factors and is_ones(factors[-1]):
        if len(factors) == 1:
            return size_of(algebra, algebra.shapes.of(factors[0])[0])
        factors = factors[:-1]
    shape = span(algebra, factors)
    if shape == SCALAR:
        return cut(algebra, factors)
    place = next((i for i, f in enumerate(factors[:-1]) if algebra.shapes.of(f)[1] == 1), None)
    if place is not None:
        one, other = summed(algebra, factors[: place + 1]), summed(algebra, factors[place + 1 :])
        return multiplied(algebra, one, SCALAR, other, SCALAR)
    if shape[0] == 1 or is_ones(algebra.flipped(factors[-1])):
        return summed(algebra, [algebra.flipped(factor) for factor in reversed(factors)])
    found = _factor_summed(algebra, factors[0], shape) if len(factors) == 1 else None
    if found is not None:
        return found
    here, there = product(factors), product(algebra.flipped(factor) for factor in reversed(factors))
    best = here if shape[1] == 1 else min(here, there, key=lambda each: (transposes(each), algebra.key(each)))
    return algebra.atom(call("sum", best))


def _factor_summed(algebra: Algebra, factor: Formula, shape: Shape) -> Sum | None:
    """Return the sum of the entries of one factor where it has a simpler form, else None."""
    if factor in algebra.facts.sums_to_one or is_unit_column(factor):
        return {UNIT: ONE}
    if not isinstance(factor, Call):
        return None
    if factor.op == "eye":
        return size_of(algebra, shape[0])
    if factor.op == "softmax" and shape[1] == 1:
        return {UNIT: ONE}
    if factor.op == "diag":
        return algebra.normal(call("sum", factor.args[0]))
    table = algebra.powers.get(factor, {})
    if shape[1] != 1:
        return _traces(algebra, table)
    if sorted(table.values()) not in ([1, 1], [2]):
        return None
    pair = [base for base, power in table.items() for _ in range(int(power))]
    one, other = (algebra.single(algebra.normal(base), shape) for base in pair)
    return multiplied(algebra, algebra.transposed(one), (1, shape[0]), other, shape)


def _traces(algebra: Algebra, table: Powers) -> Sum | None:
    """Return the sum of a product of two matrices entry by entry as a trace, or None for another product."""
    if list(table.values()) != [1, 1]:
        return None
    one, other = table
    for a, b in ((one, other), (other, one)):
        if is_call(a, "eye"):
            return algebra.normal(call("tr", b))
    return algebra.normal(call("tr", call("mul", call("transpose", one), other)))


def size_of(algebra: Algebra, of: Size) -> Sum:
    """Return a size as a number."""
    formula = size_formula(of)
    for part in (formula,) if isinstance(formula, Name) else formula.args if isinstance(formula, Call) else ():
        if isinstance(part, Name):
            algebra.shapes.name(part, SCALAR)
    return algebra.normal(formula)
