"""Conventions at kinks, and what happens at the edges of a domain and of floating point.

Where libraries differ, what PyTorch 2.13, JAX 0.10, TensorFlow 2.21 and HIPS autograd 1.9 give was
measured first; the numbers here follow from the mathematics and the conventions in
docs/conventions.md. Decimal values are mpmath's at 50 digits.
"""

from __future__ import annotations

import json
from math import isclose
from typing import TypeAlias

import pytest
from printing import present

from nncalc.cli.app import run
from nncalc.interface.presenting import Wish
from nncalc.language.figures import Rows
from nncalc.language.formula import name
from nncalc.problems import Problem
from nncalc.sheet.calculation import Calculation, calculate
from nncalc.spec import value
from nncalc.spec.model import from_expressions, with_values

Slope: TypeAlias = float | list[float] | None


def solved(text: str, numbers: str, by: str | None) -> Calculation:
    """Return `text` computed with `numbers` such as `x=1 y=2`, and differentiated by one of them."""
    model, _ = from_expressions(text.split(";"))
    pairs = (word.partition("=") for word in numbers.split())
    model = with_values(model, {left: value(right, left) for left, _, right in pairs})
    return calculate(model, wrt=[by] if by else None, backward=by is not None)


def flat(rows: Rows) -> list[float]:
    return [entry for row in rows for entry in row]


def same(found: float, expected: float) -> bool:
    """Return whether two numbers are equal to the last bits; nothing stands in for a number that is tiny."""
    return isclose(found, expected, rel_tol=4e-16, abs_tol=0) or abs(found - expected) <= 5e-324


