"""What a formula comes to along the values of one of its names: the points of a curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nncalc.language.formula import Formula, Name, Num, parts
from nncalc.numbers.arrays import Array, function
from nncalc.numbers.whole import number


def along(formula: Formula, given: Mapping[Name, float], of: Name, values: Sequence[float]) -> list[float | None]:
    """Return what a formula of numbers comes to for each value of the name `of`, None where it has none.

    >>> from nncalc.language.formula import name
    >>> from nncalc.language.parser import parse
    >>> along(parse("log(x) + a"), {name("a"): 1}, name("x"), [1.0, -1.0])
    [1.0, None]
    """
    found: list[float | None] = []
    for value in values:
        try:
            with np.errstate(all="ignore"):
                result = float(_computed(formula, {**given, of: value})[0, 0])
        except (ArithmeticError, ValueError):
            result = float("nan")
        found.append(result if np.isfinite(result) else None)
    return found


def _computed(formula: Formula, given: Mapping[Name, float]) -> Array:
    known: dict[Formula, Array] = {of: np.array([[float(value)]]) for of, value in given.items()}
    for part in parts(formula):
        if isinstance(part, Num):
            known[part] = number(part.text)
        elif part not in known:
            assert not isinstance(part, Name)
            known[part] = function(part.op)(*[known[arg] for arg in part.args])
    return known[formula]
