"""The roots of a polynomial whose coefficients are formulas: all of them, or none is given.

Of degree one and two, of powers of these, and rational ones where the coefficients are numbers. Knows
formulas, no values.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product as combinations_of
from math import gcd, isqrt, lcm
from typing import NamedTuple, TypeAlias

from nncalc.algebra.terms import UNIT, Sum
from nncalc.deriving.definite import even
from nncalc.deriving.ground import Ground, Need
from nncalc.graph.sizes import SCALAR
from nncalc.graph.tidy import written
from nncalc.language.formula import Formula, call, is_call, num, product

#: A polynomial: its coefficients by exponent, none of them zero.
Polynomial: TypeAlias = dict[int, Sum]
#: How large a number is whose divisors are tried.
MOST_DIVIDED = 10**6
#: Of how many terms a square is recognised.
MOST_SQUARES = 3


class Root(NamedTuple):
    """A root, and what must hold for it to be one."""

    point: Formula
    needs: tuple[Need, ...] = ()


def all_roots(ground: Ground, polynomial: Polynomial) -> list[Root] | None:
    """Return all roots of a polynomial, None where they are not known."""
    least = min(polynomial)
    zero = [Root(num(0))] if least else []
    polynomial = {degree - least: each for degree, each in polynomial.items()}
    if list(polynomial) == [0]:
        return zero
    numbers = _numbers(polynomial)
    if numbers is not None:
        found, polynomial = _rational(numbers)
        zero += [Root(each) for each in found]
        if list(polynomial) == [0]:
            return zero
    step = gcd(*polynomial)
    inner = {degree // step: each for degree, each in polynomial.items()}
    if max(inner) > 2:
        return None
    solved = _linear(ground, inner) if max(inner) == 1 else _quadratic(ground, inner)
    return zero + [each for root in solved for each in _root_of(ground, root, step)]


def _numbers(polynomial: Polynomial) -> dict[int, Fraction] | None:
    """Return the coefficients of a polynomial where all are numbers."""
    if any(list(each) != [UNIT] for each in polynomial.values()):
        return None
    return {degree: each[UNIT] for degree, each in polynomial.items()}


def _rational(numbers: dict[int, Fraction]) -> tuple[list[Formula], Polynomial]:
    """Return the rational roots of a polynomial, and what is left of it when they are divided out."""
    found: list[Formula] = []
    scale = lcm(*[each.denominator for each in numbers.values()])
    row = [int(numbers.get(degree, Fraction(0)) * scale) for degree in range(max(numbers), -1, -1)]
    while len(row) > 1:
        root = next((each for each in _candidates(row) if _at(row, each) == 0), None)
        if root is None:
            break
        found += [written(root)] if written(root) not in found else []
        divided = [Fraction(row[0])]
        for each in row[1:-1]:
            divided.append(each + root * divided[-1])
        scale = lcm(*[each.denominator for each in divided])
        row = [int(each * scale) for each in divided]
    common = gcd(*row)
    left = {len(row) - 1 - place: {UNIT: Fraction(each, common)} for place, each in enumerate(row) if each}
    return found, left


def _at(row: list[int], x: Fraction) -> Fraction:
    total = Fraction(0)
    for each in row:
        total = total * x + each
    return total


def _candidates(row: list[int]) -> Iterator[Fraction]:
    """Yield what a rational root may be: a divisor of the last coefficient over one of the first."""
    if max(abs(row[0]), abs(row[-1])) > MOST_DIVIDED:
        return
    for over in _divisors(abs(row[-1])):
        for under in _divisors(abs(row[0])):
            yield Fraction(over, under)
            yield -Fraction(over, under)


def _divisors(number: int) -> list[int]:
    small = [each for each in range(1, isqrt(number) + 1) if number % each == 0]
    return sorted({*small, *[number // each for each in small]})


def _linear(ground: Ground, polynomial: Polynomial) -> list[Root]:
    one, constant = polynomial[1], polynomial[0]
    over, under = (ground.algebra.formula(each, SCALAR) for each in (_minus(constant), one))
    return [Root(ground.simplifier.simplest(call("div", over, under)))]


def _quadratic(ground: Ground, polynomial: Polynomial) -> list[Root]:
    """Return the roots of a x² + b x + c by its discriminant."""
    a, b, c = (ground.algebra.formula(polynomial[degree], SCALAR) for degree in (2, 1, 0))
    simplest = ground.simplifier.simplest
    inside = simplest(call("add", call("pow", b, num(2)), call("neg", product([num(4), a, c]))))
    if ground.signs.is_positive(simplest(call("neg", inside))):
        return []
    half = nth_root(ground, inside, 2)
    under = call("mul", num(2), a)
    if is_call(half, "abs"):  # the two roots are the same with the other sign
        half = half.args[0]
    needs = () if ground.signs.not_negative(inside) or half is not call("sqrt", inside) else ((inside, "positive"),)
    return [
        Root(simplest(call("div", call("add", call("neg", b), each), under)), needs)
        for each in (half, call("neg", half))
    ]  # fmt: skip


def _minus(found: Sum) -> Sum:
    return {term: -value for term, value in found.items()}


def _root_of(ground: Ground, root: Root, power: int) -> list[Root]:
    """Return the real numbers whose `power` a root is."""
    simplest = ground.simplifier.simplest
    if power == 1 or not ground.algebra.normal(root.point):
        return [root]
    opposite = simplest(call("neg", root.point))
    if power % 2 == 0 and ground.signs.not_negative(opposite):
        return []
    if ground.signs.is_positive(opposite):
        turned = _root_of(ground, Root(opposite, root.needs), power)
        return [Root(simplest(call("neg", each.point)), each.needs) for each in turned]
    needs = root.needs if ground.signs.is_positive(root.point) else (*root.needs, (root.point, "positive"))
    found = nth_root(ground, root.point, power)
    return [Root(each, needs) for each in ([found] if power % 2 else [found, simplest(call("neg", found))])]


def nth_root(ground: Ground, formula: Formula, n: int) -> Formula:
    """Return the root of a positive number, with whole powers taken out: of norm2(u)^2 / k it is norm2(u) / sqrt(k)."""
    perfect = _perfect(ground, ground.multiplied_out(formula)) if n == 2 else None
    if perfect is not None:
        return call("abs", perfect)
    found = ground.within.normal(formula)
    if len(found) != 1:
        return _power(formula, Fraction(1, n))
    ((term, value),) = found.items()
    outside: dict[Formula, Fraction] = {}
    inside: dict[Formula, Fraction] = {}
    for base, power in term.scalars:
        positive = ground.signs.not_negative(base)
        if (power / n).denominator == 1 and (positive or n % 2 == 0):
            outside[base if positive or even(power / n) else call("abs", base)] = power / n
        else:
            inside[base] = power
    root = _exact_root(value, n)
    rest: Formula = _power(_ratio(inside, value if root is None else Fraction(1)), Fraction(1, n))
    if root is not None and len(inside) < 2:  # norm2(u) / sqrt(k), not norm2(u) * sqrt(1 / k)
        rest = product([_power(_power(base, Fraction(1, n)), power) for base, power in inside.items()] or [num(1)])
    return ground.simplifier.simplest(call("mul", _ratio(outside, root or Fraction(1)), rest))


def _perfect(ground: Ground, found: Sum) -> Formula | None:
    """Return what a sum of several terms is the square of, such as a - b of a^2 - 2*a*b + b^2."""
    roots: list[Formula] = []
    for term, value in found.items():
        number = _exact_root(value, 2)
        if number is not None and all(even(power) for _, power in term.scalars):
            roots.append(_ratio({base: power / 2 for base, power in term.scalars}, number))
    if not 2 <= len(roots) <= MOST_SQUARES or len(found) != len(roots) * (len(roots) + 1) // 2:
        return None
    for signs in combinations_of((False, True), repeat=len(roots) - 1):
        signed = [call("neg", each) if minus else each for minus, each in zip((False, *signs), roots, strict=True)]
        whole = call("add", *signed)
        if ground.multiplied_out(product([whole, whole])) == found:
            return ground.simplifier.simplest(whole)
    return None


def _ratio(powers: dict[Formula, Fraction], value: Fraction) -> Formula:
    """Return a number times powers, as a quotient without negative exponents."""
    over = [_power(base, power) for base, power in powers.items() if power > 0]
    under = [_power(base, -power) for base, power in powers.items() if power < 0]
    over = [*([written(Fraction(value.numerator))] if value.numerator != 1 or not over else []), *over]
    under = [*([num(value.denominator)] if value.denominator != 1 else []), *under]
    return call("div", product(over), product(under)) if under else product(over)


def _power(base: Formula, power: Fraction) -> Formula:
    if power == 1:
        return base
    return call("sqrt", base) if power == Fraction(1, 2) else call("pow", base, written(power))


def _exact_root(value: Fraction, n: int) -> Fraction | None:
    """Return the root of a number where that is rational."""
    if value < 0:
        return None
    over, under = (round(each ** (1 / n)) for each in (value.numerator, value.denominator))
    found = Fraction(over, under) if under else None
    return found if found is not None and found**n == value else None
