"""The derivative of a number that was said with definitions, by one general element of each name on the way.

∂f/∂u is known where u is used, so what comes back through u is the derivative of ⟨∂f/∂u, u⟩. Knows no values.
"""

from __future__ import annotations

from nncalc.deriving.backwards import backwards, stated_steps
from nncalc.deriving.derivation import Derivation, Setting, Step
from nncalc.deriving.element import element_derivation
from nncalc.deriving.naming import unused
from nncalc.graph.graph import Equation
from nncalc.graph.sizes import SCALAR
from nncalc.language.formula import Formula, Name, call, name, names_in, parts, replace, total


def elements_back(setting: Setting) -> Derivation:
    """Return the derivation by elements, some lines for each name; raise Problem where the method ends."""
    found = backwards(setting)
    steps = stated_steps(setting)
    for slope in found.slopes:
        steps += _Block(setting, name(slope.name.base)).lines()
    last = found.slopes[-1].name
    count = next(place for place, step in enumerate(found.steps) if step.left is last)
    return found._replace(steps=(*steps, *found.steps[count + 1 :]))


class _Block:
    """The lines of one ∂f/∂u; a class because a letter stands for each derivative that is known."""

    def __init__(self, setting: Setting, by: Name) -> None:
        self.setting = setting
        self.by = by
        self.shapes = setting.shapes
        self.letters: dict[Name, Name] = {}
        users = [each for each in reversed(setting.definitions) if by in names_in(each.formula)]
        self.formula = total([self.term(each) for each in users])

    def term(self, each: Equation) -> Formula:
        """Return what comes to the whole through one name, its derivative being known."""
        if each.name is self.setting.of:
            return each.formula
        taken = [*self.setting.taken, *(used for other in self.setting.definitions for used in names_in(other.formula))]
        letter = unused("g", [*taken, *self.letters.values()], self.shapes.letters)
        shape = self.shapes.of(each.name)
        self.letters[each.name] = letter
        self.shapes.name(letter, shape)
        return call("mul" if shape == SCALAR else "inner", letter, each.formula)

    def lines(self) -> list[Step]:
        setting = self.setting
        every = setting.reserved + tuple(
            used for each in setting.definitions for used in (each.name, *names_in(each.formula))
        )
        inner = setting._replace(
            formula=self.formula, wrt=self.by, definitions=(), origin=None, hessian=False, reserved=every
        )
        lines = [self.shown(step) for step in element_derivation(inner).steps[1:]]
        place = next(place for place, step in enumerate(lines) if step.why == "written out")
        if self.letters:
            lines[place] = lines[place]._replace(why=self.why())
        return lines

    def why(self) -> tuple[str | Formula, ...]:
        """Return which derivatives are known on this line."""
        said: list[str | Formula] = ["the chain rule, where "]
        for place, of in enumerate(self.letters):
            said += [" and " if place else "", name(of.base, of=self.setting.of)]
        return (*said, " does not change" if len(self.letters) == 1 else " do not change")

    def shown(self, step: Step) -> Step:
        """Return a line with the derivatives that are known in place of their letters."""
        left = None if step.left is None else self.known(step.left)
        return step._replace(left=left, right=self.known(step.right))

    def known(self, formula: Formula) -> Formula:
        """Return a formula with the derivatives in place of their letters, turned where they are not entries."""
        letters = {letter.base: of for of, letter in self.letters.items()}
        new: dict[Formula, Formula] = {}
        for part in parts(formula):
            if not isinstance(part, Name) or part.base not in letters:
                continue
            new[part] = slope = name(letters[part.base].base, part.index, of=self.setting.of)
            if self.setting.layout == "numerator" and not part.index and self.shapes.of(part) != SCALAR:
                new |= {part: call("transpose", slope), call("transpose", part): slope}
        return replace(formula, new)
