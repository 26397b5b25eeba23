"""The derivative of a number that was said with definitions, as a person goes back through them.

Every name between the number and the variable has its own line ∂f/∂u, found from those of the names that use it.
Knows formulas, shapes and rules, no values.
"""

from __future__ import annotations

from nncalc.algebra.cost import cost
from nncalc.algebra.simplest import Simplifier
from nncalc.deriving.derivation import Check, Derivation, Setting, Step, hessian_of, lines_of
from nncalc.deriving.laws import met
from nncalc.deriving.reverse import Pair
from nncalc.deriving.several import to_names
from nncalc.deriving.statements import put_in
from nncalc.graph.graph import Equation, Graph, dependents
from nncalc.graph.sizes import SCALAR
from nncalc.language.formula import Call, Formula, Name, call, length, name, names_in, num, replace, total

#: How long a derivative is at most that is written out, and how long one is that is still written shortly.
LONG, TOO_LONG = 22, 400


def backwards(setting: Setting) -> Derivation:
    """Return the derivation of a number's derivative by a name in it, a line for each on the way; raise Problem."""
    way = _Way(setting)
    way.go()
    return way.derivation()


class _Way:
    """One way back; a class because what arrives at each name gathers as the lines are written."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.shapes = setting.shapes
        self.shapes.name(setting.of, SCALAR)
        self.definitions = setting.definitions
        self.numerator = setting.layout == "numerator" and not setting.hessian  # a Hessian is that of the gradient
        self.simplifier = Simplifier(self.shapes, setting.facts, [each.formula for each in self.definitions])
        self.active = dependents(Graph((), self.definitions), [setting.wrt])
        self.arriving: dict[Name, list[tuple[Name, Formula]]] = {}
        self.steps = stated_steps(setting)
        self.slopes: list[Equation] = []

    def go(self) -> None:
        for each in reversed(self.definitions):
            if each.name in self.active:
                self.through(each)
        self.gather(self.setting.wrt)

    def slope(self, of: Name) -> Name:
        return name(of.base, of=self.setting.of)

    def through(self, each: Equation) -> None:
        """Write the lines from a name to those in its equation, and note what arrives at them."""
        of = each.name
        targets = [used for used in names_in(each.formula) if used in self.active]
        seed: Formula = num(1)
        left: Formula = call("differential", of)
        if of is not self.setting.of:
            self.gather(of)
            seed = self.turned(self.slope(of))
            left = met(Pair(seed, of), self.shapes)
        stages = to_names(each.formula, targets, seed, self.shapes, self.simplifier.simplest)
        own: dict[Formula, Formula] = {each.formula: of} if is_function(each.formula) else {}
        done: dict[Formula, Formula] = {}
        for step in lines_of(stages, left, targets, self.shapes):
            begins = None if step.left is None else replace(step.left, own, done)
            self.steps.append(step._replace(left=begins, right=replace(step.right, own, done), pairs=()))
        for pair in stages[-1].pairs:
            assert isinstance(pair.of, Name)
            share = replace(self.simplifier.simplest(pair.gradient), own, done)
            self.arriving.setdefault(pair.of, []).append((of, share))

    def gather(self, of: Name) -> None:
        """Write the line of ∂f/∂u: the sum of what arrives at u."""
        arrived = self.arriving[of]
        found = self.simplifier.simplest(total([share for _, share in arrived]))
        why = "read off"
        if len(arrived) > 1:
            why = f"what comes back from {' and from '.join(f'`{source}`' for source, _ in arrived)}"
        self.add_slope(of, found, why)

    def add_slope(self, of: Name, found: Formula, why: str) -> None:
        shape = self.shapes.of(of)
        if self.numerator:
            found, shape = self.simplifier.simplest(self.turned(found)), (shape[1], shape[0])
        self.shapes.name(self.slope(of), shape)
        self.steps.append(Step(self.slope(of), found, shape, why))
        self.slopes.append(Equation(self.slope(of), found))

    def turned(self, formula: Formula) -> Formula:
        """Return what stands in numerator layout for a gradient, or the other way round."""
        plain = not self.numerator or self.shapes.of(formula) == SCALAR
        return formula if plain else call("transpose", formula)

    def derivation(self) -> Derivation:
        """Return the lines, and what they come to with every name put in."""
        setting = self.setting
        last = self.steps[-1]
        slopes = put_in(self.slopes[:-1])
        plain = short(replace(last.right, slopes), self.simplifier)
        shown = is_short(plain)
        if shown and plain is not last.right:
            self.steps.append(Step(None, plain, last.shape, "with what was found above"))
        simplifier = simplifier_of(setting)
        found = short(replace(plain, put_in(self.definitions)), simplifier)
        written = is_short(found)
        if written and found is not self.steps[-1].right:
            self.steps.append(Step(None, found, last.shape, "written out"))
        turned = self.numerator and last.shape != SCALAR
        gradient = short(call("transpose", found), simplifier) if turned else found
        if setting.hessian:
            return self.second(gradient)
        return Derivation(
            setting, tuple(self.steps), found, last.shape, gradient, turned=turned,
            named=last.right, written=written, slopes=tuple(self.slopes), checks=self.checks(),
        )  # fmt: skip

    def second(self, gradient: Formula) -> Derivation:
        """Return the derivation of the Hessian; its lines have the names a person gave, too."""
        count = len(self.steps)
        found = hessian_of(self.setting, self.steps, gradient)
        names: dict[Formula, Formula] = {
            meaning: of for of, meaning in put_in(self.definitions).items() if is_function(meaning)
        }
        done: dict[Formula, Formula] = {}
        more = [step._replace(right=replace(step.right, names, done), pairs=()) for step in found.steps[count:]]
        if more[-1].right is not found.derivative:
            more.append(Step(None, found.derivative, found.shape, "written out"))
        return found._replace(steps=(*found.steps[:count], *more), slopes=tuple(self.slopes), checks=self.checks())

    def checks(self) -> tuple[Check, ...]:
        """Return the lines ∂f/∂u with all names put in but that of u, by which f is differentiated there."""
        meaning = {**put_in(self.definitions), **put_in(self.slopes)}
        found: list[Check] = []
        for each in self.slopes[:-1]:
            of = name(each.name.base)
            body = put_in(self.definitions, of)[self.setting.of]
            slope = replace(meaning[each.name], meaning)
            found.append(Check(slope, body, of, self.numerator))
        return tuple(found)


def stated_steps(setting: Setting) -> list[Step]:
    """Return the equations as a person said them, as lines."""
    return [Step(each.name, each.formula, setting.shapes.of(each.name)) for each in setting.definitions]


def is_function(formula: Formula) -> bool:
    """Return whether a definition is worth its name where it stands in the derivative again: no sign, no number."""
    return isinstance(formula, Call) and formula.op not in ("neg", "transpose") and bool(names_in(formula))


def simplifier_of(setting: Setting) -> Simplifier:
    """Return what writes formulas as a formula with all names put in is written, where that is not too long."""
    like = [setting.formula] if length(setting.formula) <= TOO_LONG else []
    return Simplifier(setting.shapes, setting.facts, like)


def short(formula: Formula, simplifier: Simplifier) -> Formula:
    """Return a formula written shortly, where it is not too long for that."""
    return simplifier.simplest(formula) if length(formula) <= TOO_LONG else formula


def is_short(formula: Formula, most: int = LONG) -> bool:
    """Return whether a formula is short enough to be written out."""
    return length(formula) <= TOO_LONG and cost(formula)[0] <= most
