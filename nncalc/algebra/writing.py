"""From the normal form back to a formula: the shortest a person would write, with the fewest minus signs.

What the input wrote in some order keeps it. Brackets are the printer's business.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product as choices_of
from typing import TypeGuard

from nncalc.algebra.core import Algebra
from nncalc.algebra.cost import SIZES, cost
from nncalc.algebra.powers import bases_flipped
from nncalc.algebra.quotients import LONG, divided, number, odd, raised, scaled, spread
from nncalc.algebra.terms import ONE, Powers, Sum, Term, is_ones, ones_chain
from nncalc.algebra.turning import flippable, strange, twins
from nncalc.graph.shapes import SCALAR, Shape, size_formula
from nncalc.language.formula import Call, Formula, call, is_call, num, product, total
from nncalc.ops import OPS


def _is_complement(formula: Formula | None) -> TypeGuard[Call]:
    """Return whether a formula is f(u) with f(-u) = 1 - f(u)."""
    return isinstance(formula, Call) and OPS[formula.op].parity == "complement"


class Writer:
    """Writes sums of one algebra; a class because what was written once is kept.

    `decimals` writes 1/2 as 0.5, for an input that has decimals itself.
    """

    def __init__(self, algebra: Algebra, *, decimals: bool = False) -> None:
        self.algebra = algebra
        self.decimals = decimals
        self.done: dict[Formula, Formula] = {}
        self.factors: dict[Formula, Formula] = {}
        self.held: dict[Formula, frozenset[Formula]] = {}
        self.terms: dict[tuple[Term, Fraction, frozenset[Formula], bool], tuple[bool, Formula]] = {}

    def pretty(self, formula: Formula) -> Formula:
        """Return a canonical formula as it is best written."""
        found = self.done.get(formula)
        if found is None:
            found = self.done[formula] = self.write(self.algebra.normal(formula), self.algebra.shapes.of(formula))
        return found

    # -- sums -------------------------------------------------------------------------------

    def write(self, found: Sum, shape: Shape) -> Formula:
        """Return a sum of this shape as a formula."""
        algebra = self.algebra
        if not found:
            return algebra.formula(found, shape)
        best = self.summed(found, shape)
        if shape[0] == 1 or shape[1] == 1:
            return best
        turned = call("transpose", self.summed(algebra.transposed(found), (shape[1], shape[0])))
        return turned if cost(turned)[0] < cost(best)[0] - 1 else best

    def summed(self, found: Sum, shape: Shape) -> Formula:
        """Return a sum, its common number outside where that is shorter."""
        plain = self.added(found, shape)
        if len(found) == 1:
            return plain
        logistic = self.logistic(found, shape)
        if logistic is not None and cost(logistic) < cost(plain):
            return logistic
        content, body = self.algebra.content(found)
        if abs(content) == 1 or content.denominator >= LONG:
            return plain
        inner = self.added(body, shape)
        if content < 0:
            inner, content = self.added({term: -value for term, value in body.items()}, shape), -content
        outside = scaled(content, inner, decimals=self.decimals)
        return outside if cost(outside) < cost(plain) else plain

    def logistic(self, found: Sum, shape: Shape) -> Formula | None:
        """Return 1 - f(u) as f(-u) for a function such as sigmoid, or None where a sum is something else."""
        one = Term((), ones_chain(shape))
        rest = [term for term in found if term != one]
        if found.get(one) != 1 or len(rest) != 1 or found[rest[0]] != -1:
            return None
        body = rest[0].chain[0] if len(rest[0].chain) == 1 and not rest[0].scalars else None
        if not rest[0].chain and len(rest[0].scalars) == 1 and rest[0].scalars[0][1] == 1:
            body = rest[0].scalars[0][0]
        if not _is_complement(body):
            return None
        within = self.algebra.within
        inner = within.plus([(within.normal(body.args[0]), -ONE)])
        return call(body.op, self.write(inner, self.algebra.shapes.of(body)), *body.args[1:])

    def added(self, found: Sum, shape: Shape) -> Formula:
        """Return the terms of a sum one after the other, those without a minus first."""
        terms = list(self.algebra.written.get(frozenset(found)) or found)
        ones = ones_chain(shape)
        # a number beside a matrix stands for one in every entry, but nobody reads I - 1/n so
        units = any(is_call(factor, "eye") for term in terms for factor in term.chain)
        short = shape != SCALAR and not units and any(term.chain != ones for term in terms)
        texts = []
        same = twins(self.algebra, terms, self.held)
        for term in terms:
            bare = Term(term.scalars, ()) if short and term.chain == ones else term
            key = (bare, found[term], same if term.chain or term.scalars else frozenset(), len(terms) == 1)
            if key not in self.terms:
                self.terms[key] = self.signed(bare, found[term], same, alone=len(terms) == 1)
            texts.append(self.terms[key])
        texts.sort(key=lambda each: each[0])
        signed = [call("neg", body) if minus else body for minus, body in texts]
        return total(signed)

    # -- terms ------------------------------------------------------------------------------------

    def signed(self, term: Term, value: Fraction, same: frozenset[Formula], *, alone: bool) -> tuple[bool, Formula]:
        """Return whether a term has a minus, and the term without it.

        A minus is taken into a sum that is a factor, which turns its terms around, unless it is one of `same`,
        which look the same everywhere.
        """
        places = [i for i, f in enumerate(term.chain) if flippable(self.algebra, f)]
        numbers = [i for i, (base, power) in enumerate(term.scalars) if base in self.algebra.sums and odd(power)]
        choices = []
        for flips in choices_of((False, True), repeat=min(4, len(places) + len(numbers))):
            minus = (value < 0) != (sum(flips) % 2 == 1)
            chain = {i for i, flip in zip(places, flips, strict=False) if flip}
            scalars = {i for i, flip in zip(numbers, flips[len(places) :], strict=False) if flip}
            body = self.term(term, abs(value), chain, scalars)
            size, signs, turns = cost(body)
            odd_ones, unlike = strange(self.algebra, term, chain, scalars, same)
            choices.append(((unlike, size + (minus and alone), signs + minus, turns, odd_ones), minus, body))
        _, minus, body = min(choices, key=lambda each: each[0])
        return minus, body

    def term(self, term: Term, value: Fraction, flips: set[int], minus: set[int]) -> Formula:
        """Return a term with a positive number, the sums at `flips` and `minus` turned around."""
        over, under = number(value, decimals=self.decimals)
        above: list[Formula] = [over] if over is not None else []
        below: list[Formula] = [under] if under is not None else []
        numbers = dict(term.scalars)
        for i, (base, power) in sorted(enumerate(term.scalars), key=lambda each: isinstance(each[1][0], Call)):
            plain = self.base(base, numbers, SCALAR, flip=i in minus)
            raised(above if power > 0 else below, plain, abs(power), "pow")
        chain = self.chain(term.chain, flips)
        above += [chain] if chain is not None else []
        top = divided(above) or spread(above) if above else num(1)
        return call("div", top, spread(below)) if below else top

    def base(self, base: Formula, table: Powers, shape: Shape, *, flip: bool) -> Formula:
        """Return one base of a product of powers, turned around where `flip` says so."""
        found = self.algebra.sums.get(base)
        if found is None:
            if is_call(base, "mul") and self.algebra.normal(base).keys() != {Term(((base, ONE),), ())}:
                return self.pretty(base)  # what stands under a root: a quotient as one
            return self.inside(base)
        if flip:
            return self.added({t: -v for t, v in found.items()}, shape)
        logistic = self.logistic(found, shape)
        if logistic is not None and any(map(_is_complement, table)):
            return self.added(found, shape)
        return self.write(found, shape)

    def inside(self, factor: Formula) -> Formula:
        """Return a factor with what is inside it written well."""
        found = self.factors.get(factor)
        if found is None:
            found = self.factors[factor] = self.within(factor)
        return found

    def within(self, factor: Formula) -> Formula:
        if not isinstance(factor, Call) or factor.op in SIZES:
            return factor
        if factor.op == "transpose":
            return self.flipped(factor.args[0])
        if factor.op == "tr":
            return self.trace(factor)
        if factor in self.algebra.powers:
            return self.bases(self.algebra.powers[factor], self.algebra.shapes.of(factor), None)
        if factor in self.algebra.sums:
            return self.write(self.algebra.sums[factor], self.algebra.shapes.of(factor))
        if factor.op == "mul" and factor not in self.done:
            return self.pretty_product(factor)
        return call(factor.op, *[self.pretty(arg) for arg in factor.args])

    def flipped(self, inner: Formula) -> Formula:
        """Return the transpose of a factor, taken inside where that is shorter."""
        if is_call(inner, "rows") and is_call(inner.args[0], "eye"):
            return call("columns", *inner.args)  # of the identity, which is symmetric
        outside = call("transpose", self.inside(inner))
        algebra = self.algebra
        if inner not in algebra.powers and inner not in algebra.sums:
            return outside
        rows, columns = algebra.shapes.of(inner)
        if inner in algebra.sums:
            within = self.added(algebra.transposed(algebra.sums[inner]), (columns, rows))
        else:
            table = bases_flipped(algebra, algebra.powers[inner])
            within = self.bases(table, (columns, rows), None)
        return within if cost(within) < cost(outside) else outside

    def trace(self, factor: Call) -> Formula:
        """Return tr(A'*B) as sum(A .* B), which is shorter."""
        (inner,) = factor.args
        if is_call(inner, "mul"):
            one, other = inner.args
            for a, b in ((one, other), (other, one)):
                if is_call(a, "transpose") and not is_call(b, "transpose") and not is_call(b, "mul"):
                    return call("sum", call("hadamard", self.inside(a.args[0]), self.inside(b)))
        return call("tr", self.pretty(inner))

    def pretty_product(self, factor: Formula) -> Formula:
        factors: list[Formula] = []
        while is_call(factor, "mul"):
            factors.insert(0, factor.args[1])
            factor = factor.args[0]
        found = self.chain((factor, *factors), set())
        assert found is not None
        return found

    def chain(self, factors: tuple[Formula, ...], flips: set[int]) -> Formula | None:
        """Return a chain, or its transpose where that is shorter; None for an empty one."""
        if not factors:
            return None
        here = self.straight(factors, flips)
        if len(factors) == 1:
            return here
        shapes = self.algebra.shapes
        if shapes.of(factors[0])[0] == 1 or shapes.of(factors[-1])[1] == 1:
            return here
        back = tuple(self.algebra.flipped(factor) for factor in reversed(factors))
        there = call("transpose", self.straight(back, {len(factors) - 1 - i for i in flips}))
        return there if cost(there)[0] < cost(here)[0] - 1 else here

    def straight(self, factors: tuple[Formula, ...], flips: set[int]) -> Formula:
        texts: list[tuple[Formula, int]] = []
        shapes = self.algebra.shapes
        place = 0
        while place < len(factors):
            factor = factors[place]
            if place + 1 < len(factors) and is_ones(factor) and is_ones(self.algebra.flipped(factors[place + 1])):
                sizes = (shapes.of(factor)[0], shapes.of(factors[place + 1])[1])
                texts.append((call("ones", *map(size_formula, sizes)), 1))
                place += 2
                continue
            text = self.factor(factor, flip=place in flips)
            if texts and texts[-1][0] is text and place not in flips:
                texts[-1] = (text, texts[-1][1] + 1)
            else:
                texts.append((text, 1))
            place += 1
        return product([self.repeated(text, count) for text, count in texts])

    def repeated(self, text: Formula, count: int) -> Formula:
        if count == 1:
            return text
        if is_call(text, "transpose"):
            return call("transpose", call("pow", text.args[0], num(count)))
        return call("pow", text, num(count))

    def factor(self, factor: Formula, *, flip: bool) -> Formula:
        if not flip:
            return self.inside(factor)
        inner = factor.args[0] if is_call(factor, "transpose") else factor
        shape = self.algebra.shapes.of(inner)
        if inner in self.algebra.sums:
            body = self.added({t: -v for t, v in self.algebra.sums[inner].items()}, shape)
        else:
            table = self.algebra.powers[inner]
            body = self.bases(table, shape, next(b for b in table if b in self.algebra.sums and odd(table[b])))
        return body if inner is factor else call("transpose", body)

    def bases(self, table: Powers, shape: Shape, flip: Formula | None) -> Formula:
        """Return a product entry by entry, the base `flip` turned around."""
        turned = [self.algebra.flipped(base) for base in table]
        if shape[1] != 1 and all(is_call(base, "transpose") for base in table):
            back = dict(zip(turned, table.values(), strict=True))
            return call("transpose", self.bases(back, (shape[1], shape[0]), None))
        above: list[Formula] = []
        below: list[Formula] = []
        order = sorted(table, key=lambda base: (isinstance(base, Call), self.algebra.key(base)))
        for base in order:
            power = table[base]
            text = self.base(base, table, shape, flip=base is flip)
            raised(above if power > 0 else below, text, abs(power), "hpow")
        top = product(above, "hadamard") if above else num(1)
        return call("hdiv", top, product(below, "hadamard")) if below else top
