"""Whether a matrix is positive definite or semidefinite by its form: a sum of squares, whatever the numbers.

Says yes only where the form shows it; a no is not said. Knows formulas and what is assumed of their names.
"""

from __future__ import annotations

from fractions import Fraction

from nncalc.algebra.normal import ONE, Algebra, Facts, Term
from nncalc.formula import Call, Formula, Name, num
from nncalc.tidy import number_of

#: Functions whose values are never negative.
_NEVER_NEGATIVE = frozenset({"exp", "norm2", "norm1", "sigmoid", "softplus", "abs", "relu", "step", "softmax", "cosh"})


def is_positive_semidefinite(formula: Formula, facts: Facts, positive: frozenset[Name], algebra: Algebra) -> bool:
    """Return whether a matrix is a sum of squares A'*A, of positive multiples, by its form alone."""
    found = algebra.normal(formula)
    return bool(found) and all(_is_square(term, value, facts, positive, algebra) for term, value in found.items())


def is_positive_definite(formula: Formula, facts: Facts, positive: frozenset[Name], algebra: Algebra) -> bool:
    """Return whether a matrix is a sum of squares of which one has full rank, by its form alone."""
    found = algebra.normal(formula)
    full = any(len(term.chain) == 1 and _is_definite(term.chain[0], facts, positive) for term in found)
    return full and is_positive_semidefinite(formula, facts, positive, algebra)


def _is_square(term: Term, value: Fraction, facts: Facts, positive: frozenset[Name], algebra: Algebra) -> bool:
    if value < 0 or not all(_is_positive(base, power, positive) for base, power in term.scalars):
        return False
    chain = list(term.chain)
    while len(chain) >= 2 and algebra.flipped(chain[0]) is chain[-1]:
        chain = chain[1:-1]
    return not chain or (len(chain) == 1 and _is_definite(chain[0], facts, positive))


def _is_definite(factor: Formula, facts: Facts, positive: frozenset[Name]) -> bool:
    if isinstance(factor, Name):
        return factor in positive and factor in facts.symmetric
    assert isinstance(factor, Call)
    if factor.op == "eye":
        return True
    if factor.op == "inv":
        return _is_definite(factor.args[0], facts, positive)
    return factor.op == "diag" and _is_positive(factor.args[0], ONE, positive)


def _is_positive(base: Formula, power: Fraction, positive: frozenset[Name]) -> bool:
    """Return whether a number, or every entry of a column, is positive or zero by its form."""
    if power.denominator == 1 and power.numerator % 2 == 0:
        return True
    if isinstance(base, Name):
        return base in positive
    if isinstance(base, Call):
        if base.op in _NEVER_NEGATIVE:
            return True
        if base.op in ("hadamard", "mul", "hdiv", "div"):
            return all(_is_positive(arg, ONE, positive) for arg in base.args)
        if base.op == "hpow":
            return is_even(base.args[1]) or _is_positive(base.args[0], ONE, positive)
        if base.op == "add":
            one_minus = [arg for arg in base.args if isinstance(arg, Call) and arg.op == "neg"]
            if one_minus and all(_is_sigmoid(arg) for arg in one_minus) and num(1) in base.args and len(base.args) == 2:
                return True
            return all(_is_positive(arg, ONE, positive) for arg in base.args)
    return not isinstance(base, Call) and not isinstance(base, Name)


def _is_sigmoid(formula: Formula) -> bool:
    inner = formula.args[0] if isinstance(formula, Call) else formula
    return isinstance(inner, Call) and inner.op in ("sigmoid", "softmax")


def is_even(exponent: Formula) -> bool:
    value = number_of(exponent)
    return isinstance(value, int) and value % 2 == 0
