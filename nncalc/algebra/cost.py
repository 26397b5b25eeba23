"""How long a formula is to read, by which one way of writing it is chosen before another."""

from __future__ import annotations

from typing import TypeAlias

from nncalc.graph.shapes import PARTS
from nncalc.language.formula import Call, Formula, is_call

#: How long a formula is, how many minus signs it has, how many transposes.
Cost: TypeAlias = tuple[int, int, int]

SIZES = frozenset({"ones", "eye", "zeros", "comm"})
_costs: dict[Formula, Cost] = {}


def cost(formula: Formula) -> Cost:
    """Return how long `formula` is: its names, numbers, signs and functions; sizes of ones and indices are free."""
    if not isinstance(formula, Call) or formula.op in SIZES:
        return (1, 0, 0)
    found = _costs.get(formula)
    if found is None:
        size, minus, turns = (1, int(formula.op == "neg"), int(formula.op == "transpose"))
        if formula.op == "add":
            size = len(formula.args) - 1 - sum(is_call(arg, "neg") for arg in formula.args[1:])
        for arg in formula.args[:1] if formula.op in PARTS else formula.args:
            a, b, c = cost(arg)
            size, minus, turns = size + a, minus + b, turns + c
        found = _costs[formula] = (size, minus, turns)
    return found