#: A formula, its numbers, its value, and its derivatives: None where there is none.
VALUES: list[tuple[str, str, float, dict[str, Slope]]] = [
    # kinks
    ("relu(x)", "x=0", 0, {"x": 0}),
    ("relu(x)", "x=-0.0", 0, {"x": 0}),
    ("relu(x)", "x=5e-324", 5e-324, {"x": 1}),
    ("leaky_relu(x)", "x=0", 0, {"x": 0.01}),
    ("floor(x)", "x=2", 2, {"x": 0}),
    ("round(x)", "x=2.5", 2, {"x": 0}),
    ("mod(x, y)", "x=5 y=5", 0, {"x": 1, "y": -1}),
    ("mod(x, y)", "x=-1 y=3", 2, {"x": 1, "y": 1}),
    ("clamp(x, -1, 1)", "x=1", 1, {"x": 0}),
    ("clamp(x, -1, 1)", "x=-1", -1, {"x": 0}),
    ("clamp(x, a, b)", "x=1 a=1 b=2", 1, {"x": 0, "a": 1, "b": 0}),
    ("atan2(y, x)", "y=0 x=-1", 3.141592653589793, {"y": -1, "x": 0}),
    ("atan2(y, x)", "y=0 x=0", 0, {"y": None, "x": None}),
    ("lgamma(x)", "x=1", 0, {"x": -0.5772156649015329}),
    ("lgamma(x)", "x=-0.5", 1.2655121234846454, {"x": 0.03648997397857652}),
    ("digamma(x)", "x=1e-200", -1e200, {"x": None}),
    ("trigamma(x)", "x=1", 1.6449340668482264, {"x": -2.4041138063191886}),
    # PyTorch 2.13 has no slope at the origin either, nan
    ("hypot(x, y)", "x=0 y=0", 0, {"x": None, "y": None}),
    ("hypot(x, y, 6)", "x=2 y=3", 7, {"x": 2 / 7, "y": 3 / 7}),
    ("hypot(x, y)", "x=0 y=-2", 2, {"x": 0, "y": -1}),
    ("hypot(x, y)", "x=3e200 y=-4e200", 5e200, {"x": 0.6, "y": -0.8}),
    ("hypot(x, y)", "x=3e-200 y=4e-200", 5e-200, {"x": 0.6, "y": 0.8}),
    ("cbrt(x)", "x=-8", -2, {"x": 1 / 12}),
    ("cbrt(x)", "x=0", 0, {"x": None}),
    ("prod(x)", "x=0,2,3", 0, {"x": [6, 0, 0]}),
    ("prod(x)", "x=0,0,3", 0, {"x": [0, 0, 0]}),
    ("sum(cumprod(x))", "x=0,2", 0, {"x": [3, 0]}),
    ("std(x)", "x=1,1", 0, {"x": [0, 0]}),
    ("logaddexp(x, y)", "x=1000 y=0", 1000, {"x": 1, "y": 0}),
    ("log10(x)", "x=1000", 3, {}),
    ("relu6(x)", "x=0", 0, {"x": 0}),
    ("relu6(x)", "x=6", 6, {"x": 0}),
    ("prelu(x, a)", "x=0 a=0.3", 0, {"x": 0.3, "a": 0}),
    ("elu(x)", "x=0", 0, {"x": 1}),
    ("f = elu(x, alpha=2)", "x=0", 0, {"x": 2}),
    ("selu(x)", "x=0", 0, {"x": 1.7580993408473766}),
    ("f = celu(x, alpha=2)", "x=0", 0, {"x": 1}),
    ("hard_sigmoid(x)", "x=3", 1, {"x": 0}),
    ("hard_sigmoid(x)", "x=-3", 0, {"x": 0}),
    ("hard_tanh(x)", "x=1", 1, {"x": 0}),
    ("hard_tanh(x)", "x=-1", -1, {"x": 0}),
    ("hard_swish(x)", "x=-3", 0, {"x": 0}),
    ("hard_swish(x)", "x=3", 3, {"x": 1}),
    ("f = threshold(x, theta=1, value=5)", "x=1", 5, {"x": 0}),
    ("softsign(x)", "x=0", 0, {"x": 1}),
    ("maxout(x, y)", "x=1 y=1", 1, {"x": 0.5, "y": 0.5}),
    ("abs(x)", "x=0", 0, {"x": 0}),
    ("abs(x)", "x=-0.0", 0, {"x": 0}),
    ("sign(x)", "x=0", 0, {"x": 0}),
    ("step(x)", "x=0", 0, {"x": 0}),
    ("max(0, x)", "x=0", 0, {"x": 0}),
    ("max(x, 0)", "x=0", 0, {"x": 0}),
    ("max(x, 1)", "x=1", 1, {"x": 0}),
    ("max(1, x)", "x=2", 2, {"x": 1}),
    ("max(-1, x)", "x=-1", -1, {"x": 0}),
    ("max(1/2, x)", "x=1/2", 0.5, {"x": 0}),
    ("min(x, 1)", "x=1", 1, {"x": 0}),
    ("min(1, x)", "x=1", 1, {"x": 0}),
    ("min(1, x)", "x=0", 0, {"x": 1}),
    ("min(1, x)", "x=2", 1, {"x": 0}),
    ("min(-1, x)", "x=-1", -1, {"x": 0}),
    ("max(x, y)", "x=1 y=1", 1, {"x": 0.5, "y": 0.5}),
    ("min(x, y)", "x=1 y=1", 1, {"x": 0.5, "y": 0.5}),
    ("sum(max(x, 1))", "x=1,2,0", 4, {"x": [0, 1, 0]}),
    ("sum(min(x, 1))", "x=1,2,0", 2, {"x": [0, 0, 1]}),
    ("max(0, 1 - y*z)", "y=1 z=1", 0, {"z": 0}),
    ("min(max(x, -1), 1)", "x=1", 1, {"x": 0}),
    # powers and roots
    ("sqrt(x)", "x=0", 0, {"x": None}),
    ("x^2", "x=0", 0, {"x": 0}),
    ("x^1", "x=0", 0, {"x": 1}),
    ("x^0", "x=0", 1, {"x": 0}),
    ("x^0.5", "x=0", 0, {"x": None}),
    ("x^y", "x=0 y=0", 1, {"x": 0, "y": None}),
    ("x^y", "x=0 y=1", 0, {"x": 1, "y": 0}),
    ("x^y", "x=0 y=2", 0, {"x": 0, "y": 0}),
    ("x^y", "x=0 y=0.5", 0, {"x": None, "y": 0}),
    ("x^y", "x=-2 y=3", -8, {"x": 12, "y": None}),
    ("x^y", "x=2 y=0", 1, {"x": 0, "y": 0.6931471805599453}),
    ("x^y", "x=-2 y=0", 1, {"x": 0}),
    ("x^3", "x=-2", -8, {"x": 12}),
    ("x^-2", "x=-2", 0.25, {"x": 0.25}),
    ("sum(x.^2)", "x=0,-3", 9, {"x": [0, -6]}),
    ("sum(x.^0)", "x=0,-3", 2, {"x": [0, 0]}),
    ("sqrt(sum(x.^2))", "x=0,0", 0, {"x": None}),
    # logarithms and exponentials
    ("log(x)", "x=4.9406564584124654e-324", -744.4400719213812, {"x": None}),
    ("log1p(x)", "x=1e-20", 1e-20, {"x": 1}),
    ("log1p(x)", "x=0", 0, {"x": 1}),
    ("expm1(x)", "x=1e-20", 1e-20, {"x": 1}),
    ("expm1(x)", "x=-1000", -1, {"x": 0}),
    ("exp(x)", "x=709", 8.218407461554972e307, {"x": 8.218407461554972e307}),
    ("exp(x)", "x=-745", 5e-324, {"x": 5e-324}),
    ("exp(x)", "x=-746", 0, {"x": 0}),
    ("xlogy(x, y)", "x=0 y=0", 0, {"x": None, "y": 0}),
    ("xlogy(x, y)", "x=0 y=2", 0, {"x": 0.6931471805599453, "y": 0}),
    ("asin(x)", "x=1", 1.5707963267948966, {"x": None}),
    ("acos(x)", "x=-1", 3.141592653589793, {"x": None}),
    ("x*5e-324", "x=1", 5e-324, {"x": 5e-324}),
    # activations far out
    ("sigmoid(x)", "x=0", 0.5, {"x": 0.25}),
    ("sigmoid(x)", "x=40", 1, {"x": 4.248354255291589e-18}),
    ("sigmoid(x)", "x=-40", 4.248354255291589e-18, {"x": 4.248354255291589e-18}),
    ("sigmoid(x)", "x=800", 1, {"x": 0}),
    ("sigmoid(x)", "x=-800", 0, {"x": 0}),
    ("softplus(x)", "x=1000", 1000, {"x": 1}),
    ("softplus(x)", "x=-1000", 0, {"x": 0}),
    ("softplus(x)", "x=-40", 4.248354255291589e-18, {"x": 4.248354255291589e-18}),
    ("softplus(x)", "x=1e-8", 0.6931471855599453, {"x": 0.5000000025}),
    ("softplus(x)", "x=30", 30.000000000000093, {"x": 0.9999999999999065}),
    ("log_sigmoid(x)", "x=-800", -800, {"x": 1}),
    ("log_sigmoid(x)", "x=800", 0, {"x": 0}),
    ("silu(x)", "x=0", 0, {"x": 0.5}),
    ("silu(x)", "x=-800", 0, {"x": 0}),
    ("gelu(x)", "x=0", 0, {"x": 0.5}),
    ("gelu(x)", "x=-40", 0, {"x": 0}),
    ("gelu(x)", "x=-20", -5.507248237212467e-88, {"x": -1.1014360483133464e-86}),
    ("gelu_tanh(x)", "x=-15", -1.5584769937273827e-114, {}),
    ("elu(x)", "x=-1e-20", -1e-20, {"x": 1}),
    ("tanh(x)", "x=0", 0, {"x": 1}),
    ("tanh(x)", "x=20", 1, {"x": 1.6993417021166356e-17}),
    ("tanh(x)", "x=-20", -1, {"x": 1.6993417021166356e-17}),
    ("tanh(x)", "x=1000", 1, {"x": 0}),
    ("tanh(x)", "x=1e-20", 1e-20, {"x": 1}),
    ("[[1, 0]]*softmax(x)", "x=1000,0", 1, {"x": [0, 0]}),
    ("[[1, 0]]*softmax(x)", "x=1000,1000", 0.5, {"x": [0.25, -0.25]}),
    ("[[1, 0]]*softmax(x)", "x=-1000,-1000", 0.5, {"x": [0.25, -0.25]}),
    ("[[0, 1]]*softmax(x)", "x=40,0", 4.248354255291589e-18, {"x": [-4.248354255291589e-18, 4.248354255291589e-18]}),
    ("lse(x)", "x=1000,0", 1000, {"x": [1, 0]}),
    ("lse(x)", "x=-1000,-1000", -999.3068528194401, {"x": [0.5, 0.5]}),
    ("lse(x)", "x=5", 5, {"x": 1}),
    # losses
    ("cross_entropy(p, y)", "p=1,0 y=1,0", 0, {"p": [-1, 0]}),
    ("cross_entropy(p, y)", "p=0.5,0.5 y=1,0", 0.6931471805599453, {"p": [-2, 0]}),
    ("cross_entropy_logits(z, y)", "z=1000,0 y=1,0", 0, {"z": [0, 0]}),
    ("cross_entropy_logits(z, y)", "z=0,1000 y=1,0", 1000, {"z": [-1, 1]}),
    ("binary_cross_entropy(p, y)", "p=1 y=1", 0, {"p": -1}),
    ("binary_cross_entropy(p, y)", "p=0 y=0", 0, {"p": 1}),
    ("binary_cross_entropy(p, y)", "p=1e-200 y=1", 460.51701859880914, {"p": -1e200}),
    ("binary_cross_entropy_logits(z, y)", "z=800 y=0", 800, {"z": 1}),
    ("binary_cross_entropy_logits(z, y)", "z=-800 y=1", 800, {"z": -1}),
    ("binary_cross_entropy_logits(z, y)", "z=0 y=1", 0.6931471805599453, {"z": -0.5}),
    ("p = sigmoid(z);binary_cross_entropy(p, y)", "z=800 y=0", 800, {"z": 1}),
    ("p = sigmoid(z);binary_cross_entropy(p, y)", "z=-800 y=1", 800, {"z": -1}),
    ("p = softmax(z);cross_entropy(p, y)", "z=1000,0 y=0,1", 1000, {"z": [1, -1]}),
    ("p = softmax(z);cross_entropy(p, y)", "z=1000,0 y=1,0", 0, {"z": [0, 0]}),
    ("squared_error(p, y)", "p=1,2 y=0,0", 2.5, {"p": [1, 2]}),
    # norms
    ("norm2(x)", "x=3,4", 5, {"x": [0.6, 0.8]}),
    ("norm2(x)", "x=0,0", 0, {"x": [0, 0]}),
    ("norm2(x)", "x=0", 0, {"x": 0}),
    ("norm2(x)", "x=0,-2", 2, {"x": [0, -1]}),
    ("norm2(x)", "x=3e200,4e200", 5e200, {"x": [0.6, 0.8]}),
    ("norm2(x)", "x=3e-200,4e-200", 5e-200, {"x": [0.6, 0.8]}),
    ("norm2(x)", "x=3e-310,4e-310", 5e-310, {"x": [0.6, 0.8]}),
    ("norm2(x - y)", "x=1,2 y=1,2", 0, {"x": [0, 0], "y": [0, 0]}),
    ("norm2(x)^2", "x=0,0", 0, {"x": [0, 0]}),
    ("norm2_scaled(x)", "x=0,0", 0, {"x": [0, 0]}),
    ("norm2_scaled(x)", "x=3e200,4e200", 5e200, {"x": [0.6, 0.8]}),
    ("norm2_scaled(x)", "x=3,4", 5, {"x": [0.6, 0.8]}),
    ("norm1(x)", "x=0,-1", 1, {"x": [0, -1]}),
    ("norm1(x)", "x=0,0", 0, {"x": [0, 0]}),
    # matrices
    ("det(A)", "A=[[1,2],[2,4]]", 0, {"A": [4, -2, -2, 1]}),
    ("det(A)", "A=[[0,0],[0,0]]", 0, {"A": [0, 0, 0, 0]}),
    ("det(A)", "A=[[1,2,3],[4,5,6],[7,8,9]]", 0, {"A": [-3, 6, -3, 6, -12, 6, -3, 6, -3]}),
    ("det(A)", "A=[[1,0],[0,1e-20]]", 1e-20, {"A": [1e-20, 0, 0, 1]}),
    ("logdet(A)", "A=[[1,0],[0,1]]", 0, {"A": [1, 0, 0, 1]}),
    ("tr(inv(A))", "A=[[1,0],[0,1e-20]]", 1e20, {"A": [-1, 0, 0, -1e40]}),
    ("tr(A^3)", "A=[[0,0],[0,0]]", 0, {"A": [0, 0, 0, 0]}),
    ("tr(A^1)", "A=[[0,0],[0,0]]", 0, {"A": [1, 0, 0, 1]}),
    ("lse(A)", "A=[[1000,1000],[1000,1000]]", 1001.3862943611199, {}),
    ("lse(A)", "A=[[0,0],[0,0]]", 1.3862943611198906, {"A": [0.25, 0.25, 0.25, 0.25]}),
    # the same inside something else, so that the gradient arriving has no number yet when a spelling is chosen
    ("u = x^y;2*u", "x=2 y=3", 16, {"x": 24, "y": 11.090354888959125}),
    ("u = x^y;2*u", "x=0 y=0", 2, {"x": 0, "y": None}),
    ("u = cross_entropy(p, y);2*u", "p=1,0 y=1,0", 0, {"p": [-2, 0]}),
    ("u = binary_cross_entropy(p, y);2*u", "p=1 y=1", 0, {"p": -2}),
    ("u = cross_entropy_logits(z, y);2*u", "z=0,1000 y=1,0", 2000, {"z": [-2, 2]}),
    ("u = sigmoid(x);2*u", "x=40", 2, {"x": 8.496708510583178e-18}),
]


