"""Sums over an index with a Kronecker delta in them: of each only one term is left.

Knows index notation, neither operations nor values.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product
from typing import NamedTuple

from nncalc.algebra.terms import ONE
from nncalc.deriving.scalars import at, minus, over, plus, raised, times, uses
from nncalc.graph.sizes import Size, size_formula
from nncalc.graph.tidy import ZERO, rational, written
from nncalc.language.figures import decimal
from nncalc.language.formula import Call, Formula, call, name, num, parts
from nncalc.numbers.rounding import MOST


class Addend(NamedTuple):
    """One term: a number times factors, over others."""

    number: Fraction
    factors: tuple[Formula, ...]
    under: tuple[Formula, ...] = ()

    def times(self, other: Addend) -> Addend:
        """Return the product, without factors that stand in it and under it."""
        factors = list(self.factors + other.factors)
        under = []
        for each in self.under + other.under:
            if each in factors:
                factors.remove(each)
            else:
                under.append(each)
        return Addend(self.number * other.number, tuple(factors), tuple(under))


class Collapse:
    """Takes the deltas out of elements; a class because it notes which index became which.

    `ranges` says how far index variables run, `decimals` how numbers are written.
    """

    def __init__(self, ranges: Mapping[str, Size], *, decimals: bool) -> None:
        self.ranges = ranges
        self.decimals = decimals
        self.kept: list[tuple[str, str]] = []

    def of(self, formula: Formula) -> Formula:
        """Return `formula` without sums over a delta, equal terms taken together."""
        return self.sum_of(self.addends(formula))

    def addends(self, formula: Formula) -> list[Addend]:
        """Return the terms of `formula`; a sum inside a product stays a factor, unless deltas are in it."""
        value = rational(formula)
        if value is not None:
            return [Addend(value, ())] if value else []
        if not isinstance(formula, Call):
            return [Addend(ONE, (formula,))]
        match formula.op:
            case "add":
                return [term for arg in formula.args for term in self.addends(arg)]
            case "neg":
                return [term._replace(number=-term.number) for term in self.addends(formula.args[0])]
            case "mul":
                one, other = (self.factored(arg) for arg in formula.args)
                return [a.times(b) for a, b in product(one, other)]
            case "div":
                return [
                    a.times(b) for a, b in product(self.factored(formula.args[0]), [self.inverted(formula.args[1])])
                ]
            case "over_sum":
                return self.summed(formula)
            case _:
                return [Addend(ONE, (formula,))]

    def factored(self, formula: Formula) -> list[Addend]:
        """Return a factor of a product as the terms that are multiplied one by one: one, but for those with deltas."""
        terms = self.addends(formula)
        if len(terms) == 1 or any(_deltas(each) for term in terms for each in term.factors):
            return terms
        whole = self.sum_of(terms)
        return [] if whole is ZERO else [Addend(ONE, (whole,))]

    def inverted(self, formula: Formula) -> Addend:
        """Return one over `formula`."""
        terms = self.addends(formula)
        if len(terms) == 1:
            (only,) = terms
            return Addend(1 / only.number, only.under, only.factors)
        return Addend(ONE, (), (formula,))

    def summed(self, formula: Call) -> list[Addend]:
        """Return the terms of a sum over an index."""
        index = str(formula.args[0])
        terms = self.addends(formula.args[1])
        apart = [self.absorbed(index, term) for term in terms]
        if len(terms) > 1 and all(found is None for found in apart):
            return [Addend(ONE, (call("over_sum", formula.args[0], self.sum_of(terms)),))]
        return [self.over(index, term) if found is None else found for term, found in zip(terms, apart, strict=True)]

    def absorbed(self, index: str, term: Addend) -> Addend | None:
        """Return the sum over `index` of a term with a delta of it: the term where the two are equal."""
        for delta in term.factors:
            if isinstance(delta, Call) and delta.op == "delta" and index in map(str, delta.args):
                one, other = map(str, delta.args)
                target = other if one == index else one
                self.kept.append((index, target))
                rest = [each for each in term.factors if each is not delta]
                moved = [at(each, {index: target}) for each in rest]
                left = tuple(each for each in moved if not _is_one(each))
                return Addend(term.number, left, tuple(at(each, {index: target}) for each in term.under))
        return None

    def over(self, index: str, term: Addend) -> Addend:
        """Return the sum over `index` of one term, with what the sum does not run over before it."""
        inside = tuple(each for each in term.factors if uses(each, index))
        inside_under = tuple(each for each in term.under if uses(each, index))
        outside = Addend(
            term.number,
            tuple(each for each in term.factors if each not in inside),
            tuple(each for each in term.under if each not in inside_under),
        )
        if not inside and not inside_under:
            (size,) = self.addends(size_formula(self.ranges[index]))
            return size.times(outside)
        whole = call("over_sum", name(index), self.written(Addend(ONE, inside, inside_under)))
        return outside.times(Addend(ONE, (whole,)))

    # -- back to formulas -----------------------------------------------------------------------------------

    def sum_of(self, terms: list[Addend]) -> Formula:
        """Return the sum of terms; those with the same factors are taken together."""
        found: dict[tuple[tuple[str, ...], tuple[str, ...]], Addend] = {}
        for term in terms:
            key = tuple(sorted(map(repr, term.factors))), tuple(sorted(map(repr, term.under)))
            before = found.get(key)
            found[key] = term if before is None else before._replace(number=before.number + term.number)
        return plus(self.written(term) for term in found.values() if term.number)

    def written(self, term: Addend) -> Formula:
        """Return a term as a formula: its number, its factors, its sums last; equal factors are a power."""
        ordered = sorted(term.factors, key=_weight)
        body: Formula = num(1)
        for each in dict.fromkeys(ordered):
            body = times(body, raised(each, num(ordered.count(each))))
        under: Formula = num(1)
        for each in dict.fromkeys(term.under):
            under = times(under, raised(each, num(term.under.count(each))))
        size = abs(term.number)
        if body is num(1) or self.decimals:
            body = times(self.numeral(size), body)
        else:
            body = times(num(size.numerator), body)
            under = times(num(size.denominator), under)
        body = over(body, under)
        return minus(body) if term.number < 0 else body

    def numeral(self, value: Fraction) -> Formula:
        """Return a positive number, written with decimals where those of the input were."""
        text = decimal(value, MOST) if self.decimals else None
        return written(value) if text is None else num(text)


def _deltas(formula: Formula) -> bool:
    return any(isinstance(part, Call) and part.op == "delta" for part in parts(formula))


def _is_one(formula: Formula) -> bool:
    return isinstance(formula, Call) and formula.op == "delta" and formula.args[0] is formula.args[1]


def _weight(formula: Formula) -> int:
    """Return where a factor stands in a product: a sum last, as it takes in what follows; a delta before it."""
    if isinstance(formula, Call) and formula.op == "over_sum":
        return 2
    return 1 if isinstance(formula, Call) and formula.op == "delta" else 0
