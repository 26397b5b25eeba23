"""Where a derivative is zero, in closed form: an equation that is linear in the unknown, or becomes so.

What is tried, in order: the equation as it stands; with a factor taken off that is never zero; with an
inverse as the unknown; multiplied by the unknown on one or both sides; a function undone entry by entry.
Where none of these is linear there is no closed form here, and the reason says so. Knows formulas
and shapes, no values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from nncalc.algebra.normal import Algebra
from nncalc.algebra.simplest import Simplifier
from nncalc.algebra.terms import Facts, Sum, Term, TooLong
from nncalc.derive.derivation import Step
from nncalc.derive.naming import unused
from nncalc.derive.operator import matrix_before
from nncalc.derive.reverse import gradient_of
from nncalc.graph.rules import rule
from nncalc.graph.sizes import SCALAR, Shape, size_formula
from nncalc.language.formula import Call, Formula, Name, call, name, names_in, num, parts, product, replace
from nncalc.ops import OPS
from nncalc.problems import Problem

MOST_POWERS = 4


class Stationary(NamedTuple):
    """Where the derivative is zero, or why that is not known.

    `invertible` are the matrices that must have an inverse, `definite` those that have one by their form, `needs` what
    else must hold: a formula and a word, such as `not 0` or `positive`. `curvature` is the Hessian by a vector, None
    where it was not found.
    """

    point: Formula | None
    reason: str = ""
    steps: tuple[Step, ...] = ()
    invertible: tuple[Formula, ...] = ()
    definite: tuple[Formula, ...] = ()
    needs: tuple[tuple[Formula, str], ...] = ()
    curvature: Formula | None = None


class _Solution(NamedTuple):
    """The unknown, the lines that lead to it, the matrices that were inverted, and what else must hold."""

    point: Formula
    steps: tuple[Step, ...] = ()
    inverted: tuple[Formula, ...] = ()
    needs: tuple[tuple[Formula, str], ...] = ()


class _Linear(NamedTuple):
    """left * x * right = constant; an empty side is the identity."""

    left: Formula | None
    right: Formula | None
    constant: Formula


class Solver:
    """Solves one equation, gradient = 0, for one unknown; a class because its algebra goes through every attempt."""

    def __init__(self, gradient: Formula, wrt: Name, simplifier: Simplifier, like: Formula, facts: Facts) -> None:
        self.gradient = gradient
        self.wrt = wrt
        self.simplifier = simplifier
        self.shapes = simplifier.shapes
        self.shape = self.shapes.of(wrt)
        self.algebra = Algebra(self.shapes, facts, expand=True)
        self.within = self.algebra.within
        self.within.normal(like)
        used = [gradient, like, wrt]
        self.other = unused("Z", used, self.shapes.letters)
        self.arriving = unused("g", [*used, self.other], self.shapes.letters)

    def solve(self) -> Stationary:
        """Return the stationary point and the lines that lead to it."""
        if self.wrt not in names_in(self.gradient):
            same = not self.algebra.normal(self.gradient)
            why = "the derivative is zero everywhere" if same else f"the derivative does not depend on `{self.wrt}`"
            return Stationary(None, f"{why}, so no point is singled out")
        for attempt in (self.plain, self.freed, self.inverse, self.multiplied, self.undone):
            try:
                for found in attempt():
                    if self.wrt not in names_in(found.point):
                        return self.finished(found)
            except (TooLong, Problem):
                continue
        return Stationary(None, self.reason())

    def finished(self, found: _Solution) -> Stationary:
        """Return a solution as a stationary point, with what it needs."""
        first = Step(num(0), self.gradient, self.shape, "the derivative is zero")
        last = Step(self.wrt, found.point, self.shape, "solved")
        inverted: dict[Formula, None] = {}
        needs: dict[tuple[Formula, str], None] = dict.fromkeys(found.needs)
        inside = [found.point] if call("inv", self.wrt) in set(parts(self.gradient)) else []
        inverted.update(dict.fromkeys(map(self.bare, inside)))
        for formula in (found.point, *found.inverted):
            for part in parts(formula):
                if isinstance(part, Call) and part.op == "inv":
                    inverted[self.bare(part.args[0])] = None
                elif isinstance(part, Call) and part.op in ("div", "hdiv") and not self.is_count(part.args[1]):
                    needs[self.bare(part.args[1]), "not 0"] = None
        return Stationary(
            found.point, "", (first, *found.steps, last), tuple(inverted), (), tuple(needs), self.curvature()
        )

    def bare(self, formula: Formula) -> Formula:
        """Return a formula without the number, or the sizes, that it is a multiple of."""
        body = self.within.content(self.within.normal(formula))[1]
        if len(body) == 1 and self.shapes.of(formula) != SCALAR:
            ((term, value),) = body.items()
            body = {Term(tuple(s for s in term.scalars if not self.is_count(s[0])), term.chain): value}
        return self.simplifier.simplest(self.within.formula(body, self.shapes.of(formula)))

    def is_count(self, formula: Formula) -> bool:
        """Return whether a formula is made of numbers and sizes alone."""
        return all(each.base in self.shapes.letters for each in names_in(formula))

    def reason(self) -> str:
        functions = sorted(
            {
                p.op
                for p in parts(self.gradient)
                if isinstance(p, Call) and self.wrt in names_in(p) and not OPS[p.op].linear
            }
        )
        what = f", as `{self.wrt}` stands inside {', '.join(f'`{each}`' for each in functions)}" if functions else ""
        return f"the equation is not linear in `{self.wrt}`, nor made so by any step known here{what}"

    # -- attempts ----------------------------------------------------------------------------

    def plain(self) -> Iterator[_Solution]:
        yield from self.linear(self.algebra.normal(self.gradient), self.wrt)

    def freed(self) -> Iterator[_Solution]:
        """Take off numbers that every term has and that are never zero: exp(...), or what is divided by."""
        found = self.algebra.normal(self.gradient)
        common = set.intersection(*[set(term.scalars) for term in found]) if found else set()
        gone = {
            (base, power)
            for base, power in common
            if self.wrt in names_in(base) and (power < 0 or (isinstance(base, Call) and base.op == "exp"))
        }
        if not gone:
            return
        rest = {Term(tuple(s for s in term.scalars if s not in gone), term.chain): v for term, v in found.items()}
        step = Step(num(0), self.pretty(rest), self.shape, "a factor that is never zero is taken off")
        for each in self.linear(rest, self.wrt):
            divided = [replace(base, {self.wrt: each.point}) for base, power in gone if power < 0]
            if all(self.algebra.normal(base) for base in divided):  # else the derivative has no value there
                yield each._replace(steps=(step, *each.steps))

    def inverse(self) -> Iterator[_Solution]:
        """Solve for the inverse of a matrix, where that alone occurs."""
        if self.shape == SCALAR:
            return
        for each in self.in_terms_of(call("inv", self.wrt)):
            inverse = self.simplifier.simplest(call("inv", each.point))
            yield each._replace(point=inverse, inverted=(*each.inverted, inverse))

    def multiplied(self) -> Iterator[_Solution]:
        """Multiply by the unknown, on both sides of a matrix, entry by entry of a vector, a power of a number."""
        x = self.wrt
        turned = call("transpose", x)
        if self.shape == SCALAR:
            ways = [call("mul", call("pow", x, num(k)), self.gradient) for k in range(1, MOST_POWERS + 1)]
        elif self.shape[0] == self.shape[1]:
            ways = [call("mul", call("mul", each, self.gradient), each) for each in (turned, x)]
            ways += [call("mul", each, self.gradient) for each in (turned, x)]
        else:
            ways = [call("hadamard", call("hpow", x, num(k)), self.gradient) for k in range(1, MOST_POWERS + 1)]
        for way in ways:
            found = self.algebra.normal(way)
            step = Step(num(0), self.pretty(found), self.shape, "multiplied by the unknown")
            for each in self.linear(found, x):
                if self.algebra.normal(each.point):  # 0 came in with the multiplication
                    yield each._replace(steps=(step, *each.steps))

    def undone(self) -> Iterator[_Solution]:
        """Undo a function that is applied to the unknown entry by entry and stands nowhere else."""
        for op in OPS.values():
            if op.undone is None:
                continue
            for each in self.in_terms_of(call(op.name, self.wrt)):
                point = self.simplifier.simplest(replace(rule(op.undone.argument), {name("c"): each.point}))
                needs = ((each.point, op.undone.needs),) if op.undone.needs and names_in(each.point) else ()
                yield each._replace(point=point, needs=(*each.needs, *needs))

    def in_terms_of(self, unknown: Formula) -> Iterator[_Solution]:
        """Solve for a function of the unknown, where the unknown stands nowhere else; the last line says what it is."""
        formula = self.pretty(self.algebra.normal(self.gradient))
        if unknown not in set(parts(formula)):
            return
        self.shapes.name(self.other, self.shape)
        replaced = replace(formula, {unknown: self.other})
        if self.wrt in names_in(replaced):
            return
        for each in self.linear(self.algebra.normal(replaced), self.other):
            shown = [s._replace(left=replace(s.left, {self.other: unknown}) if s.left else None) for s in each.steps]
            yield each._replace(steps=(*shown, Step(unknown, each.point, self.shape)))

    # -- linear equations ----------------------------------------------------------------------

    def linear(self, found: Sum, unknown: Name) -> Iterator[_Solution]:
        """Yield the solution of `found` = 0 where it is linear in `unknown`, with the line before it."""
        sides = self.sides(found, unknown)
        if sides is None:
            return
        left, right, constant = sides
        shape = self.shapes.of(unknown)
        if left is not None and shape != SCALAR:
            left = self.multiple(left)
        whole: Formula = unknown
        point = constant
        inverted: list[Formula] = []
        if left is not None:
            whole = call("mul", left, whole)
            number = self.shapes.of(left) == SCALAR
            inverse = call("div", num(1), left) if number else call("inv", left)
            point = call("mul", inverse, point)
            inverted.append(self.simplifier.simplest(inverse))
        if right is not None:
            whole = call("mul", whole, right)
            point = call("mul", point, call("inv", right))
            inverted.append(self.simplifier.simplest(call("inv", right)))
        step = () if left is None and right is None else (Step(whole, constant, shape, "ordered by the unknown"),)
        yield _Solution(self.simplifier.simplest(point), step, tuple(inverted))

    def multiple(self, matrix: Formula) -> Formula:
        """Return a multiple of the identity as the number it multiplies by."""
        found = self.within.normal(matrix)
        (term, *more) = found
        if more or len(term.chain) != 1 or not (isinstance(term.chain[0], Call) and term.chain[0].op == "eye"):
            return matrix
        return self.pretty({Term(term.scalars, ()): found[term]}, SCALAR)

    def sides(self, found: Sum, unknown: Name) -> _Linear | None:
        """Return the equation as left * x * right = constant, or None where it is not that."""
        shape = self.shapes.of(unknown)
        moving = {term: value for term, value in found.items() if self.has(term, unknown)}
        still = {term: -value for term, value in found.items() if term not in moving}
        if not moving:
            return None
        scale = abs(self.algebra.content(moving)[0])
        scale = -scale if next(iter(moving.values())) < 0 and all(v < 0 for v in moving.values()) else scale
        moving = {term: value / scale for term, value in moving.items()}
        constant = self.pretty({term: value / scale for term, value in still.items()}, shape)
        if 1 in shape:
            matrix = self.matrix(moving, unknown, shape)
            if matrix is None:
                return None
            unit = matrix is num(1) or (isinstance(matrix, Call) and matrix.op == "eye")
            if shape[0] == 1 != shape[1]:
                return _Linear(None, None if unit else call("transpose", matrix), constant)
            return _Linear(None if unit else matrix, None, constant)
        return self.around(moving, unknown, shape, constant)

    def matrix(self, moving: Sum, unknown: Name, shape: Shape) -> Formula | None:
        """Return the matrix before a vector in terms that are linear in it, or None where they are not."""
        formula = self.pretty(moving, shape)
        if not is_linear(formula, unknown):
            return None
        found = self.derivative(formula, unknown)
        if found is None or unknown in names_in(found):
            return None
        return found if shape == SCALAR else self.simplifier.simplest(call("transpose", found))

    def derivative(self, formula: Formula, unknown: Name) -> Formula | None:
        """Return the derivative of a number or a vector by a number or a vector, None where there is none."""
        if self.shapes.of(unknown) == SCALAR:
            return gradient_of(formula, unknown, num(1), self.shapes, self.simplifier)
        self.shapes.name(self.arriving, self.shapes.of(formula))
        share = gradient_of(formula, unknown, self.arriving, self.shapes, self.simplifier)
        if self.arriving not in names_in(share):
            return None
        return self.simplifier.simplest(matrix_before(share, self.arriving, self.shapes))

    def around(self, moving: Sum, unknown: Name, shape: Shape, constant: Formula) -> _Linear | None:
        """Return left * x * right for a matrix x, where every term has one side in common with the others."""
        if all(call("transpose", unknown) in term.chain for term in moving):
            back = self.algebra.transposed(moving)
            turned = self.simplifier.simplest(call("transpose", constant))
            return self.around(back, unknown, shape, turned) if shape[0] == shape[1] else None
        lefts: dict[tuple[Formula, ...], Sum] = {}
        rights: dict[tuple[Formula, ...], Sum] = {}
        for term, value in moving.items():
            chain = term.chain
            if chain.count(unknown) != 1 or any(unknown in names_in(b) for b, _ in term.scalars):
                return None
            place = chain.index(unknown)
            before, after = chain[:place], chain[place + 1 :]
            if any(unknown in names_in(each) for each in (*before, *after)):
                return None
            rows, columns = shape
            one = Term(term.scalars, before or (call("eye", size_formula(rows)),))
            other = Term(term.scalars, after or (call("eye", size_formula(columns)),))
            lefts.setdefault(after, {})[one] = value
            rights.setdefault(before, {})[other] = value
        if len(lefts) == 1:
            ((after, left),) = lefts.items()
            square = (shape[0], shape[0])
            return self.both(self.pretty(left, square), product(after) if after else None, constant)
        if len(rights) == 1:
            ((before, right),) = rights.items()
            square = (shape[1], shape[1])
            return self.both(product(before) if before else None, self.pretty(right, square), constant)
        return None

    def both(self, left: Formula | None, right: Formula | None, constant: Formula) -> _Linear | None:
        """Return an equation whose sides are square; the identity is left out."""
        sides = []
        for side in (left, right):
            if side is not None:
                rows, columns = self.shapes.of(side)
                if rows != columns:
                    return None
            sides.append(None if isinstance(side, Call) and side.op == "eye" else side)
        return _Linear(sides[0], sides[1], constant)

    def has(self, term: Term, unknown: Name) -> bool:
        return any(unknown in names_in(each) for each in (*term.chain, *[base for base, _ in term.scalars]))

    def pretty(self, found: Sum, shape: Shape | None = None) -> Formula:
        return self.simplifier.simplest(self.algebra.formula(found, shape or self.shape))

    def curvature(self) -> Formula | None:
        """Return the derivative of the gradient by a number or a vector, None by a matrix or where there is none."""
        if 1 not in self.shape:
            return None
        try:
            return self.derivative(self.gradient, self.wrt)
        except (Problem, TooLong):
            return None


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
