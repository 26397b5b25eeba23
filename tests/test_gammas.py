"""The logarithm of the gamma function and its derivatives: everywhere to the last digit, near zeros and poles too."""

from __future__ import annotations

import math
from decimal import Decimal
from random import Random
from typing import Any

import numpy as np
import pytest
from independent import mp, real, reference

from nncalc.cli.app import run
from nncalc.numbers import arrays, complexes, floats, reals
from nncalc.numbers.reals import Ball, Undecided

#: Zeros of log|gamma| and of digamma (DLMF 5.4), and where both have poles.
NEAR = (1.0, 2.0, 1.4616321449683623, -0.504083008264455, -2.4570247382208006, -1.0, -2.0, -10.0)


def points() -> list[float]:
    draw = Random("gammas")
    found = [near + draw.choice((-1, 1)) * 10 ** draw.uniform(-16, -1) for near in NEAR for _ in range(10)]
    found += [10 ** draw.uniform(-300, 15) for _ in range(30)]
    return found + [-(10 ** draw.uniform(-300, 2.5)) for _ in range(30)]


@pytest.mark.parametrize("op", ["lgamma", "digamma", "trigamma", "polygamma"])
def test_every_digit_is_right_near_zeros_and_poles_and_far_out(op: str) -> None:
    for x in points():
        args = (3.0, x) if op == "polygamma" else (x,)
        try:
            expected: Any = real(reference(op)(*[[[mp.mpf(each)]] for each in args])[0][0])
        except ArithmeticError:
            with pytest.raises(ValueError, match=r"^$"):
                floats.function(op)(*args)
            continue
        if abs(expected) < 1e308:
            found = floats.function(op)(*args)
            assert abs(found - expected) <= 0.51 * math.ulp(found), x


@pytest.mark.parametrize("op", ["lgamma", "digamma", "trigamma"])
def test_there_is_no_value_at_a_pole_nor_of_what_is_no_number(op: str) -> None:
    for x in (0.0, -1.0, -1e300, math.inf, -math.inf, math.nan):
        with pytest.raises(ValueError, match=r"^$"):
            floats.function(op)(x)
    assert np.isnan(arrays.function(op)(np.array([[0.0, -1.0]]))).all()


def test_what_is_too_large_is_said_to_be() -> None:
    for op, x in (("lgamma", 1e307), ("trigamma", 1e-200)):
        with pytest.raises(OverflowError):
            floats.function(op)(x)
        assert arrays.function(op)(np.array([[x]]))[0, 0] == math.inf


def test_a_ball_around_a_pole_or_of_an_uncertain_order_decides_nothing() -> None:
    for args in (
        (Ball(Decimal(0)), Ball(Decimal(-2), Decimal("0.1"))),
        (Ball(Decimal(1), Decimal(1)), Ball(Decimal(3))),
    ):
        with pytest.raises(Undecided):
            reals.function("polygamma")(*args)


def test_a_complex_step_is_the_slope_and_a_real_number_stays_one() -> None:
    x = np.array([[0.5, -1.25]])
    for op, slope in (("lgamma", "digamma"), ("digamma", "trigamma")):
        assert np.isrealobj(complexes.function(op)(x))
        assert np.allclose(complexes.function(op)(x + 1e-30j).imag / 1e-30, arrays.function(slope)(x), rtol=1e-15)


@pytest.mark.parametrize("op", ["lgamma", "digamma", "trigamma"])
def test_the_text_in_numpy_computes_it(op: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["derive", f"sum({op}(x))", "--format", "numpy"]) == 0
    room: dict[str, Any] = {}
    exec(capsys.readouterr().out, room)
    x = [0.3, 1.75, 40.0, -2.25]
    slope = {"lgamma": "digamma", "digamma": "trigamma"}.get(op)
    expected = [mp.psi(2, each) for each in x] if slope is None else [floats.function(slope)(each) for each in x]
    assert np.allclose(room["derivative"](x)[:, 0], [float(each) for each in expected], rtol=1e-13)
