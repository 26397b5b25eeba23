"""The normal form: a formula as a sum of terms, each a rational times numbers times a chain of matrices.

A chain is cut where an inner size is 1, so that a 1×1 product is a number, which commutes, and
x'*A*y and y'*A'*x are one thing. A product entry by entry is one factor of a chain, a table of
bases and exponents. Equal things have one canonical formula, so that they meet in a dictionary.
Nothing is multiplied out unless `expand` asks for it: a sum inside a product is a factor.

Here are sums, their signs and their transposes; `powers` and `chains` multiply, and the rules say what
each operation comes to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from math import gcd, lcm, prod
from typing import TypeAlias

from nncalc.algebra.terms import (
    MOST_TERMS,
    ONE,
    UNIT,
    Facts,
    Powers,
    Sum,
    Term,
    TooLong,
    is_ones,
    transposes,
)
from nncalc.graph.shapes import SCALAR, Shape, Shapes, zeros
from nncalc.graph.tidy import written
from nncalc.language.formula import Call, Formula, Name, Num, call, is_call, product, total
from nncalc.ops import OPS

Rule: TypeAlias = Callable[["Algebra", Call], Sum]


class Algebra:
    """Brings formulas over some shapes to normal form by `rules`; a class because what was found once is kept.

    `expand` multiplies products out, `split` writes the inverse of a product of square matrices as a
    product of inverses.
    """

    def __init__(
        self, shapes: Shapes, facts: Facts, rules: Mapping[str, Rule], *, expand: bool = False, split: bool = False
    ) -> None:
        self.shapes = shapes
        self.rules = rules
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
            self.within = Algebra(shapes, facts, rules, split=split)
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
        if isinstance(formula, Num):
            value = Fraction(formula.text)
            return {UNIT: value} if value else {}
        if isinstance(formula, Name):
            return self.atom(formula)
        rule = self.rules.get(formula.op)
        if rule is not None:
            return rule(self, formula)
        op = OPS[formula.op]
        if op.entrywise and len(formula.args) == 1 + len(op.settings):
            return self.entrywise(op.name, formula.args[0], formula.args[1:])
        return self.atom(call(formula.op, *[self.within.canonical(arg) for arg in formula.args]))

    def entrywise(self, op: str, arg: Formula, settings: Sequence[Formula] = ()) -> Sum:
        """Return a function applied entry by entry, its argument turned the way that has fewer transposes."""
        body, turned = self.within.turned(self.within.normal(arg), self.shapes.of(arg))
        found = self.atom(call(op, body, *settings))
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
            return zeros(shape)
        result = total([self.term_formula(term, found[term]) for term in sorted(found, key=self.term_key)])
        if len(found) > 1:
            self.sums[result] = found
        return result

    def term_formula(self, term: Term, factor: Fraction) -> Formula:
        """Return the canonical formula of one term."""
        factors: list[Formula] = []
        if factor != 1 or (not term.scalars and not term.chain):
            factors.append(written(factor))
        factors += [base if power == 1 else call("pow", base, written(power)) for base, power in term.scalars]
        if term.chain:
            factors.append(product(term.chain))
        return product(factors)

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
            is_ones(factor) or is_ones(self.flipped(factor)) or (is_call(factor, "eye")) for factor in term.chain
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
        if not self.facts.skew:
            return {self.term_transposed(term): value for term, value in found.items()}
        turned = ((self.term_transposed(term), value) for term, value in found.items())
        return self.plus((self.unturned(term), value) for term, value in turned)

    def unturned(self, term: Term) -> Sum:
        """Return a term in which the transpose of a skew matrix is minus that matrix."""
        signs = [-1 if is_call(f, "transpose") and f.args[0] in self.facts.skew else 1 for f in term.chain]
        pairs = zip(term.chain, signs, strict=True)
        chain = tuple(f.args[0] if sign < 0 and is_call(f, "transpose") else f for f, sign in pairs)
        return {Term(term.scalars, chain): Fraction(prod(signs))}

    def term_transposed(self, term: Term) -> Term:
        return Term(term.scalars, tuple(self.flipped(factor) for factor in reversed(term.chain)))

    def flipped(self, factor: Formula) -> Formula:
        """Return the transpose of a factor of a chain, which is itself where it is symmetric."""
        if is_call(factor, "transpose"):
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
        if factor.op in ("inv", "kron", "pow") or (OPS[factor.op].entrywise and factor.op != "add"):
            return all(self.shapes.of(arg) == SCALAR or self.is_symmetric(arg) for arg in factor.args)
        return False
