"""Numbers that a spec sets something to: within their bounds, and as they are written in an equation."""

from __future__ import annotations

from fractions import Fraction

from nncalc.language.figures import Exact, exact_of, text_of
from nncalc.spec.node import Node
from nncalc.spec.values import one_number


def above(node: Node, bound: int) -> float:
    """Return the number at `node`, which is larger than `bound`."""
    value = one_number(node)
    if value <= bound:
        raise node.problem(f"must be larger than {bound}, not {text_of(value)}", code="domain")
    return value


def least(node: Node, bound: int) -> float:
    """Return the number at `node`, which is at least `bound`."""
    value = one_number(node)
    if value < bound:
        raise node.problem(f"must not be less than {bound}, but is {text_of(value)}", code="domain")
    return value


def rational(value: float) -> Fraction:
    """Return what a number that was typed says, exactly."""
    return Fraction(exact_of(value))


def scaled(text: str, by: Fraction) -> str:
    """Return the text of a product with a positive number, which is left out where it is 1.

    >>> scaled("f(x)", Fraction(1)), scaled("f(x)", Fraction(3, 2))
    ('f(x)', '1.5*f(x)')
    """
    return text if by == 1 else f"{amount(by)}*{text}"


def amount(value: Exact) -> str:
    """Return the simplest exact text of a rational that is not negative: 2, 0.5 or (1/3).

    >>> amount(2), amount(Fraction(3, 5)), amount(Fraction(1, 3))
    ('2', '0.6', '(1/3)')
    """
    under = value.denominator
    if under == 1:
        return str(value.numerator)
    twos = fives = 0
    while under % 2 == 0:
        under, twos = under // 2, twos + 1
    while under % 5 == 0:
        under, fives = under // 5, fives + 1
    places = max(twos, fives)
    if under != 1 or places > 20:
        return f"({value.numerator}/{value.denominator})"
    digits = str(value.numerator * 10**places // value.denominator).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"
