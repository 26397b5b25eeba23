"""Plans on complex arrays: a formula compiled once, and run again with other numbers, moved or shaken.

Where one quantity moves, only what hangs on it is computed again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from nncalc.graph.graph import Equation, Graph
from nncalc.graph.rules import computed, letters, rule
from nncalc.language.formula import Formula, Name, Num, name, names_in
from nncalc.numbers.arrays import Array
from nncalc.numbers.complexes import PRIMITIVES, Complex, function, real
from nncalc.numbers.plan import Step, plan_of
from nncalc.numbers.whole import sizes_of
from nncalc.ops import OPS

#: How far an operation's result is moved to see what rounding does, relative to it; larger numbers are never whole.
ROUNDING = 1e-15
LARGE = 1e6
#: How many formulas are kept compiled.
KEPT = 256

_RESULT = name("result")


class Compiled(NamedTuple):
    """A formula as steps over slots, the slots of its names, the numbers in others, and the slot of its value."""

    steps: Sequence[Step]
    names: Mapping[Name, int]
    numbers: Mapping[int, Array]
    result: int

    def run(
        self, values: Mapping[Name, Complex], sizes: Mapping[str, int], shaken: Generator | None = None
    ) -> list[Complex]:
        """Return what is in the slots, nan where something has no value.

        `values` may be complex; `sizes` says what the letters of shapes stand for. With `shaken` the result of every
        operation is moved by a few units in its last places, which shows how much of the value is rounding.
        """
        slots: list[Complex] = [_NONE] * (len(self.names) + len(self.numbers) + len(self.steps))
        for of, slot in self.names.items():
            slots[slot] = values[of] if of in values else np.array([[float(sizes[of.base])]])
        for slot, number in self.numbers.items():
            slots[slot] = number
        _take(self.steps, slots, shaken)
        return slots

    def moved(self, slots: Sequence[Complex], of: Name, places: Iterator[Complex]) -> Iterator[list[Complex]]:
        """Yield what is in the slots where one quantity is at each of some places, all others where they were."""
        moving, steps = {self.names[of]}, []
        for step in self.steps:
            if not moving.isdisjoint(step.args):
                moving.add(step.result)
                steps.append(step)
        for place in places:
            again = list(slots)
            again[self.names[of]] = place
            _take(steps, again, None)
            yield again

    def value(self, slots: Sequence[Complex]) -> Complex:
        """Return the value of the formula, of nan where a part of it is not defined."""
        found = slots[self.result]
        return found if all(np.isfinite(each).all() for each in slots) else np.full(found.shape, np.nan + np.nan * 1j)


_NONE: Complex = np.array([[np.nan + np.nan * 1j]])


@lru_cache(maxsize=KEPT)
def compiled(formula: Formula) -> Compiled:
    """Return the plan of a formula, each operation of it as a whole."""
    plan = plan_of(Graph(tuple(names_in(formula)), (Equation(_RESULT, formula),)), OPS)
    numbers = {}
    for slot in plan.numbers:
        number = plan.formulas[slot]
        assert isinstance(number, Num)
        numbers[slot] = np.array([[float(number.text)]])
    names = {of: slot for of, slot in plan.slots.items() if of is not _RESULT}
    return Compiled(plan.steps, names, numbers, plan.slots[_RESULT])


def _take(steps: Sequence[Step], slots: list[Complex], shaken: Generator | None) -> None:
    """Take steps as far as there are numbers."""
    with np.errstate(all="ignore"):
        for op, args, result in steps:
            operands = [slots[arg] for arg in args]
            try:
                slots[result] = np.asarray(function(op)(*operands)) if shaken is None else _shaken(op, operands, shaken)
            except (np.linalg.LinAlgError, ArithmeticError):
                slots[result] = _NONE
                return


def _shaken(name_of: str, args: list[Complex], shaken: Generator) -> Complex:
    """Return the result of an operation moved as rounding may, each step of its meaning where it is no primitive."""
    op = OPS[name_of]
    if name_of not in PRIMITIVES and computed(op):
        inside = dict(zip(letters(op), args, strict=True))
        meant = compiled(rule(computed(op)))
        return meant.run(inside, {} if op.entrywise else sizes_of(op, args), shaken)[meant.result]
    found = np.asarray(function(name_of)(*args))
    exact = _is_whole(found)
    for arg in args if name_of == "add" else ():  # 1 + 1e-20 is rounded to a whole number
        exact = exact & _is_whole(arg)
    return np.where(exact, found, found * (1 + ROUNDING * shaken.standard_normal(found.shape)))


def _is_whole(x: Complex) -> Complex:
    """Return which numbers are small and whole, and so exact."""
    return np.asarray((x == np.round(real(x))) & (np.abs(x) < LARGE))
