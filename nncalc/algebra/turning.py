"""Sums that a minus may be taken into, which turns their terms around, and whether they look strange then."""

from __future__ import annotations

from nncalc.algebra.core import Algebra
from nncalc.algebra.quotients import odd
from nncalc.algebra.terms import Term
from nncalc.language.formula import Formula, is_call, parts


def twins(algebra: Algebra, terms: list[Term], held: dict[Formula, frozenset[Formula]]) -> frozenset[Formula]:
    """Return the sums that stand in more than one place, which look best the same way around everywhere."""
    seen: set[Formula] = set()
    twice: set[Formula] = set()
    for term in terms:
        for factor in (*term.chain, *[base for base, _ in term.scalars]):
            own = held.get(factor)
            if own is None:
                own = held[factor] = frozenset(part for part in parts(factor) if part in algebra.sums)
            twice |= seen & own
            seen |= own
    return frozenset(twice)


def flippable(algebra: Algebra, factor: Formula) -> bool:
    inner = factor.args[0] if is_call(factor, "transpose") else factor
    if inner in algebra.sums:
        return True
    return any(base in algebra.sums and odd(power) for base, power in algebra.powers.get(inner, {}).items())


def strange(
    algebra: Algebra, term: Term, chain: set[int], scalars: set[int], twins: frozenset[Formula]
) -> tuple[int, int]:
    """Return how many sums would be written in an order that the input did not have, and of these the twins."""
    count = unlike = 0
    flags = [(f, i in chain) for i, f in enumerate(term.chain)]
    flags += [(base, i in scalars) for i, (base, _) in enumerate(term.scalars)]
    for factor, flip in flags:
        inner = factor.args[0] if is_call(factor, "transpose") else factor
        for base in [inner, *algebra.powers.get(inner, {})]:
            found = algebra.sums.get(base)
            if found is not None:
                turned = algebra.natural(found) == flip
                count += turned
                unlike += turned and base in twins
    return count, unlike
