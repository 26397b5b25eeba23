"""Numbers of twice the digits: a float, and the little that it is off by. For exponents, which need them.

What is off by a unit in the last place of 700 is off by a thousand of them in its exponential. The functions serve
Python's floats and arrays alike. T. J. Dekker, A floating-point technique for extending the available precision,
Numerische Mathematik 18, 1971.
"""

from __future__ import annotations

from typing import Any, NamedTuple

#: What a float is multiplied with to be split in halves.
SPLITTER = 2.0**27 + 1


class Doubled(NamedTuple):
    """A number as the sum of a float and a much smaller one."""

    high: Any
    low: Any


def product(x: Any, y: Any) -> Doubled:
    """Return the product of two floats, exactly."""
    found = x * y
    (a, b), (c, d) = _halves(x), _halves(y)
    return Doubled(found, ((a * c - found) + a * d + b * c) + b * d)


def _halves(x: Any) -> tuple[Any, Any]:
    scaled = SPLITTER * x
    high = scaled - (scaled - x)
    return high, x - high


def times(x: Doubled, y: Doubled) -> Doubled:
    """Return the product of two numbers."""
    found = product(x.high, y.high)
    return _tidied(found.high, found.low + (x.high * y.low + x.low * y.high))


def plus(x: Doubled, y: Doubled) -> Doubled:
    """Return the sum of two numbers; D. E. Knuth, The Art of Computer Programming 2, 4.2.2, theorem B."""
    found = x.high + y.high
    again = found - x.high
    off = (x.high - (found - again)) + (y.high - again)
    return _tidied(found, off + (x.low + y.low))


def _tidied(high: Any, low: Any) -> Doubled:
    found = high + low
    return Doubled(found, low - (found - high))


#: The numbers of gelu_tanh, 2 sqrt(2/pi) as its entry writes it, 1.5957691216057308, and 0.044715.
_SCALE, _CUBE = Doubled(1.5957691216057308, -1.145287233084673e-17), Doubled(0.044715, 2.1960211427085595e-18)


def gate_exponent(x: Any) -> Doubled:
    """Return the number whose logistic function gelu_tanh multiplies x with."""
    square = product(x, x)
    cubic = plus(Doubled(1.0, 0.0), times(_CUBE, square))
    return times(times(_SCALE, Doubled(x, 0.0)), cubic)


def half_square(x: Any, z: Any) -> Any:
    """Return how much x^2/2 is more than z^2, which is nearly the same."""
    one, other = product(x, x), product(z, z)
    return (one.high / 2 - other.high) + (one.low / 2 - other.low)
