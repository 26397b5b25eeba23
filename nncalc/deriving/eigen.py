"""Equations in which every term has the unknown, once: zero solves them, and eigenvectors may.

Knows formulas and shapes, no values.
"""

from __future__ import annotations

from fractions import Fraction

from nncalc.algebra.terms import Powers, Sum, Term
from nncalc.deriving.ground import Condition, Ground, Parted, Solution, Words, beside, multiple
from nncalc.graph.sizes import SCALAR, size_formula
from nncalc.graph.tidy import written
from nncalc.language.formula import Formula, Name, call, is_call, names_in, num, product


def _shift(ground: Ground, found: Sum, unknown: Name) -> tuple[Name, Sum, Sum] | None:
    """Return a number λ of a sum P - λ Q, and P and Q, None where there is no such number."""
    names = {name for term in found for base, _ in term.scalars for name in names_in(base)}
    for each in sorted(names, key=str):
        if each is unknown or ground.is_count(each) or ground.shapes.of(each) != SCALAR:
            continue
        with_it = {term: value for term, value in found.items() if dict(term.scalars).get(each) == 1}
        rest = {term: value for term, value in found.items() if term not in with_it}
        if rest and with_it and not any(ground.has(term, each) for term in rest):
            return each, rest, {
                Term(tuple(s for s in term.scalars if s[0] is not each), term.chain): -value
                for term, value in with_it.items()
            }  # fmt: skip
    return None


def shifted(ground: Ground, parted: Parted, unknown: Name, matrix: Formula) -> Solution | None:
    """Return the eigenvector equation that (P - λ Q) x = 0 is, None where there is no λ, or Q is not the identity."""
    shape = ground.shapes.of(unknown)
    plain = ground.shapes.of(multiple(ground, matrix)) == SCALAR
    if shape[0] == 1 or plain or ground.signs.full(matrix, ground.simplifier.raw):
        return None
    found = _shift(ground, ground.algebra.normal(matrix), unknown)
    if found is None:
        return None
    number, rest, factor = found
    size = ground.shapes.of(matrix)
    one, other = ground.pretty(rest, size), multiple(ground, ground.pretty(factor, size))
    scale: Formula = num(1)
    if ground.shapes.of(other) == SCALAR and ground.is_count(other):
        one = ground.simplifier.simplest(call("div", one, other))
        scale, other = other, num(1)
    left = call("mul", one, unknown)
    value = ground.simplifier.simplest(call("mul", number, call("mul", other, unknown)))
    witness = call("div", ground.written, ground.simplifier.simplest(call("mul", parted.scale, scale)))
    every: Words = (unknown,) if shape[1] == 1 else ("every column of ", unknown)
    kind = " is an eigenvector of " if other is num(1) else " is a generalised eigenvector of "
    of = (one,) if other is num(1) else (one, " and ", other)
    means = (*every, kind, *of, " with the eigenvalue ", number, ", or it is 0")
    return Solution((), (), (), (), None, (), Condition(left, value, witness, means))


def alone_beside(ground: Ground, parted: Parted, unknown: Name) -> Solution | None:
    """Return the equation A X = X B that is all there is to say of a matrix that nothing else stands beside."""
    sides = {term: beside(term, unknown) for term in parted.moving}
    positive = {term: value for term, value in parted.moving.items() if value > 0}
    negative = {term: -value for term, value in parted.moving.items() if value < 0}
    if not negative or None in sides.values():
        return None
    shape = ground.shapes.of(unknown)
    left, right = ground.pretty(positive, shape), ground.pretty(negative, shape)
    witness = call("div", ground.written, parted.scale)
    means: Words = ("every ", unknown, " of which this holds is a stationary point")
    return Solution((), (), (), (), None, (), Condition(left, right, witness, means))


def quotient(ground: Ground, found: Sum) -> Solution | None:
    """Return what s P x = t Q x comes to, or s P x = t a, where the numbers s and t have the unknown x in them too."""
    x = ground.wrt
    groups: dict[tuple[tuple[Formula, Fraction], ...], Sum] = {}
    for term, value in found.items():
        inside = tuple(each for each in term.scalars if x in names_in(each[0]))
        rest = tuple(each for each in term.scalars if each not in inside)
        if not term.chain or any(x in names_in(each) for each in term.chain[:-1]):
            return None
        groups.setdefault(inside, {})[Term(rest, term.chain)] = value
    if len(groups) != 2 or ground.shape[1] != 1 or ground.shape == SCALAR:
        return None
    first, second = sorted(groups, key=lambda inside: _rank(groups[inside], x))
    return _ratio(ground, (dict(first), groups[first]), (dict(second), groups[second]))


def _rank(group: Sum, x: Name) -> int:
    """Return 0 for terms P x, 1 for x itself, 2 for terms without x."""
    ends = [term.chain[-1] is x for term in group]
    return 2 if not all(ends) else int(any(term.chain == (x,) for term in group))


def _ratio(ground: Ground, one: tuple[Powers, Sum], other: tuple[Powers, Sum]) -> Solution | None:
    """Return P x = ρ Q x, or P x = ρ a, of two groups of terms, each with powers of numbers that have the unknown."""
    x = ground.wrt
    bases = {**one[0], **other[0]}
    common = {base: min(each[0].get(base, Fraction(0)) for each in (one, other)) for base in bases}
    zero = [base for base, power in common.items() if power > 0]
    if _rank(one[1], x) > 1 or any(
        power > 0 and power > common[base] and base not in zero for base, power in one[0].items()
    ):
        return None  # where s is zero, there may be further points
    scale, body = ground.algebra.content(one[1])
    factor, rest = ground.algebra.content(other[1])
    left, right = (ground.pretty(each, ground.shape) for each in (body, rest))
    over, under = (
        ground.algebra.formula({Term(tuple(each.items()), ()): Fraction(1)}, SCALAR) for each in (other[0], one[0])
    )
    number = ground.simplifier.simplest(call("mul", written(-factor / scale), call("div", over, under)))
    witness = call("div", ground.written, call("mul", written(scale), under))
    means = _means(ground, body, rest, number)
    if zero:
        means = (*means, ", or ", product(zero), " is 0")
    return Solution((), condition=Condition(left, call("mul", number, right), witness, means))


def _means(ground: Ground, body: Sum, rest: Sum, number: Formula) -> Words:
    """Return what P x = ρ Q x, or P x = ρ a, says of x."""
    x = ground.wrt
    one = _before(ground, body)
    if _rank(rest, x) == 2:
        along = ground.pretty(rest, ground.shape)
        return (x, " is a multiple of ", along if is_call(one, "eye") else call("mul", call("inv", one), along))
    other = _before(ground, rest)
    if is_call(other, "eye"):
        return (x, " is an eigenvector of ", one, " with the eigenvalue ", number)
    return (x, " is a generalised eigenvector of ", one, " and ", other, " with the eigenvalue ", number)


def _before(ground: Ground, group: Sum) -> Formula:
    """Return the matrix before the unknown in terms that end with it."""
    eye = (call("eye", size_formula(ground.shape[0])),)
    matrix = {Term(term.scalars, term.chain[:-1] or eye): value for term, value in group.items()}
    return ground.pretty(matrix, (ground.shape[0], ground.shape[0]))
