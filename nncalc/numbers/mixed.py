"""A plan on numbers that are exact for as long as that can be done, then floats; for graphs too large to be refined."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from nncalc.language.figures import Exact, exact
from nncalc.language.formula import Name, Num
from nncalc.numbers import exacts, floats
from nncalc.numbers.exacts import SHOWN_BITS
from nncalc.numbers.plan import Plan
from nncalc.progress import told


class Slots(NamedTuple):
    """What is in the slots of a plan: floats, and exact values where they are known."""

    floats: list[float]
    exacts: list[Exact | None]


def run(plan: Plan, given: Mapping[Name, float], known: Mapping[Name, Exact | None]) -> Slots | None:
    """Return what the slots of a plan hold, None where one has no value."""
    count = len(plan.formulas)
    rounded: list[float] = [0.0] * count
    values: list[Exact | None] = [None] * count
    for of, slot in plan.slots.items():
        if of in given:
            rounded[slot], values[slot] = given[of], known[of]
    for slot in plan.numbers:
        number = plan.formulas[slot]
        assert isinstance(number, Num)
        rounded[slot], values[slot] = float(number.text), exact(number.text)
    named = bytearray(count)
    for slot in plan.slots.values():
        named[slot] = 1
    functions = {op: (floats.function(op), exacts.function(op)) for op in {step.op for step in plan.steps}}
    try:
        for op, args, result in told(plan.steps, "computing"):
            in_floats, in_exacts = functions[op]
            own = [values[arg] for arg in args]
            found = in_exacts(*own) if None not in own else None
            if found is None:
                rounded[result] = in_floats(*[rounded[arg] for arg in args])
            else:
                rounded[result] = float(found)
                if not named[result] or found.denominator.bit_length() <= SHOWN_BITS:
                    values[result] = found
    except (ArithmeticError, ValueError):
        return None
    return Slots(rounded, values) if all(map(math.isfinite, rounded)) else None
