"""The sign of a product of powers, by what is known of other products: of m/k it is that of m*k.

Knows formulas and what is assumed of their names.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from nncalc.algebra.normal import Algebra
from nncalc.algebra.terms import Term
from nncalc.deriving.definite import Signs, even
from nncalc.graph.sizes import SCALAR
from nncalc.language.formula import Call, Formula


class Sign(NamedTuple):
    """1 or -1, times the sign of each of `odd`; 0 where it is not known."""

    factor: int
    odd: frozenset[Formula] = frozenset()


def sign_of(
    formula: Formula, signs: Signs, algebra: Algebra, positive: Iterable[Formula], other: Iterable[Formula]
) -> Sign:
    """Return the sign of a number, where products that are `positive`, and `other` numbers that are not 0, settle it.

    A product is positive where what it has to an odd power is what a product of positive numbers has.
    """
    rows: list[Sign] = []
    known: set[Formula] = set(other)
    for each in (*other, *positive):
        known |= {base for term in algebra.single(algebra.normal(each), SCALAR) for base, _ in term.scalars}
    for each in positive:
        rows += [_odd(term, value, signs) for term, value in algebra.single(algebra.normal(each), SCALAR).items()]
    found = algebra.single(algebra.normal(formula), SCALAR)
    if not found:
        return Sign(0)
    ((term, value),) = found.items()
    for base, power in term.scalars:
        may_vanish = power > 0 and power.denominator == 1 and (even(power) or signs.square_or_more(base))
        inside = base.args[0] if isinstance(base, Call) and base.op in ("abs", "norm2") else base
        if may_vanish and not {base, inside} & known and not signs.is_positive(base):
            return Sign(0)
    basis: list[Sign] = []
    for row in rows:
        left = _reduced(row, basis)
        basis += [left] if left.odd else []
    whole = _odd(term, value, signs)
    settled = _reduced(whole, basis)
    return min(whole, settled, key=lambda each: len(each.odd))


def _odd(term: Term, value: Fraction, signs: Signs) -> Sign:
    odd = {base for base, power in term.scalars if power.denominator == 1 and not even(power)}
    return Sign(1 if value > 0 else -1, frozenset(base for base in odd if not signs.square_or_more(base)))


def _reduced(sign: Sign, basis: list[Sign]) -> Sign:
    """Return a sign without what the positive products of `basis` settle of it."""
    for each in basis:
        if min(each.odd, key=repr) in sign.odd:
            sign = Sign(sign.factor * each.factor, sign.odd ^ each.odd)
    return sign
