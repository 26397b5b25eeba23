"""The independent derivatives are themselves checked: every value, and every complex step against differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from test_ops import Setting, settings, whole

from nncalc.arrays import ArrayMachine
from nncalc.check import Sample, agree, jacobian, laid_out, samples, value
from nncalc.formula import Name, name
from nncalc.ops import OPS
from nncalc.ops.kinds import DATA, Operation
from nncalc.problems import Problem
from nncalc.shapes import Shapes
from nncalc.syntax import parse

#: Where the slopes of differences are compared; what jumps has none there.
FAR = 1e-5


def sample_of(setting: Setting) -> Sample:
    return Sample({n: np.array([[float(x) for x in row] for row in rows]) for n, rows in setting.given.items()}, {})


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_a_value_is_that_of_the_arrays(op: Operation) -> None:
    for setting in settings(op):
        if not whole(op, setting) or not setting.given:
            continue
        sample = sample_of(setting)
        machine = ArrayMachine()
        for of, rows in sample.values.items():
            machine.load(of, rows.tolist())
        expected = np.array(machine.trial(setting.part))
        assert agree(value(setting.part, sample.values, {}), expected, 1e-12)


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_a_complex_step_agrees_with_differences(op: Operation) -> None:
    for setting in settings(op):
        if not whole(op, setting) or not setting.given:
            continue
        rules = op.slope if op.slope is not None else op.forms[0].gradient
        for place, arg in enumerate(setting.part.args):
            if isinstance(arg, Name) and rules[op.args[min(place, len(op.args) - 1)]] is not DATA:
                sample = sample_of(setting)
                found = laid_out(jacobian(setting.part, arg, sample))
                expected = differences(setting, arg, sample)
                assert found.shape == expected.shape
                assert np.allclose(found, expected, rtol=1e-6, atol=1e-8), (setting.part, arg)


def differences(setting: Setting, arg: Name, sample: Sample) -> Any:
    """Return the derivative in denominator layout by central differences."""
    x = sample.values[arg]
    rows = []
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            ends = []
            for k in (-2, -1, 1, 2):
                moved = x.copy()
                moved[i, j] += k * FAR
                ends.append(value(setting.part, {**sample.values, arg: moved}, {}))
            rows.append((ends[0] - 8 * ends[1] + 8 * ends[2] - ends[3]) / (12 * FAR))
    return laid_out(np.array(rows).reshape(*x.shape, *rows[0].shape))


def test_a_value_that_does_not_exist_is_not_a_number() -> None:
    one = {name("x"): np.array([[-1.0], [1.0]]), name("A"): np.array([[1.0, 2.0], [2.0, 4.0]])}
    for text in ("log(x)", "sqrt(x)", "inv(A)", "logdet(A)", "1/sum(x)", "x.^0.5"):
        assert not np.isfinite(value(parse(text), one, {})).all(), text


def test_random_numbers_honour_what_is_assumed() -> None:
    shapes = Shapes({name("S"): ("n", "n"), name("x"): ("n", 1), name("p"): ("n", 1), name("M"): ("n", "n")})
    assumed = {
        name("S"): frozenset({"spd", "symmetric", "invertible"}), name("x"): frozenset({"positive"}),
        name("p"): frozenset({"probability", "positive"}), name("M"): frozenset({"symmetric"}),
    }  # fmt: skip
    drawn = list(samples(shapes, list(assumed), assumed, parse("x'*S*x + p'*M*p")))
    assert len({each.sizes["n"] for each in drawn}) == 2
    for each in drawn:
        s, x, p, m = (each.values[name(n)] for n in "SxpM")
        assert np.linalg.eigvalsh(s).min() > 0
        assert np.allclose(s, s.T)
        assert np.allclose(m, m.T)
        assert x.min() > 0
        assert p.sum() == pytest.approx(1)


def test_what_has_no_value_anywhere_is_refused() -> None:
    with pytest.raises(Problem, match="no random numbers were found"):
        list(samples(Shapes({name("x"): ("n", 1)}), [name("x")], {}, parse("log(-norm2(x))")))
