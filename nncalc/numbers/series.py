"""Sums of series in decimals, to the digits of the present context; pi. Knows no balls."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from decimal import Decimal, getcontext
from functools import cache

_ONE = Decimal(1)


def series(first: Decimal, term: Callable[[Decimal, int], Decimal]) -> Decimal:
    """Return the sum of a series of which `term` makes each term, from that before it and its number."""
    total, each, count = first, first, 0
    while each and each.adjusted() > total.adjusted() - getcontext().prec - 2:
        count += 1
        each = term(each, count)
        total += each
    return total


def sine(angle: Decimal) -> Decimal:
    """Return the sine of an angle that is not much larger than a half turn."""
    square = angle * angle
    return series(angle, lambda each, count: -each * square / (2 * count * (2 * count + 1)))


@cache
def pi(digits: int) -> Decimal:
    """Return pi by Machin's formula, 16 atan(1/5) - 4 atan(1/239)."""
    with decimal.localcontext() as here:
        here.prec = digits + 10
        return 16 * atan_of(_ONE / 5) - 4 * atan_of(_ONE / 239)


def atan_of(x: Decimal) -> Decimal:
    """Return the inverse tangent of a small number by its series."""
    square, power, total, count = x * x, x, x, 1
    while power and power.adjusted() > total.adjusted() - getcontext().prec - 2:
        power, count = -power * square, count + 2
        total += power / count
    return total
