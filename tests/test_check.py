"""The independent derivatives are themselves checked: every value, and every complex step against differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from test_ops import Setting, settings, whole

from nncalc.graph.shapes import Shapes
from nncalc.language.formula import Name, name
from nncalc.language.parser import parse
from nncalc.numbers import floats
from nncalc.numbers.array_machine import ArrayMachine
from nncalc.numbers.check import Sample, agree, is_derivative, is_hessian, jacobian, laid_out, samples, value
from nncalc.numbers.complexes import function
from nncalc.numbers.composed import compiled
from nncalc.ops import OPS
from nncalc.ops.kinds import DATA, Operation
from nncalc.problems import Problem

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
        rules = op.slope if op.entrywise else op.forms[0].gradient
        for place, arg in enumerate(setting.part.args):
            if isinstance(arg, Name) and rules.get(op.args[min(place, len(op.args) - 1)]) is not DATA:
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


def one(text: str, count: int = 1, *, assume: str = "") -> list[Sample]:
    x = name("x")
    assumed = {x: frozenset(assume.split())}
    return list(samples(Shapes({x: (count, 1)}), [x], assumed, parse(text)))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("relu(x - 2)", 2),
        ("max(x, 1)", 1),
        ("abs(x + 50)", -50),
        ("above(x, 900)", 900),
        ("sign(x) + step(x - 5)", 5),
        ("is_largest(x, 700, 1)", 700),
    ],
)
def test_numbers_are_drawn_until_both_sides_of_a_kink_are_reached(text: str, at: float) -> None:
    drawn = [each.values[name("x")][0, 0] for each in one(text)]
    assert min(drawn) < at < max(drawn)


def test_what_is_assumed_holds_where_a_branch_is_looked_for() -> None:
    assert all(each.values[name("x")].min() > 0 for each in one("sum(relu(x - 40))", 3, assume="positive"))
    shares = one("sum(relu(x - 0.6))", 3, assume="probability positive")
    assert all(each.values[name("x")].sum() == pytest.approx(1) for each in shares)
    assert any(each.values[name("x")].max() > 0.6 for each in shares)


def test_two_branches_are_reached_together() -> None:
    drawn = [each.values[name("x")][:, 0] for each in one("relu(sum(x) - 3) * relu(x' * x - 4)", 2)]
    assert any(x.sum() > 3 and x @ x > 4 for x in drawn)
    assert any(x.sum() < 3 and x @ x > 4 for x in drawn)


def test_a_formula_without_branches_is_drawn_as_often_as_asked() -> None:
    assert len(one("exp(x)")) == 2
    assert len(one("relu(exp(x))")) == 2


def test_a_hessian_is_compared_with_the_formula_itself() -> None:
    p = name("p")
    sample = Sample({p: np.array([[0.2], [0.3], [0.5]])}, {"n": 3})
    formula = parse("sum(p)^3")
    assert is_hessian(parse("6 * sum(p) * ones(n, n)"), formula, p, sample)
    assert is_hessian(parse("6 * ones(n, n)"), formula, p, sample)  # the same, where the sum is 1
    assert is_hessian(parse("zeros(n, n)"), formula, p, sample) is False  # the derivative of 3 * ones(n)
    assert is_hessian(parse("6 * eye(n)"), formula, p, sample) is False
    kink = Sample({p: np.array([[0.0]])}, {})
    assert is_hessian(parse("0"), parse("abs(p)"), p, kink) is None


def test_a_value_that_rounding_leaves_little_of_is_not_judged() -> None:
    x = name("x")
    sample = Sample({x: np.array([[-36.0]])}, {})
    assert is_derivative(parse("-3"), parse("cos(1 / softplus(x))"), x, sample) is not False
    sample = Sample({x: np.array([[30.0]])}, {})
    assert is_hessian(parse("(exp(2*x) + 1) - exp(2*x)"), parse("x^2 / 2"), x, sample) is not False
    assert is_hessian(parse("(exp(x/2) + 2) - exp(x/2)"), parse("x^2 / 2"), x, sample) is False


def test_a_small_softplus_is_exact_and_a_steep_or_flat_function_is_not_judged_by_a_wrong_step() -> None:
    x = name("x")
    sample = Sample({x: np.array([[-40.0]])}, {})
    assert is_derivative(parse("-sigmoid(x)/softplus(x)^2"), parse("1 / softplus(x)"), x, sample)
    assert value(parse("softplus(x)"), {x: np.array([[-40 + 1e-100j]])}, {}) == pytest.approx(np.exp(-40), rel=1e-12)
    far = Sample({x: np.array([[1.0]])}, {})
    assert is_derivative(parse("1e45"), parse("lse(1e45*x, 0)"), x, far) is not False
    assert is_derivative(parse("2"), parse("log(sigmoid(x))"), x, Sample({x: np.array([[-500.0]])}, {})) is None
    assert is_derivative(parse("2"), parse("log(sigmoid(x))"), x, Sample({x: np.array([[-100.0]])}, {})) is False


def test_a_part_that_is_too_large_leaves_no_value() -> None:
    x = {name("x"): np.array([[800.0]])}
    assert np.isnan(value(parse("1 / exp(x)"), x, {})).all()


#: What has no slope at 0, or by convention that of one side.
_NONE_AT_0 = (
    "lgamma",
    "digamma",
    "trigamma",
    "log",
    "log2",
    "log10",
    "sqrt",
    "cbrt",
    "reciprocal",
    "relu",
    "relu6",
    "selu",
)


@pytest.mark.parametrize(
    "op", [op for op in OPS.values() if op.entrywise and len(op.args) == 1 and not op.settings], ids=lambda op: op.name
)
def test_a_complex_step_at_0_is_the_slope_there(op: Operation) -> None:
    """Where a careful spelling meets itself from both sides; at a kink it is what the convention says, or the mean."""
    slope = op.slope.get("x")
    if op.name in _NONE_AT_0 or not isinstance(slope, str):
        return
    with np.errstate(all="ignore"):
        out = function(op.name)(np.array([[1e-30j]]))
    expected = compiled(slope, ("x", "out"), floats.function, float)(0.0, float(out[0, 0].real))
    assert out[0, 0].imag / 1e-30 == pytest.approx(expected, abs=1e-12)
