"""Straight-line Python: a plan on floats as one function, for what is run many times.

The text is made of slots and of the operations' names in the tables, never of anything that a user wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nncalc.language.formula import Name, Num
from nncalc.numbers.floats import function
from nncalc.numbers.plan import Plan

#: How operations are written in Python, where that is the same as calling their function and faster; a sum beside them.
_WRITTEN = {
    "mul": "{0} * {1}", "hadamard": "{0} * {1}", "div": "{0} / {1}", "hdiv": "{0} / {1}", "neg": "-{0}",
    "max": "{1} if {1} > {0} else {0}", "min": "{1} if {1} < {0} else {0}", "step": "1.0 if {0} > 0 else 0.0",
}  # fmt: skip


def straight(plan: Plan, wanted: Sequence[Name]) -> Callable[[Sequence[float]], tuple[float, ...]]:
    """Return a function from the values of the leaves, in the order of the plan, to those `wanted`.

    It raises ZeroDivisionError, OverflowError or ValueError where one has no value, as `math` does.
    """
    leaves = [slot for slot, formula in enumerate(plan.formulas) if isinstance(formula, Name)]
    functions = {f"f_{op}": function(op) for op in {step.op for step in plan.steps}}
    lines = [f"    {', '.join(_slots(leaves))}, = values"] if leaves else []
    for slot in plan.numbers:
        number = plan.formulas[slot]
        assert isinstance(number, Num)
        lines.append(f"    v{slot} = {float(number.text)!r}")
    lines += [f"    v{step.result} = {_written(step.op, _slots(step.args))}" for step in plan.steps]
    lines.append(f"    return {', '.join(_slots([plan.slots[of] for of in wanted]))},")
    made: dict[str, Any] = dict(functions)
    exec("\n".join(["def run(values):", *lines]), made)  # noqa: S102 -- slots and operations alone, see above
    run: Callable[[Sequence[float]], tuple[float, ...]] = made["run"]
    return run


def _slots(places: Sequence[int]) -> list[str]:
    return [f"v{place}" for place in places]


def _written(op: str, args: Sequence[str]) -> str:
    if op == "add":
        return " + ".join(args)
    return _WRITTEN[op].format(*args) if op in _WRITTEN else f"f_{op}({', '.join(args)})"
