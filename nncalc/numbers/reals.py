"""Reals: what each primitive operation computes of balls, a decimal and how far the number may be from it.

A ball always holds the number. So a difference that cancels is seen to have lost its digits, and is computed again with
more of them. What raises ZeroDivisionError, OverflowError or ValueError, as `math` does, has no value.
"""

from __future__ import annotations

import decimal
import math
import operator
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, ROUND_UP, Context, Decimal, getcontext
from functools import cache, reduce
from typing import NamedTuple

from nncalc.language.figures import Exact
from nncalc.numbers.composed import composed
from nncalc.numbers.floats import FLOATS
from nncalc.numbers.gammas import log_gamma, order_of, polygamma
from nncalc.numbers.series import atan_of, pi, series, sine
from nncalc.ops import OPS

#: How many digits numbers are computed with, until they are known to a float's; 1 - sigmoid(800) takes 348 of them.
LEVELS = (36, 80, 200, 450, 800)
#: How many digits of a number say which float is nearest to it, nearly always.
FLOAT = 19
#: How many steps of Newton's are taken at most.
NEWTON = 100
#: Up to what float the inverse error function begins from that of floats.
NEARLY = 0.999999
#: An argument of exp, beyond which nothing that is computed from the result is of use.
_FAR = 10_000_000

_EMAX = 10**9
_ZERO, _ONE, _TWO, _HALF = Decimal(0), Decimal(1), Decimal(2), Decimal("0.5")
_THREE, _TEN = Decimal(3), Decimal(10)
#: How radii are computed: to few digits, upwards.
_UP = Context(prec=9, rounding=ROUND_UP, Emin=-_EMAX, Emax=_EMAX, traps=[])


class Undecided(ArithmeticError):
    """More digits are needed to tell which of two numbers is larger, or whether one is zero."""


class Ball(NamedTuple):
    """A number that is not farther than `radius` from `middle`."""

    middle: Decimal
    radius: Decimal = _ZERO

    def tells(self, digits: int) -> bool:
        """Return whether so many digits of the number are known."""
        return self.radius <= _UP.multiply(abs(self.middle), _eps(digits + 1))


def context(digits: int) -> Context:
    """Return the context in which balls are computed with so many digits."""
    traps = [decimal.DivisionByZero, decimal.InvalidOperation, decimal.Overflow]
    return Context(prec=digits, rounding=ROUND_HALF_EVEN, Emin=-_EMAX, Emax=_EMAX, traps=traps)


@cache
def _eps(digits: int) -> Decimal:
    return Decimal((0, (1,), 1 - digits))


def _ball(middle: Decimal, radius: Decimal, ulps: Decimal = _ONE) -> Ball:
    """Return a ball, wider by what rounding its middle lost; with the most digits there are, what may be 0 is 0."""
    digits = getcontext().prec
    radius = _UP.fma(_UP.multiply(abs(middle), ulps), _eps(digits), radius)
    if digits == LEVELS[-1] and abs(middle) <= radius:
        return Ball(_ZERO)
    return Ball(middle, radius)


def _point(compute: Callable[[Decimal, Decimal], Decimal], *numbers: Decimal) -> Ball:
    """Return the ball of what is computed of numbers that are known exactly: a point where nothing was rounded."""
    here = getcontext()
    here.clear_flags()
    middle = reduce(compute, numbers)
    return _ball(middle, _ZERO) if here.flags[decimal.Inexact] else Ball(middle)


def ball_of(number: Exact) -> Ball:
    """Return the ball of a rational."""
    return _point(operator.truediv, Decimal(number.numerator), Decimal(number.denominator))


def _sign(x: Ball) -> int:
    """Return the sign of a number; raise Undecided where more digits are needed."""
    if x.middle.copy_abs() > x.radius:
        return 1 if x.middle > 0 else -1
    if x.radius:
        raise Undecided
    return 0


def _int(x: int) -> Ball:
    return Ball(Decimal(x))


def _add(*xs: Ball) -> Ball:
    here = getcontext()
    here.clear_flags()
    middle, radius = xs[0]
    largest = abs(middle)
    for x in xs[1:]:
        middle += x.middle
        radius = _UP.add(radius, x.radius)
        largest = max(largest, abs(middle))
    if not radius and not here.flags[decimal.Inexact]:
        return Ball(middle)
    return _ball(middle, _UP.fma(_UP.multiply(largest, len(xs)), _eps(here.prec), radius))


def _neg(x: Ball) -> Ball:
    return Ball(x.middle.copy_negate(), x.radius)


def _minus(x: Ball, y: Ball) -> Ball:
    return _add(x, _neg(y))


