"""The normal form of elements: by it a formula's general element and a collapsed one are seen to be equal.

An element is a sum of monomials, each a number times powers of entries, under sums over index variables. Everything
is written out and multiplied out, deltas are gone, factors and index variables have one order. Knows index
notation, rules and shapes, no values.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import count

from nncalc.algebra.normal import Algebra
from nncalc.algebra.terms import ONE, Facts, TooLong
from nncalc.deriving.indices import Indices
from nncalc.deriving.monomials import (
    NO_ATOMS,
    Atom,
    Element,
    Monomial,
    atom_key,
    collapsed,
    key,
    monomial_key,
    moved,
    moved_monomial,
    uses,
)
from nncalc.graph.rules import filled
from nncalc.graph.sizes import size_formula
from nncalc.graph.tidy import rational
from nncalc.language.formula import Call, Formula, Name, call, name
from nncalc.ops import OPS
from nncalc.problems import Problem

#: The most monomials of an element, and the largest power of a sum that is multiplied out.
MOST_MONOMIALS, MOST_EXPANDED = 400, 4


class Canonical:
    """Brings elements to normal form; a class because it numbers the variables of sums anew.

    What is symmetric by `facts` has entries whose indices may be exchanged.
    """

    def __init__(self, indices: Indices, facts: Facts) -> None:
        self.indices = indices
        self.facts = facts
        self.algebra = Algebra(indices.shapes, facts)
        self.numbers = count()

    def same(self, one: Formula, other: Formula) -> bool:
        """Return whether two elements have one normal form; raise TooLong where that has too many monomials."""
        found, wanted = (self.finished(self.of(each)) for each in (one, other))
        return key(found, {}) == key(wanted, {})

    def of(self, formula: Formula) -> Element:
        value = rational(formula)
        if value is not None:
            return ((NO_ATOMS, value),) if value else ()
        if isinstance(formula, Name):
            of = name(formula.base)
            return _single(Atom("", formula.base, tuple(map(str, formula.index)), swaps=of in self.facts.symmetric))
        assert isinstance(formula, Call)
        args = formula.args
        match formula.op:
            case "entry":
                return self.entry(formula)
            case "delta":
                return self.settled(
                    [(Monomial((), ((Atom("delta", at=tuple(map(str, args)), swaps=True), ONE),)), ONE)]
                )
            case "over_sum":
                return self.over(str(args[0]), self.of(args[1]))
            case "linear" | "xlogy" | "xdivy":
                return self.of(filled(OPS[formula.op].meaning, formula))
            case _:
                return self.combined(formula, args)

    def combined(self, formula: Call, args: tuple[Formula, ...]) -> Element:
        """Return the normal form of a call among numbers."""
        match formula.op:
            case "add":
                return self.settled(pair for arg in args for pair in self.of(arg))
            case "neg":
                return _negative(self.of(args[0]))
            case "mul" | "hadamard":
                return self.product(self.of(args[0]), self.of(args[1]))
            case "div" | "hdiv":
                return self.product(self.of(args[0]), self.inverse(args[1]))
            case "sqrt":
                return self.power(self.of(args[0]), ONE / 2)
            case "pow" | "hpow" if rational(args[1]) is not None:
                return self.power(self.of(args[0]), rational(args[1]) or Fraction(0))
            case _:
                return self.called(formula.op, [self.finished(self.of(arg)) for arg in args])

    def entry(self, formula: Call) -> Element:
        """Return an entry of a formula, written out where there is a rule for it."""
        part = formula.args[0]
        assert isinstance(part, Call)
        try:
            return self.of(self.indices.element(part, *self.indices.where(formula)))
        except Problem:
            index = tuple(map(str, formula.args[1:]))
            one, other = (self.algebra.key(self.algebra.canonical(each)) for each in (part, call("transpose", part)))
            if other < one:
                index = index[::-1]
            return _single(Atom("", min(one, other), index, swaps=one == other))

    def over(self, index: str, element: Element) -> Element:
        own = self.fresh(index)
        apart = moved(element, {index: own})
        return self.settled([(monomial._replace(bound=(*monomial.bound, own)), value) for monomial, value in apart])

    def fresh(self, index: str) -> str:
        """Return a new variable that runs as far as `index`."""
        return f"{index.partition('~')[0]}~{next(self.numbers)}"

    def called(self, op: str, args: list[Element]) -> Element:
        """Return a function of elements; one that has a parity always of the sign that is kept."""
        parity = OPS[op].parity
        if not parity or not _is_negative(args[0]):
            return _single(Atom(op, args=tuple(args)))
        flipped = _single(Atom(op, args=(_negative(args[0]),)))
        if parity == "even":
            return flipped
        return self.settled([*([(NO_ATOMS, ONE)] if parity == "complement" else []), *_negative(flipped)])

    def inverse(self, formula: Formula) -> Element:
        """Return one over an element, of a product factor by factor, so that what was a power can cancel."""
        if isinstance(formula, Call) and formula.op in ("mul", "hadamard"):
            return self.product(*map(self.inverse, formula.args))
        if isinstance(formula, Call) and formula.op in ("pow", "hpow"):
            to = rational(formula.args[1])
            if to is not None:
                return self.power(self.of(formula.args[0]), -to)
        return self.power(self.of(formula), -ONE)

    # -- products and powers ----------------------------------------------------------------------------------

    def product(self, one: Element, other: Element) -> Element:
        if len(one) * len(other) > MOST_MONOMIALS:
            raise TooLong
        return self.settled(
            (Monomial(a.bound + b.bound, a.powers + b.powers), x * y) for a, x in one for b, y in self.renamed(other)
        )

    def renamed(self, element: Element) -> Element:
        """Return an element with new variables in its sums, which a second copy of it needs."""
        found = []
        for monomial, value in element:
            found.append((moved_monomial(monomial, {each: self.fresh(each) for each in monomial.bound}), value))
        return tuple(found)

    def power(self, element: Element, to: Fraction) -> Element:
        """Return a power of an element; a sum is kept as one factor, as its powers may yet cancel."""
        if not to:
            return ((NO_ATOMS, ONE),)
        if not element:
            return ()
        whole = to.denominator == 1
        if len(element) == 1 and not element[0][0].bound:
            monomial, value = element[0]
            if whole or (value == 1 and len(monomial.powers) == 1 and monomial.powers[0][1] == 1):
                factor = value ** int(to) if whole else ONE
                return ((Monomial((), tuple((atom, power * to) for atom, power in monomial.powers)), factor),)
        scale = max(abs(value) for _, value in element)
        if whole and _is_negative(element):
            scale = -scale
        if not whole:
            scale = ONE
        body = tuple((monomial, value / scale) for monomial, value in element)
        return ((Monomial((), ((Atom("sum", args=(body,)), to),)), scale ** int(to) if whole else ONE),)

    def finished(self, element: Element) -> Element:
        """Return an element in which whole powers of sums are multiplied out."""
        found: list[tuple[Monomial, Fraction]] = []
        for monomial, value in element:
            grown: Element = (
                (Monomial(monomial.bound, tuple(pair for pair in monomial.powers if not _expands(*pair))), value),
            )
            for atom, power in monomial.powers:
                for _ in range(int(power) if _expands(atom, power) else 0):
                    grown = self.product(grown, self.finished(self.renamed(atom.args[0])))
            found += grown
        return self.settled(found)

    # -- monomials ------------------------------------------------------------------------------------------------

    def settled(self, monomials: Iterable[tuple[Monomial, Fraction]]) -> Element:
        """Return the sum of monomials without deltas that a sum meets and without idle sums, equal ones together."""
        found: dict[str, tuple[Monomial, Fraction]] = {}
        for each, value in monomials:
            for monomial, factor in self.plain(each):
                text = monomial_key(monomial, {})
                total = found[text][1] + value * factor if text in found else value * factor
                found[text] = (monomial, total)
        if len(found) > MOST_MONOMIALS:
            raise TooLong
        return tuple((monomial, value) for monomial, value in found.values() if value)

    def plain(self, monomial: Monomial) -> Element:
        """Return a monomial without deltas that a sum meets, equal factors together, and no sum over nothing."""
        monomial = collapsed(monomial)
        powers: dict[str, tuple[Atom, Fraction]] = {}
        for atom, power in monomial.powers:
            text = atom_key(atom, {})
            before = powers[text][1] if text in powers else Fraction(0)
            powers[text] = (atom, ONE if atom.op == "delta" else before + power)
        kept = tuple(pair for pair in powers.values() if pair[1])
        bound = []
        sizes: Element = ((NO_ATOMS, ONE),)
        for index in monomial.bound:
            used = [(atom, power) for atom, power in kept if uses(atom, index)]
            if len(used) == 1 and self.sums_to_one(*used[0]):
                kept = tuple(pair for pair in kept if pair is not used[0])
            elif used:
                bound.append(index)
            else:
                sizes = self.product(sizes, self.of(size_formula(self.indices.ranges[index.partition("~")[0]])))
        settled = Monomial(tuple(bound), kept)
        if sizes == ((NO_ATOMS, ONE),):
            return ((settled, ONE),)
        return self.product(((settled, ONE),), sizes)

    def sums_to_one(self, atom: Atom, power: Fraction) -> bool:
        return power == 1 and not atom.op and len(atom.at) == 1 and name(atom.head) in self.facts.sums_to_one


def _single(atom: Atom) -> Element:
    return ((Monomial((), ((atom, ONE),)), ONE),)


def _negative(element: Element) -> Element:
    return tuple((monomial, -value) for monomial, value in element)


def _is_negative(element: Element) -> bool:
    """Return whether an element is the one of two with opposite signs that is not kept."""
    return sum(value for _, value in element) < 0


def _expands(atom: Atom, power: Fraction) -> bool:
    return atom.op == "sum" and power.denominator == 1 and 0 < power <= MOST_EXPANDED
