"""A person's answer, judged by its value: right, or what makes it wrong.

What is looked for: a transpose, a sign, a factor, one matrix transposed that should not be, a term that
is missing or has a wrong sign or factor. Knows derivations and numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from nncalc.algebra.normal import Algebra, TooLong, fraction
from nncalc.algebra.simplest import Simplifier
from nncalc.check import Sample, agree, samples, value
from nncalc.derive.derivation import Derivation
from nncalc.derive.verify import quantities
from nncalc.formula import Formula, Name, call, name, names_in, num, replace
from nncalc.sizes import SCALAR, text_of

Values = Sequence[Any]


class Verdict(NamedTuple):
    """Whether an answer is right, a word for what is wrong, and a sentence; `part` is the term it is about."""

    right: bool
    kind: str
    says: str
    part: Formula | None = None


def judge(found: Derivation, answer: Formula, assumed: Mapping[Name, frozenset[str]]) -> Verdict:
    """Return the verdict on `answer`; raise Problem (`shape`) where it has no shape of its own."""
    shapes = found.setting.shapes
    shape = shapes.of(answer)
    drawn = list(samples(shapes, quantities(found), assumed, found.setting.formula))
    theirs = [value(answer, each.values, each.sizes) for each in drawn]
    ours = [value(found.derivative, each.values, each.sizes) for each in drawn]
    if shape != found.shape:
        return _other_shape(found, answer, theirs, ours)
    if _same(theirs, ours):
        return Verdict(True, "right", "right: it equals the derivative")
    if shape[0] == shape[1] != 1 and _same([each.T for each in theirs], ours):
        return Verdict(False, "transposed", "it is the transpose of the derivative")
    if _same([-each for each in theirs], ours):
        return Verdict(False, "sign", "its sign is wrong: it is minus the derivative")
    return (
        _factor(found, drawn, theirs, ours)
        or _turned(found, answer, drawn, ours)
        or _symmetric(found, answer, drawn)
        or _terms(found, drawn, theirs)
        or _difference(drawn, theirs, ours)
    )


def _same(theirs: Values, ours: Values) -> bool:
    return all(agree(one, other) for one, other in zip(theirs, ours, strict=True))


def _other_shape(found: Derivation, answer: Formula, theirs: Values, ours: Values) -> Verdict:
    shape = found.setting.shapes.of(answer)
    if shape == (found.shape[1], found.shape[0]):
        turned = [each.T for each in theirs]
        layout = "numerator" if found.setting.layout == "denominator" else "denominator"
        if _same(turned, ours):
            return Verdict(
                False, "transposed", f"it is the transpose of the derivative: right in {layout} layout, "
                f"here the layout is {found.setting.layout}",
            )  # fmt: skip
        if _same([-each for each in turned], ours):
            return Verdict(False, "transposed", "it is transposed, and its sign is wrong")
    return Verdict(False, "shape", f"it is {text_of(shape)}, the derivative is {text_of(found.shape)}")


def _factor(found: Derivation, drawn: list[Sample], theirs: Values, ours: Values) -> Verdict | None:
    """Return the verdict on an answer that is the derivative times a number, one for all or a quantity's."""
    ratios: list[float] = []
    for one, other in zip(theirs, ours, strict=True):
        size = float((other * other).sum())
        ratio = float((one * other).sum()) / size if size else 0.0
        if not np.isfinite(ratio) or not ratio or not agree(one, ratio * other, 1e-6):
            return None
        ratios.append(ratio)
    exact = _rational(ratios)
    if exact is not None:
        return Verdict(False, "factor", f"it is off by a factor: {exact} times the derivative")
    for each, numbers in _numbers(found, drawn):
        for power in (1, -1, 2, -2):
            rest = _rational([ratio / x**power for ratio, x in zip(ratios, numbers, strict=True)])
            if rest is not None:
                factor = call("pow", each, num(power)) if power != 1 else each
                whole = factor if rest == 1 else call("mul", fraction(rest), factor)
                return Verdict(False, "factor", "it is off by a factor: the derivative times", whole)
    return Verdict(False, "factor", "it is the derivative times a number that differs from case to case")


def _numbers(found: Derivation, drawn: list[Sample]) -> Iterator[tuple[Name, list[float]]]:
    """Yield what could be a factor, with its values: each number of the expression, each size."""
    for each in quantities(found):
        if found.setting.shapes.of(each) == SCALAR:
            yield each, [float(sample.values[each][0, 0]) for sample in drawn]
    for letter in sorted(found.setting.shapes.letters):
        sizes = [float(sample.sizes[letter]) for sample in drawn if letter in sample.sizes]
        if len(sizes) == len(drawn):
            yield name(letter), sizes


