"""What the form of a formula shows: positive definite matrices, numbers that are never negative, smooth functions.

Says yes only where the form shows it for all numbers that the assumptions allow; a no is not said. Knows
formulas and what is assumed of their names.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from nncalc.algebra.normal import Algebra
from nncalc.algebra.terms import Term
from nncalc.graph.rules import is_partial, jumps, kinks, squared
from nncalc.language.formula import Call, Formula, Name, call, is_call, names_in, num, number_of, parts
from nncalc.ops import OPS
from nncalc.ops.kinds import OVERFLOW


class Signs(NamedTuple):
    """Names whose numbers, or all of whose entries, are positive, and names of positive definite matrices."""

    positive: frozenset[Name]
    definite: frozenset[Name]

    def semidefinite(self, formula: Formula, algebra: Algebra) -> bool:
        """Return whether a matrix is a sum of squares A'*C*A, C positive definite or none, of multiples >= 0."""
        found = algebra.normal(formula)
        return bool(found) and all(self.square(term, value, algebra) for term, value in found.items())

    def full(self, formula: Formula, algebra: Algebra) -> bool:
        """Return whether a matrix is such a sum, and one of its terms alone is positive definite."""
        return self.semidefinite(formula, algebra) and any(
            len(term.chain) == 1
            and self.is_definite(term.chain[0])
            and all(self.is_positive(base) for base, _ in term.scalars)
            for term in algebra.normal(formula)
        )

    def square(self, term: Term, value: Fraction, algebra: Algebra) -> bool:
        if value < 0 or not all(even(power) or self.square_or_more(base) for base, power in term.scalars):
            return False
        chain = list(term.chain)
        while len(chain) >= 2 and algebra.flipped(chain[0]) is chain[-1]:
            chain = chain[1:-1]
        if len(chain) == 1 and isinstance(chain[0], Call) and chain[0].op == "diag":
            return self.not_negative(chain[0].args[0])
        return not chain or (len(chain) == 1 and self.is_definite(chain[0]))

    def is_definite(self, matrix: Formula) -> bool:
        if isinstance(matrix, Name):
            return matrix in self.definite
        if not isinstance(matrix, Call):
            return False
        if matrix.op == "inv" and self.gram(matrix.args[0]):
            return True  # what has an inverse and is X'*X is positive definite
        if matrix.op in ("inv", "transpose"):
            return self.is_definite(matrix.args[0])
        if matrix.op == "add":
            return all(map(self.is_definite, matrix.args))
        return matrix.op == "eye" or (matrix.op == "diag" and self.is_positive(matrix.args[0]))

    def gram(self, matrix: Formula) -> bool:
        """Return whether a matrix is X'*X, or X*X', by its form."""
        if not is_call(matrix, "mul") or len(matrix.args) != 2:
            return False
        one, other = matrix.args
        return one is call("transpose", other) or other is call("transpose", one)

    def square_or_more(self, number: Formula) -> bool:
        """Return whether a number, no matrix, is 0 or more: u'*u of a column is."""
        return self.gram(number) or self.not_negative(number)

    def not_negative(self, formula: Formula) -> bool:
        """Return whether a number, or every entry of a matrix, is 0 or more."""
        if self.is_positive(formula):
            return True
        if not isinstance(formula, Call):
            return formula is num(0)
        if OPS[formula.op].never_negative or (formula.op == "dg" and self.gram(formula.args[0])):
            return True
        if formula.op in ("pow", "hpow"):
            exponent = number_of(formula.args[1])
            return exponent is not None and (even(Fraction(exponent)) or self.not_negative(formula.args[0]))
        together = formula.op in ("mul", "hadamard", "div", "hdiv", "add", "sum", "transpose", "vec")
        return together and all(map(self.not_negative, formula.args))

    def is_positive(self, formula: Formula) -> bool:
        """Return whether a number, or every entry of a matrix, is more than 0."""
        if isinstance(formula, Name):
            return formula in self.positive
        if not isinstance(formula, Call):
            return formula is not num(0)
        if OPS[formula.op].positive:
            return True
        if formula.op in ("pow", "hpow", "sqrt"):
            return self.is_positive(formula.args[0])
        if formula.op == "add":
            return self.sum_positive(formula)
        together = formula.op in ("mul", "hadamard", "div", "hdiv", "sum", "transpose")
        return together and all(map(self.is_positive, formula.args))

    def sum_positive(self, formula: Call) -> bool:
        if len(formula.args) == 2 and formula.args[0] is num(1):  # 1 - sigmoid(u)
            (other,) = formula.args[1:]
            inner = other.args[0] if isinstance(other, Call) and other.op == "neg" else other
            if isinstance(inner, Call) and OPS[inner.op].parity == "complement" and OPS[inner.op].positive:
                return True
        return any(map(self.is_positive, formula.args)) and all(map(self.not_negative, formula.args))


def even(power: Fraction) -> bool:
    return power.denominator == 1 and power.numerator % 2 == 0


def smooth_everywhere(formula: Formula, wrt: Name) -> bool:
    """Return whether a formula has a value and all derivatives by `wrt` at all of its numbers, by its operations."""
    for part in parts(squared(formula)):
        if not isinstance(part, Call) or wrt not in names_in(part):
            continue
        op = OPS[part.op]
        if any(kinks(part)) or jumps(part) or (is_partial(op) and not _has_value(part, wrt)):
            return False
    return True


def _has_value(part: Call, wrt: Name) -> bool:
    """Return whether a partial operation has a value for every `wrt`, as exp, a whole power or x/c has."""
    if OPS[part.op].partial is OVERFLOW:
        return True
    if part.op in ("div", "hdiv"):
        return wrt not in names_in(part.args[1])
    exponent = number_of(part.args[-1])
    return part.op in ("pow", "hpow") and isinstance(exponent, int) and exponent >= 0
