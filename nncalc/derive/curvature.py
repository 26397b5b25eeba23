"""Whether a stationary point is a minimum: by the form of the second derivative, or by numbers.

Knows derivations, stationary points and numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nncalc.derive.derivation import Derivation
from nncalc.derive.stationary import Stationary
from nncalc.derive.verify import quantities
from nncalc.language.formula import Name, call
from nncalc.language.printer import show
from nncalc.numbers.check import Sample, jacobian, samples, value

#: How close to zero the derivative must be at the point, relative to the size of its terms.
CLOSE = 1e-7
#: How many choices of sizes are tried, and how many draws at which the point exists are enough.
MANY, ENOUGH = 150, 4


def checked(found: Derivation, point: Stationary, assumed: Mapping[Name, frozenset[str]]) -> Stationary:
    """Return a stationary point whose derivative is zero at random numbers, or the reason why it is none."""
    assert point.point is not None
    good = 0
    drawn = samples(found.setting.shapes, quantities(found), assumed, found.setting.formula, 1, MANY)
    for sample in drawn:  # a matrix that must be inverted needs sizes that let it be
        at = _there(found, point, sample)
        if at is None or not _invertible(point, sample):
            continue
        slope = value(found.gradient, at.values, at.sizes)
        before = value(found.gradient, sample.values, sample.sizes)
        scale = max(1e-9, float(np.abs(before).max()))
        if not np.isfinite(slope).all():
            continue
        if float(np.abs(slope).max()) > CLOSE * max(scale, 1.0):
            return Stationary(None, "the point found is not one where the derivative is zero")
        good += 1
        if good == ENOUGH:
            return point
    if not good:
        matrices = " and ".join(f"`{each}`" for each in map(show, point.invertible))
        what = matrices or "what would have to be inverted"
        return Stationary(None, f"{what} has no inverse at any random draw, so no single point is singled out")
    return point


def _invertible(point: Stationary, sample: Sample) -> bool:
    """Return whether the matrices that must have an inverse have one."""
    inverses = [value(call("inv", each), sample.values, sample.sizes) for each in point.invertible]
    return all(np.isfinite(each).all() for each in inverses)


def _there(found: Derivation, point: Stationary, sample: Sample) -> Sample | None:
    """Return the sample with the unknown at the stationary point, or None where there is none."""
    assert point.point is not None
    there = value(point.point, sample.values, sample.sizes)
    if not np.isfinite(there).all():
        return None
    return Sample({**sample.values, found.setting.wrt: np.real(there)}, sample.sizes)


def by_numbers(found: Derivation, point: Stationary, assumed: Mapping[Name, frozenset[str]]) -> str:
    """Return what the second derivative says at random numbers: `minimum`, `maximum`, `saddle` or nothing.

    A quantity assumed symmetric is moved in symmetric directions only.
    """
    signs: list[str] = []
    wrt = found.setting.wrt
    for sample in samples(found.setting.shapes, quantities(found), assumed, found.setting.formula, 1, MANY):
        if len(signs) == ENOUGH:
            break
        at = _there(found, point, sample)
        if at is None or not _invertible(point, sample):
            continue
        full = jacobian(found.gradient, wrt, at)
        count = full.shape[0] * full.shape[1]
        matrix = full.reshape(count, count)
        if not np.isfinite(matrix).all():
            continue
        if "symmetric" in assumed.get(wrt, frozenset()):
            basis = _symmetric(full.shape[0])
            matrix = basis.T @ matrix @ basis
        values = np.linalg.eigvalsh((matrix + matrix.T) / 2)
        least = 1e-9 * max(1.0, float(np.abs(values).max()))
        signs.append("minimum" if values.min() > least else "maximum" if values.max() < -least else "saddle")
    return signs[0] if len(set(signs)) == 1 else ""


def _symmetric(rows: int) -> Any:
    """Return a basis of the symmetric matrices, flattened, a column each."""
    columns = []
    for i in range(rows):
        for j in range(i + 1):
            each = np.zeros((rows, rows))
            each[i, j] = each[j, i] = 1
            columns.append(each.ravel())
    return np.array(columns).T
