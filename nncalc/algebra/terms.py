"""What a normal form is made of: terms, sums of them, powers."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from nncalc.graph.sizes import Shape, size_formula
from nncalc.language.formula import Call, Formula, Name, call, is_call

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
    """What is assumed of quantities: which are symmetric, skew or orthogonal matrices, which sum to one."""

    symmetric: frozenset[Name] = frozenset()
    sums_to_one: frozenset[Name] = frozenset()
    skew: frozenset[Name] = frozenset()
    orthogonal: frozenset[Name] = frozenset()


NOTHING = Facts()


def merged(powers: Iterable[tuple[Formula, Fraction]]) -> Powers:
    """Return a product of powers with each base once."""
    table: Powers = {}
    for base, power in powers:
        table[base] = table.get(base, Fraction(0)) + power
    return table


def is_ones(factor: Formula) -> bool:
    return is_call(factor, "ones")


def ones_chain(shape: Shape) -> tuple[Formula, ...]:
    """Return the chain that is a matrix of ones: a column of them times a row; of a number, no factor."""
    rows, columns = shape
    chain: tuple[Formula, ...] = ()
    if rows != 1:
        chain += (call("ones", size_formula(rows)),)
    if columns != 1:
        chain += (call("transpose", call("ones", size_formula(columns))),)
    return chain


def all_ones(shape: Shape) -> Sum:
    """Return the matrix of ones of a shape; of a number, 1."""
    return {Term((), ones_chain(shape)): ONE}


_transposes: dict[Formula, int] = {}


def transposes(formula: Formula) -> int:
    """Return how many transposes are in `formula`."""
    if not isinstance(formula, Call):
        return 0
    found = _transposes.get(formula)
    if found is None:
        found = _transposes[formula] = sum(map(transposes, formula.args)) + (formula.op == "transpose")
    return found
