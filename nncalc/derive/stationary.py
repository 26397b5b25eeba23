"""Where a derivative is zero, in closed form: an equation that is linear in the unknown, or becomes so.

What is tried, in order: the equation as it stands; with a factor taken off that is never zero; with an
inverse as the unknown; multiplied by the unknown on one or both sides; a function undone entry by entry.
Where none of these is linear there is no closed form here, and the reason says so. Knows formulas
and shapes, no values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from nncalc.algebra.normal import Algebra, Facts, Sum, Term, TooLong, chained
from nncalc.algebra.simplest import Simplifier
from nncalc.derive.derivation import Step, gradient_of
from nncalc.derive.operator import matrix_before
from nncalc.formula import Call, Formula, Name, call, name, names_in, num, parts, replace
from nncalc.problems import Problem
from nncalc.sizes import SCALAR, Shape, size_formula

#: Functions that are undone entry by entry: from f(x) = c to x.
UNDONE = {"exp": "log(c)", "log": "exp(c)", "sigmoid": "log(c ./ (1 - c))", "tanh": "log((1 + c) ./ (1 - c)) / 2"}
MOST_POWERS = 4


class Stationary(NamedTuple):
    """Where the derivative is zero, or why that is not known.

    `invertible` are the matrices that must have an inverse, `definite` those that have one by their form,
    `nonzero` the numbers that must not be 0;
    `curvature` is the Hessian by a vector, None where it was not found.
    """

    point: Formula | None
    reason: str = ""
    steps: tuple[Step, ...] = ()
    invertible: tuple[Formula, ...] = ()
    definite: tuple[Formula, ...] = ()
    nonzero: tuple[Formula, ...] = ()
    curvature: Formula | None = None


class _Linear(NamedTuple):
    """left * x * right = constant; an empty side is the identity."""

    left: Formula | None
    right: Formula | None
    constant: Formula


class Solver:
    """Solves one equation, gradient = 0, for one unknown; a class because its algebra goes through every attempt."""

    def __init__(self, gradient: Formula, wrt: Name, shapes: Simplifier, like: Formula, facts: Facts) -> None:
        self.gradient = gradient
        self.wrt = wrt
        self.simplifier = shapes
        self.shapes = shapes.shapes
        self.shape = self.shapes.of(wrt)
        self.algebra = Algebra(self.shapes, facts, expand=True)
        self.within = self.algebra.within
        self.within.normal(like)

    def solve(self) -> Stationary:
        """Return the stationary point and the lines that lead to it."""
        if self.wrt not in names_in(self.gradient):
            zero = self.simplifier.simplest(self.gradient)
            same = not self.algebra.normal(zero)
            why = "the derivative is zero everywhere" if same else f"the derivative does not depend on `{self.wrt}`"
            return Stationary(None, f"{why}, so no point is singled out")
        equation = Step(num(0), self.gradient, self.shape, "the derivative is zero")
        for attempt in (self.plain, self.freed, self.inverse, self.multiplied, self.undone):
            try:
                for point, steps in attempt():
                    if self.wrt in names_in(point):
                        continue
                    last = Step(self.wrt, point, self.shape, "solved")
                    conditions = self.conditions(point)
                    inverted, divided = conditions
                    return Stationary(
                        point, "", (equation, *steps, last), inverted, nonzero=divided, curvature=self.curvature()
                    )
            except (TooLong, Problem):
                continue
        return Stationary(None, self.reason())

    def reason(self) -> str:
        functions = sorted(
            {p.op for p in parts(self.gradient) if isinstance(p, Call) and self.wrt in names_in(p)} - _LINEAR
        )
        what = f", as `{self.wrt}` stands inside {', '.join(f'`{each}`' for each in functions)}" if functions else ""
        return f"the equation is not linear in `{self.wrt}`, nor made so by any step known here{what}"

    # -- attempts ----------------------------------------------------------------------------

    def plain(self) -> Iterator[tuple[Formula, list[Step]]]:
        yield from self.linear(self.algebra.normal(self.gradient), self.wrt)

    def freed(self) -> Iterator[tuple[Formula, list[Step]]]:
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
        formula = self.pretty(rest)
        step = Step(num(0), formula, self.shape, "a factor that is never zero is taken off")
        for point, steps in self.linear(rest, self.wrt):
            yield point, [step, *steps]

    def inverse(self) -> Iterator[tuple[Formula, list[Step]]]:
        """Solve for the inverse of a matrix, where that alone occurs."""
        unknown = call("inv", self.wrt)
        if self.shape == SCALAR or unknown not in set(parts(self.pretty(self.algebra.normal(self.gradient)))):
            return
        other = name("Z_inverse")
        self.shapes.name(other, self.shape)
        formula = replace(self.pretty(self.algebra.normal(self.gradient)), {unknown: other})
        if self.wrt in names_in(formula):
            return
        for found, steps in self.linear(self.algebra.normal(formula), other):
            shown = [s._replace(left=replace(s.left, {other: unknown}) if s.left else None) for s in steps]
            middle = Step(unknown, found, self.shape, "")
            yield self.simplifier.simplest(call("inv", found)), [*shown, middle]

    def multiplied(self) -> Iterator[tuple[Formula, list[Step]]]:
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
            for point, steps in self.linear(found, x):
                yield point, [step, *steps]

    def undone(self) -> Iterator[tuple[Formula, list[Step]]]:
        """Undo a function that is applied to the unknown entry by entry and stands nowhere else."""
        for op, back in UNDONE.items():
            unknown = call(op, self.wrt)
            formula = self.pretty(self.algebra.normal(self.gradient))
            if unknown not in set(parts(formula)):
                continue
            other = name("Z_inverse")
            self.shapes.name(other, self.shape)
            replaced = replace(formula, {unknown: other})
            if self.wrt in names_in(replaced):
                continue
            for found, steps in self.linear(self.algebra.normal(replaced), other):
                from nncalc.syntax import parse

                shown = [s._replace(left=replace(s.left, {other: unknown}) if s.left else None) for s in steps]
                point = replace(parse(back), {name("c"): found})
                yield self.simplifier.simplest(point), [*shown, Step(unknown, found, self.shape, "")]

    # -- linear equations ----------------------------------------------------------------------

    def linear(self, found: Sum, unknown: Name) -> Iterator[tuple[Formula, list[Step]]]:
        """Yield the solution of `found` = 0 where it is linear in `unknown`, with the line before it."""
        sides = self.sides(found, unknown)
        if sides is None:
            return
        left, right, constant = sides
        shape = self.shapes.of(unknown)
        if left is not None and shape != SCALAR:
            left = self.multiple(left)
        whole: Formula = unknown
        if left is not None:
            whole = call("mul", left, whole)
        if right is not None:
            whole = call("mul", whole, right)
        point = constant
        if left is not None:
            number = self.shapes.of(left) == SCALAR
            point = call("mul", call("div", num(1), left) if number else call("inv", left), point)
        if right is not None:
            point = call("mul", point, call("inv", right))
        step = [] if left is None and right is None else [Step(whole, constant, shape, "ordered by the unknown")]
        yield self.simplifier.simplest(point), step

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
        if shape == SCALAR:
            slope = gradient_of(formula, unknown, num(1), self.shapes, self.simplifier)
            return None if unknown in names_in(slope) else slope
        g = name("g_linear")
        self.shapes.name(g, shape)
        share = gradient_of(formula, unknown, g, self.shapes, self.simplifier)
        if unknown in names_in(share) or g not in names_in(share):
            return None
        return self.simplifier.simplest(call("transpose", matrix_before(share, g, self.shapes)))

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
            square = (self.span(left), self.span(left))
            return self.both(self.pretty(left, square), chained(after) if after else None, constant)
        if len(rights) == 1:
            ((before, right),) = rights.items()
            square = (self.span(right), self.span(right))
            return self.both(chained(before) if before else None, self.pretty(right, square), constant)
        return None

    def span(self, side: Sum):  # type: ignore[no-untyped-def]
        term = next(iter(side))
        return self.shapes.of(term.chain[0])[0]

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

    # -- what the point needs --------------------------------------------------------------------

    def conditions(self, point: Formula) -> tuple[tuple[Formula, ...], tuple[Formula, ...]]:
        """Return the matrices that a formula inverts, and what it divides by."""
        inverted: dict[Formula, None] = {}
        divided: dict[Formula, None] = {}
        for part in parts(point):
            if isinstance(part, Call) and part.op == "inv":
                inverted[part.args[0]] = None
            elif isinstance(part, Call) and part.op in ("div", "hdiv") and names_in(part.args[1]):
                letters = self.shapes.letters
                if any(each.base not in letters for each in names_in(part.args[1])):
                    divided[part.args[1]] = None
        return tuple(inverted), tuple(divided)

    def curvature(self) -> Formula | None:
        """Return the derivative of the gradient by a vector, or None."""
        if 1 not in self.shape:
            return None
        try:
            if self.shape == SCALAR:
                return gradient_of(self.gradient, self.wrt, num(1), self.shapes, self.simplifier)
            g = name("g_linear")
            self.shapes.name(g, self.shape)
            share = gradient_of(self.gradient, self.wrt, g, self.shapes, self.simplifier)
            return self.simplifier.simplest(matrix_before(share, g, self.shapes))
        except (Problem, TooLong):
            return None


_LINEAR = frozenset({"add", "neg", "mul", "transpose", "sum", "tr", "hadamard", "div", "hdiv", "diag", "dg", "vec"})
