"""What stands above and below the line of a fraction, put together the way it is read."""

from __future__ import annotations

from fractions import Fraction

from nncalc.algebra.powers import HALF
from nncalc.language.figures import decimal
from nncalc.language.formula import Formula, call, is_call, num, product

#: A denominator that is written as a decimal, such as that of 2/sqrt(pi), and how many digits it may have.
LONG, MOST_DIGITS = 100_000, 20


def scaled(factor: Fraction, body: Formula, *, decimals: bool) -> Formula:
    over, under = number(factor, decimals=decimals)
    result = body if over is None else call("mul", over, body)
    return result if under is None else call("div", result, under)


def number(value: Fraction, *, decimals: bool) -> tuple[Formula | None, Formula | None]:
    """Return what stands above and below the line for a positive number; None for 1.

    `decimals` writes 1/2 as 0.5.
    """
    if value.denominator != 1 and (decimals or value.denominator >= LONG):
        text = decimal(value, 4 if value.denominator < LONG else MOST_DIGITS)
        if text is not None:
            return num(text), None
    over = num(value.numerator) if value.numerator != 1 else None
    return over, num(value.denominator) if value.denominator != 1 else None


def divided(factors: list[Formula]) -> Formula | None:
    """Return numbers times 1 ./ y as the numbers ./ y, or None for another product."""
    *front, last = factors
    if front and is_call(last, "hdiv") and last.args[0] is num(1):
        return call("hdiv", product(front), last.args[1])
    return None


def spread(factors: list[Formula]) -> Formula:
    """Return a product, its last factor's own factors joined one by one."""
    *front, last = factors
    if not front:
        return last
    pieces: list[Formula] = [last]
    while is_call(pieces[0], "mul"):
        pieces[:1] = pieces[0].args
    return product([*front, *pieces])


def raised(to: list[Formula], base: Formula, power: Fraction, op: str) -> None:
    """Add a power with a positive exponent to a list of factors."""
    if power == 1:
        to.append(base)
    elif power == HALF:
        to.append(call("sqrt", base))
    elif power.denominator == 1:
        to.append(call(op, base, num(power.numerator)))
    else:
        to.append(call(op, base, call("div", num(power.numerator), num(power.denominator))))


def odd(power: Fraction) -> bool:
    return power.denominator == 1 and power.numerator % 2 == 1
