"""The last digits: every operation of numbers, and its slope, in floats and in arrays, against mpmath at 60 digits.

Over [-700, 700] and around branch points. What is worst is a page, docs/digits.md, that is written with the others.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np
import pytest
from independent import entries, mp, real
from test_ops import reference

from nncalc.graph.calculus import ONES, derivative
from nncalc.graph.calculus import spelled as rule_of
from nncalc.language.formula import name, num
from nncalc.language.printer import show
from nncalc.numbers import arrays, floats
from nncalc.numbers.composed import compiled
from nncalc.numbers.whole import number
from nncalc.ops import OPS
from nncalc.ops.kinds import Flat, Operation
from nncalc.sheet.compiled import careful

PAGE = Path(__file__).parent.parent / "docs" / "digits.md"
POINTS = 400
#: How many units in the last place a result may be off.
AIM = 4
#: The least float that has all its digits, and the largest.
TINY, HUGE = mp.mpf(2.3e-308), mp.mpf(1.79e308)
BRANCHES = (0.0, 1.0, -1.0, 0.5, -0.5, math.pi / 2, math.pi)


@cache
def points(key: str) -> tuple[float, ...]:
    """Return where an argument is tried: over the whole range, where most people are, and around branch points."""
    draw = Random(key)
    found = [draw.uniform(-700, 700) for _ in range(140)] + [draw.uniform(-40, 40) for _ in range(120)]
    for branch in BRANCHES:
        found += [branch, math.nextafter(branch, math.inf), math.nextafter(branch, -math.inf)]
        found += [branch + draw.choice((-1, 1)) * 10 ** draw.uniform(-16, -0.5) for _ in range(17)]
    assert len(found) == POINTS
    return tuple(found)


#: The logarithm of the gamma function and its derivatives.
GAMMAS = ("lgamma", "digamma", "trigamma", "polygamma")


class Worst(NamedTuple):
    """How many units in the last place a result is off at most, and where."""

    units: float
    at: tuple[float, ...] = ()

    def over(self, found: float, expected: Any, at: tuple[float, ...], least: float = 0) -> Worst:
        """Return the worse of this and another result; none is expected beyond the floats.

        It is off by units of the last place of what is expected, or of `least`, where that is larger.
        """
        if expected != 0 and not TINY < abs(expected) < HUGE:
            return self
        units = float(abs(mp.mpf(found) - expected) / mp.mpf(math.ulp(max(abs(float(expected)), least))))
        return Worst(units, at) if units > self.units else self


def numbers(op: Operation) -> Iterator[tuple[float, ...]]:
    """Yield the arguments an operation is tried with."""
    count = 2 if op.variadic else len(op.args)
    columns = [points(f"{op.name} {place}") for place in range(count)]
    for place, column in enumerate(columns[1:], 1):
        Random(place).shuffle(shuffled := list(column))
        columns[place] = tuple(shuffled)
    if op.name == "polygamma":
        columns[0] = tuple(float(place % 6) for place in range(POINTS))
    yield from zip(*columns, strict=True)


#: Operations of numbers to a number.
ENTRYWISE = [op for op in OPS.values() if op.entrywise]


def exactly(op: Operation, args: tuple[Any, ...]) -> Any:
    """Return the value of an operation as mpmath has it, None where there is none."""
    settings = [Fraction(default) for default in op.settings.values()]
    try:
        found = reference(op.name)(*[[[each]] for each in (*args, *settings)])
    except (ArithmeticError, ValueError):
        return None
    value = real(entries(found)[0])
    return value if mp.isfinite(value) and not isinstance(value, mp.mpc) else None


def slope(op: Operation, args: tuple[float, ...], place: int) -> Any:
    """Return the derivative by an argument, with 60 digits to spare also where it is tiny; None where there is none."""
    found = difference(op, args, place, 130, 42)
    return difference(op, args, place, 600, 100) if found is not None and abs(found) < 1e-20 else found


def difference(op: Operation, args: tuple[float, ...], place: int, digits: int, small: int) -> Any:
    """Return a central difference over a step of 10 to the power -`small`."""
    with mp.workdps(digits):
        step = mp.mpf(10) ** -small
        sides = []
        for moved in (step, -step):
            near = [mp.mpf(each) + (moved if at == place else 0) for at, each in enumerate(args)]
            sides.append(exactly(op, tuple(near)))
        if None in sides:
            return None
        return (sides[0] - sides[1]) / (2 * step)


def computed(op: Operation, text: str, kind: str) -> Callable[..., float]:
    """Return what computes a rule of an operation from its arguments, its result and its settings."""
    letters = (*op.args, "out", *op.settings)
    settings = [float(default) for default in op.settings.values()]
    if kind == "floats":
        run = compiled(text, letters, floats.function, float)
        return lambda args, out: run(*args, out, *settings)
    whole = compiled(text, letters, arrays.function, number)

    def found(args: tuple[float, ...], out: float) -> float:
        with np.errstate(all="ignore"):
            return float(whole(*[np.array([[each]]) for each in (*args, out, *settings)])[0, 0])

    return found


def value_of(op: Operation, kind: str) -> Callable[[tuple[float, ...]], float]:
    settings = [float(default) for default in op.settings.values()]
    if kind == "floats":
        return lambda args: floats.function(op.name)(*args, *settings)

    def found(args: tuple[float, ...]) -> float:
        with np.errstate(all="ignore"):
            return float(arrays.function(op.name)(*[np.array([[each]]) for each in (*args, *settings)])[0, 0])

    return found


@cache
def worst(name_of: str) -> dict[str, Worst]:
    """Return how far the values and the slopes of an operation are off, in both kinds of numbers."""
    op = OPS[name_of]
    found = {f"{what} in {kind}": Worst(0) for what in ("value", "slope") for kind in ("floats", "arrays")}
    rules = [] if op.variadic else [(at, derivative(op, None, argument)) for at, argument in enumerate(op.args)]
    spelled = [
        (at, show(rule_of(op, None, op.args[at], rule, _as_they_are(op), careful)))
        for at, rule in rules
        if not isinstance(rule, Flat)
    ]
    for args in numbers(op):
        true = exactly(op, tuple(map(Fraction, args)))
        for kind in ("floats", "arrays"):
            try:
                out = value_of(op, kind)(args)
            except (ArithmeticError, ValueError):
                continue
            if true is None or not math.isfinite(out):
                continue
            found[f"value in {kind}"] = found[f"value in {kind}"].over(out, true, args)
            for at, text in spelled:
                if kink(op, args):
                    continue
                expected = slope(op, args, at)
                try:
                    ours = computed(op, text, kind)(args, out)
                except (ArithmeticError, ValueError):
                    continue
                if expected is not None and math.isfinite(ours):
                    found[f"slope in {kind}"] = found[f"slope in {kind}"].over(
                        ours, expected, args, TERMS if abs(args[0] - TURNS.get(op.name, math.inf)) < NEAR else 0
                    )  # fmt: skip
    return found


def _as_they_are(op: Operation) -> dict[Any, Any]:
    return {ONES: num(1), **{name(letter): name(letter) for letter in op.args}}


def kink(op: Operation, args: tuple[float, ...]) -> bool:
    """Return whether an operation has no slope here, so that a convention decides."""
    if op.name == "erfinv":
        return abs(args[0]) > STEEP
    if op.name == "maxout":
        return args[0] == args[1]
    if op.kink is not None and op.kink.where != "out":
        settings = [float(default) for default in op.settings.values()]
        run = compiled(op.kink.where, (*op.args, *op.settings), floats.function, float)
        return bool(abs(run(*args, *settings)) < 1e-30)
    edges = ("xlogy", "xdivy", "hpow", "sqrt", "power_slope", "cbrt", "atan2", "mod", "reciprocal", "hypot", *GAMMAS)
    return op.name in edges and any(abs(each) < 1e-30 for each in args)


#: Beyond what number the slope of the inverse error function hangs on the last digit of its value.
STEEP = 0.9
#: Where a slope is 0 as two terms of it cancel, how near to that it is measured by them, and how large these are.
TURNS = {"gelu": -0.7518, "gelu_tanh": -0.7525, "silu": -1.2785, "swish": -1.2785, "mish": -1.1924}
NEAR, TERMS = 0.5, 0.25


#: Slopes that nobody asks for: the slope of a slope, which is found from its meaning.
SECOND = ("power_slope", "sigmoid_less")


@pytest.mark.sampled
@pytest.mark.parametrize("op", ENTRYWISE, ids=lambda op: op.name)
def test_values_and_slopes_are_right_to_four_units_in_the_last_place(op: Operation) -> None:
    for what, found in worst(op.name).items():
        if not (op.name in SECOND and what.startswith("slope")):
            assert found.units <= AIM, (what, found)


# -- logits ---------------------------------------------------------------------------------------------------


def logits() -> Iterator[tuple[float, ...]]:
    """Yield logits of two or three classes, near each other and far apart, small and huge."""
    first, second, third = (points(f"logits {place}") for place in range(3))
    for place, (a, b, c) in enumerate(zip(first, second, third, strict=True)):
        yield (a, b) if place % 2 else (a, b, c)
    for a in first[:50]:
        yield (1e15 * a, 1e15 * a + 2.0 ** (math.frexp(1e15 * a)[1] - 52))
        yield (1e306 * a, 1e306 * a, 0.0)


def in_arrays(op: str, *columns: tuple[float, ...]) -> list[float]:
    with np.errstate(all="ignore"):
        found = arrays.function(op)(*[np.array(column)[:, None] for column in columns])
    return [float(each) for each in found[:, 0]]


@pytest.mark.sampled
def test_what_is_computed_of_logits_is_right_to_four_units_in_the_last_place() -> None:
    found: dict[str, Worst] = {}
    for z in logits():
        whole = [mp.mpf(each) for each in z]
        with mp.workdps(700):
            exps = [mp.exp(each - max(whole)) for each in whole]
            p = [each / sum(exps) for each in exps]
            logs = [each - max(whole) - mp.log(sum(exps)) for each in whole]
            y = [1.0, *[0.0] * (len(z) - 1)]
            expected = {
                "softmax": p, "log_softmax": logs, "cross_entropy_logits": [-logs[0]],
                "slope": [each - mp.mpf(label) for each, label in zip(p, y, strict=True)],
            }  # fmt: skip
        ours = {
            "softmax": in_arrays("softmax", z), "log_softmax": in_arrays("log_softmax", z),
            "cross_entropy_logits": in_arrays("cross_entropy_logits", z, tuple(y)),
            "slope": in_arrays("softmax_residual", tuple(in_arrays("softmax", z)), tuple(y)),
        }  # fmt: skip
        for what, numbers_of in expected.items():
            for value, true in zip(ours[what], numbers_of, strict=True):
                found[what] = found.get(what, Worst(0)).over(value, true, z)
    for what, each in found.items():
        assert each.units <= AIM, (what, each)


# -- the page -------------------------------------------------------------------------------------------------


def page() -> str:
    """Return the page of the worst that was found."""
    rows = ["| operation | value, in floats | in arrays | slope, in floats | in arrays |", "|---|---|---|---|---|"]
    for op in ENTRYWISE:
        cells = [f"{each.units:.1f}" if each.units < 1000 else f"{each.units:.0e}" for each in worst(op.name).values()]
        value_floats, value_arrays, slope_floats, slope_arrays = cells
        slopes = ["", ""] if _flat(op) else [slope_floats, slope_arrays]
        rows.append(f"| `{op.name}` | " + " | ".join([value_floats, value_arrays, *slopes]) + " |")
    return "\n".join(rows) + "\n"


def _flat(op: Operation) -> bool:
    return all(isinstance(derivative(op, None, argument), Flat) for argument in op.args)


def test_the_page_has_every_operation_and_no_figure_above_the_aim(request: pytest.FixtureRequest) -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, found, _ = text.partition("| operation |")
    assert found
    if request.config.getoption("--update"):
        PAGE.write_text(before + page(), encoding="utf-8")
        text = PAGE.read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    assert [row[0] for row in rows] == [f"`{op.name}`" for op in ENTRYWISE]
    figures = [float(cell) for row in rows for cell in row[1:] if cell and row[0].strip("`") not in SECOND]
    assert max(figures) <= AIM