def _mul(x: Ball, y: Ball) -> Ball:
    if not x.radius and not y.radius:
        return _point(operator.mul, x.middle, y.middle)
    radius = _UP.fma(abs(x.middle), y.radius, _UP.multiply(_UP.add(abs(y.middle), y.radius), x.radius))
    return _ball(x.middle * y.middle, radius)


def _div(x: Ball, y: Ball) -> Ball:
    if _sign(y) == 0:
        raise ZeroDivisionError
    middle = x.middle / y.middle
    least = _UP.divide(_ONE, _UP.multiply(abs(y.middle) - y.radius, Decimal("0.9999")))
    return _ball(middle, _UP.multiply(_UP.fma(abs(middle), y.radius, x.radius), least))


def _abs(x: Ball) -> Ball:
    return _neg(x) if _sign(x) < 0 else x


def _compared(x: Ball, y: Ball) -> int:
    """Return the sign of x - y; one ball twice is one number."""
    return 0 if x is y else _sign(_minus(x, y))


def _larger(x: Ball, y: Ball) -> Ball:
    return x if _compared(x, y) >= 0 else y


def _smaller(x: Ball, y: Ball) -> Ball:
    return x if _compared(x, y) <= 0 else y


def _above(x: Ball, y: Ball) -> Ball:
    return Ball(_HALF * (1 + _compared(x, y)))


def _is_largest(x: Ball, *others: Ball) -> Ball:
    signs = [_compared(x, y) for y in others]
    return _int(0) if -1 in signs else _div(Ball(_ONE), _int(1 + signs.count(0)))


# -- powers, exponentials, logarithms -----------------------------------------------------------


