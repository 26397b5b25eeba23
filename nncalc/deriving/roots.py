"""Equations of one number: freed of what is divided by, they are a polynomial in it or in a function of it.

Knows formulas, no values.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import gcd, inf, lcm

from nncalc.algebra.terms import UNIT, Sum, Term
from nncalc.deriving.derivation import Step
from nncalc.deriving.ground import Ground, Solution, folded
from nncalc.deriving.polynomial import Polynomial, Root, all_roots
from nncalc.graph.rules import rule
from nncalc.graph.sizes import SCALAR
from nncalc.graph.tidy import written
from nncalc.language.formula import Call, Formula, call, name, names_in, num, product, replace
from nncalc.ops import OPS

#: How many functions inside each other are undone.
MOST_UNDONE = 3


#: Between which numbers the results of a function are, by the word for them.
_WITHIN: dict[str, tuple[float, float]] = {
    "positive": (0, inf), "between 0 and 1": (0, 1), "between -1 and 1": (-1, 1),
}  # fmt: skip


def roots(ground: Ground, found: Sum) -> Iterator[Solution]:
    """Yield all roots of `found` = 0, an equation for one number."""
    solved = _solved(ground, found, MOST_UNDONE)
    if solved is not None:
        yield solved


def _solved(ground: Ground, found: Sum, left: int) -> Solution | None:
    cleared = _cleared(ground, found)
    squared = _squared(ground, cleared)
    kernel, polynomial = _polynomial(ground, squared if squared is not None else cleared)
    points = all_roots(ground, polynomial) if kernel is not None and left else None
    if kernel is None or points is None:
        return None
    why = "ordered by powers"
    if cleared is not found:
        why = "multiplied by the denominators"
    elif kernel is ground.wrt and _exponents(ground, found):
        why = "a factor that is never zero is taken off"
    if squared is not None:
        why = "the root alone on one side, both sides squared"
    text = ground.simplifier.simplest(_text(ground, polynomial, kernel))
    steps = () if text is ground.gradient else (Step(num(0), text, SCALAR, why),)
    leading = ground.pretty(polynomial[max(polynomial)], SCALAR)
    inverted = () if ground.is_count(leading) else (call("div", num(1), leading),)
    if kernel is ground.wrt:
        values = tuple(ground.together(each.point) for each in points)
        own = tuple((value, need) for value, each in zip(values, points, strict=True) for need in each.needs)
        return Solution(values, steps, inverted, unsure=squared is not None, own=own)
    assert isinstance(kernel, Call)
    whole = Solution((), steps, inverted, unsure=squared is not None)
    for each in points:
        more = _undone(ground, kernel, each, left)
        if more is None:
            return None
        whole = _joined(whole, more)
    return whole


def _joined(one: Solution, other: Solution) -> Solution:
    """Return two solutions as one of all points."""
    return one._replace(
        points=tuple(dict.fromkeys([*one.points, *other.points])), steps=(*one.steps, *other.steps),
        inverted=(*one.inverted, *other.inverted), own=(*one.own, *other.own), unsure=one.unsure or other.unsure,
    )  # fmt: skip


def _undone(ground: Ground, kernel: Call, root: Root, left: int) -> Solution | None:
    """Return where a function of the unknown is a root, nowhere where it never is; None where that is not known."""
    undone = OPS[kernel.op].undone
    if undone is None:
        return None
    simplest = ground.simplifier.simplest
    opposite = simplest(call("neg", root.point))
    number = ground.algebra.normal(root.point)
    fixed = number.get(UNIT, Fraction(0)) if not number or list(number) == [UNIT] else None
    within = _WITHIN.get(undone.needs)
    if within is not None:
        low = within[0] == 0 and ground.signs.not_negative(opposite)
        if low or (fixed is not None and not within[0] < fixed < within[1]):
            return Solution(())
    met = within is None or fixed is not None or (within[1] == inf and ground.signs.is_positive(root.point))
    needs = root.needs if met else (*root.needs, (root.point, undone.needs))
    value = simplest(folded(simplest(replace(rule(undone.argument), {name("c"): root.point}))))
    step = Step(kernel, root.point, SCALAR, "")
    inner = kernel.args[0]
    if inner is ground.wrt:
        return Solution((value,), (step,), own=tuple((value, need) for need in needs))
    more = _solved(ground, ground.algebra.normal(call("add", inner, call("neg", value))), left - 1)
    if more is None:
        return None
    own = tuple((point, need) for point in more.points for need in needs)
    return more._replace(steps=(step, *more.steps), own=(*own, *more.own))


# -- to a polynomial -------------------------------------------------------------------------------


def _cleared(ground: Ground, found: Sum) -> Sum:
    """Return an equation multiplied by all that has the unknown and is divided by."""
    while below := _below(ground, found):
        found = _times(ground, found, below)
    return found


def _below(ground: Ground, found: Sum) -> dict[Formula, Fraction]:
    """Return what has the unknown and is divided by, with the highest power."""
    below: dict[Formula, Fraction] = {}
    for term in found:
        for base, power in term.scalars:
            if ground.wrt in names_in(base) and power < 0:
                below[base] = max(below.get(base, Fraction(0)), -power)
    return below


def _times(ground: Ground, found: Sum, by: dict[Formula, Fraction]) -> Sum:
    """Return an equation multiplied by powers of numbers, and multiplied out."""
    pieces = []
    for term, value in found.items():
        powers = dict(term.scalars)
        for base, power in by.items():
            powers[base] = powers.get(base, Fraction(0)) + power
        factors = [call("pow", base, written(power)) for base, power in powers.items() if power]
        pieces.append((ground.multiplied_out(product(factors) if factors else num(1)), value))
    return ground.algebra.plus(pieces)


def _squared(ground: Ground, found: Sum) -> Sum | None:
    """Return an equation A + B sqrt(u) = 0 as A² = B² u, None where it is none; that may have further roots."""
    half = {
        term: value
        for term, value in found.items()
        if any(ground.wrt in names_in(base) and power.denominator == 2 for base, power in term.scalars)
    }
    if not half:
        return None
    sides = [{t: v for t, v in found.items() if t not in half}, half]
    one, other = (call("pow", ground.algebra.formula(side, SCALAR), num(2)) for side in sides)
    found = ground.multiplied_out(call("add", one, call("neg", other)))
    return ground.multiplied_out(ground.algebra.formula(found, SCALAR))  # what came out from under the root


def _polynomial(ground: Ground, found: Sum) -> tuple[Formula | None, Polynomial]:
    """Return what an equation is a polynomial of, the unknown or a function of it, and its coefficients.

    Exponentials of multiples of one thing are powers of one exponential; what every term has of it is taken off, as it
    is never zero.
    """
    exponents = _exponents(ground, found)
    split = [_split(ground, term, exponents) for term in found]
    shared = {kernel for kernel, _ in exponents.values()}
    for each in shared:
        least = min(powers.get(each, Fraction(0)) for powers, _ in split)
        for powers, _ in split:
            powers[each] = powers.get(each, Fraction(0)) - least
    kernels = {kernel for powers, _ in split for kernel, power in powers.items() if power}
    if len(kernels) != 1:
        return None, {}
    (kernel,) = kernels
    made: dict[int, Sum] = {}
    for (powers, rest), value in zip(split, found.values(), strict=True):
        degree = powers.get(kernel, Fraction(0))
        if degree.denominator != 1 or degree < 0:
            return None, {}
        made.setdefault(degree.numerator, {})[rest] = value
    return kernel, made


def _split(
    ground: Ground, term: Term, exponents: dict[Formula, tuple[Formula, Fraction]]
) -> tuple[dict[Formula, Fraction], Term]:
    """Return the powers of what has the unknown in a term, and the rest of it."""
    powers: dict[Formula, Fraction] = {}
    for base, power in term.scalars:
        if ground.wrt in names_in(base):
            kernel, times = exponents.get(base, (base, Fraction(1)))
            powers[kernel] = powers.get(kernel, Fraction(0)) + power * times
    rest = tuple((base, power) for base, power in term.scalars if ground.wrt not in names_in(base))
    return powers, Term(rest, term.chain)


def _exponents(ground: Ground, found: Sum) -> dict[Formula, tuple[Formula, Fraction]]:
    """Return each exponential of an equation as a power of one: exp(2 x) is exp(x)^2."""
    inside: dict[Formula, tuple[Formula, Fraction]] = {}
    for base in {base for term in found for base, _ in term.scalars}:
        if isinstance(base, Call) and base.op == "exp" and ground.wrt in names_in(base):
            content, body = ground.within.content(ground.within.normal(base.args[0]))
            inside[base] = (ground.within.formula(body, SCALAR), content)
    if len({body for body, _ in inside.values()}) != 1:
        return {}
    contents = [content for _, content in inside.values()]
    unit = Fraction(gcd(*[each.numerator for each in contents]), lcm(*[each.denominator for each in contents]))
    if all(each < 0 for each in contents):
        unit = -unit
    kernels = {
        base: call("exp", ground.simplifier.simplest(call("mul", written(unit), body)))
        for base, (body, _) in inside.items()
    }
    return {base: (kernels[base], content / unit) for base, (_, content) in inside.items()}


def _text(ground: Ground, polynomial: Polynomial, kernel: Formula) -> Formula:
    """Return a polynomial as a formula."""
    terms = []
    for degree in sorted(polynomial, reverse=True):
        factor = ground.algebra.formula(polynomial[degree], SCALAR)
        terms.append(call("mul", factor, call("pow", kernel, num(degree))) if degree else factor)
    return call("add", *terms) if len(terms) > 1 else terms[0]
