"""Floats: what each primitive operation computes of Python's numbers.

What raises ZeroDivisionError, OverflowError or ValueError, as `math` does, has no value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial

from nncalc.language.figures import Exact
from nncalc.numbers.composed import composed
from nncalc.numbers.doubled import SPLITTER, Doubled, gate_exponent, half_square, plus, product, times
from nncalc.ops import OPS

#: Beyond what x there is no float as small as exp(-x*x), as exp(-x*x/2), and as what gelu_tanh multiplies -x with.
GONE, NORMAL_GONE, GATE_GONE = 28.0, 40.0, 30.0
#: The least number of whose root the cube has all its digits twice.
LEAST_CUBE = 1e-250
#: The slope of the error function at 0.
TWO_OVER_ROOT_PI = 1.1283791670955126
#: The root of 1/2, and the density of the standard normal distribution at 0 as its entry writes it.
ROOT_HALF, DENSITY = 0.5**0.5, 0.3989422804014327
#: The least float that has all its digits.
SMALL = 2.0**-1022
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


def _is_largest(x: float, *others: float) -> float:
    return 0.0 if any(y > x for y in others) else 1 / (1 + others.count(x))


def _xlogy(x: float, y: float) -> float:
    return 0.0 if x == 0 else x * math.log(y)


def _xdivy(x: float, y: float) -> float:
    return 0.0 if x == 0 else x / y


def _gaussian(x: float) -> float:
    """Return exp(-x*x), with x in two halves of which one has a float as its square.

    T. J. Dekker, A floating-point technique for extending the available precision, Numerische Mathematik 18, 1971.
    """
    if abs(x) > GONE:
        return 0.0
    scaled = SPLITTER * x
    high = scaled - (scaled - x)
    return math.exp(-high * high) * math.exp(-(x - high) * (x + high))


def _normal_pdf(x: float) -> float:
    """Return the density of the normal distribution, its exponential as that of `gaussian`."""
    if abs(x) > NORMAL_GONE:
        return 0.0
    scaled = SPLITTER * x
    high = scaled - (scaled - x)
    return DENSITY * (math.exp(-high * high / 2) * math.exp(-(x - high) * (x + high) / 2))


def _normal_cdf(x: float) -> float:
    """Return the normal distribution function; where it is small, what x/sqrt(2) is off by is put back."""
    z = -x * ROOT_HALF
    if x >= 0:
        return math.erfc(z) / 2
    return math.erfc(z) / 2 * math.exp(-half_square(x, z)) if x > -NORMAL_GONE else 0.0


def _erfinv(x: float) -> float:
    """Return the inverse error function by Halley's steps; where erf is nearly 1, from what it lacks to that."""
    if not -1 < x < 1:
        raise ValueError
    rest = math.log((1 - x) * (1 + x))
    about = 2 / (math.pi * 0.147) + rest / 2
    found = math.copysign(math.sqrt(max(0.0, math.sqrt(about * about - rest / 0.147) - about)), x)
    for _ in range(3):
        near = abs(x) < 0.5
        off = math.erf(found) - x if near else math.copysign(1, x) * (1 - abs(x) - math.erfc(abs(found)))
        step = off / (TWO_OVER_ROOT_PI * math.exp(-found * found))
        found -= step / (1 + found * step)
    return found


def _lgamma(x: float) -> float:
    from nncalc.numbers.gammas import log_gamma, nearest

    return 0.0 if x in (1, 2) else nearest(log_gamma, x)


def _polygamma(n: float, x: float) -> float:
    from nncalc.numbers.gammas import nearest, order_of, polygamma

    return nearest(partial(polygamma, order_of(n)), x)


def _gelu_gate(x: float) -> float:
    if abs(x) > GATE_GONE:
        return 1.0 if x > 0 else 0.0
    exponent = gate_exponent(abs(x))
    small: float = math.exp(-exponent.high) * (1 - exponent.low)
    return (1 if x > 0 else small) / (1 + small)


def _sigmoid_less(x: float, y: float) -> float:
    """Return the logistic function of a difference; what rounding took from that is put back."""
    small = _apart(x, y)
    return (1 if x > y else small) / (1 + small)


def _apart(x: float, y: float) -> float:
    """Return the exponential of minus the distance of two numbers."""
    high, low = plus(Doubled(x, 0.0), Doubled(-y, 0.0))
    off: float = low if math.isfinite(low) else 0.0
    return math.exp(-abs(high)) * (1 - (off if high > 0 else -off))


def _logaddexp(x: float, y: float) -> float:
    return max(x, y) + math.log1p(_apart(x, y))


def _cbrt(x: float) -> float:
    """Return the cube root, after a step of Newton's with twice the digits."""
    found = math.cbrt(x)
    if abs(x) < LEAST_CUBE:
        return found
    cube = times(product(found, found), Doubled(found, 0.0))
    return float(found - ((cube.high - x) + cube.low) / (3 * found * found))


def _power_slope(x: float, y: float) -> float:
    """Return y*x^(y - 1), by x^y where that is a float, as y - 1 may round."""
    if y == 0:
        return 0.0
    try:
        whole = math.pow(x, y)
    except OverflowError:
        whole = 0.0
    return y * (whole / x if x and abs(whole) >= SMALL else math.pow(x, y - 1))


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
    "is_largest": _is_largest,
    "exp": math.exp, "log": math.log, "sqrt": math.sqrt, "sin": math.sin, "cos": math.cos, "tan": math.tan,
    "sinh": math.sinh, "cosh": math.cosh, "tanh": math.tanh, "asin": math.asin, "acos": math.acos,
    "atan": math.atan, "log1p": math.log1p, "expm1": math.expm1, "erf": math.erf, "xlogy": _xlogy, "xdivy": _xdivy,
    "lse": _lse, "norm2_scaled": math.hypot, "log2": math.log2, "log10": math.log10, "exp2": math.exp2, "cbrt": _cbrt,
    "erfinv": _erfinv, "atan2": math.atan2, "floor": lambda x: float(math.floor(x)), "round": lambda x: float(round(x)),
    "lgamma": _lgamma, "polygamma": _polygamma,
}  # fmt: skip

#: Functions of operations that have a meaning, which keep digits that it loses.
BETTER: Mapping[str, Callable[..., float]] = {
    "gaussian": _gaussian, "power_slope": _power_slope, "normal_pdf": _normal_pdf, "normal_cdf": _normal_cdf,
    "gelu_gate": _gelu_gate, "sigmoid_less": _sigmoid_less, "logaddexp": _logaddexp, "mod": lambda x, y: x % y,
    "hypot": math.hypot,
}  # fmt: skip
#: The operations that have a function of their own.
PRIMITIVES = FLOATS.keys() | BETTER.keys()


def function(op: str) -> Callable[..., float]:
    """Return what computes an operation: its own function, or its meaning."""
    return FLOATS.get(op) or BETTER.get(op) or composed(OPS[op], function, float)
