"""Where a derivative is zero: in closed form, or as a condition that says all there is of the points.

Each attempt is made in turn; where none leads to an end, that is said, and nothing else is claimed. Here is what a
solution needs to hold. Knows formulas and shapes, no values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import NamedTuple

from nncalc.algebra.simplest import Simplifier
from nncalc.algebra.terms import Term, TooLong
from nncalc.deriving.attempts import Attempts
from nncalc.deriving.definite import Signs, even
from nncalc.deriving.derivation import Setting, Step
from nncalc.deriving.ground import Condition, Ground, Need, Solution
from nncalc.graph.sizes import SCALAR
from nncalc.language.formula import Call, Formula, call, is_call, names_in, num, parts, replace
from nncalc.ops import OPS
from nncalc.problems import Problem

#: What is said where the equation has roots, but none at which the function has a value, or none at all.
NOWHERE = "the derivative is zero at no real number"


class Stationary(NamedTuple):
    """Where the derivative is zero: `points`, or a `condition` for them, or the `reason` why neither is known.

    The points are values of `unknown`. `invertible` are matrices that must have an inverse, `definite` those that have
    one by their form, `needs` what else must hold: a formula and a word, such as `not 0` or `positive`. `called` is
    what the field calls the equation that was solved, `unsure` says that a point may be none, which numbers tell,
    `values` are functions of the unknown that were undone, with what they come to, `own` is what must hold
    of one point.
    """

    points: tuple[Formula, ...]
    reason: str = ""
    steps: tuple[Step, ...] = ()
    invertible: tuple[Formula, ...] = ()
    definite: tuple[Formula, ...] = ()
    needs: tuple[Need, ...] = ()
    unknown: Formula | None = None
    called: tuple[str | Formula, ...] = ()
    condition: Condition | None = None
    unsure: bool = False
    values: tuple[tuple[Formula, Formula], ...] = ()
    own: tuple[tuple[Formula, Need], ...] = ()

    def needs_of(self, point: Formula) -> tuple[Need, ...]:
        """Return what must hold of one point, besides inverses."""
        return (*self.needs, *[need for of, need in self.own if of is point])

    @property
    def point(self) -> Formula | None:
        """Return the first point, None where there is none."""
        return self.points[0] if self.points else None


class Solver:
    """Solves one equation, gradient = 0, for one unknown; a class because its algebra goes through every attempt."""

    def __init__(self, gradient: Formula, simplifier: Simplifier, setting: Setting, signs: Signs) -> None:
        self.ground = Ground(gradient, simplifier, setting, signs)
        self.wrt = setting.wrt
        self.shape = self.ground.shape
        self.algebra = self.ground.algebra

    def solve(self) -> Stationary:
        """Return the stationary points and the lines that lead to them."""
        ground = self.ground
        if self.wrt not in names_in(ground.written):
            same = not self.algebra.normal(ground.written)
            why = "the derivative is zero everywhere" if same else f"the derivative does not depend on `{self.wrt}`"
            return Stationary((), f"{why}, so no point is singled out")
        for attempt in Attempts(ground).all():
            try:
                for found in attempt():
                    return self.finished(found)
            except (TooLong, Problem):
                continue
        return Stationary((), self.reason())

    def finished(self, found: Solution) -> Stationary:
        """Return a solution as stationary points, with what they need."""
        ground = self.ground
        found = found._replace(points=tuple(point for point in found.points if self.possible(point)))
        if not found.points and found.condition is None:
            return Stationary((), NOWHERE)
        back = ground.back
        unknown = found.unknown or self.wrt
        shape = ground.shapes.of(unknown)
        steps = [Step(num(0), ground.written, self.shape, "the derivative is zero"), *found.steps]
        steps += [
            Step(unknown, point, shape, "solved" if not place else "or") for place, point in enumerate(found.points)
        ]
        steps = [each._replace(left=back(each.left) if each.left else None, right=back(each.right)) for each in steps]
        if found.condition is not None:
            held = found.condition
            steps.append(Step(back(held.left), back(held.right), ground.shapes.of(held.left), "what this comes to"))
        needs = {back(point): self.needs(found, point) for point in found.points}
        lists = [*needs.values()] or [[]]
        shared = [need for need in lists[0] if all(need in each for each in lists)]
        own = tuple((point, need) for point, each in needs.items() for need in each if need not in shared)
        values = tuple(
            (each.left, each.right) for each in steps
            if isinstance(each.left, Call) and self.wrt in names_in(each.left) and OPS[each.left.op].undone is not None
        )  # fmt: skip
        called = tuple(each if isinstance(each, str) else back(each) for each in found.called)
        return Stationary(
            tuple(map(back, found.points)), "", tuple(steps), self.inverted(found), (), tuple(shared), unknown, called,
            found.condition, found.unsure, values, own,
        )  # fmt: skip

    def inverted(self, found: Solution) -> tuple[Formula, ...]:
        """Return which matrices must have an inverse."""
        ground = self.ground
        inverted: dict[Formula, None] = {}
        if call("inv", self.wrt) in set(parts(ground.written)):
            inverted.update(dict.fromkeys(map(ground.bare, found.points)))
        for formula in (*found.points, *found.inverted):
            inverted.update((ground.bare(part.args[0]), None) for part in parts(formula) if is_call(part, "inv"))
        return tuple(dict.fromkeys(map(ground.back, inverted)))

    def needs(self, found: Solution, point: Formula) -> list[Need]:
        """Return what must hold, besides, for a point to be one."""
        ground = self.ground
        needs = dict.fromkeys([*found.needs, *[need for of, need in found.own if of is point]])
        for part in (part for formula in (point, *found.inverted) for part in parts(formula)):
            if isinstance(part, Call) and part.op in ("div", "hdiv") and not ground.is_count(part.args[1]):
                needs[ground.bare(part.args[1]), "not 0"] = None
        needs.update(dict.fromkeys(self.defined(point)))
        shorter = dict.fromkeys(each for need in needs for each in self.shorter(need))
        below = {ground.bare(part) for part in self.divided(shorter)}
        inside = {each for each, word in shorter if word == "between 0 and 1"}
        inside |= {ground.simplifier.simplest(call("add", num(1), call("neg", each))) for each in inside}
        return [
            (ground.back(each), word) for each, word in shorter
            if not (word == "not 0" and each in below) and not (word in ("not 0", "positive") and each in inside)
        ]  # fmt: skip

    def divided(self, needs: Iterable[Need]) -> Iterator[Formula]:
        """Yield what is not 0 as something is positive."""
        for formula, word in needs:
            if word == "positive":
                yield formula
                yield from (each.args[1] for each in parts(formula) if is_call(each, "div"))

    def possible(self, point: Formula) -> bool:
        """Return whether the function may have a value at a point, and the point be what is assumed of the unknown."""
        ground = self.ground
        inside = [point] if self.wrt in ground.signs.positive else []
        inside += [formula for formula, _ in self.defined(point)]
        return not any(ground.signs.not_negative(ground.simplifier.simplest(call("neg", each))) for each in inside)

    def shorter(self, need: Need) -> Iterator[Need]:
        """Yield what a number must be for a product of it to be positive, without what is positive as it is."""
        ground = self.ground
        formula, word = need
        found = ground.within.normal(ground.together(formula)) if word == "positive" else {}
        if len(found) != 1 or ground.shapes.of(formula) != SCALAR:
            yield need
            return
        ((term, value),) = found.items()
        kept = []
        for base, power in term.scalars:
            if power.denominator != 1:
                continue  # what stands under a root has its own need
            if even(power) or ground.signs.square_or_more(base):
                if not ground.signs.is_positive(base):
                    yield ground.bare(base), "not 0"
            else:
                kept.append((base, power))
        if kept:
            kept = [(kept[0][0], Fraction(1))] if len(kept) == 1 else kept
            left = {Term(tuple(kept), ()): Fraction(1 if value > 0 else -1)}
            whole = len(kept) == len(term.scalars) > 1
            yield (formula if whole else ground.simplifier.simplest(ground.within.formula(left, SCALAR))), word

    def defined(self, point: Formula) -> Iterator[Need]:
        """Yield what must be positive at a point for the function to have a value there."""
        ground = self.ground
        if self.shape != SCALAR:
            return
        for part in parts(ground.like):
            if isinstance(part, Call) and part.op in ("log", "sqrt") and self.wrt in names_in(part):
                inside = ground.together(replace(part.args[0], {self.wrt: point}))
                if not ground.signs.is_positive(inside):
                    yield inside, "positive"

    def reason(self) -> str:
        """Return what stands in the way, and no more."""
        functions = sorted(
            {
                p.op
                for p in parts(self.ground.written)
                if isinstance(p, Call) and self.wrt in names_in(p) and not OPS[p.op].linear
            }
        )
        what = f", as `{self.wrt}` stands inside {', '.join(f'`{each}`' for each in functions)}" if functions else ""
        return f"no step that is known here leads to `{self.wrt}` alone{what}"
