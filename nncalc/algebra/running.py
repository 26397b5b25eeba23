"""Long products of numbers, in the normal form: multiplied from left to right, but put in order once, at the end."""

from __future__ import annotations

from fractions import Fraction
from typing import TypeGuard

from nncalc.algebra.chains import multiplied
from nncalc.algebra.core import Algebra
from nncalc.algebra.powers import of_powers
from nncalc.algebra.terms import ONE, Powers, Sum, Term
from nncalc.graph.sizes import SCALAR
from nncalc.language.formula import Call, Formula, is_call

#: Operations of bases that may do something to each other in a product; a sum does where it stands below the line.
MEETING = ({"step", "relu"}, {"sign", "abs"}, {"exp", "add"})


def numbers_multiplied(algebra: Algebra, part: Call) -> Sum:
    """Return the product of two numbers, the first of which may be a product again, and so on."""
    products: list[Call] = []
    first: Formula = part
    while is_product(first, algebra) and first not in algebra.done:
        products.append(first)
        first = first.args[0]
    running = Product(algebra, algebra.normal(first))
    for each in reversed(products):
        running.times(algebra.normal(each.args[1]))
        if running.whole is not None:
            algebra.done[each] = running.whole
    return running.found()


def is_product(formula: Formula, algebra: Algebra) -> TypeGuard[Call]:
    """Return whether a formula is a product of two numbers."""
    return is_call(formula, "mul") and all(algebra.shapes.of(arg) == SCALAR for arg in formula.args)


class Product:
    """A product that grows; a class because what was multiplied so far is kept as a table, not as a term.

    The table is as good as the term where no base does anything to another: then it has nothing but to add exponents.
    """

    def __init__(self, algebra: Algebra, first: Sum) -> None:
        self.algebra = algebra
        self.begin(first)

    def begin(self, found: Sum) -> None:
        """Go on from a sum, of which there is a table where it is one term, not a mere number."""
        self.whole: Sum | None = found
        self.table: Powers = {}
        self.value = ONE
        self.kinds: set[str] = set()
        if len(found) == 1:
            ((term, value),) = found.items()
            if self.fits(term):
                self.merge(term, value)
                self.whole = found

    def times(self, other: Sum) -> None:
        """Multiply by a number."""
        if self.table:
            other = other if self.algebra.expand else self.algebra.single(other, SCALAR)
            if len(other) == 1:
                ((term, value),) = other.items()
                if self.fits(term):
                    self.merge(term, value)
                    return
        self.begin(multiplied(self.algebra, self.found(), SCALAR, other, SCALAR))

    def fits(self, term: Term) -> bool:
        """Return whether the factors of a term do nothing to others of the product: see `powers.simplified`."""
        for base, power in term.scalars:
            if isinstance(base, Call) and (base.op != "add" or power < 0):
                self.kinds.add(base.op)
                if base.op == "step" and (power != 1 or base in self.table):
                    return False
        return not term.chain and not any(pair <= self.kinds for pair in MEETING)

    def merge(self, term: Term, value: Fraction) -> None:
        self.whole = None
        self.value *= value
        for base, power in term.scalars:
            known = self.table.get(base)
            total = power if known is None else known + power
            if total:
                self.table[base] = total
            else:
                del self.table[base]

    def found(self) -> Sum:
        """Return the product as a sum."""
        if self.whole is not None:
            return self.whole
        ((term, _),) = of_powers(self.algebra, self.table).items()
        return {term: self.value}
