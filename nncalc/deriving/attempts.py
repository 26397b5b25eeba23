"""What is tried to solve an equation: as it stands, with something taken off, undone or multiplied first.

In order: the equation as it stands, where it is linear; the roots of an equation of one number; a quotient of quadratic
forms; with a factor taken off that is never zero; with an inverse as the unknown; multiplied by the unknown on one or
both sides; a function undone entry by entry; what it comes to without inverses. Knows formulas and shapes, no values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nncalc.algebra.cost import cost
from nncalc.algebra.terms import Sum, Term
from nncalc.deriving.derivation import Step
from nncalc.deriving.eigen import quotient
from nncalc.deriving.ground import Condition, Ground, Solution
from nncalc.deriving.linear import linear
from nncalc.deriving.linear import part as parted_of
from nncalc.deriving.roots import roots
from nncalc.graph.rules import rule
from nncalc.graph.sizes import SCALAR, size_formula
from nncalc.language.formula import Call, Formula, call, is_call, name, names_in, num, parts, replace
from nncalc.ops import OPS
from nncalc.ops.kinds import Undone

MOST_POWERS = 4


class Attempts:
    """All that is tried on one equation; a class because every attempt stands on the same ground."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.wrt = ground.wrt
        self.shape = ground.shape
        self.algebra = ground.algebra

    def all(self) -> tuple[Callable[[], Iterator[Solution]], ...]:
        """Return the attempts in their order."""
        return (
            self.plain, self.numbers, self.quotient, self.freed, self.inverse, self.multiplied, self.undone, self.held,
        )  # fmt: skip

    def linear(self, found: Sum) -> Iterator[Solution]:
        return linear(self.ground, found, self.wrt)

    def plain(self) -> Iterator[Solution]:
        yield from self.linear(self.algebra.normal(self.ground.gradient))

    def numbers(self) -> Iterator[Solution]:
        """Solve an equation of one number."""
        if self.shape == SCALAR:
            yield from roots(self.ground, self.algebra.normal(self.ground.gradient))

    def quotient(self) -> Iterator[Solution]:
        """Say what the equation of a quotient of quadratic forms comes to."""
        found = quotient(self.ground, self.algebra.normal(self.ground.gradient))
        yield from [found] if found is not None else []

    def freed(self) -> Iterator[Solution]:
        """Take off numbers that every term has and that are never zero: exp(...), or what is divided by."""
        found = self.algebra.normal(self.ground.gradient)
        common = set.intersection(*[set(term.scalars) for term in found])
        gone = {
            (base, power)
            for base, power in common
            if self.wrt in names_in(base) and (power < 0 or (isinstance(base, Call) and base.op == "exp"))
        }
        if not gone:
            return
        rest = {Term(tuple(s for s in term.scalars if s not in gone), term.chain): v for term, v in found.items()}
        step = Step(num(0), self.ground.pretty(rest), self.shape, "a factor that is never zero is taken off")
        for each in self.linear(rest):
            divided = [replace(base, {self.wrt: point}) for base, power in gone if power < 0 for point in each.points]
            if all(self.algebra.normal(base) for base in divided):  # else the derivative has no value there
                yield each._replace(steps=(step, *each.steps))

    def inverse(self) -> Iterator[Solution]:
        """Solve for the inverse of a matrix, where that alone occurs."""
        if self.shape == SCALAR:
            return
        for way in (self.ground.gradient, *self.ways()):
            for each in self.in_terms_of(call("inv", self.wrt), way):
                inverse = self.ground.simplifier.simplest(call("inv", each.points[0]))
                yield each._replace(points=(inverse,), inverted=(*each.inverted, inverse))

    def multiplied(self) -> Iterator[Solution]:
        """Multiply by the unknown, on both sides of a matrix, entry by entry of a vector."""
        for way in self.ways():
            found = self.algebra.normal(way)
            step = Step(num(0), self.ground.pretty(found), self.shape, "multiplied by the unknown")
            for each in self.linear(found):
                yield each._replace(steps=(step, *each.steps))

    def ways(self) -> list[Formula]:
        """Return the derivative multiplied by the unknown in every way that is tried."""
        x, gradient = self.wrt, self.ground.gradient
        turned = call("transpose", x)
        if self.shape == SCALAR:
            return []
        if self.shape[0] == self.shape[1]:
            ways = [call("mul", call("mul", each, gradient), each) for each in (turned, x)]
            ways += [call("mul", each, gradient) for each in (turned, x)]
            return [*ways, *[call("mul", gradient, each) for each in (turned, x)]]
        return [call("hadamard", call("hpow", x, num(k)), gradient) for k in range(1, MOST_POWERS + 1)]

    def undone(self) -> Iterator[Solution]:
        """Undo a function that is applied to the unknown entry by entry and stands nowhere else."""
        for op in OPS.values():
            if op.undone is None:
                continue
            for kernel in self.kernels(op.name):
                for each in self.in_terms_of(kernel, self.ground.gradient):
                    yield from self.inside(kernel, op.undone, each)

    def kernels(self, op: str) -> list[Call]:
        """Return where an operation is applied to something that has the unknown."""
        formula = self.ground.pretty(self.algebra.normal(self.ground.gradient))
        return [part for part in parts(formula) if is_call(part, op) and self.wrt in names_in(part.args[0])]

    def inside(self, kernel: Call, undone: Undone, found: Solution) -> Iterator[Solution]:
        """Yield the unknown, of which a function, or that of something linear in it, is known."""
        (result,) = found.points
        if undone.needs in ("positive", "between 0 and 1") and not self.algebra.normal(result):
            return
        needs = ((result, undone.needs),) if undone.needs and names_in(result) else ()
        found = found._replace(needs=(*found.needs, *needs))
        argument, point = kernel.args[0], self.undo(undone, result)
        equation = self.algebra.normal(call("add", argument, call("neg", point)))
        whole = [found._replace(points=(point,))] if argument is self.wrt else linear(self.ground, equation, self.wrt)
        for each in whole:
            yield each._replace(
                steps=(*found.steps, *each.steps) if each.steps is not found.steps else found.steps,
                inverted=(*found.inverted, *each.inverted), needs=found.needs,
            )  # fmt: skip

    def undo(self, undone: Undone, result: Formula) -> Formula:
        """Return the argument of a function whose result is known; a column of equal numbers stays one."""
        number = self.same(result)
        of = result if number is None else number
        point = self.ground.simplifier.simplest(replace(rule(undone.argument), {name("c"): of}))
        return point if number is None else call("mul", point, call("ones", size_formula(self.shape[0])))

    def same(self, result: Formula) -> Formula | None:
        """Return the number that all entries of a column are, None where they are not one."""
        found = self.ground.within.normal(result)
        if self.shape[1] != 1 or not all(len(t.chain) == 1 and is_call(t.chain[0], "ones") for t in found):
            return None
        return self.ground.pretty({Term(term.scalars, ()): value for term, value in found.items()}, SCALAR)

    def held(self) -> Iterator[Solution]:
        """Say what the equation of a square matrix comes to without inverses, where that is not linear."""
        if call("inv", self.wrt) not in set(parts(self.ground.gradient)):
            return
        sums = [self.algebra.normal(way) for way in self.ways()]
        sums += [self.algebra.transposed(each) for each in sums]
        found = [held for each in sums if (held := self.condition(each)) is not None]
        if found:
            yield Solution((), condition=min(found, key=lambda each: cost(call("add", each.left, each.right))[0]))

    def condition(self, way: Sum) -> Condition | None:
        """Return an equation as a condition, None where an inverse of the unknown is left in it."""
        ground = self.ground
        parted = parted_of(ground, way, self.wrt)
        if parted is None or not parted.still:
            return None
        left, right = (ground.pretty(each, self.shape) for each in (parted.moving, parted.still))
        if any(is_call(each, "inv") and self.wrt in names_in(each) for each in parts(left)):
            return None
        x = self.wrt
        turned = call("transpose", x)
        orthogonal = is_call(right, "eye") and left in (call("mul", turned, x), call("mul", x, turned))
        means = ("where the function has a value, ", x, " is a stationary point just where this holds")
        return Condition(
            left, right, call("div", self.algebra.formula(way, self.shape), parted.scale),
            (*means, ": where it is orthogonal") if orthogonal else means,
        )  # fmt: skip

    def in_terms_of(self, unknown: Formula, equation: Formula) -> Iterator[Solution]:
        """Solve for a function of the unknown, where the unknown stands nowhere else; the last line says what it is."""
        ground = self.ground
        formula = ground.pretty(self.algebra.normal(equation))
        if unknown not in set(parts(formula)):
            return
        ground.shapes.name(ground.other, self.shape)
        replaced = replace(formula, {unknown: ground.other})
        if self.wrt in names_in(replaced):
            return
        solved = linear(ground, self.algebra.normal(replaced), ground.other)
        for each in [each for each in solved if each.points]:
            shown = [s._replace(left=replace(s.left, {ground.other: unknown}) if s.left else None) for s in each.steps]
            yield each._replace(steps=(*shown, Step(unknown, each.points[0], self.shape)))
