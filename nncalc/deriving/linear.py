"""Equations that are linear in the unknown: solved by one inverse, one on each side, or stacked into a column.

Where nothing stands on the other side, what there is to say is an eigenvector equation. Knows formulas and
shapes, no values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from nncalc.algebra.cost import cost
from nncalc.algebra.terms import Sum, Term
from nncalc.deriving.derivation import Step
from nncalc.deriving.eigen import alone_beside, shifted
from nncalc.deriving.ground import Ground, Parted, Solution, beside, is_linear, is_unit, multiple
from nncalc.graph.sizes import SCALAR, size_formula
from nncalc.language.formula import Formula, Name, call, is_call, names_in, num, product, total

#: How long a matrix may be to be read.
LONGEST = 60


class _Linear(NamedTuple):
    """left * x * right = constant; an empty side is the identity."""

    left: Formula | None
    right: Formula | None
    constant: Formula


def linear(ground: Ground, found: Sum, unknown: Name) -> Iterator[Solution]:
    """Yield the solution of `found` = 0 where it is linear in `unknown`, with the lines before it."""
    shape = ground.shapes.of(unknown)
    found, cancelled = _stripped(ground, found, unknown)
    parted = part(ground, found, unknown)
    if parted is None:
        return
    constant = ground.pretty(parted.still, shape)
    if 1 in shape:
        matrix = _matrix(ground, parted.moving, unknown)
        if matrix is None:
            return
        eigen = None if parted.still else shifted(ground, parted, unknown, matrix)
        row = shape[0] == 1 != shape[1]
        side = None if is_unit(matrix) else call("transpose", matrix) if row else matrix
        alone = _Linear(None, side, constant) if row else _Linear(side, None, constant)
        yield _solved(ground, alone, unknown, cancelled) if eigen is None else eigen
        return
    sides = _around(ground, parted.moving, unknown, constant)
    if sides is None:
        held = None if parted.still else alone_beside(ground, parted, unknown)
        yield from [held] if held is not None else _stacked(ground, parted, unknown, cancelled)
        return
    left = sides.left if sides.right is None and not parted.still else None
    eigen = shifted(ground, parted, unknown, left) if left is not None else None
    yield _solved(ground, sides, unknown, cancelled) if eigen is None else eigen


def _stripped(ground: Ground, found: Sum, unknown: Name) -> tuple[Sum, tuple[Formula, ...]]:
    """Return an equation without the square matrices that all its terms begin or end with, and their inverses."""
    cancelled: list[Formula] = []
    for end in (0, -1):
        while True:
            common = {term.chain[end] if len(term.chain) > 1 else None for term in found}
            (factor,) = common if len(common) == 1 else (None,)
            if factor is None or unknown in names_in(factor) or len(set(ground.shapes.of(factor))) > 1:
                break
            if ground.shapes.of(factor) == SCALAR or all(ground.has(term, unknown) for term in found):
                break
            found = {
                Term(term.scalars, term.chain[1:] if end == 0 else term.chain[:-1]): value
                for term, value in found.items()
            }
            cancelled.append(call("inv", factor))
    return found, tuple(cancelled)


def part(ground: Ground, found: Sum, unknown: Name) -> Parted | None:
    """Return an equation with the unknown on one side, None where it does not occur."""
    moving = {term: value for term, value in found.items() if ground.has(term, unknown)}
    if not moving:
        return None
    scale = abs(ground.algebra.content(moving)[0])
    scale = -scale if next(iter(moving.values())) < 0 and all(v < 0 for v in moving.values()) else scale
    still = {term: -value / scale for term, value in found.items() if term not in moving}
    size = num(scale.numerator) if scale.denominator == 1 else call("div", num(scale.numerator), num(scale.denominator))
    return Parted({term: value / scale for term, value in moving.items()}, still, size)


def _solved(ground: Ground, sides: _Linear, unknown: Name, cancelled: tuple[Formula, ...]) -> Solution:
    """Return the solution of left * x * right = constant."""
    left, right, constant = sides
    if left is not None and ground.shapes.of(unknown) != SCALAR:
        left = multiple(ground, left)
    if right is not None:
        right = multiple(ground, right)
    whole: Formula = unknown
    point = constant
    inverted: list[Formula] = []
    for side, before in ((left, True), (right, False)):
        if side is None:
            continue
        number = ground.shapes.of(side) == SCALAR
        inverse = call("div", num(1), side) if number else call("inv", side)
        whole = call("mul", side, whole) if before or number else call("mul", whole, side)
        point = call("mul", inverse, point) if before or number else call("mul", point, inverse)
        inverted.append(ground.simplifier.simplest(inverse))
    step = (Step(whole, constant, ground.shape, "ordered by the unknown"),) if inverted else ()
    return Solution((ground.simplifier.simplest(point),), step, (*inverted, *cancelled))


def _matrix(ground: Ground, moving: Sum, unknown: Name) -> Formula | None:
    """Return the matrix before vec(unknown) in terms that are linear in it, or None where they are not."""
    shape = ground.shapes.of(unknown)
    formula = ground.pretty(moving, shape)
    if not is_linear(formula, unknown):
        return None
    found = ground.derivative(formula, unknown)
    if unknown in names_in(found):
        return None
    return found if shape == SCALAR else ground.simplifier.simplest(call("transpose", found))


# -- matrices --------------------------------------------------------------------------------------


def _around(ground: Ground, moving: Sum, unknown: Name, constant: Formula) -> _Linear | None:
    """Return left * x * right for a matrix x, where every term has one side in common with the others."""
    shape = ground.shapes.of(unknown)
    if all(call("transpose", unknown) in term.chain for term in moving):
        if shape[0] != shape[1] or any(unknown in term.chain for term in moving):
            return None
        turned = ground.simplifier.simplest(call("transpose", constant))
        return _around(ground, ground.algebra.transposed(moving), unknown, turned)
    lefts: dict[tuple[Formula, ...], Sum] = {}
    rights: dict[tuple[Formula, ...], Sum] = {}
    for term, value in moving.items():
        sides = beside(term, unknown)
        if sides is None:
            return None
        before, after = sides
        one = Term(term.scalars, before or (call("eye", size_formula(shape[0])),))
        other = Term(term.scalars, after or (call("eye", size_formula(shape[1])),))
        lefts.setdefault(after, {})[one] = value
        rights.setdefault(before, {})[other] = value
    if len(lefts) == 1:
        ((after, left),) = lefts.items()
        return _sides(ground.pretty(left, (shape[0], shape[0])), product(after) if after else None, constant)
    if len(rights) == 1:
        ((before, right),) = rights.items()
        side = ground.pretty(right, (shape[1], shape[1]))
        return _sides(product(before) if before else None, side, constant)
    return None


def _sides(left: Formula | None, right: Formula | None, constant: Formula) -> _Linear:
    """Return an equation without the identity as a side."""
    one, other = (None if is_call(side, "eye") else side for side in (left, right))
    return _Linear(one, other, constant)


def _stacked(ground: Ground, parted: Parted, unknown: Name, cancelled: tuple[Formula, ...]) -> Iterator[Solution]:
    """Yield the solution of a linear equation of matrices with its columns stacked: M vec(X) = vec(C)."""
    matrix = _columns(ground, parted.moving, unknown)
    if matrix is None or cost(matrix)[0] > LONGEST:
        return
    shape = ground.shapes.of(unknown)
    left, right = (ground.pretty(each, shape) for each in (parted.moving, parted.still))
    column = call("vec", unknown)
    stacked = ground.simplifier.simplest(call("vec", right))
    inverse = call("inv", matrix)
    steps = (
        Step(left, right, shape, "ordered by the unknown"),
        Step(call("mul", matrix, column), stacked, ground.shapes.of(column), "columns stacked"),
    )
    called = (left, " = ", right, f" is {_name_of(ground, parted.moving, unknown)}")
    yield Solution((call("mul", inverse, stacked),), steps, (inverse, *cancelled), (), column, called)


def _columns(ground: Ground, moving: Sum, unknown: Name) -> Formula | None:
    """Return the matrix before vec(X) in terms A X B, which come to (B' ⊗ A) vec(X), or in others linear in X."""
    rows, columns = map(size_formula, ground.shapes.of(unknown))
    terms: list[Formula] = []
    for term, value in moving.items():
        sides = beside(term, unknown)
        if sides is None:
            return _matrix(ground, moving, unknown)
        before, after = (product(side) if side else None for side in sides)
        turned = call("transpose", after) if after is not None else call("eye", columns)
        right = ground.simplifier.simplest(turned)
        both = call("kron", right, before if before is not None else call("eye", rows))
        factor = ground.pretty({Term(term.scalars, ()): abs(value)}, SCALAR)
        whole = both if factor is num(1) else call("mul", factor, both)
        terms.append(call("neg", whole) if value < 0 else whole)
    return total(terms)


def _name_of(ground: Ground, moving: Sum, unknown: Name) -> str:
    """Return what the field calls a linear equation of matrices."""
    sides = [each for term in moving if (each := beside(term, unknown)) is not None]
    if len(sides) < len(moving):
        return f"linear in `{unknown}`"
    if any(before and after for before, after in sides):
        return "a generalised Sylvester equation"
    befores = {before for before, after in sides if not after}
    afters = {after for before, after in sides if not before}
    flipped = {tuple(map(ground.algebra.flipped, reversed(before))) for before in befores}
    return "a Lyapunov equation" if flipped == afters else "a Sylvester equation"
