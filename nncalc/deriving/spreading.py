"""A number multiplied out as a person does it first: every product of terms, none counted together yet.

Knows formulas and shapes.
"""

from __future__ import annotations

from typing import NamedTuple

from nncalc.algebra.meeting import chain_of
from nncalc.graph.shapes import Shapes
from nncalc.graph.sizes import SCALAR
from nncalc.graph.tidy import ONE
from nncalc.language.formula import Call, Formula, call, is_call, names_in, total

#: Operations of which the result of a sum is the sum of the results.
_LINEAR = frozenset({"transpose", "tr", "sum"})


class Term(NamedTuple):
    """A term of a sum, and whether it is taken away."""

    minus: bool
    body: Formula

    @property
    def formula(self) -> Formula:
        return call("neg", self.body) if self.minus else self.body


def spread(formula: Formula, most: int) -> list[Term]:
    """Return the terms of a formula, multiplied out and not counted together; one alone where there were too many."""
    found = _spread(formula, most)
    return found if len(found) <= most else [Term(False, formula)]


def _spread(formula: Formula, most: int) -> list[Term]:
    if not isinstance(formula, Call):
        return [Term(False, formula)]
    if formula.op == "add":
        return [term for arg in formula.args for term in _spread(arg, most)]
    if formula.op == "neg":
        return [term._replace(minus=not term.minus) for term in _spread(formula.args[0], most)]
    if formula.op in _LINEAR:
        return [Term(minus, call(formula.op, body)) for minus, body in _spread(formula.args[0], most)]
    if formula.op == "mul":
        left, right = (_spread(arg, most) for arg in formula.args)
        if len(left) * len(right) <= most:
            return [Term(one.minus != other.minus, _product(one.body, other.body)) for one in left for other in right]
    return [Term(False, formula)]


def _product(one: Formula, other: Formula) -> Formula:
    if one is ONE:
        return other
    return one if other is ONE else call("mul", one, other)


def summed(terms: list[Term]) -> Formula:
    return total([term.formula for term in terms])


def transposes(terms: list[Term], shapes: Shapes) -> list[tuple[Formula, Formula]]:
    """Return the terms that are numbers and the transposes of each other, in pairs."""
    found: list[tuple[Formula, Formula]] = []
    left = [term.body for term in terms if shapes.of(term.body) == SCALAR]
    while left:
        one, *left = left
        turned = [_turned(factor) for factor in reversed(_factors(one))]
        other = next((each for each in left if _factors(each) == turned != _factors(one)), None)
        if other is not None:
            left.remove(other)
            found.append((_bare(one), _bare(other)))
    return found


def _bare(term: Formula) -> Formula:
    """Return a term without the number that it begins with."""
    begins = is_call(term, "mul") and not names_in(term.args[0])
    return term.args[1] if begins and isinstance(term, Call) else term


def _factors(formula: Formula) -> list[Formula]:
    """Return the factors of a product of matrices, those of a transposed product too, without numbers."""
    found: list[Formula] = []
    for factor in chain_of(formula):
        if isinstance(factor, Call) and factor.op == "transpose" and len(chain_of(factor.args[0])) > 1:
            found += [_turned(each) for each in reversed(_factors(factor.args[0]))]
        elif names_in(factor):
            found.append(factor)
    return found


def _turned(factor: Formula) -> Formula:
    return factor.args[0] if isinstance(factor, Call) and factor.op == "transpose" else call("transpose", factor)
