"""What a normal form is made of: terms, sums of them, powers; and how their formulas are put together."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from nncalc.formula import Call, Formula, Name, call, num

ONE = Fraction(1)

#: Powers of things that commute: numbers, or bases of a product entry by entry.
Powers: TypeAlias = dict[Formula, Fraction]


class Term(NamedTuple):
    """Numbers with their exponents, sorted, and the matrices of a chain; an empty chain is a number."""

    scalars: tuple[tuple[Formula, Fraction], ...]
    chain: tuple[Formula, ...]


Sum: TypeAlias = dict[Term, Fraction]

UNIT = Term((), ())
#: The most terms of a sum, and of a product that is multiplied out.
MOST_TERMS = 250
MOST_PRODUCT = 40


class TooLong(Exception):
    """Multiplying out made more terms than anyone would read."""


class Facts(NamedTuple):
    """What is assumed of quantities: which are symmetric matrices, which sum to one."""

    symmetric: frozenset[Name] = frozenset()
    sums_to_one: frozenset[Name] = frozenset()


NOTHING = Facts()


def merged(powers: Iterable[tuple[Formula, Fraction]]) -> Powers:
    """Return a product of powers with each base once."""
    table: Powers = {}
    for base, power in powers:
        table[base] = table.get(base, Fraction(0)) + power
    return table


def is_ones(factor: Formula) -> bool:
    return isinstance(factor, Call) and factor.op == "ones"


def chained(factors: Iterable[Formula]) -> Formula:
    """Return the product of matrices, from left to right."""
    result: Formula | None = None
    for factor in factors:
        result = factor if result is None else call("mul", result, factor)
    assert result is not None
    return result


def fraction(value: Fraction) -> Formula:
    """Return a rational as a formula."""
    if value < 0:
        return call("neg", fraction(-value))
    if value.denominator == 1:
        return num(value.numerator)
    return call("div", num(value.numerator), num(value.denominator))


_transposes: dict[Formula, int] = {}


def transposes(formula: Formula) -> int:
    """Return how many transposes are in `formula`."""
    if not isinstance(formula, Call):
        return 0
    found = _transposes.get(formula)
    if found is None:
        found = _transposes[formula] = sum(map(transposes, formula.args)) + (formula.op == "transpose")
    return found
