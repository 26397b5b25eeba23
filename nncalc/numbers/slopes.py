"""Slopes of a number by every entry of a quantity, found from its values alone: by complex steps or by differences.

Central differences are extrapolated to a step of 0 (L. F. Richardson 1911), with the step at which that is surest
(C. J. F. Ridders, Advances in Engineering Software 4, 1982). Knows formulas and numbers; no derivative rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from nncalc.language.figures import Rows
from nncalc.language.formula import Formula, Name
from nncalc.numbers.arrays import Array
from nncalc.numbers.check import STEP, Sample, jacobian, rounding
from nncalc.numbers.complex_plan import Compiled, compiled
from nncalc.numbers.complexes import Complex
from nncalc.progress import told

#: How far differences begin to reach, relative to a number or to 1; how often the step is taken, each time by half.
REACH, ROUNDS = 2.0**-4, 12
#: How often it is taken where it begins beside a kink.
FEW_ROUNDS = 3
#: What rounding is taken for of a number that was moved, relative to it.
LAST = 1e-14
#: How far to either side of a number its slopes are compared, and how much nearer again where they differ.
BESIDE, NEARER = 1e-6, 1e-3
#: From what relative difference on slopes to both sides are compared nearer, and what of it must be left there.
STEEP, LEFT = 1e-3, 0.1
#: For how many entries it is looked at what rounding does, and what it is taken for in more, relative to the largest.
MANY, ROUGH = 400, 1e-12


class Slope(NamedTuple):
    """A slope and how far it may be off; of a kink those to the left and to the right."""

    value: float
    bar: float
    kink: tuple[float, float] | None = None


class Surface(NamedTuple):
    """A number as a formula of quantities, and their numbers."""

    formula: Formula
    given: Mapping[Name, Array]

    @staticmethod
    def of(formula: Formula, given: Mapping[Name, Rows]) -> Surface:
        return Surface(
            formula, {each: np.array([[float(v) for v in row] for row in rows]) for each, rows in given.items()}
        )

    @property
    def sample(self) -> Sample:
        return Sample(dict(self.given), {})


def by_complex_steps(surface: Surface, wrt: Name) -> list[list[Slope]]:
    """Return the slopes by the entries of a quantity, by the complex step."""
    sample = surface.sample
    found = jacobian(surface.formula, wrt, sample)[:, :, 0, 0]
    if found.size <= MANY:
        bars = _shaken(surface, wrt, found)
    else:
        bars = np.full(found.shape, ROUGH * np.abs(found).max())
    return _slopes(surface, wrt, found, bars)


def _shaken(surface: Surface, wrt: Name, found: Complex) -> Array:
    """Return how far rounding may move each slope."""
    random = np.random.default_rng(0)
    moved = [jacobian(surface.formula, wrt, surface.sample, random)[:, :, 0, 0] for _ in range(4)]
    return np.asarray(100 * np.max([np.abs(each - found) for each in moved], axis=0))


def by_differences(surface: Surface, wrt: Name, step: float | None = None) -> list[list[Slope]]:
    """Return the slopes by the entries of a quantity, by central differences: of one `step`, else extrapolated."""
    plan, slots = _ready(surface)
    x = surface.given[wrt]
    found, bars = np.zeros(x.shape), np.zeros(x.shape)
    noise = rounding(lambda shaken: plan.value(plan.run(surface.given, {}, shaken)))
    for place in told([*np.ndindex(x.shape)], "checking"):
        value = _along(plan, slots, wrt, x, place)
        found[place], bars[place] = _extrapolated(value, float(x[place]), step, noise)
    return _slopes(surface, wrt, found, bars)


def _ready(surface: Surface) -> tuple[Compiled, list[Complex]]:
    plan = compiled(surface.formula)
    return plan, plan.run(surface.given, {})


def _along(
    plan: Compiled, slots: list[Complex], wrt: Name, x: Array, place: tuple[int, ...]
) -> Callable[[complex], complex]:
    """Return the number as a function of one entry."""

    def value(at: complex) -> complex:
        moved = x.astype(complex)
        moved[place] = at
        (found,) = plan.moved(slots, wrt, iter([moved])) if wrt in plan.names else (slots,)
        return complex(plan.value(found)[0, 0])

    return value


def _extrapolated(
    value: Callable[[complex], complex], at: float, step: float | None, noise: float
) -> tuple[float, float]:
    """Return a slope by central differences, and how far it may be off.

    Where a kink is so near that the wide steps reach over it, only narrow ones are taken, which are less sure.
    """
    narrow = BESIDE * max(1.0, abs(at))
    if step is not None:
        (found, room), (half, _) = _central(value, at, step, noise), _central(value, at, step / 2, noise)
        return found, abs(found - half) * 2 + room
    best, bar = _ridders(value, at, REACH * max(1.0, abs(at)), ROUNDS, noise)
    there, room = _central(value, at, narrow, noise)
    if abs(there - best) <= bar + 10 * room + STEEP * abs(best):
        return best, bar
    return _ridders(value, at, narrow, FEW_ROUNDS, noise)


def _central(value: Callable[[complex], complex], at: float, h: float, noise: float) -> tuple[float, float]:
    """Return a central difference, and how far rounding may move it."""
    one, other = value(at + h).real, value(at - h).real
    return (one - other) / (2 * h), (noise + LAST * max(abs(one), abs(other))) / h


def _ridders(
    value: Callable[[complex], complex], at: float, wide: float, rounds: int, noise: float
) -> tuple[float, float]:
    """Return a slope from central differences of steps that are halved, and how far it may be off."""
    best, bar = _central(value, at, wide, noise)[0], np.inf
    before = [best]
    for times in range(1, rounds):
        found, room = _central(value, at, wide / 2**times, noise)
        row = [found]
        for order in range(1, times + 1):
            row.append(row[-1] + (row[-1] - before[order - 1]) / (4**order - 1))
        errors = [max(abs(b - a), abs(b - c)) for (a, b), c in zip(pairwise(row), before, strict=False)]
        for order, error in enumerate(errors, 1):
            if error + room < bar:
                best, bar = row[order], error + room
        before = row
    return best, float(bar)


# -- kinks ------------------------------------------------------------------------------------------------------


def _slopes(surface: Surface, wrt: Name, found: Array, bars: Array) -> list[list[Slope]]:
    """Return slopes with the kinks among them."""
    rows = [[Slope(float(v), float(b)) for v, b in zip(*each, strict=True)] for each in zip(found, bars, strict=True)]
    plan, slots = _ready(surface)
    x = surface.given[wrt]
    for place in told([*np.ndindex(x.shape)], "checking"):
        kink = _kink(_along(plan, slots, wrt, x, place), float(x[place]))
        if kink is not None:
            row, column = place
            rows[row][column] = rows[row][column]._replace(kink=kink)
    return rows


def _kink(value: Callable[[complex], complex], at: float) -> tuple[float, float] | None:
    """Return the slopes to both sides of a number where they are not one slope; None where they are."""
    far = BESIDE * max(1.0, abs(at))
    sides = _sides(value, at, far)
    apart = abs(sides[1] - sides[0])
    if not apart > STEEP * max(map(abs, sides)):
        return None
    near = _sides(value, at, far * NEARER)
    return near if abs(near[1] - near[0]) > LEFT * apart else None


def _sides(value: Callable[[complex], complex], at: float, far: float) -> tuple[float, float]:
    left, right = (value(complex(at + side * far, STEP)).imag / STEP for side in (-1, 1))
    return left, right
