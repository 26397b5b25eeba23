"""Exact numbers: what each primitive operation computes of whole numbers and rationals.

None says that the result is irrational, has no value, or is too long to carry.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from nncalc.language.figures import Exact, exact
from nncalc.numbers.composed import composed
from nncalc.ops import OPS

MAX_BITS = 20_000
#: An exact value that is kept for display alone is dropped when its denominator is longer than this.
SHOWN_BITS = 128


def _sign(x: Exact) -> int:
    return int(x > 0) - int(x < 0)


def _is_largest(x: Exact, *others: Exact) -> Exact | None:
    return 0 if any(y > x for y in others) else _quotient(1, 1 + others.count(x))


def _short(value: Exact) -> Exact | None:
    """Return `value`, as an integer where it is one, or None where it grew too long to carry."""
    if isinstance(value, int):
        return value if value.bit_length() <= MAX_BITS else None
    if value.denominator == 1:
        return _short(value.numerator)
    return value if max(value.numerator.bit_length(), value.denominator.bit_length()) <= MAX_BITS else None


def _product(x: Exact, y: Exact) -> Exact | None:
    return _short(x * y)


def _quotient(x: Exact, y: Exact) -> Exact | None:
    if y == 0:
        return None
    if isinstance(x, int) and isinstance(y, int) and x % y == 0:
        return x // y
    from fractions import Fraction

    return _short(Fraction(x) / Fraction(y))


def _power(x: Exact, y: Exact) -> Exact | None:
    if not isinstance(y, int):
        root = _root(x) if y.denominator == 2 else None
        return None if root is None else _power(root, y.numerator)
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


def _total(*xs: Exact) -> Exact | None:
    result: Exact = 0
    for x in xs:
        result += x
    return _short(result)


def _norm(*xs: Exact) -> Exact | None:
    squares = _total(*[x * x for x in xs])
    return None if squares is None else _root(squares)


def _whole_log(x: Exact, base: int) -> Exact | None:
    """Return the logarithm of a number that is a whole power of the base."""
    if x <= 0:
        return None
    over, under = (x, 1) if isinstance(x, int) else (x.numerator, x.denominator)
    count, rest = 0, max(over, under)
    while rest % base == 0:
        count, rest = count + 1, rest // base
    return None if rest != 1 or min(over, under) != 1 else count if under == 1 else -count


def _cube_root(x: Exact) -> Exact | None:
    if x < 0:
        found = _cube_root(-x)
        return None if found is None else -found
    over, under = (x, 1) if isinstance(x, int) else (x.numerator, x.denominator)
    a, b = _whole_cube_root(over), _whole_cube_root(under)
    return None if a is None or b is None else _quotient(a, b)


def _whole_cube_root(x: int) -> int | None:
    """Return the whole cube root of a number that has one, by Newton's steps from above."""
    found = 1 << -(-x.bit_length() // 3)
    while found**3 > x:
        found = (2 * found + x // (found * found)) // 3
    return found if found**3 == x else None


def _only(at: Exact, gives: Exact) -> Callable[[Exact], Exact | None]:
    """Return the exact function of an operation that is rational at one point alone."""
    return lambda x: gives if x == at else None


EXACTS: Mapping[str, Callable[..., Exact | None]] = {
    "add": _total, "neg": lambda x: -x, "mul": _product, "hadamard": _product,
    "div": _quotient, "hdiv": _quotient, "pow": _power, "hpow": _power, "abs": abs, "sign": _sign,
    "step": lambda x: int(x > 0), "above": lambda x, y: int(x > y) if x != y else _quotient(1, 2), "max": max,
    "min": min, "exp": _only(0, 1), "log": _only(1, 0), "sqrt": _root, "sin": _only(0, 0), "cos": _only(0, 1),
    "tan": _only(0, 0), "sinh": _only(0, 0), "cosh": _only(0, 1), "tanh": _only(0, 0), "asin": _only(0, 0),
    "acos": _only(1, 0), "atan": _only(0, 0), "log1p": _only(0, 0), "expm1": _only(0, 0), "erf": _only(0, 0),
    "xlogy": lambda x, y: 0 if x == 0 or y == 1 else None, "xdivy": lambda x, y: 0 if x == 0 else _quotient(x, y),
    "lse": lambda *_: None, "norm2_scaled": _norm,
    "log2": lambda x: _whole_log(x, 2), "log10": lambda x: _whole_log(x, 10),
    "exp2": lambda x: _power(2, x), "cbrt": _cube_root, "erfinv": _only(0, 0), "floor": math.floor, "round": round,
    "lgamma": lambda x: 0 if x in (1, 2) else None, "polygamma": lambda *_: None,
    "atan2": lambda y, x: 0 if y == 0 and x > 0 else None,
    "is_largest": _is_largest,
}  # fmt: skip


def function(op: str) -> Callable[..., Exact | None]:
    """Return what computes an operation: its own function, or its meaning."""
    return EXACTS.get(op) or composed(OPS[op], function, exact)