@pytest.mark.parametrize(
    ("text", "numbers", "expected", "slopes"), VALUES, ids=[f"{row[0]}, {row[1]}" for row in VALUES]
)
@pytest.mark.parametrize("machine", ["scalar", "arrays"])
def test_a_value_at_the_edge(
    text: str,
    numbers: str,
    expected: float,
    slopes: dict[str, Slope],
    machine: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if machine == "arrays":
        with_arrays(monkeypatch)
    found = solved(text, numbers, None)
    assert found.output is not None
    assert same(found.machine.rows(found.output)[0][0], expected)
    for by, wanted in slopes.items():
        if wanted is None:
            with pytest.raises(Problem) as caught:
                solved(text, numbers, by)
            assert caught.value.code in ("domain", "derivative")
            continue
        back = solved(text, numbers, by)
        slope = flat(back.machine.rows(name(by, of=back.output)))
        for entry, each in zip(slope, wanted if isinstance(wanted, list) else [wanted], strict=True):
            assert same(entry, each), f"by {by}: {slope}"


def with_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute in arrays, whatever the size."""
    from nncalc.numbers.array_machine import ArrayMachine

    monkeypatch.setattr("nncalc.sheet.calculation.machine_for", lambda *_, **__: ArrayMachine())


#: Formulas that have no value.
UNDEFINED = [
    ("1/x", "x=0"),
    ("1/x", "x=-0.0"),
    ("x/x", "x=0"),
    ("sin(x)/x", "x=0"),
    ("x^-1", "x=0"),
    ("x^y", "x=0 y=-1"),
    ("x^y", "x=-2 y=0.5"),
    ("x^y", "x=-8 y=0.333"),
    ("sqrt(x)", "x=-1"),
    ("log(x)", "x=0"),
    ("log(x)", "x=-0.0"),
    ("log(x)", "x=-1"),
    ("log1p(x)", "x=-1"),
    ("log1p(x)", "x=-2"),
    ("x*log(x)", "x=0"),
    ("0*log(x)", "x=0"),
    ("0/x", "x=0"),
    ("1/x - 1/x", "x=0"),
    ("(1/x)^0", "x=0"),
    ("1/(1/x)", "x=0"),
    ("sum(0*log(x))", "x=0,1"),
    ("1 + 0*(1/x)", "x=0"),
    ("xlogy(x, y)", "x=1 y=0"),
    ("xdivy(x, y)", "x=1 y=0"),
    ("asin(x)", "x=1.5"),
    ("acos(x)", "x=-1.5"),
    ("exp(x)", "x=710"),
    ("expm1(x)", "x=710"),
    ("sinh(x)", "x=711"),
    ("cosh(x)", "x=-711"),
    ("x*x", "x=1e200"),
    ("x^2", "x=1e200"),
    ("x + x", "x=1.7e308"),
    ("sum(x)", "x=1.7e308,1.7e308"),
    ("cross_entropy(p, y)", "p=0,1 y=1,0"),
    ("binary_cross_entropy(p, y)", "p=0 y=1"),
    ("binary_cross_entropy(p, y)", "p=1 y=0"),
    ("sum(inv(A))", "A=[[1,2],[2,4]]"),
    ("sum(inv(A))", "A=[[1,2,3],[4,5,6],[7,8,9]]"),
    ("sum(inv(A))", "A=[[0.1,0.3],[0.2,0.6]]"),
    ("sum(inv(A))", "A=0"),
    ("sum(inv(A))", "A=[[0,0],[0,1]]"),
    ("sum(A^-1)", "A=[[1,2],[2,4]]"),
    ("sum(A^-2)", "A=[[1,2],[2,4]]"),
    ("logdet(A)", "A=[[1,2],[2,4]]"),
    ("logdet(A)", "A=[[1,2],[3,4]]"),
    ("logdet(A)", "A=-1"),
    ("det(A)", "A=[[1e200,0],[0,1e200]]"),
    ("sum(A^2)", "A=[[1e200,0],[0,1e200]]"),
    ("norm1(x)", "x=1.7e308,1.7e308"),
    ("hypot(x, y)", "x=1.7e308 y=1.7e308"),
    ("lgamma(x)", "x=0"),
    ("lgamma(x)", "x=-3"),
    ("lgamma(x)", "x=1e307"),
    ("digamma(x)", "x=-1"),
    ("trigamma(x)", "x=0"),
    ("trigamma(x)", "x=1e-200"),
    ("polygamma(n, x)", "n=1/2 x=1"),
    ("polygamma(n, x)", "n=-1 x=1"),
    ("polygamma(n, x)", "n=101 x=1"),
    ("norm2(x)", "x=1.7e308,1.7e308"),
]


@pytest.mark.parametrize(("text", "numbers"), UNDEFINED, ids=[f"{text}, {numbers}" for text, numbers in UNDEFINED])
@pytest.mark.parametrize("machine", ["scalar", "arrays"])
def test_what_is_not_defined_is_refused(text: str, numbers: str, machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if machine == "arrays":
        with_arrays(monkeypatch)
    with pytest.raises(Problem) as caught:
        solved(text, numbers, None)
    assert caught.value.code == "domain"


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e999", "NaN", "Infinity", "1,nan", "[[1, inf]]"])
def test_what_is_no_number_is_refused_where_it_is_read(text: str) -> None:
    with pytest.raises(Problem):
        value(text, "x")


#: Formulas at a kink, and a part of what is said about the convention.
NOTED = [
    ("relu(x)", "x=0", "ReLU′(0) = 0"),
    ("leaky_relu(x)", "x=0", "leaky ReLU′(0) = 0.01"),
    ("abs(x)", "x=0", "|x|′ = 0"),
    ("max(x, y)", "x=1 y=1", "tie"),
    ("min(x, y)", "x=1 y=1", "tie"),
    ("max(0, x)", "x=0", "tie"),
    ("sum(relu(A*x))", "A=[[1,-1],[1,1]] x=1,1", "ReLU′(0) = 0"),
    ("norm2(x)", "x=0,0", "‖A‖₂′ = 0 at 0"),
    ("norm2(x)^3", "x=0,0", "‖A‖₂′ = 0 at 0"),
    ("norm2_scaled(x)", "x=0,0", "‖A‖₂′ = 0 at 0"),
    ("norm1(x)", "x=0,1", "|x|′ = 0"),
]


#: Matrices that have no inverse or no logarithm of their determinant, and what is said about it.
SINGULAR = [
    ("sum(inv(A))", "A=[[1,2],[2,4]]", "`inv(A)` is not defined: the matrix is singular, its determinant is 0"),
    ("sum(A^-2)", "A=[[1,2],[2,4]]", "is not defined: the matrix is singular, its determinant is 0"),
    ("logdet(A)", "A=[[1,2],[3,4]]", "`logdet(A)` is not defined: the determinant is -2, and must be positive"),
]


@pytest.mark.parametrize(("text", "numbers", "said"), SINGULAR, ids=[row[0] for row in SINGULAR])
@pytest.mark.parametrize("machine", ["scalar", "arrays"])
def test_a_matrix_without_an_inverse_is_named(
    text: str, numbers: str, said: str, machine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if machine == "arrays":
        with_arrays(monkeypatch)
    with pytest.raises(Problem) as caught:
        solved(text, numbers, None)
    assert said in caught.value.message


def test_a_large_matrix_is_not_written_out() -> None:
    """It is computed as a whole, unless the scalar form is asked for."""
    numbers = "A=[" + ",".join(str([i + 1 if i == j else 1 for j in range(6)]) for i in range(6)).replace(" ", "") + "]"
    found = solved("logdet(A)", numbers, "A")
    assert found.output is not None
    assert same(found.machine.rows(found.output)[0][0], 4.787491742782046)
    model, _ = from_expressions(["logdet(A)"])
    model = with_values(model, {"A": value(numbers.removeprefix("A="), "A")})
    for asked in ({"scalar": True}, {"exact": True}):
        with pytest.raises(Problem) as caught:
            calculate(model, **asked)
        assert caught.value.hint is not None
        assert "--form vector" in caught.value.hint


@pytest.mark.parametrize(("text", "numbers", "said"), NOTED, ids=[row[0] for row in NOTED])
@pytest.mark.parametrize("form", ["scalar", "vector"])
def test_a_convention_that_decides_is_said(text: str, numbers: str, said: str, form: str) -> None:
    found = present("backward", solved(text, numbers, "x"), Wish(steps=True, form=form, file=True))
    assert said in found


@pytest.mark.parametrize(("text", "numbers"), [("relu(x)", "x=1e-300"), ("max(x, y)", "x=1 y=2"), ("abs(x)", "x=-1")])
def test_a_convention_that_decides_nothing_is_not_said(text: str, numbers: str) -> None:
    found = present("backward", solved(text, numbers, "x"), Wish(steps=True, file=True))
    assert "′" not in found
    assert "tie" not in found


def test_the_square_of_a_norm_is_smooth_and_exact(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["backward", "-e", "f = norm2(w)^2", "w=0,0", "--exact", "--show-steps", "--no-split"]) == 0
    shown = capsys.readouterr().out
    assert "∂f/∂w₁ = 2 · w₁ = 2 · 0 = 0\n" in shown
    assert run(["forward", "-e", "f = norm2(w)^2", "w=1/3,2", "--exact", "--get", "f"]) == 0
    assert capsys.readouterr().out == "37/9\n"


@pytest.mark.parametrize(
    ("loss", "p", "y", "said"),
    [
        ("huber(p, y, delta=2)", 3, 1, None),
        ("huber(p, y)", 3, 3, None),
        ("smooth_l1(p, y, beta=2)", 3, 1, None),
        ("log_cosh(p, y)", 3, 2, None),
        ("squared_hinge(p, y)", 1, 1, None),
        ("absolute_error(p, y)", 3, 3, "|x|′ = 0 at 0"),
        ("hinge(p, y)", 1, 1, "a tie in max is shared, or taken by the side that is a constant"),
        ("distances(p, y)", 3, 3, "the slope of a distance of 0 is taken as 0"),
    ],
)
@pytest.mark.parametrize("form", ["scalar", "vector"])
def test_a_loss_says_the_convention_that_decides_its_slope_and_no_other(
    loss: str, p: int, y: int, said: str | None, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is where what it is made of has a kink, but a smooth loss has none."""
    words = ["backward", "-e", f"l = {loss}", f"p={p}", f"y={y}", "--wrt", "p", "--show-steps", "--form", form]
    assert run([*words, "--format", "json"]) == 0
    steps = json.loads(capsys.readouterr().out)["steps"]
    notes = {step["note"] for step in steps if step["name"] == "∂l/∂p" and step.get("note")}
    assert notes == ({said} if said else set())