def _exp(x: Ball) -> Ball:
    if x.middle - x.radius > _FAR:
        raise OverflowError
    if x.radius > _HALF:
        raise Undecided
    middle = x.middle.exp() if x.middle > -_FAR else Decimal((0, (1,), -_FAR // 3))
    return _ball(middle, _UP.multiply(_UP.multiply(middle, _TWO), x.radius if x.middle > -_FAR else _ONE))


def _log(x: Ball) -> Ball:
    if _sign(x) <= 0:
        raise ValueError
    return _ball(x.middle.ln(), _UP.divide(x.radius, _UP.multiply(x.middle - x.radius, Decimal("0.9999"))))


def _sqrt(x: Ball) -> Ball:
    sign = _sign(x)
    if sign < 0:
        raise ValueError
    if sign == 0:
        return Ball(_ZERO)
    middle = x.middle.sqrt()
    return _ball(middle, _UP.divide(x.radius, _UP.multiply(middle, Decimal("0.9999"))))


def _power(x: Ball, y: Ball) -> Ball:
    whole = not y.radius and y.middle == y.middle.to_integral_value()
    if whole and abs(y.middle) <= _FAR:
        return _whole_power(x, int(y.middle))
    sign = _sign(x)
    if sign < 0 and not whole:
        raise ValueError
    if sign == 0:
        return _zero_to(_sign(y))
    found = _exp(_mul(y, _log(_abs(x))))
    return _neg(found) if sign < 0 and int(y.middle) % 2 else found


def _whole_power(x: Ball, count: int) -> Ball:
    """Return x to a whole power, squared again and again."""
    if count <= 0 and _sign(x) == 0:
        return _zero_to(count)
    found, square, left = Ball(_ONE), x, abs(count)
    while left:
        if left & 1:
            found = _mul(found, square)
        left >>= 1
        square = _mul(square, square) if left else square
    return found if count >= 0 else _div(Ball(_ONE), found)


def _zero_to(sign: int) -> Ball:
    """Return 0 to a power of this sign."""
    if sign < 0:
        raise ZeroDivisionError
    return _int(0 if sign else 1)


def _lse(*xs: Ball) -> Ball:
    top = max(xs, key=lambda x: x.middle)
    return _add(top, _log(_add(*[_exp(_minus(x, top)) if x is not top else Ball(_ONE) for x in xs])))


def _sinh(x: Ball) -> Ball:
    return _mul(_minus(_exp(x), _exp(_neg(x))), Ball(_HALF))


def _cosh(x: Ball) -> Ball:
    return _mul(_add(_exp(x), _exp(_neg(x))), Ball(_HALF))


def _tanh(x: Ball) -> Ball:
    small = _exp(_mul(Ball(-_TWO), Ball(x.middle.copy_abs(), x.radius)))
    found = _div(_minus(Ball(_ONE), small), _add(Ball(_ONE), small))
    return found if x.middle >= 0 else _neg(found)


# -- series ---------------------------------------------------------------------------------------


def _angle(x: Ball, shift: Decimal) -> tuple[Decimal, Decimal]:
    """Return x + shift half turns, less whole turns, and how far that may be off."""
    digits = getcontext().prec
    if x.radius > _HALF:
        raise Undecided
    if not shift and abs(x.middle) < _TWO:
        return x.middle, x.radius
    more = digits + max(0, x.middle.adjusted()) + 5
    if more > 2 * LEVELS[-1]:
        raise OverflowError
    with decimal.localcontext(context(more)):
        turn = 2 * pi(more)
        angle = (x.middle + shift * turn / 2) % turn
    return angle, _UP.add(x.radius, _eps(digits))


def _sine(x: Ball, shift: Decimal) -> Ball:
    angle, off = _angle(x, shift)
    digits = getcontext().prec
    with decimal.localcontext(context(digits + 8)):
        found = sine(angle)
    return _ball(+found, off)


def _sin(x: Ball) -> Ball:
    return x if not x.middle and not x.radius else _sine(x, _ZERO)


def _cos(x: Ball) -> Ball:
    return _sine(x, _HALF)


def _atan(x: Ball) -> Ball:
    digits = getcontext().prec
    with decimal.localcontext(context(digits + 10)):
        found = abs(x.middle)
        over = found > 1
        if over:
            found = 1 / found
        for _ in range(3):
            found /= 1 + (1 + found * found).sqrt()
        found = 8 * atan_of(found)
        if over:
            found = pi(digits + 10) / 2 - found
    return _ball(+found if x.middle >= 0 else -found, x.radius)


def _asin(x: Ball) -> Ball:
    rest = _mul(_minus(Ball(_ONE), x), _add(Ball(_ONE), x))
    sign = _sign(rest)
    if sign < 0:
        raise ValueError
    if sign == 0:
        half = pi(getcontext().prec) / 2
        return _ball(half if x.middle > 0 else -half, _ZERO)
    return _atan(_div(x, _sqrt(rest)))


def _acos(x: Ball) -> Ball:
    above = _add(Ball(_ONE), x)
    if _sign(above) == 0:
        return _ball(+pi(getcontext().prec), _ZERO)
    return _mul(Ball(_TWO), _atan(_sqrt(_div(_minus(Ball(_ONE), x), above))))


def _erf(x: Ball) -> Ball:
    """Return the error function by its series at 0, or as 1 where no digit shows the difference (DLMF 7.6.1)."""
    digits = getcontext().prec
    if x.radius > _HALF:
        raise Undecided
    far = (x.middle.copy_abs() - x.radius) ** 2 * Decimal("0.4342")
    if far > digits + 2:
        return _ball(_ONE.copy_sign(x.middle), _ZERO)
    with decimal.localcontext(context(digits + int(far) + 10)):
        square = x.middle * x.middle
        found = series(
            x.middle, lambda each, count: -each * square * (2 * count - 1) / (count * (2 * count + 1))
        )  # fmt: skip
        found *= 2 / pi(digits + int(far) + 10).sqrt()
    return _ball(+found, _UP.multiply(x.radius, _TWO))


def _erfinv(x: Ball) -> Ball:
    """Return the inverse error function by Newton's steps; how far the last is off is told by the error function."""
    if _sign(_minus(_abs(x), Ball(_ONE))) >= 0:
        raise ValueError
    if _sign(x) == 0:
        return Ball(_ZERO)
    digits = getcontext().prec
    slope = 2 / pi(digits).sqrt()
    about = float(x.middle)
    near = abs(about) < NEARLY and about * about > 0
    found = Decimal(FLOATS["erfinv"](about)) if near else (-(1 - x.middle.copy_abs()).ln()).sqrt().copy_sign(x.middle)
    for _ in range(NEWTON):
        off = _minus(_erf(Ball(found)), Ball(x.middle))
        step = off.middle / (slope * (-found * found).exp())
        step /= 1 + found * step
        found -= step
        if abs(step) <= abs(found) * _eps(digits - 4):
            break
    off = _minus(_erf(Ball(found)), x)
    steep = slope * (-found * found).exp()
    return _ball(found, _UP.divide(_UP.multiply(_TWO, _UP.add(abs(off.middle), off.radius)), steep))


def _room(x: Ball) -> Decimal:
    """Return how far a number is at least from the poles of the gamma function, at 0, -1, -2, ..."""
    pole = min(x.middle.to_integral_value(), _ZERO)
    room = abs(x.middle - pole) - x.radius
    if room > 0:
        return room
    if x.radius:
        raise Undecided
    raise ValueError


def _lgamma(x: Ball) -> Ball:
    """Return log|gamma|; where x may be elsewhere, its slope is at most |log t| + 1/t of a distance t from a pole."""
    room = _room(x)
    found = log_gamma(x.middle)
    steep = abs(_UP.ln(room)) + _UP.ln(abs(x.middle) + x.radius + 1) + _UP.divide(_ONE, room) + 2
    return _ball(+found.value, _UP.fma(steep, x.radius, found.off))


def _polygamma(n: Ball, x: Ball) -> Ball:
    """Return a derivative of digamma; its slope is that of the nearest pole, and of what the others can be."""
    if n.radius:
        raise Undecided
    order = order_of(n.middle) + 1
    room = _room(x)
    found = polygamma(order - 1, x.middle)
    steep = _UP.divide(_ONE, _UP.power(room, order + 1))
    if x.middle > 0:
        steep = _UP.add(steep, _UP.divide(_ONE, _UP.power(room, order)))
    else:
        steep = _UP.add(steep, _UP.power(_TWO, order + 2))
    return _ball(+found.value, _UP.fma(_UP.multiply(steep, math.factorial(order)), x.radius, found.off))


def _cbrt(x: Ball) -> Ball:
    sign = _sign(x)
    if sign == 0:
        return Ball(_ZERO)
    found = _exp(_div(_log(_abs(x)), Ball(_THREE)))
    return found if sign > 0 else _neg(found)


def _atan2(y: Ball, x: Ball) -> Ball:
    """Return the angle of a point: that of y/x, or what x/y lacks to a right angle."""
    digits = getcontext().prec
    if _sign(y) == 0:
        return Ball(_ZERO) if _sign(x) >= 0 else _ball(+pi(digits), _ZERO)
    right = _ball(pi(digits) / 2, _ZERO)
    return _minus(right if _sign(y) > 0 else _neg(right), _atan(_div(x, y)))


def _floor(x: Ball) -> Ball:
    """Return the largest whole number that is at most x; raise Undecided where x may be on either side of one."""
    low, high = x.middle - x.radius, x.middle + x.radius
    found = low.to_integral_value(decimal.ROUND_FLOOR)
    if found != high.to_integral_value(decimal.ROUND_FLOOR):
        raise Undecided
    return Ball(found)


def _round(x: Ball) -> Ball:
    low, high = x.middle - x.radius, x.middle + x.radius
    found = low.to_integral_value(ROUND_HALF_EVEN)
    if found != high.to_integral_value(ROUND_HALF_EVEN):
        raise Undecided
    return Ball(found)


def _where_nonzero(function: Callable[[Ball, Ball], Ball]) -> Callable[[Ball, Ball], Ball]:
    return lambda x, y: _int(0) if not x.middle and not x.radius else function(x, y)


REALS: Mapping[str, Callable[..., Ball]] = {
    "add": _add, "neg": _neg, "mul": _mul, "hadamard": _mul, "div": _div, "hdiv": _div, "pow": _power,
    "hpow": _power, "abs": _abs, "sign": lambda x: _int(_sign(x)), "step": lambda x: _int(_sign(x) > 0),
    "above": _above, "max": _larger, "min": _smaller, "exp": _exp, "log": _log, "sqrt": _sqrt, "sin": _sin,
    "cos": _cos, "tan": lambda x: _div(_sin(x), _cos(x)), "sinh": _sinh, "cosh": _cosh, "tanh": _tanh, "asin": _asin,
    "acos": _acos, "atan": _atan, "log1p": lambda x: _log(_add(Ball(_ONE), x)),
    "expm1": lambda x: _minus(_exp(x), Ball(_ONE)), "erf": _erf,
    "xlogy": _where_nonzero(lambda x, y: _mul(x, _log(y))), "xdivy": _where_nonzero(_div), "lse": _lse,
    "norm2_scaled": lambda *xs: _sqrt(_add(*[_mul(x, x) for x in xs])),
    "log2": lambda x: _div(_log(x), _log(Ball(_TWO))), "log10": lambda x: _div(_log(x), _log(Ball(_TEN))),
    "exp2": lambda x: _power(Ball(_TWO), x), "cbrt": _cbrt, "erfinv": _erfinv, "atan2": _atan2,
    "lgamma": _lgamma, "polygamma": _polygamma, "floor": _floor, "round": _round,
    "is_largest": _is_largest,
}  # fmt: skip


def _number(text: str) -> Ball:
    """Return what a number of a meaning says, whatever the digits that are computed with."""
    return Ball(Decimal(text))


def function(op: str) -> Callable[..., Ball]:
    """Return what computes an operation: its own function, or its meaning."""
    return REALS.get(op) or composed(OPS[op], function, _number)


def nearest(x: Ball) -> float:
    """Return a number as the nearest float; raise OverflowError where there is none."""
    found = float(x.middle)
    if math.isinf(found):
        raise OverflowError
    return found
