"""The logarithm of the gamma function and its derivatives in decimals, with how far each may be off; as floats.

Far from 0 by Stirling's series, which is off by less than the first term that is left out; nearer by the recurrence, to
the left of 0 by the reflection. DLMF 5.5, 5.11 and 5.15. What has no value raises ValueError.
"""

from __future__ import annotations

import decimal
import math
from collections.abc import Callable
from decimal import Decimal, getcontext
from functools import cache
from typing import NamedTuple

from nncalc.numbers.series import pi, sine

#: How many more digits are computed with, and how many of these rounding may take.
_MORE, _LOST = 12, 6
#: The digits with which a float is computed, the first that are enough; and how many it takes to know it.
_LEVELS, _FLOAT = (26, 60, 120, 400), 19
#: The highest derivative of the digamma function.
HIGHEST = 100
_ZERO, _ONE, _TWO, _HALF = Decimal(0), Decimal(1), Decimal(2), Decimal("0.5")


class Near(NamedTuple):
    """A number that is not farther than `off` from `value`."""

    value: Decimal
    off: Decimal


def log_gamma(x: Decimal) -> Near:
    """Return the logarithm of the absolute value of the gamma function."""
    digits = getcontext().prec
    with decimal.localcontext() as here:
        here.prec = digits + _MORE
        if x <= 0:
            there = log_gamma(1 - x)
            constant, turned = pi(here.prec).ln(), abs(_sine(_to_pole(x))).ln()
            return _near(constant - turned - there.value, max(abs(constant), abs(turned), abs(there.value)), there.off)
        steps, y = _far(x, digits, 0)
        log, (tail, off) = y.ln(), _tail(-1, y, digits)
        far = (y - _HALF) * log - y + (2 * pi(here.prec)).ln() / 2 + tail
        product = math.prod((x + k for k in range(steps)), start=_ONE).ln()
        return _near(far - product, max(abs(y * log), abs(product), y), off)


def polygamma(n: int, x: Decimal) -> Near:
    """Return derivative n of the digamma function."""
    digits = getcontext().prec
    with decimal.localcontext() as here:
        here.prec = digits + _MORE
        sign = -1 if n % 2 == 0 else 1
        if x <= 0:
            there = polygamma(n, 1 - x)
            turned = pi(here.prec) ** (n + 1) * _cotangent(n, _to_pole(x))
            return _near(-sign * there.value - turned, max(abs(there.value), abs(turned)), there.off)
        steps, y = _far(x, digits, n)
        first = math.factorial(n - 1) / y**n if n else -y.ln()
        tail, off = _tail(n, y, digits)
        whole = math.factorial(n)
        near = whole * sum((1 / (x + k) ** (n + 1) for k in range(steps)), start=_ZERO)
        far = first + whole / (2 * y ** (n + 1)) + tail
        return _near(sign * (near + far), max(abs(first), near), off)


def _near(value: Decimal, largest: Decimal, off: Decimal) -> Near:
    """Return a number that was computed of others up to `largest`, itself off by `off` before it was rounded."""
    return Near(value, abs(off) + largest.scaleb(_LOST - getcontext().prec))


def _to_pole(x: Decimal) -> Decimal:
    """Return how far a number is beyond the nearest whole number; raise ValueError for one that is whole."""
    found = x - x.to_integral_value()
    if not found:
        raise ValueError
    return found


def _sine(x: Decimal) -> Decimal:
    """Return the sine of x half turns."""
    return sine(pi(getcontext().prec) * x)


def _cotangent(n: int, x: Decimal) -> Decimal:
    """Return derivative n of the cotangent, by the angle, at x half turns, which are -1/2 to 1/2."""
    found = _sine(_HALF - abs(x)) / _sine(x)
    powers = [_ZERO, _ONE]  # the polynomial in the cotangent, of which the slope is -(1 + its square)
    for _ in range(n):
        slopes = [-k * power for k, power in enumerate(powers)][1:]
        powers = [a + b for a, b in zip([*slopes, _ZERO, _ZERO], [_ZERO, _ZERO, *slopes], strict=True)]
    return sum((power * found**k for k, power in enumerate(powers) if power), start=_ZERO)


def _far(x: Decimal, digits: int, n: int) -> tuple[int, Decimal]:
    """Return how many steps it takes to where Stirling's series has so many digits, and that place."""
    steps = max(0, math.ceil(7 * digits // 10 + 20 + n - x)) if x < digits + 20 + n else 0
    return steps, x + steps


def _tail(n: int, y: Decimal, digits: int) -> tuple[Decimal, Decimal]:
    """Return the terms of Stirling's series with Bernoulli numbers, and the last of them; n is -1 for its logarithm."""
    found = last = _ZERO
    rest, square = Decimal(math.factorial(n + 1)) / (2 * y ** (n + 2)), y * y
    for k, number in enumerate(_bernoulli(digits // 2 + 5, getcontext().prec), 1):
        last = number * rest
        found += last
        rest *= (2 * k + n) * (2 * k + n + 1) / ((2 * k + 1) * (2 * k + 2) * square)
    return found, last


@cache
def _bernoulli(count: int, digits: int) -> tuple[Decimal, ...]:
    """Return the Bernoulli numbers of even index from 2 on, by tangent numbers: Brent and Harvey 2013, algorithm 2."""
    tangents = [1] * (count + 1)
    for k in range(2, count + 1):
        tangents[k] = (k - 1) * tangents[k - 1]
    for k in range(2, count + 1):
        for j in range(k, count + 1):
            tangents[j] = (j - k) * tangents[j - 1] + (j - k + 2) * tangents[j]
    with decimal.localcontext() as here:
        here.prec = digits
        return tuple(Decimal((-1) ** (k - 1) * 2 * k * tangents[k]) / (4**k * (4**k - 1)) for k in range(1, count + 1))


# -- floats ---------------------------------------------------------------------------------------


def order_of(n: float | Decimal) -> int:
    """Return which derivative is meant; raise ValueError where that is none."""
    if n != int(n) or not 0 <= n <= HIGHEST:
        raise ValueError
    return int(n)


def nearest(compute: Callable[[Decimal], Near], x: float) -> float:
    """Return what is computed of a number as the nearest float; raise OverflowError where there is none."""
    if not math.isfinite(x):
        raise ValueError
    tried = (_with(compute, x, digits) for digits in _LEVELS)
    result = float(next(found.value for found in tried if found.off <= abs(found.value).scaleb(-_FLOAT)))
    if math.isinf(result):
        raise OverflowError
    return result


def _with(compute: Callable[[Decimal], Near], x: float, digits: int) -> Near:
    with decimal.localcontext() as here:
        here.prec = digits
        return compute(Decimal(x))
