"""What every attempt to solve stands on: one equation, its unknown, the algebra; and what an attempt hands back.

Knows formulas and shapes, no values.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import NamedTuple

from nncalc.algebra.cost import cost
from nncalc.algebra.normal import Algebra
from nncalc.algebra.simplest import Simplifier
from nncalc.algebra.terms import Sum, Term
from nncalc.deriving.definite import Signs
from nncalc.deriving.derivation import Setting, Step
from nncalc.deriving.naming import unused
from nncalc.deriving.operator import matrix_before
from nncalc.deriving.reverse import gradient_of
from nncalc.graph.sizes import SCALAR, Shape
from nncalc.language.formula import (
    Call,
    Formula,
    Name,
    Num,
    call,
    is_call,
    names_in,
    num,
    number_of,
    parts,
    product,
    replace,
)
from nncalc.ops import OPS

#: What is said, with formulas in it.
Words = tuple[str | Formula, ...]
#: A formula and what it must be, such as `not 0` or `positive`.
Need = tuple[Formula, str]


#: How often what 0 and 1 come to is put in: an exponent that became 0 makes an exponential 1.
MOST_FOLDED = 3
#: Up to which exponent a power of a sum is multiplied out.
MOST_RAISED = 6


class Condition(NamedTuple):
    """An equation that says all there is of the stationary points: `left = right`, and what that means in words.

    `witness` is what `left - right` comes to by the derivative itself, at any numbers; the words are a note of a page.
    """

    left: Formula
    right: Formula
    witness: Formula
    means: Words


class Solution(NamedTuple):
    """Where an equation holds: points, or a condition; the lines that lead there, what was inverted, what must hold.

    `unknown` is what the points are values of: the unknown, or a matrix stacked into a column. `called` is what the
    field calls the equation, `unsure` says that squaring may have brought in points that are none,
    `own` is what must hold of one point, `needs` what must hold of all.
    """

    points: tuple[Formula, ...]
    steps: tuple[Step, ...] = ()
    inverted: tuple[Formula, ...] = ()
    needs: tuple[Need, ...] = ()
    unknown: Formula | None = None
    called: Words = ()
    condition: Condition | None = None
    unsure: bool = False
    own: tuple[tuple[Formula, Need], ...] = ()


class Parted(NamedTuple):
    """An equation with what has the unknown on one side: moving = still, both divided by a number."""

    moving: Sum
    still: Sum
    scale: Formula


class Ground:
    """One equation, gradient = 0, for one unknown; a class because its algebra goes through every attempt.

    A sum in which the unknown does not occur, such as the deviations X - ones(n)*mu' or what is squared in
    (x - mu)^2, has a name of its own while the equation is solved, so that it is not multiplied out; `back` writes it
    out again.
    """

    def __init__(self, gradient: Formula, simplifier: Simplifier, setting: Setting, signs: Signs) -> None:
        self.wrt = setting.wrt
        self.signs = signs
        self.simplifier = simplifier
        self.shapes = simplifier.shapes
        self.shape = self.shapes.of(self.wrt)
        self.like = like = setting.formula
        self.algebra = Algebra(self.shapes, setting.facts, expand=True)
        self.within = self.algebra.within
        self.within.normal(like)
        self.used: list[Formula] = [gradient, like, setting.wrt, setting.of]
        self.made: list[Name] = []
        self.hidden: dict[Formula, Formula] = {}
        self.written = gradient
        self.gradient = self.abbreviated(gradient)
        self.other = self.fresh("Z")
        self.arriving = self.fresh("g")

    def fresh(self, wish: str) -> Name:
        """Return a name that nothing has."""
        found = unused(wish, self.used, self.shapes.letters)
        self.used.append(found)
        self.made.append(found)
        return found

    def forget(self) -> None:
        """Let go of the shapes of names that were made on the way, so that others may use them."""
        made = set(self.made)
        for formula in [each for each in self.shapes.known if made & {*names_in(each)}]:
            del self.shapes.known[formula]

    def abbreviated(self, formula: Formula) -> Formula:
        """Return a formula with names for its sums of matrices, not square, in which the unknown does not occur."""
        new: dict[Formula, Formula] = {}
        raised = {part.args[0] for part in parts(self.like) if is_call(part, "pow")}
        for part in reversed(parts(formula)):
            if not is_call(part, "add") or self.wrt in names_in(part) or part in new:
                continue
            shape = self.shapes.of(part)
            if shape[0] == shape[1] and not (shape == SCALAR and part in raised):
                continue
            each = self.fresh("Z")
            self.shapes.name(each, shape)
            new[part] = each
            self.hidden[each] = part
            opposite = self.simplifier.simplest(call("neg", part))
            new.setdefault(opposite, call("neg", each))
        return replace(formula, new) if new else formula

    def back(self, formula: Formula) -> Formula:
        """Return a formula with all that had a name for a while written out."""
        return replace(formula, self.hidden) if self.hidden else formula

    def hide(self, formula: Formula) -> Formula:
        """Return a formula with the names that stand for sums while the equation is solved."""
        return replace(formula, {whole: each for each, whole in self.hidden.items()}) if self.hidden else formula

    # -- formulas ------------------------------------------------------------------------------

    def pretty(self, found: Sum, shape: Shape | None = None) -> Formula:
        return self.simplifier.simplest(self.algebra.formula(found, shape or self.shape))

    def has(self, term: Term, unknown: Name) -> bool:
        return any(unknown in names_in(each) for each in (*term.chain, *[base for base, _ in term.scalars]))

    def is_count(self, formula: Formula) -> bool:
        """Return whether a formula is made of numbers and sizes alone."""
        return all(each.base in self.shapes.letters for each in names_in(formula))

    def bare(self, formula: Formula) -> Formula:
        """Return a formula without the number, or the sizes, that it is a multiple of, and without its exponent."""
        body = self.within.content(self.within.normal(formula))[1]
        if len(body) == 1:
            ((term, value),) = body.items()
            scalars = tuple((base, Fraction(1)) for base, _ in term.scalars if not self.is_count(base))
            body = {Term(() if term.chain else scalars, term.chain): abs(value)}
        found = self.simplifier.simplest(self.within.formula(body, self.shapes.of(formula)))
        while isinstance(found, Call) and (self.shapes.of(found) == SCALAR and self.signs.gram(found)):
            found = found.args[1] if self.shapes.of(found.args[0])[0] == 1 else found.args[0]
        while isinstance(found, Call) and found.op in ("hpow", "inv", "norm2", "abs", "transpose"):
            found = found.args[0]
        return found

    def together(self, formula: Formula) -> Formula:
        """Return a number as one quotient, where that is not longer, with what is known of 0 and 1 put in."""
        for _ in range(MOST_FOLDED):
            formula = self.simplifier.simplest(folded(self.simplifier.simplest(formula)))
        new: dict[Formula, Formula] = {}
        for part in parts(formula):
            if not isinstance(part, Call):
                continue
            made = call(part.op, *[new.get(arg, arg) for arg in part.args])
            new[part] = self.quotient(made) if part.op == "add" and self.shapes.of(part) == SCALAR else made
        found = new.get(formula, formula)
        return found if cost(found)[0] <= cost(formula)[0] else formula

    def quotient(self, formula: Formula) -> Formula:
        """Return a sum of quotients as one."""
        found = self.within.normal(formula)
        if self.shapes.of(formula) != SCALAR:
            return formula
        below: dict[Formula, Fraction] = {}
        for term in found:
            for base, power in term.scalars:
                below[base] = max(below.get(base, Fraction(0)), -power)
        below = {base: power for base, power in below.items() if power > 0}
        if not below or not found:
            return formula
        over: Sum = {}
        for term, value in found.items():
            powers = dict(term.scalars)
            scalars = {
                base: powers.get(base, Fraction(0)) + below.get(base, Fraction(0)) for base in {**powers, **below}
            }
            over[Term(tuple((base, power) for base, power in scalars.items() if power), ())] = value
        scale = lcm(*[value.denominator for value in over.values()])
        above = self.simplifier.simplest(self.algebra.formula({t: v * scale for t, v in over.items()}, SCALAR))
        under = self.algebra.formula({Term(tuple(below.items()), ()): Fraction(scale)}, SCALAR)
        return call("div", above, self.simplifier.simplest(under))

    def multiplied_out(self, formula: Formula) -> Sum:
        """Return a formula with products multiplied out, and whole powers of sums too."""
        new: dict[Formula, Formula] = {}
        for part in parts(formula):
            if not isinstance(part, Call):
                continue
            args = [new.get(arg, arg) for arg in part.args]
            count = number_of(part.args[1]) if part.op == "pow" else None
            raised = isinstance(count, int) and 2 <= count <= MOST_RAISED and is_call(args[0], "add")
            new[part] = product([args[0]] * int(count or 0)) if raised else call(part.op, *args)
        return self.algebra.normal(new.get(formula, formula))

    def derivative(self, formula: Formula, unknown: Name) -> Formula:
        """Return the derivative by `unknown`, of matrices that of vec(formula) by vec(unknown); raise Problem."""
        if self.shapes.of(unknown) == SCALAR:
            return gradient_of(formula, unknown, num(1), self.shapes, self.simplifier)
        self.shapes.name(self.arriving, self.shapes.of(formula))
        share = gradient_of(formula, unknown, self.arriving, self.shapes, self.simplifier)
        return self.simplifier.simplest(matrix_before(share, self.arriving, self.shapes))


def is_linear(formula: Formula, unknown: Name) -> bool:
    """Return whether only linear operations act on `unknown`: no step, sign or other function of it.

    A product of two of them passes; its derivative tells.
    """
    for part in parts(formula):
        if isinstance(part, Call) and unknown in names_in(part):
            below = part.op in ("div", "hdiv") and unknown in names_in(part.args[1])
            if below or not OPS[part.op].linear:
                return False
    return True


def is_unit(matrix: Formula) -> bool:
    return matrix is num(1) or is_call(matrix, "eye")


def multiple(ground: Ground, matrix: Formula) -> Formula:
    """Return a multiple of the identity as the number it multiplies by."""
    found = ground.algebra.normal(matrix)
    if not found or any(len(term.chain) != 1 or not is_call(term.chain[0], "eye") for term in found):
        return matrix
    return ground.pretty({Term(term.scalars, ()): value for term, value in found.items()}, SCALAR)


def beside(term: Term, unknown: Name) -> tuple[tuple[Formula, ...], tuple[Formula, ...]] | None:
    """Return what stands before and after the unknown, None where it is not there once as itself."""
    if term.chain.count(unknown) != 1 or any(unknown in names_in(base) for base, _ in term.scalars):
        return None
    place = term.chain.index(unknown)
    before, after = term.chain[:place], term.chain[place + 1 :]
    return None if any(unknown in names_in(each) for each in (*before, *after)) else (before, after)


def folded(formula: Formula) -> Formula:
    """Return a formula with what 0 and 1 come to in powers, exponentials and logarithms."""
    new: dict[Formula, Formula] = {}
    for part in parts(formula):
        if not isinstance(part, Call):
            continue
        made = call(part.op, *[new.get(arg, arg) for arg in part.args])
        known = _KNOWN.get((made.op, made.args[0]))
        if made.op == "pow" and made.args[0] is num(0) and isinstance(made.args[1], Num):
            known = num(0)
        if made.op == "pow" and is_call(made.args[0], "abs") and made.args[1] in (num(2), num(4)):
            known = call("pow", made.args[0].args[0], made.args[1])
        if made.op == "pow" and made.args[0] is num(1):
            known = num(1)
        if made.args == (num(0),) and OPS[made.op].parity == "odd":
            known = num(0)
        if made.op == "exp":
            known = _exponential(made.args[0]) or known
        if made.op == "neg" and is_call(made.args[0], "log"):
            inside = made.args[0].args[0]
            known = call("log", inside.args[1]) if is_call(inside, "div") and inside.args[0] is num(1) else None
        new[part] = made if known is None else known
    return new.get(formula, formula)


def _exponential(exponent: Formula) -> Formula | None:
    """Return exp(log(u)) as u, and of a multiple of log(u) the power of u; None where it is neither."""
    minus = is_call(exponent, "neg")
    body = exponent.args[0] if is_call(exponent, "neg") else exponent
    count: Formula = num(1)
    if is_call(body, "mul") and isinstance(body.args[0], Num):
        count, body = body.args
    if not is_call(body, "log"):
        return None
    power = call("pow", body.args[0], count)
    return call("div", num(1), power) if minus else power


_KNOWN: dict[tuple[str, Formula], Formula] = {
    ("exp", num(0)): num(1), ("log", num(1)): num(0), ("sqrt", num(0)): num(0), ("sqrt", num(1)): num(1),
}  # fmt: skip
