"""A plan on rationals: integers over integers, reduced only where they grow long.

Most operations of a network are sums and products; taking out a common divisor after each costs more than they do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import gcd
from typing import TypeAlias

from nncalc.language.figures import Exact, exact
from nncalc.language.formula import Name, Num
from nncalc.numbers import exacts
from nncalc.numbers.plan import Plan

#: A numerator and a denominator above 0, which may have a common divisor.
Ratio: TypeAlias = tuple[int, int]
#: From how many bits on a ratio is reduced.
LONG = 256


def ratio(number: Exact) -> Ratio:
    return number.numerator, number.denominator


def value(found: Ratio) -> Exact:
    """Return the rational that a ratio is, as an integer where it is one."""
    over, under = found
    if under == 1:
        return over
    from fractions import Fraction

    reduced = Fraction(over, under)
    return reduced.numerator if reduced.denominator == 1 else reduced


def _reduced(over: int, under: int) -> Ratio:
    common = gcd(over, under)
    return (over // common, under // common) if common > 1 else (over, under)


def _add(*terms: Ratio) -> Ratio:
    over, under = terms[0]
    for more, below in terms[1:]:
        if below == under:
            over += more
        elif below % under == 0:
            over, under = over * (below // under) + more, below
        elif under % below == 0:
            over += more * (under // below)
        else:
            over, under = over * below + more * under, under * below
    return _reduced(over, under) if under.bit_length() > LONG else (over, under)


def _mul(x: Ratio, y: Ratio) -> Ratio:
    over, under = x[0] * y[0], x[1] * y[1]
    return _reduced(over, under) if under.bit_length() > LONG else (over, under)


def _neg(x: Ratio) -> Ratio:
    return -x[0], x[1]


def _larger(x: Ratio, y: Ratio) -> Ratio:
    return x if x[0] * y[1] >= y[0] * x[1] else y


def _smaller(x: Ratio, y: Ratio) -> Ratio:
    return x if x[0] * y[1] <= y[0] * x[1] else y


_RATIOS: Mapping[str, Callable[..., Ratio]] = {
    "add": _add, "mul": _mul, "hadamard": _mul, "neg": _neg, "max": _larger, "min": _smaller,
    "step": lambda x: (int(x[0] > 0), 1),
}  # fmt: skip


def run(plan: Plan, given: Mapping[Name, Exact], wanted: Iterable[Name]) -> dict[Name, Exact] | None:
    """Return the exact value of some quantities of a plan; None where one has none, or it is too long to carry."""
    slots: list[Ratio] = [(0, 1)] * len(plan.formulas)
    for of, slot in plan.slots.items():
        if of in given:
            slots[slot] = ratio(given[of])
    for slot in plan.numbers:
        number = plan.formulas[slot]
        assert isinstance(number, Num)
        slots[slot] = ratio(exact(number.text))
    for op, args, result in plan.steps:
        compute = _RATIOS.get(op)
        if compute is not None:
            slots[result] = compute(*[slots[arg] for arg in args])
            continue
        found = exacts.function(op)(*[value(slots[arg]) for arg in args])
        if found is None:
            return None
        slots[result] = ratio(found)
    values = {of: value(slots[plan.slots[of]]) for of in wanted}
    return values if all(each.denominator.bit_length() <= exacts.MAX_BITS for each in values.values()) else None
