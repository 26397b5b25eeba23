"""Floats: what each primitive operation computes of Python's numbers.

What raises ZeroDivisionError, OverflowError or ValueError, as `math` does, has no value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from nncalc.language.figures import Exact
from nncalc.numbers.composed import composed
from nncalc.ops import OPS

#: Why a matrix has no inverse.
SINGULAR = "the matrix is singular, its determinant is 0"
NEARLY_SINGULAR = "the matrix is so near to a singular one that no digit would be right"


def not_positive(determinant: Exact | float) -> str:
    """Return why a matrix has no logarithm of its determinant."""
    try:
        text = f"{float(determinant):.6g}"
    except OverflowError:
        text = "negative"
    return f"the determinant is {text}, and must be positive"


def _lse(*xs: float) -> float:
    """Return log(sum(exp(x))), the largest apart from the others, beside which these would lose their digits."""
    top = max(xs)
    place = xs.index(top)
    return top + math.log1p(math.fsum(math.exp(x - top) for x in (*xs[:place], *xs[place + 1 :])))


def _total(*xs: float) -> float:
    result = xs[0]
    for x in xs[1:]:
        result += x
    return result


def _sign(x: Exact | float) -> int:
    return int(x > 0) - int(x < 0)


def _xlogy(x: float, y: float) -> float:
    return 0.0 if x == 0 else x * math.log(y)


def _xdivy(x: float, y: float) -> float:
    return 0.0 if x == 0 else x / y


def _times(x: float, y: float) -> float:
    return x * y


def _over(x: float, y: float) -> float:
    return x / y


def _power(x: float, y: float) -> float:
    return math.pow(x, y)


FLOATS: Mapping[str, Callable[..., float]] = {
    "add": _total, "neg": lambda x: -x, "mul": _times, "hadamard": _times, "div": _over, "hdiv": _over, "pow": _power,
    "hpow": _power, "abs": abs, "sign": lambda x: float(_sign(x)), "step": lambda x: 1.0 if x > 0 else 0.0,
    "above": lambda x, y: 1.0 if x > y else 0.5 if x == y else 0.0, "max": max, "min": min,
    "exp": math.exp, "log": math.log, "sqrt": math.sqrt, "sin": math.sin, "cos": math.cos, "tan": math.tan,
    "sinh": math.sinh, "cosh": math.cosh, "tanh": math.tanh, "asin": math.asin, "acos": math.acos,
    "atan": math.atan, "log1p": math.log1p, "expm1": math.expm1, "erf": math.erf, "xlogy": _xlogy, "xdivy": _xdivy,
    "lse": _lse, "hypot": math.hypot,
}  # fmt: skip


def function(op: str) -> Callable[..., float]:
    """Return what computes an operation: its own function, or its meaning."""
    return FLOATS.get(op) or composed(OPS[op], function, float)
