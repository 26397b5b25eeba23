"""The natural parts of a nested expression: what a person gives a letter before the chain rule is used.

What is linear in the variable is one part, as X w − y is; so is what stands inside a function. Knows formulas.
"""

from __future__ import annotations

from nncalc.deriving.derivation import Setting
from nncalc.deriving.naming import unused
from nncalc.deriving.reverse import depending
from nncalc.graph.graph import Equation
from nncalc.graph.rules import has_square
from nncalc.language.formula import Call, Formula, Name, call, is_call

#: Operations that leave what is linear linear, and a sum of what stands in them.
_LINEAR = frozenset({"add", "neg", "transpose", "sum", "tr", "vec", "diag", "dg"})
_PRODUCTS = frozenset({"mul", "hadamard", "kron"})
#: Operations through which a person looks at the whole of an expression: its terms, the factors of a product.
_THROUGH = frozenset({"add", "neg", "transpose", "sum", "tr"})
#: Products whose factors go into one step together.
_CHAINS = frozenset({"mul", "hadamard"})
NONLINEAR = 2


def natural_parts(setting: Setting) -> tuple[Equation, ...]:
    """Return an expression as equations, each with one step of the chain; the last is the expression itself."""
    found = _Parts(setting)
    last = Equation(setting.of, found.outer(setting.formula))
    return (*found.equations, last)


class _Parts:
    """The parts of one expression; a class because equal ones have one letter."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.active = depending(setting.formula, setting.wrt)
        self.degree: dict[Formula, int] = {}
        for part in self.active:
            self.degree[part] = self.degree_of(part)
        self.letters: dict[Formula, Name] = {}
        self.equations: list[Equation] = []

    def degree_of(self, part: Formula) -> int:
        """Return 1 for what is linear in the variable, more for what is not."""
        if not isinstance(part, Call):
            return 1
        degrees = [self.degree.get(arg, 0) for arg in part.args]
        if part.op in _LINEAR:
            return max(degrees)
        if part.op in _PRODUCTS or (part.op in ("div", "hdiv") and not degrees[1]):
            return min(NONLINEAR, sum(degrees))
        return NONLINEAR

    def outer(self, formula: Formula) -> Formula:
        """Return a formula in which the last step is written out, and what goes into it has letters."""
        if not isinstance(formula, Call) or self.degree.get(formula, 0) < NONLINEAR:
            return formula
        if formula.op in _THROUGH:
            return call(formula.op, *map(self.outer, formula.args))
        if formula.op in _CHAINS:
            return self.product(formula)
        base, *others = formula.args
        if formula.op == "div" and others[0] not in self.active:
            return call("div", self.outer(base), *others)
        if formula.op == "pow" and has_square(base):
            return call("pow", call(base.op, *map(self.inner, base.args)), *others)
        return call(formula.op, *map(self.inner, formula.args))

    def product(self, formula: Call) -> Formula:
        """Return a product whose factors have letters; one factor alone is looked at as the whole is."""
        one, *others = self.spine(formula)
        alone = sum(each in self.active for each in (one, *others)) == 1
        found, *rest = map(self.outer if alone else self.inner, (one, *others))
        for factor in rest:
            found = call(formula.op, found, factor)
        return found

    def spine(self, formula: Call) -> list[Formula]:
        """Return the factors of a product from left to right; a product in brackets on the right is one of them."""
        factors: list[Formula] = []
        part: Formula = formula
        while is_call(part, formula.op):
            part, last = part.args
            factors.insert(0, last)
        return [part, *factors]

    def inner(self, formula: Formula) -> Formula:
        """Return a letter for what goes into a step; a transpose, a sign and a constant term stay with the step."""
        if formula not in self.active or not isinstance(formula, Call):
            return formula
        if formula.op in ("neg", "transpose"):
            return call(formula.op, self.inner(formula.args[0]))
        moving = [arg for arg in formula.args if arg in self.active]
        if is_call(formula, "add") and len(moving) == 1 and self.degree[formula] > 1 and not is_call(moving[0], "mul"):
            return call("add", *map(self.inner, formula.args))
        if formula not in self.letters:
            body = self.outer(formula)
            taken = [*self.setting.taken, *self.letters.values()]
            letter = unused("u", taken, self.setting.shapes.letters)
            self.letters[formula] = letter
            self.equations.append(Equation(letter, body))
        return self.letters[formula]
