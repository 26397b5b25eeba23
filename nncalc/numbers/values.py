"""What the operations compute: one function a name, for floats and, where it can be, exactly.

The operation table names its values; here the names are bound to Python's `math`. The
array functions are in `arrays`, which imports NumPy. An exact function gives a whole
number or a rational, or None where the result is irrational or too long to carry.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from nncalc.language.figures import Exact

MAX_BITS = 20_000

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


def sigmoid(x: float) -> float:
    """Return 1/(1 + exp(-x)) without overflow, from either side."""
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    e = math.exp(x)
    return e / (1 + e)


def softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def lse(*xs: float) -> float:
    top = max(xs)
    return top + math.log(math.fsum(math.exp(x - top) for x in xs))


def total(*xs: float) -> float:
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


def _power(x: float, y: float) -> float:
    return math.pow(x, y)


FLOATS: Mapping[str, Callable[..., float]] = {
    "add": total, "neg": lambda x: -x, "mul": lambda x, y: x * y, "div": lambda x, y: x / y, "pow": _power,
    "abs": abs, "sign": lambda x: float(_sign(x)), "step": lambda x: 1.0 if x > 0 else 0.0,
    "above": lambda x, y: 1.0 if x > y else 0.5 if x == y else 0.0, "max": max, "min": min,
    "exp": math.exp, "log": math.log, "sqrt": math.sqrt, "sin": math.sin, "cos": math.cos, "tan": math.tan,
    "sinh": math.sinh, "cosh": math.cosh, "tanh": math.tanh, "asin": math.asin, "acos": math.acos,
    "atan": math.atan, "log1p": math.log1p, "expm1": math.expm1, "erf": math.erf, "xlogy": _xlogy, "xdivy": _xdivy,
    "linear": lambda x: x, "relu": lambda x: x if x > 0 else 0.0, "leaky_relu": lambda x: x if x > 0 else 0.01 * x,
    "sigmoid": sigmoid, "softplus": softplus, "lse": lse, "hypot": math.hypot,
}  # fmt: skip


def _short(value: Exact) -> Exact | None:
    """Return `value`, as an integer where it is one, or None where it grew too long to carry."""
    if isinstance(value, int):
        return value if value.bit_length() <= MAX_BITS else None
    if value.denominator == 1:
        return _short(value.numerator)
    return value if max(value.numerator.bit_length(), value.denominator.bit_length()) <= MAX_BITS else None


def _quotient(x: Exact, y: Exact) -> Exact | None:
    if y == 0:
        return None
    if isinstance(x, int) and isinstance(y, int) and x % y == 0:
        return x // y
    from fractions import Fraction

    return _short(Fraction(x) / Fraction(y))


def _exact_power(x: Exact, y: Exact) -> Exact | None:
    if not isinstance(y, int):
        root = _root(x) if y.denominator == 2 else None
        return None if root is None else _exact_power(root, y.numerator)
    if x == 0 and y < 0:
        return None
    bits = x.bit_length() if isinstance(x, int) else max(x.numerator.bit_length(), x.denominator.bit_length())
    if abs(y) * bits > MAX_BITS and x not in (0, 1, -1):
        return None
    if y < 0:
        return _quotient(1, x**-y)
    return _short(x**y)


def _root(x: Exact) -> Exact | None:
    if x < 0:
        return None
    over, under = (x, 1) if isinstance(x, int) else (x.numerator, x.denominator)
    a, b = math.isqrt(over), math.isqrt(under)
    return _quotient(a, b) if a * a == over and b * b == under else None


def _exact_total(*xs: Exact) -> Exact | None:
    result: Exact = 0
    for x in xs:
        result += x
    return _short(result)


def _exact_norm(*xs: Exact) -> Exact | None:
    squares = _exact_total(*[x * x for x in xs])
    return None if squares is None else _root(squares)


def _only(at: Exact, gives: Exact) -> Callable[[Exact], Exact | None]:
    """Return the exact function of an operation that is rational at one point alone."""
    return lambda x: gives if x == at else None


EXACTS: Mapping[str, Callable[..., Exact | None]] = {
    "add": _exact_total, "neg": lambda x: -x, "mul": lambda x, y: _short(x * y), "div": _quotient,
    "pow": _exact_power, "abs": abs, "sign": _sign, "step": lambda x: int(x > 0),
    "above": lambda x, y: int(x > y) if x != y else _quotient(1, 2), "max": max, "min": min,
    "exp": _only(0, 1), "log": _only(1, 0), "sqrt": _root, "sin": _only(0, 0), "cos": _only(0, 1),
    "tan": _only(0, 0), "sinh": _only(0, 0), "cosh": _only(0, 1), "tanh": _only(0, 0), "asin": _only(0, 0),
    "acos": _only(1, 0), "atan": _only(0, 0), "log1p": _only(0, 0), "expm1": _only(0, 0), "erf": _only(0, 0),
    "xlogy": lambda x, y: 0 if x == 0 or y == 1 else None, "xdivy": lambda x, y: 0 if x == 0 else _quotient(x, y),
    "linear": lambda x: x, "relu": lambda x: max(x, 0), "leaky_relu": lambda x: x if x > 0 else _quotient(x, 100),
    "sigmoid": lambda x: _quotient(1, 2) if x == 0 else None, "softplus": lambda _: None, "lse": lambda *_: None,
    "hypot": _exact_norm,
}  # fmt: skip
