"""What makes an answer wrong: the mistake with which the derivative is it, or without which it is the derivative.

Knows derivations and numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from nncalc.deriving.derivation import Derivation
from nncalc.deriving.mistakes import Mistake, on_the_way
from nncalc.deriving.slips import completed, repairs, slips
from nncalc.language.formula import Formula
from nncalc.numbers.check import Sample, agree, is_defined, value
from nncalc.numbers.complexes import Complex
from nncalc.problems import Problem

#: How many times as large numbers are tried to tell mistakes from each other, which may hold on one branch alone.
FAR = (-1, 3, -9)
#: How many mistakes of one sort are tried.
MOST = 600
#: How close what comes of a mistake is to what it explains, relative to its size.
CLOSE = 1e-7


def explained(
    found: Derivation, answer: Formula, samples: list[Sample], *, free: bool, only: str | None = None
) -> Mistake | None:
    """Return the mistake in an answer, or `only` one of a kind; None where it is none that people make.

    `free` says that nothing is assumed of the quantities, so that branches are looked at far from zero too.
    """
    shapes = found.setting.shapes
    points = [*samples, *(_scaled(sample, times) for sample in samples if free for times in FAR)]
    for goal, tried in _roads(found, answer, only):
        wanted = [(sample, value(goal, sample.values, sample.sizes)) for sample in points]
        defined = [each for each in wanted if is_defined(each[1])]
        if len(defined) < len(samples) or not any(numbers.any() for _, numbers in defined):
            continue
        for mistake in islice((each for each in tried if only in (None, each.kind)), MOST):
            with suppress(Problem):
                if shapes.of(mistake.formula) == shapes.of(goal) and all(
                    _is(mistake.formula, *each) for each in defined
                ):
                    return mistake
    return None


def _roads(found: Derivation, answer: Formula, only: str | None) -> Iterator[tuple[Formula, Iterator[Mistake]]]:
    """Yield what is to be met, and the formulas that may meet it."""
    shapes = found.setting.shapes
    yield answer, slips(found.derivative, shapes)
    yield answer, on_the_way(found)
    if only is None:
        yield found.derivative, repairs(answer, shapes)
        yield found.derivative, completed(answer, (found.derivative, found.setting.formula), shapes)


def _scaled(sample: Sample, times: int) -> Sample:
    return sample._replace(values={of: times * array for of, array in sample.values.items()})


def _is(formula: Formula, sample: Sample, numbers: Complex) -> bool:
    return agree(value(formula, sample.values, sample.sizes), numbers, CLOSE)