def _rational(numbers: Iterable[float]) -> Fraction | None:
    """Return the simple fraction that all of `numbers` are, or None."""
    found = list(numbers)
    guess = Fraction(found[0]).limit_denominator(64)
    near = 1e-6 * max(1.0, abs(float(guess)))
    return guess if all(abs(each - float(guess)) <= near for each in found) else None


def _symmetric(found: Derivation, answer: Formula, drawn: list[Sample]) -> Verdict | None:
    """Return the verdict on an answer that is right where one matrix is symmetric, which nobody said."""
    shapes = found.setting.shapes
    for each in quantities(found):
        rows, columns = shapes.of(each)
        if rows != columns or rows == 1 or each in found.setting.facts.symmetric or each is found.setting.wrt:
            continue
        even = [s._replace(values={**s.values, each: (s.values[each] + s.values[each].T) / 2}) for s in drawn]
        if _same(*[[value(f, s.values, s.sizes) for s in even] for f in (answer, found.derivative)]):
            return Verdict(False, "symmetric", "it is right only where this is symmetric (--assume says so):", each)
    return None


def _turned(found: Derivation, answer: Formula, drawn: list[Sample], ours: Values) -> Verdict | None:
    """Return the verdict on an answer in which one square matrix is transposed."""
    shapes = found.setting.shapes
    for each in names_in(answer):
        if each not in shapes.known or shapes.of(each)[0] != shapes.of(each)[1] or shapes.of(each) == SCALAR:
            continue
        other = replace(answer, {each: call("transpose", each)})
        if _same([value(other, sample.values, sample.sizes) for sample in drawn], ours):
            return Verdict(
                False, "transposed", "one matrix is transposed that should not be, or not that should:", each
            )
    return None


def _terms(found: Derivation, drawn: list[Sample], theirs: Values) -> Verdict | None:
    """Return the verdict on an answer that is the derivative with a term missing, or one with a wrong number."""
    terms = _expanded(found)
    if len(terms) < 2:
        return None
    columns = [
        np.concatenate([np.real(value(term, each.values, each.sizes)).ravel() for each in drawn]) for term in terms
    ]
    wanted = np.concatenate([np.real(each).ravel() for each in theirs])
    numbers, *_ = np.linalg.lstsq(np.array(columns).T, wanted, rcond=None)
    if not np.allclose(np.array(columns).T @ numbers, wanted, rtol=1e-6, atol=1e-8 * float(np.abs(wanted).max() + 1)):
        return None
    for term, number in zip(terms, numbers, strict=True):
        if abs(number) < 1e-6:
            return Verdict(False, "missing term", "a term is missing:", term)
    for term, number in zip(terms, numbers, strict=True):
        if abs(number + 1) < 1e-6:
            return Verdict(False, "sign", "the sign of a term is wrong, which should be", term)
    for term, number in zip(terms, numbers, strict=True):
        exact = _rational([float(number)])
        if exact is not None and exact != 1:
            return Verdict(False, "factor", f"a term is off by the factor {exact}; it should be", term)
    return None


def _expanded(found: Derivation) -> list[Formula]:
    """Return the terms of the derivative, multiplied out."""
    setting = found.setting
    algebra = Algebra(setting.shapes, setting.facts, expand=True)
    simplifier = Simplifier(setting.shapes, setting.facts, [setting.formula])
    try:
        terms = algebra.normal(found.derivative)
    except TooLong:
        return []
    return [simplifier.simplest(algebra.formula({term: each}, found.shape)) for term, each in terms.items()]


def _difference(drawn: list[Sample], theirs: Values, ours: Values) -> Verdict:
    where = drawn[0]
    gap = np.abs(theirs[0] - ours[0])
    place = tuple(int(i) for i in np.unravel_index(int(np.argmax(gap)), gap.shape))
    shown = [f"{float(np.real(each[0][place])):.6g}" for each in (theirs, ours)]
    sizes = ", ".join(f"{letter} = {size}" for letter, size in where.sizes.items())
    return Verdict(
        False, "different",
        f"it is not the derivative: at random numbers{f', {sizes},' if sizes else ''} "
        f"its entry {place[0] + 1},{place[1] + 1} is {shown[0]} where the derivative has {shown[1]}",
    )  # fmt: skip
