"""The normal form: a formula as a sum of terms, each a rational times numbers times a chain of matrices.

A chain is cut where an inner size is 1, so that a 1×1 product is a number, which commutes, and
x'*A*y and y'*A'*x are one thing. A product entry by entry is one factor of a chain, a table of
bases and exponents. Equal things have one canonical formula, so that they meet in a dictionary.
Nothing is multiplied out unless `expand` asks for it: a sum inside a product is a factor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from math import gcd, lcm
from typing import TypeAlias

from nncalc.algebra.terms import (
    MOST_PRODUCT,
    MOST_TERMS,
    NOTHING,
    ONE,
    UNIT,
    Facts,
    Powers,
    Sum,
    Term,
    TooLong,
    chained,
    fraction,
    is_ones,
    merged,
    transposes,
)
from nncalc.formula import Call, Formula, Name, Num, call, num
from nncalc.ops import OPS
from nncalc.shapes import SCALAR, Shape, Shapes, size_formula

__all__ = [
    "ONE", "UNIT", "Algebra", "Facts", "Powers", "Rule", "Sum", "Term", "TooLong", "chained", "fraction", "is_ones",
]  # fmt: skip

Rule: TypeAlias = Callable[["Algebra", Call], Sum]


class Algebra:
    """Brings formulas over some shapes to normal form; a class because what was found once is kept.

    `expand` multiplies products out, `split` writes the inverse of a product of square matrices as a
    product of inverses.
    """

    def __init__(self, shapes: Shapes, facts: Facts = NOTHING, *, expand: bool = False, split: bool = False) -> None:
        self.shapes = shapes
        self.facts = facts
        self.expand = expand
        self.split = split
        self.done: dict[Formula, Sum] = {}
        self.keys: dict[Formula, str] = {}
        self.backs: dict[Formula, Formula] = {}
        self.sums: dict[Formula, Sum] = {}
        self.powers: dict[Formula, Powers] = {}
        self.symmetric: set[Formula] = set()
        self.written: dict[frozenset[Term], Sum] = {}
        self.within = self
        if expand:  # what stands inside a function is not multiplied out
            self.within = Algebra(shapes, facts, split=split)
            for shared in ("keys", "sums", "powers", "symmetric", "written"):
                setattr(self.within, shared, getattr(self, shared))

    # -- formulas to sums -----------------------------------------------------------------

    def normal(self, formula: Formula) -> Sum:
        """Return the normal form of `formula`."""
        found = self.done.get(formula)
        if found is None:
            found = self.done[formula] = self.made(formula)
        return found

    def made(self, formula: Formula) -> Sum:
        from nncalc.algebra.functions import RULES

        if isinstance(formula, Num):
            value = Fraction(formula.text)
            return {UNIT: value} if value else {}
        if isinstance(formula, Name):
            return self.atom(formula)
        rule = RULES.get(formula.op)
        if rule is not None:
            return rule(self, formula)
        if OPS[formula.op].slope is not None and len(formula.args) == 1:
            return self.entrywise(formula.op, formula.args[0])
        return self.atom(call(formula.op, *[self.within.canonical(arg) for arg in formula.args]))

    def entrywise(self, op: str, arg: Formula) -> Sum:
        """Return a function applied entry by entry, its argument turned the way that has fewer transposes."""
        body, turned = self.within.turned(self.within.normal(arg), self.shapes.of(arg))
        found = self.atom(call(op, body))
        return self.transposed(found) if turned else found

    def atom(self, formula: Formula) -> Sum:
        """Return a formula that is not taken apart, as a sum of one term."""
        if self.shapes.of(formula) == SCALAR:
            return {Term(((formula, ONE),), ()): ONE}
        return {Term((), (formula,)): ONE}

    def canonical(self, formula: Formula) -> Formula:
        """Return the formula that stands for all that are equal to `formula` in this algebra."""
        return self.formula(self.normal(formula), self.shapes.of(formula))

    # -- sums to formulas -------------------------------------------------------------------

    def formula(self, found: Sum, shape: Shape) -> Formula:
        """Return the canonical formula of a sum."""
        if not found:
            return num(0) if shape == SCALAR else call("zeros", *map(size_formula, shape))
        terms = [self.term_formula(term, found[term]) for term in sorted(found, key=self.term_key)]
        result = terms[0] if len(terms) == 1 else call("add", *terms)
        if len(terms) > 1:
            self.sums[result] = found
        return result

    def term_formula(self, term: Term, factor: Fraction) -> Formula:
        """Return the canonical formula of one term."""
        factors: list[Formula] = []
        if factor != 1 or (not term.scalars and not term.chain):
            factors.append(fraction(factor))
        factors += [base if power == 1 else call("pow", base, fraction(power)) for base, power in term.scalars]
        if term.chain:
            factors.append(chained(term.chain))
        result = factors[0]
        for each in factors[1:]:
            result = call("mul", result, each)
        return result

    def key(self, formula: Formula) -> str:
        found = self.keys.get(formula)
        if found is None:
            if isinstance(formula, Call):
                found = f"~{formula.op}({','.join(self.key(arg) for arg in formula.args)})"
            else:
                found = repr(formula)
            self.keys[formula] = found
        return found

    def term_key(self, term: Term) -> tuple[int, str, str]:
        return (
            -len(term.chain),
            "*".join(map(self.key, term.chain)),
            "*".join(f"{self.key(base)}^{power}" for base, power in term.scalars),
        )

    # -- sums ---------------------------------------------------------------------------------

    def plus(self, sums: Iterable[tuple[Sum, Fraction]]) -> Sum:
        """Return the sum of sums, each times a number."""
        found: Sum = {}
        for each, factor in sums:
            for term, value in each.items():
                total = found.get(term, Fraction(0)) + value * factor
                if total:
                    found[term] = total
                else:
                    found.pop(term, None)
        if len(found) > MOST_TERMS:
            raise TooLong
        return found

    def single(self, found: Sum, shape: Shape) -> Sum:
        """Return a sum as one term: a number times a factor that holds the sum."""
        if len(found) <= 1:
            return found
        content, body = self.content(found)
        if shape == SCALAR:
            return {Term(((self.formula(body, shape), ONE),), ()): content}
        atom, turned = self.turned(body, shape)
        return {Term((), (self.flipped(atom) if turned else atom,)): content}

    def pieces(self, formula: Formula) -> Sum:
        """Return what a linear function of a matrix is applied to: every term, or one factor that holds the sum."""
        found = self.normal(formula)
        return found if self.expand else self.single(found, self.shapes.of(formula))

    def content(self, found: Sum) -> tuple[Fraction, Sum]:
        """Return the number that all coefficients have in common, and the sum without it, signed as it was written."""
        over = gcd(*[abs(value.numerator) for value in found.values()])
        under = lcm(*[value.denominator for value in found.values()])
        content = Fraction(over, under)
        if not self.natural(found):
            content = -content
        return content, ({term: value / content for term, value in found.items()} if content != 1 else found)

    def natural(self, found: Sum) -> bool:
        """Return whether a sum has the signs it was written with, or else its constant, or its first term, no minus."""
        terms = frozenset(found)
        written = self.written.get(terms)
        first = next(iter(found))
        if written is None:
            constants = [term for term in found if self.is_constant(term)]
            positive = found[min(constants or found, key=self.term_key)] > 0
            self.note_written(found if positive else {term: -value for term, value in found.items()})
            return positive
        return (written[first] > 0) == (found[first] > 0)

    def note_written(self, found: Sum) -> None:
        """Keep the signs of a sum for later ones of the same terms; its transpose has the same."""
        for each in (found, self.transposed(found)):
            self.written.setdefault(frozenset(each), each)

    def is_constant(self, term: Term) -> bool:
        return not term.scalars and all(
            is_ones(factor) or is_ones(self.flipped(factor)) or (isinstance(factor, Call) and factor.op == "eye")
            for factor in term.chain
        )

    def turned(self, found: Sum, shape: Shape) -> tuple[Formula, bool]:
        """Return the formula of a sum or its transpose, whichever has fewer transposes, and whether it is the latter.

        What is the same either way is noted as symmetric. A row is always turned into a column.
        """
        here = self.formula(found, shape)
        if shape == SCALAR:
            return here, False
        there = self.formula(self.transposed(found), (shape[1], shape[0]))
        if here is there:
            self.symmetric.add(here)
            return here, False
        if (shape[0] == 1) != (shape[1] == 1):
            return (there, True) if shape[0] == 1 else (here, False)
        turn = (transposes(there), self.key(there)) < (transposes(here), self.key(here))
        return (there, True) if turn else (here, False)

    # -- transposes -----------------------------------------------------------------------------

    def transposed(self, found: Sum) -> Sum:
        return {self.term_transposed(term): value for term, value in found.items()}

    def term_transposed(self, term: Term) -> Term:
        return Term(term.scalars, tuple(self.flipped(factor) for factor in reversed(term.chain)))

    def flipped(self, factor: Formula) -> Formula:
        """Return the transpose of a factor of a chain, which is itself where it is symmetric."""
        if isinstance(factor, Call) and factor.op == "transpose":
            return factor.args[0]
        if self.is_symmetric(factor):
            return factor
        return call("transpose", factor)

    def is_symmetric(self, factor: Formula) -> bool:
        if isinstance(factor, Name):
            return factor in self.facts.symmetric
        if isinstance(factor, Num) or factor in self.symmetric:
            return True
        if factor.op in ("eye", "diag"):
            return True
        shape = self.shapes.of(factor)
        if shape[0] != shape[1]:
            return False
        if factor in self.powers:
            return all(self.is_symmetric(base) for base in self.powers[factor])
        if factor.op in ("inv", "kron") or (OPS[factor.op].slope is not None and factor.op != "add"):
            return all(self.shapes.of(arg) == SCALAR or self.is_symmetric(arg) for arg in factor.args)
        return False

    # -- products -----------------------------------------------------------------------------------

    def product(self, one: Sum, first: Shape, other: Sum, second: Shape) -> Sum:
        """Return the mathematical product of two sums of these shapes."""
        if not self.expand:
            plain = list(one) == [UNIT], list(other) == [UNIT]
            one = one if plain[1] else self.single(one, first)
            other = other if plain[0] else self.single(other, second)
        elif len(one) * len(other) > MOST_PRODUCT:
            raise TooLong
        pieces: list[tuple[Sum, Fraction]] = []
        for a, x in one.items():
            for b, y in other.items():
                pieces.append((self.joined(a, b), x * y))
        return self.plus(pieces)

    def joined(self, one: Term, other: Term) -> Sum:
        """Return the product of two terms."""
        scalars = self.merged([*one.scalars, *other.scalars])
        if not one.chain or not other.chain:
            return self.scaled({Term((), one.chain or other.chain): ONE}, scalars)
        return self.scaled(self.chain([*one.chain, *other.chain]), scalars)

    def scaled(self, found: Sum, scalars: Sum) -> Sum:
        """Return a sum times a number, which is one term."""
        ((by, factor),) = scalars.items() or ((UNIT, Fraction(0)),)
        if by == UNIT:
            return found if factor == 1 else {term: value * factor for term, value in found.items()}
        pieces = []
        for term, value in found.items():
            ((both, more),) = self.merged([*by.scalars, *term.scalars]).items()
            pieces.append(({Term(both.scalars, term.chain): more}, value * factor))
        return self.plus(pieces)

    def merged(self, powers: Iterable[tuple[Formula, Fraction]]) -> Sum:
        """Return the product of powers of numbers, as one term."""
        from nncalc.algebra.meeting import simplified

        return self.of_powers(simplified(self, merged(powers)))

    def of_powers(self, table: Powers) -> Sum:
        kept = sorted(((base, power) for base, power in table.items() if power), key=lambda each: self.key(each[0]))
        return {Term(tuple(kept), ()): ONE}

    def chain(self, factors: list[Formula]) -> Sum:
        """Return the product of matrices that are canonical each, but not yet next to each other."""
        from nncalc.algebra.meeting import met

        place = 0
        while place < len(factors) - 1:
            together = met(self, factors, place)
            if together is None:
                place += 1
                continue
            factors = together
            place = max(0, place - 3)
        return self.cut(factors)

    def cut(self, factors: list[Formula]) -> Sum:
        """Return a chain with its numbers taken out: what lies between two inner sizes of 1."""
        segments: list[list[Formula]] = [[]]
        for factor in factors:
            segments[-1].append(factor)
            if self.shapes.of(factor)[1] == 1:
                segments.append([])
        kept: list[Formula] = []
        numbers: Sum = {UNIT: ONE}
        for segment in segments:
            if not segment:
                continue
            if self.shapes.of(segment[0])[0] == 1 and self.shapes.of(segment[-1])[1] == 1:
                numbers = self.product(numbers, SCALAR, self.number(segment), SCALAR)
            else:
                kept += segment
        return self.product(numbers, SCALAR, {Term((), tuple(kept)): ONE}, self.span(kept)) if kept else numbers

    def span(self, factors: list[Formula]) -> Shape:
        return self.shapes.of(factors[0])[0], self.shapes.of(factors[-1])[1]

    def number(self, factors: list[Formula]) -> Sum:
        """Return a chain of matrices that is 1×1: a number."""
        from nncalc.algebra.numbers import summed

        first, last = self.flipped(factors[0]), factors[-1]
        if is_ones(first):
            return summed(self, factors[1:])
        if is_ones(last):
            return summed(self, [self.flipped(factor) for factor in reversed(factors[:-1])])
        if len(factors) == 2 and isinstance(first, Call) and isinstance(last, Call) and first.op == last.op == "vec":
            return self.normal(call("tr", call("mul", call("transpose", first.args[0]), last.args[0])))
        if len(factors) == 2 and (first in self.powers or last in self.powers):
            return summed(self, list(self.had([first, last])))
        back = [self.flipped(factor) for factor in reversed(factors)]
        one, other = chained(factors), chained(back)
        best = min(one, other, key=lambda each: (transposes(each), self.key(each)))
        return {Term(((best, ONE),), ()): ONE}

    # -- products entry by entry ----------------------------------------------------------------------

    def had(self, factors: list[Formula]) -> tuple[Formula, ...]:
        """Return the chain that is the product entry by entry of columns."""
        shape = self.shapes.of(factors[0])
        table = merged([pair for factor in factors for pair in self.bases((factor,)).items()])
        ((term, value),) = self.single(self.of_bases(table, shape), shape).items()
        assert value == 1
        assert not term.scalars
        return term.chain

    def hadamard(self, one: Sum, other: Sum, shape: Shape) -> Sum:
        """Return the product entry by entry of two sums of this shape."""
        if not self.expand:
            one, other = self.single(one, shape), self.single(other, shape)
        elif len(one) * len(other) > MOST_PRODUCT:
            raise TooLong
        pieces: list[tuple[Sum, Fraction]] = []
        for a, x in one.items():
            for b, y in other.items():
                table = merged([*self.bases(a.chain).items(), *self.bases(b.chain).items()])
                scalars = self.merged([*a.scalars, *b.scalars])
                pieces.append((self.scaled(self.of_bases(table, shape), scalars), x * y))
        return self.plus(pieces)

    def bases(self, chain: tuple[Formula, ...]) -> Powers:
        """Return a chain as a product entry by entry: bases and exponents, none for a matrix of ones."""
        if all(is_ones(factor) or is_ones(self.flipped(factor)) for factor in chain):
            return {}
        if (
            len(chain) == 1
            and isinstance(chain[0], Call)
            and chain[0].op == "vec"
            and self.is_all_ones(chain[0].args[0])
        ):
            return {}
        if len(chain) == 1:
            if chain[0] in self.powers:
                return dict(self.powers[chain[0]])
            inner = self.flipped(chain[0])
            if inner in self.powers:
                return self.bases_flipped(self.powers[inner])
        return {chained(chain): ONE}

    def is_all_ones(self, formula: Formula) -> bool:
        """Return whether a canonical formula is a matrix of ones."""
        return formula is chained(self.ones(self.shapes.of(formula)) or (formula, formula))

    def base_flipped(self, base: Formula) -> Formula:
        """Return the transpose of a base, the same formula whichever way it was come by."""
        if base in self.sums or (isinstance(base, Call) and base.op == "transpose"):
            return self.flipped(base)
        found = self.backs.get(base)
        if found is None:
            shape = self.shapes.of(base)
            found = self.backs[base] = self.formula(self.transposed(self.normal(base)), (shape[1], shape[0]))
        return found

    def bases_flipped(self, table: Powers) -> Powers:
        return merged((self.base_flipped(base), power) for base, power in table.items())

    def of_bases(self, table: Powers, shape: Shape) -> Sum:
        """Return the product entry by entry of powers of matrices of this shape."""
        from nncalc.algebra.meeting import simplified

        if shape[0] == 1 and shape[1] != 1:
            return self.transposed(self.of_bases(self.bases_flipped(table), (shape[1], shape[0])))
        table = {base: power for base, power in simplified(self, table).items() if power}
        if not table:
            return {Term((), self.ones(shape)): ONE}
        if list(table.values()) == [1]:
            return self.normal(next(iter(table)))
        here = self.powers_formula(table)
        if shape[1] != 1:
            other = self.bases_flipped(table)
            there = self.powers_formula(other)
            if (transposes(there), self.key(there)) < (transposes(here), self.key(here)):
                self.powers[there] = other
                return {Term((), (self.flipped(there),)): ONE}
        self.powers[here] = table
        return {Term((), (here,)): ONE}

    def powers_formula(self, table: Powers) -> Formula:
        """Return the canonical formula of a product of powers entry by entry."""
        result: Formula | None = None
        for base in sorted(table, key=self.key):
            power = table[base]
            factor = base if power == 1 else call("hpow", base, fraction(power))
            result = factor if result is None else call("hadamard", result, factor)
        assert result is not None
        return result

    def ones(self, shape: Shape) -> tuple[Formula, ...]:
        """Return the chain that is a matrix of ones: a column of them times a row."""
        rows, columns = shape
        chain: tuple[Formula, ...] = ()
        if rows != 1:
            chain += (call("ones", size_formula(rows)),)
        if columns != 1:
            chain += (call("transpose", call("ones", size_formula(columns))),)
        return chain
