"""A person's answer to where a derivative is zero, judged by its shape and its value at random numbers.

Knows derivations, stationary points and numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from nncalc.deriving.answer import Verdict
from nncalc.deriving.derivation import Derivation
from nncalc.deriving.stationary import Stationary
from nncalc.deriving.vanishing import fitting
from nncalc.graph.sizes import text_of
from nncalc.language.formula import Formula, Name, call, is_call, names_in
from nncalc.numbers.check import Sample, agree, value
from nncalc.numbers.complexes import Complex


class _Both(NamedTuple):
    """What an answer and a stationary point come to at some numbers."""

    sample: Sample
    theirs: Complex
    ours: Complex


def is_of_solution(there: Stationary, answer: Formula, wrt: Name) -> bool:
    """Return whether an answer is meant as a stationary point: there is one, and the unknown is not in the answer."""
    return bool(there.points) and wrt not in names_in(answer)


def judge_solution(
    found: Derivation, there: Stationary, answer: Formula, assumed: Mapping[Name, frozenset[str]]
) -> Verdict:
    """Return the verdict on an answer to where the derivative is zero; raise Problem where it has no shape."""
    shapes, wrt = found.setting.shapes, found.setting.wrt
    shape = shapes.of(answer)
    unknown = there.unknown or wrt
    several = len(there.points) > 1
    if shape not in (shapes.of(unknown), shapes.of(wrt)):
        turned = " (it is transposed)" if shape == (shapes.of(wrt)[1], shapes.of(wrt)[0]) else ""
        return Verdict(False, "shape", f"it is {text_of(shape)}, the solution is {text_of(shapes.of(wrt))}{turned}")
    for point in there.points:
        both = [_at(sample, answer, point) for sample in fitting(found, there, point, assumed)]
        if all(agree(each.theirs, each.ours) for each in both):
            which = f"right: it is one of the {len(there.points)} solutions" if several else "right: it is the solution"
            return Verdict(True, "right", which)
    (point, *_) = there.points
    both = [_at(sample, answer, point) for sample in fitting(found, there, point, assumed)]
    if not all(np.isfinite(each.theirs).all() for each in both):
        return Verdict(False, "undefined", "it has no value at some random numbers, where the solution has one")
    return _scaled(both) or _orthonormal(both, there, answer, point) or _different(both)


def _at(sample: Sample, answer: Formula, point: Formula) -> _Both:
    theirs, ours = (np.real(value(each, sample.values, sample.sizes)) for each in (answer, point))
    return _Both(sample, theirs if theirs.shape == ours.shape else theirs.reshape(-1, 1, order="F"), ours)


def _scaled(both: list[_Both]) -> Verdict | None:
    """Return the verdict on an answer that is the solution times a number, the same for all."""
    ratios = [float((each.theirs * each.ours).sum() / (each.ours * each.ours).sum()) for each in both]
    exact = Fraction(ratios[0]).limit_denominator(64)
    if not exact or not all(agree(each.theirs, float(exact) * each.ours) for each in both):
        return None
    if exact == -1:
        return Verdict(False, "sign", "its sign is wrong: it is minus the solution")
    return Verdict(False, "factor", f"it is off by a factor: {exact} times the solution")


def _orthonormal(both: list[_Both], there: Stationary, answer: Formula, point: Formula) -> Verdict | None:
    """Return the verdict on an answer that is right where the columns of X are orthonormal, so that X'*X is 1."""
    for matrix in (*there.invertible, *there.definite):
        of = matrix.args[-1] if is_call(matrix, "mul") else None
        if not isinstance(of, Name) or matrix is not call("mul", call("transpose", of), of):
            continue
        turned = [each.sample._replace(values=_with_orthonormal(each.sample, of)) for each in both]
        if all(agree(again.theirs, again.ours) for again in (_at(each, answer, point) for each in turned)):
            return Verdict(
                False, "orthonormal", "its shape is right, but it is the solution only where", matrix,
                (" is the identity, so that its inverse may be left out",),
            )  # fmt: skip
    return None


def _with_orthonormal(sample: Sample, of: Name) -> dict[Name, Complex]:
    """Return numbers in which the columns of a matrix are orthonormal."""
    return {**sample.values, of: np.linalg.qr(sample.values[of])[0]}


def _different(both: list[_Both]) -> Verdict:
    each = max(both, key=lambda each: float(np.abs(each.theirs - each.ours).max()))
    gap = np.abs(each.theirs - each.ours)
    row, column = (int(i) for i in np.unravel_index(int(np.argmax(gap)), gap.shape))
    what = f"its entry {row + 1},{column + 1} is" if gap.size > 1 else "it is"
    sizes = ", ".join(f"{letter} = {size}" for letter, size in each.sample.sizes.items())
    where = f"at random numbers{f', {sizes}' if sizes else ''}"
    mine, right = (float(x[row, column]) for x in (each.theirs, each.ours))
    return Verdict(
        False, "different", f"its shape is right, but it is not the solution, as the derivative is not zero there: "
        f"{where}, {what} {mine:.6g} where the solution has {right:.6g}",
    )  # fmt: skip
