"""Stationary points tried with numbers: the derivative must be zero there, in more than one choice of sizes.

Knows derivations, stationary points and numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from nncalc.deriving.derivation import Derivation
from nncalc.deriving.ground import Condition
from nncalc.deriving.stationary import NOWHERE, Stationary
from nncalc.deriving.verify import quantities
from nncalc.language.formula import Formula, Name, call, names_in, parts
from nncalc.language.printer import show
from nncalc.numbers.arrays import Array
from nncalc.numbers.check import Sample, agree, number, tried, value
from nncalc.progress import told

#: How close to zero the derivative must be at the point, relative to its size nearby.
CLOSE = 1e-7
#: How far from the point that is.
NEARBY = 0.1
#: How many entries a matrix may have that is computed.
MOST_ENTRIES = 250_000
#: How many draws are taken for each choice of sizes, and how many where squaring may have brought in points.
FEW, MANY = 2, 16
#: What the words of a need mean of numbers.
HOLDS: Mapping[str, Callable[[Array], Any]] = {
    "not 0": lambda x: np.abs(x) > 1e-9,
    "positive": lambda x: x > 1e-9,
    "between 0 and 1": lambda x: (x > 0) & (x < 1),
    "between -1 and 1": lambda x: np.abs(x) < 1,
}


def checked(found: Derivation, there: Stationary, assumed: Mapping[Name, frozenset[str]]) -> Stationary:
    """Return stationary points at which the derivative is zero at random numbers, or the reason why they are none."""
    if there.condition is not None:
        return there if _holds(found, there.condition, assumed) else Stationary((), "the equation found does not hold")
    if not there.points:
        return there
    verdicts = {point: [*_vanishing(found, there, point, assumed)] for point in there.points}
    kept = tuple(point for point, zero in verdicts.items() if zero and all(zero))
    if not any(verdicts.values()) and not any(map(names_in, there.points)):
        return Stationary((), NOWHERE)  # all roots are numbers, and at none of them the function has a value
    wrong = [zero for zero in verdicts.values() if not all(zero) and (any(zero) or not there.unsure)]
    if wrong or not kept:
        matrices = " and ".join(f"`{each}`" for each in map(show, there.invertible))
        what = f"{matrices} has no inverse" if matrices else "the point found has no value"
        why = f"{what} at any random draw, so no single point is singled out"
        if not _is_small(found, list(there.points), dict.fromkeys(found.setting.shapes.letters, 3)):
            why = "the point found has matrices too large to be checked by numbers"
        if wrong:
            why = "the point found is not one where the derivative is zero"
            if there.unsure:
                why = "which of the roots that squaring leads to are stationary points depends on the numbers"
        return Stationary((), why)
    lines = [each for each in there.steps if each.left is not there.unknown]
    solved = [each for each in there.steps if each.left is there.unknown and each.right in kept]
    steps = (*lines, solved[0]._replace(why="solved"), *solved[1:])
    needs = tuple(need for need in there.needs if names_in(need[0]))  # a number is what it must be, or was left out
    own = tuple((of, need) for of, need in there.own if of in kept and names_in(need[0]))
    return there._replace(points=kept, steps=steps, needs=needs, own=own)


def fitting(
    found: Derivation, there: Stationary, point: Formula, assumed: Mapping[Name, frozenset[str]]
) -> Iterator[Sample]:
    """Yield random numbers at which a point exists and all that it needs holds; the unknown is at the point there."""
    wrt, formula = found.setting.wrt, found.setting.formula
    positive = "positive" in assumed.get(wrt, frozenset())

    def accept(sample: Sample) -> Sample | None:
        if not _is_small(found, [point, *there.invertible], sample.sizes):
            return None
        needed = [value(call("inv", each), sample.values, sample.sizes) for each in there.invertible]
        if not all(np.isfinite(each).all() for each in needed):
            return None
        for each, word in there.needs_of(point):
            numbers = value(each, sample.values, sample.sizes)
            if not (np.isfinite(numbers).all() and HOLDS[word](np.real(numbers)).all()):
                return None
        numbers = np.real(value(point, sample.values, sample.sizes))
        if not np.isfinite(numbers).all() or (positive and numbers.min() <= 0):
            return None
        whole = numbers.reshape(sample.values[wrt].shape, order="F")
        moved = Sample({**sample.values, wrt: whole}, sample.sizes)
        return moved if np.isfinite(value(formula, moved.values, moved.sizes)).all() else None

    drawn_for = call("add", formula, call("sum", point))
    count = MANY if there.unsure else FEW
    return tried(found.setting.shapes, quantities(found), assumed, drawn_for, accept, count)


def _is_small(found: Derivation, formulas: list[Formula], sizes: Mapping[str, int]) -> bool:
    """Return whether no matrix in formulas has more entries than are computed with: products with ⊗ grow."""
    shapes = found.setting.shapes
    whole = [shapes.of(part) for formula in formulas for part in parts(formula)]
    return all(number(rows, sizes) * number(columns, sizes) <= MOST_ENTRIES for rows, columns in set(whole))


def _vanishing(
    found: Derivation, there: Stationary, point: Formula, assumed: Mapping[Name, frozenset[str]]
) -> Iterator[bool]:
    """Yield for random numbers whether the derivative is zero at a point."""
    wrt = found.setting.wrt
    for sample in told([*fitting(found, there, point, assumed)], "checking"):
        slope = value(found.gradient, sample.values, sample.sizes)
        here = sample.values[wrt]
        sizes = [1.0]
        for far in (NEARBY, -NEARBY):
            beside = {**sample.values, wrt: here + far * (1 + np.abs(here))}
            sizes.append(float(np.abs(value(found.gradient, beside, sample.sizes)).max()))
        yield float(np.abs(slope).max()) <= CLOSE * float(np.nanmax(sizes))


def _holds(found: Derivation, held: Condition, assumed: Mapping[Name, frozenset[str]]) -> bool:
    """Return whether a condition says of random numbers what the derivative says."""
    sides = (call("add", held.left, call("neg", held.right)), held.witness)

    def accept(sample: Sample) -> Sample | None:
        values = [value(each, sample.values, sample.sizes) for each in sides]
        return sample if all(np.isfinite(each).all() for each in values) else None

    shapes, formula = found.setting.shapes, found.setting.formula
    drawn = [*tried(shapes, quantities(found), assumed, formula, accept)]
    pairs = [[value(each, sample.values, sample.sizes) for each in sides] for sample in drawn]
    return bool(pairs) and all(agree(one, other) for one, other in pairs)
