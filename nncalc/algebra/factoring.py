"""What the terms of a sum have in common, taken out: a matrix on the left or right, a number, a base entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import NamedTuple

from nncalc.algebra.chains import multiplied
from nncalc.algebra.core import Algebra
from nncalc.algebra.cost import Cost, cost
from nncalc.algebra.powers import bases, hadamard, of_bases, scaled
from nncalc.algebra.terms import ONE, Sum, Term, ones_chain
from nncalc.algebra.writing import Writer
from nncalc.graph.sizes import SCALAR, Shape, Size, size_formula
from nncalc.language.formula import Call, Formula, call, is_call, product

#: The longest sum of which factors are taken out.
MOST_FACTORED = 24


class Common(NamedTuple):
    """A factor that some terms share: which terms, and how it is taken out: the sum that they become."""

    terms: tuple[Term, ...]
    taken: Callable[[], Sum]


class Factoring:
    """Tries what may be taken out of a sum; a class because the trials are counted, `most` of them."""

    def __init__(self, algebra: Algebra, writer: Writer, most: int) -> None:
        self.algebra = algebra
        self.most = most
        self.writer = writer
        self.trials = 0
        self.done: dict[tuple[frozenset[tuple[Term, Fraction]], Shape], Sum] = {}

    def best(self, found: Sum, shape: Shape) -> Sum:
        """Return the sum, equal to `found`, that is written in the fewest characters."""
        if not 1 < len(found) <= MOST_FACTORED:
            return found
        key = (frozenset(found.items()), shape)
        if key in self.done:
            return self.done[key]
        best, least = found, self.cost(found, shape)
        for common in self.commons(found, shape):
            if self.trials >= self.most:
                break
            self.trials += 1
            grouped = common.taken()
            others = {term: value for term, value in found.items() if term not in common.terms}
            whole = self.algebra.plus([(others, ONE), (grouped, ONE)])
            if len(whole) >= len(found):
                continue
            candidate = self.best(whole, shape)
            new = self.cost(candidate, shape)
            if new < least:
                best, least = candidate, new
        self.done[key] = best
        return best

    def cost(self, found: Sum, shape: Shape) -> Cost:
        return cost(self.writer.write(found, shape))

    def bracketed(self, rest: Sum, shape: Shape) -> Sum:
        """Return what is left of the terms, well written itself, as one factor."""
        return self.algebra.single(self.best(rest, shape), shape)

    def commons(self, found: Sum, shape: Shape) -> list[Common]:
        """Return every factor that two or more terms share, those shared by most first."""
        every = [*self.scalars(found, shape), *self.ends(found, shape), *self.inner(found, shape)]
        every += [*self.diagonals(found), *self.means(found, shape)]
        return sorted(every, key=lambda each: -len(each.terms))

    # -- numbers ----------------------------------------------------------------------------------

    def scalars(self, found: Sum, shape: Shape) -> Iterator[Common]:
        bases = dict.fromkeys(base for term in found for base, _ in term.scalars)
        for base in bases:
            for sign in (1, -1):
                powers = {t: p for t in found for b, p in t.scalars if b is base and p * sign > 0}
                if len(powers) > 1:
                    yield self.scalar(found, shape, base, powers)

    def scalar(self, found: Sum, shape: Shape, base: Formula, powers: dict[Term, Fraction]) -> Common:
        least = min(powers.values(), key=abs)

        def taken() -> Sum:
            less = self.raised(base, -least)
            rest = self.algebra.plus((scaled(self.algebra, {t: found[t]}, less), ONE) for t in powers)
            return scaled(self.algebra, self.bracketed(rest, shape), self.raised(base, least))

        return Common(tuple(powers), taken)

    def raised(self, base: Formula, power: Fraction) -> Sum:
        return {Term(((base, power),), ()): ONE}

    # -- matrices on the left and right ---------------------------------------------------------------

    def ends(self, found: Sum, shape: Shape) -> Iterator[Common]:
        for left in (True, False):
            groups: dict[Formula, list[Term]] = {}
            for term in found:
                if term.chain:
                    groups.setdefault(term.chain[0 if left else -1], []).append(term)
            for factor, terms in groups.items():
                if len(terms) > 1:
                    yield self.end(found, shape, factor, terms, left=left)

    def end(self, found: Sum, shape: Shape, factor: Formula, terms: list[Term], *, left: bool) -> Common:
        algebra = self.algebra

        def taken() -> Sum:
            own = algebra.shapes.of(factor)
            inner = own[1] if left else own[0]
            rest_shape = (inner, shape[1]) if left else (shape[0], inner)
            rest: Sum = {}
            for term in terms:
                chain = term.chain[1:] if left else term.chain[:-1]
                if not chain and rest_shape != SCALAR:
                    chain = (unit(inner),)
                rest[Term(term.scalars, chain)] = found[term]
            body, whole = self.bracketed(rest, rest_shape), {Term((), (factor,)): ONE}
            if left:
                return multiplied(algebra, whole, own, body, rest_shape)
            return multiplied(algebra, body, rest_shape, whole, own)

        return Common(tuple(terms), taken)

    # -- entry by entry ---------------------------------------------------------------------------------

    def inner(self, found: Sum, shape: Shape) -> Iterator[Common]:
        groups: dict[Formula, dict[Term, Fraction]] = {}
        for term in found:
            if term.chain:
                for base, power in bases(self.algebra, term.chain).items():
                    groups.setdefault(base, {})[term] = power
        for base, powers in groups.items():
            if len(powers) > 1 and len({power > 0 for power in powers.values()}) == 1:
                yield self.base(found, shape, base, powers)

    def base(self, found: Sum, shape: Shape, base: Formula, powers: dict[Term, Fraction]) -> Common:
        algebra = self.algebra

        def taken() -> Sum:
            least = min(powers.values(), key=abs)
            pieces: list[tuple[Sum, Fraction]] = []
            for term in powers:
                table = bases(algebra, term.chain)
                table[base] -= least
                left = scaled(algebra, of_bases(algebra, table, shape), {Term(term.scalars, ()): ONE})
                pieces.append((left, found[term]))
            body = self.bracketed(algebra.plus(pieces), shape)
            return hadamard(algebra, of_bases(algebra, {base: least}, shape), body, shape)

        return Common(tuple(powers), taken)

    # -- diagonal matrices --------------------------------------------------------------------------------

    def diagonals(self, found: Sum) -> Iterator[Common]:
        groups: dict[tuple[tuple[Formula, ...], tuple[Formula, ...], Formula], list[tuple[Term, Formula]]] = {}
        for term in found:
            for place, factor in enumerate(term.chain):
                if isinstance(factor, Call) and factor.op in ("diag", "eye"):
                    order = size_formula(self.algebra.shapes.of(factor)[0])
                    body = factor.args[0] if factor.op == "diag" else call("ones", order)
                    key = (term.chain[:place], term.chain[place + 1 :], order)
                    groups.setdefault(key, []).append((term, body))
        for (before, after, _), members in groups.items():
            if len(members) > 1:
                yield self.diagonal(found, before, after, members)

    def diagonal(
        self, found: Sum, before: tuple[Formula, ...], after: tuple[Formula, ...], members: list[tuple[Term, Formula]]
    ) -> Common:
        algebra = self.algebra

        def taken() -> Sum:
            column = algebra.shapes.of(members[0][1])
            rest = algebra.plus(
                (scaled(algebra, algebra.normal(body), {Term(term.scalars, ()): ONE}), found[term])
                for term, body in members
            )
            pieces = []
            for term, value in self.bracketed(rest, column).items():
                pieces.append(({Term(term.scalars, (*before, call("diag", product(term.chain)), *after)): value}, ONE))
            return algebra.plus(pieces)

        return Common(tuple(term for term, _ in members), taken)

    # -- a sum and its own total ------------------------------------------------------------------------------

    def means(self, found: Sum, shape: Shape) -> Iterator[Common]:
        """Yield G + c*sum(G), which is (I + c*ones*ones')*G, for a column G that is a sum."""
        ones = ones_chain(shape)
        if shape[0] == 1 or shape[1] != 1:
            return
        for term in found:
            for base, power in term.scalars if term.chain == ones else ():
                if not (is_call(base, "sum") and power == 1):
                    continue
                inner = self.algebra.sums.get(base.args[0])
                if inner is None:
                    continue
                ratios = {found.get(each, Fraction(0)) / value for each, value in inner.items()}
                if len(ratios) == 1 and ratios != {0}:
                    yield self.mean(found, term, base, ratios.pop())

    def mean(self, found: Sum, total: Term, base: Call, ratio: Fraction) -> Common:
        algebra = self.algebra
        (whole,) = base.args

        def taken() -> Sum:
            size = algebra.shapes.of(whole)[0]
            rest = tuple(each for each in total.scalars if each[0] is not base)
            matrix = {Term((), (unit(size),)): ratio, Term(rest, ones_chain((size, size))): found[total]}
            square = (size, size)
            return multiplied(algebra, algebra.single(matrix, square), square, {Term((), (whole,)): ONE}, (size, 1))

        return Common((total, *algebra.sums[whole]), taken)


def unit(size: Size) -> Formula:
    """Return the identity matrix of a size; of a product of sizes it is a Kronecker product."""
    return product([call("eye", each) for each in size_factors(size)], "kron")


def size_factors(size: Size) -> list[Formula]:
    """Return the factors of a size that is a product."""
    formula = size_formula(size)
    found: list[Formula] = []
    while is_call(formula, "mul"):
        found.insert(0, formula.args[1])
        formula = formula.args[0]
    return [formula, *found]
