"""The lines of a calculation, each a quantity and its formula, computed again where some of them are others.

Knows graphs, gradients and arrays; no mistakes and no answers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import numpy as np

from nncalc.graph.calculus import gradient_of, received
from nncalc.graph.graph import Equation, dependents
from nncalc.graph.updates import before, is_new, settings_of, update_of
from nncalc.language.formula import Formula, Name, name, names_in, num, replace, total
from nncalc.numbers.array_machine import ArrayMachine
from nncalc.problems import Problem
from nncalc.sheet.calculation import Calculation

Array: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
Values: TypeAlias = Mapping[Name, Array]
_NONE: Final[Mapping[Name, Any]] = MappingProxyType({})
#: What comes of formulas whose shapes do not fit, which a person's wrong line may be.
_UNFIT = (Problem, ValueError, IndexError, AssertionError, KeyError)


class Table:
    """The lines of both passes in their order; a class because what follows from them is found once."""

    def __init__(self, found: Calculation) -> None:
        self.found, self.model, self.shapes = found, found.model, found.shapes
        self.output = found.output
        self.forward = {equation.name: equation for equation in found.model.graph.equations}
        self.backward = {equation.name: equation for equation in found.backward.equations}
        self.lines: dict[Name, Formula] = {
            equation.name: equation.plain or equation.formula
            for equation in (*found.model.graph.equations, *found.backward.equations)
        }
        self.leading: dict[Name, frozenset[Name]] = {}
        self.right: dict[Name, Array] = {}
        for of in (*found.model.graph.leaves, *self.lines):
            if found.machine.has(of):
                self.right[of] = np.array(found.machine.rows(of), dtype=np.float64)
        self.settings: dict[str, Name] = {}
        self.updates = {equation.name: equation for equation in self._updated()}
        self.lines |= {of: equation.formula for of, equation in self.updates.items()}
        for of, equation in self.updates.items():
            value = self.value(equation.formula)
            if value is not None:
                self.right[of] = value

    def _updated(self) -> Iterator[Equation]:
        """Yield the lines of the first step of the optimizer, where a learning rate is said."""
        training = self.model.training
        said, optimizer = dict(training.settings), training.optimizer or "sgd"
        trained = [of for of in self.model.parameters if self.output and gradient_of(of, self.output) in self.backward]
        if "rate" not in said or not trained:
            return
        values = settings_of(optimizer, said)
        update = update_of(optimizer, values, trained, self.loss, self.shapes)
        self.settings = dict(zip(values, update.settings, strict=True))
        for of, rows in update.start(self.shapes).items():
            self.right[of] = np.array(rows, dtype=np.float64)
        new: dict[Formula, Formula] = {}
        for equation in update.equations:
            of = updated(before(equation.name)) if is_new(equation.name) else equation.name
            self.shapes.name(of, self.shapes.of(equation.name))
            yield Equation(of, replace(equation.formula, new))
            new[equation.name] = of

    @cached_property
    def active(self) -> set[Name]:
        """What depends on the quantities that are differentiated by."""
        return dependents(self.model.graph, self.found.wrt)

    def before(self, of: Name) -> frozenset[Name]:
        """Return all lines that lead to a line, itself among them."""
        if of not in self.leading:
            found, waiting = set[Name](), [of]
            while waiting:
                each = waiting.pop()
                if each in self.lines and each not in found:
                    found.add(each)
                    waiting += names_in(self.lines[each])
            self.leading[of] = frozenset(found)
        return self.leading[of]

    def shares(self, line: Equation) -> dict[Name, Formula]:
        """Return what a gradient's line adds up: for each quantity it came through, what comes from there."""
        by = _undifferentiated(line.name)
        found: dict[Name, Formula] = {}
        for through in line.via:
            g = num(1) if through is self.output else gradient_of(through, self.loss)
            share = received(self.forward[through], g, self.shapes, self.active).get(by)
            if share is None or (through is not self.output and g not in self.right):
                return {}
            found[through] = share
        return found

    @property
    def loss(self) -> Name:
        """What is differentiated."""
        assert self.output is not None
        return self.output

    def without(self, line: Equation, dropped: Collection[Name]) -> Formula | None:
        """Return a gradient's line without what comes through some quantities; None where nothing is left."""
        kept = [share for through, share in self.shares(line).items() if through not in dropped]
        return total(kept) if kept else None

    def value(self, formula: Formula, values: Values | None = None) -> Array | None:
        """Return the value of a formula of the quantities; None where it has none."""
        machine = ArrayMachine()
        machine.values = dict(self.right if values is None else values)
        return _valued(machine, formula)

    def changed(
        self, lines: Mapping[Name, Formula] = _NONE, given: Values = _NONE, goal: Name | None = None
    ) -> dict[Name, Array]:
        """Return the values that are others where some lines are, or quantities have these values; up to a goal.

        What has no value then is left out.
        """
        machine = ArrayMachine()
        machine.values = {**self.right, **given}
        moved: dict[Name, Array] = dict(given)
        lost: set[Name] = set()
        for of, formula in self.lines.items():
            if of in given:
                continue
            own = lines.get(of)
            used = names_in(formula if own is None else own)
            if own is None and not any(each in moved or each in lost for each in used):
                continue
            found = None if any(each in lost for each in used) else _valued(machine, formula if own is None else own)
            if found is None:
                lost.add(of)
                machine.values.pop(of, None)
            else:
                machine.values[of] = moved[of] = found
            if of is goal:
                break
        return moved


def updated(of: Name) -> Name:
    """Return what a parameter, or what an optimizer keeps of it, is called after a step."""
    return name(f"{of.base}_new")


def _undifferentiated(of: Name) -> Name:
    """Return the quantity that a gradient is by."""
    return name(of.base, of.index)


def _valued(machine: ArrayMachine, formula: Formula) -> Array | None:
    try:
        found = machine.value(formula, None)
    except _UNFIT:
        return None
    return found if found.size and bool(np.isfinite(found).all()) else None
