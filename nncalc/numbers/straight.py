"""Straight-line Python: a plan on floats as one function, or a formula of numbers, for what is run many times.

The text is made of slots and of the operations' names in the tables, never of anything that a user wrote.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nncalc.language.formula import Call, Formula, Name, Num, names_in, parts
from nncalc.numbers.evaluation import Evaluation
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
    run: Callable[[Sequence[float]], tuple[float, ...]] = _made(lines, functions)
    return run


def in_floats(formula: Call) -> Callable[[Sequence[float]], float | None]:
    """Return a function from the values of a formula's names, in the order they are read, to its own.

    It is what an Evaluation finds: None where any part has no value; parts without names are exact if that can be.

    >>> from nncalc.language.parser import parse
    >>> run = in_floats(parse("a * b + a / (1/3)"))
    >>> run([1.0, 2.0]), run([1e308, 1e308])
    (5.0, None)
    """
    found = _slotted(formula)
    if found is None:
        return lambda _: None
    slots, known = found
    lines = [f"    {', '.join([slots[of] for of in names_in(formula)])}, = values", "    try:"]
    steps = [part for part in slots if isinstance(part, Call) and slots[part] not in known]
    lines += [f"        {slots[part]} = {_written(part.op, [slots[arg] for arg in part.args])}" for part in steps]
    lines += ["    except (ZeroDivisionError, OverflowError, ValueError):", "        return None"]
    finite = " and ".join([f"isfinite({slots[part]})" for part in steps])
    lines.append(f"    return {slots[formula]} if {finite} else None")
    functions = {f"f_{part.op}": function(part.op) for part in steps}
    run: Callable[[Sequence[float]], float | None] = _made(lines, {**known, **functions, "isfinite": math.isfinite})
    return run


def _slotted(formula: Call) -> tuple[dict[Formula, str], dict[str, float]] | None:
    """Return a slot for each part of a formula, and what is in those of parts without names; None where one has none.

    A part without names is taken as a whole.
    """
    slots: dict[Formula, str] = {}
    known: dict[str, float] = {}
    named: set[Formula] = set()
    for part in parts(formula):
        if isinstance(part, Name) or (isinstance(part, Call) and not named.isdisjoint(part.args)):
            named.add(part)
    needed = {arg for part in named if isinstance(part, Call) for arg in part.args}
    for part in parts(formula):
        if part in named:
            slots[part] = f"v{len(slots)}"
        elif part in needed:
            value = Evaluation().rounded_or_none(part)
            if value is None:
                return None
            slots[part] = f"c{len(slots)}"
            known[slots[part]] = value
    return slots, known


def _made(lines: Sequence[str], known: Mapping[str, Any]) -> Any:
    """Return the function of `values` that has these lines."""
    made: dict[str, Any] = dict(known)
    exec("\n".join(["def run(values):", *lines]), made)  # noqa: S102 -- slots and operations alone, see above
    return made["run"]


def _slots(places: Sequence[int]) -> list[str]:
    return [f"v{place}" for place in places]


def _written(op: str, args: Sequence[str]) -> str:
    if op == "add":
        return " + ".join(args)
    return _WRITTEN[op].format(*args) if op in _WRITTEN else f"f_{op}({', '.join(args)})"
