"""Random networks against derivatives that share no rule with the program: complex steps of the loss.

f(x + ih) has the derivative of f in its imaginary part, h tiny, and nothing is subtracted, so it is good to
the last digits (Squire and Trapp, 1998).
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Mapping

import pytest
from hypothesis import assume, given, settings
from networks import Layer, Network, networks

from nncalc.graph.calculus import gradient_of
from nncalc.graph.rules import rule
from nncalc.language.formula import name
from nncalc.ops import OPS
from nncalc.sheet.calculation import calculate
from nncalc.spec import Given
from nncalc.spec.model import stating

Rows = list[list[complex]]
STEP = 1e-200


def sigmoid(x: complex) -> complex:
    if x.real >= 0:
        return 1 / (1 + cmath.exp(-x))
    return cmath.exp(x) / (1 + cmath.exp(x))


def softplus(x: complex) -> complex:
    """Return log(1 + exp(x)), by log(1 + u) = u - u²/2 + ... where u is small."""
    if x.real > 0:
        return x + softplus(-x)
    u = cmath.exp(x)
    return complex(math.log1p(u.real), u.imag / (1 + u.real))


def tanh(x: complex) -> complex:
    if abs(x.real) > 300:
        return complex(math.copysign(1, x.real))
    t = math.tanh(x.real)
    return complex(t, x.imag / math.cosh(x.real) ** 2)


ACTIVATION: dict[str, Callable[[complex], complex]] = {
    "linear": lambda x: x, "relu": lambda x: x if x.real > 0 else 0j, "sigmoid": sigmoid, "tanh": tanh,
    "leaky_relu": lambda x: x if x.real > 0 else 0.01 * x, "softplus": softplus,
}  # fmt: skip


def log_softmax(logits: list[complex]) -> list[complex]:
    top = max(logits, key=lambda z: z.real)
    total = sum(cmath.exp(z - top) for z in logits)
    return [z - top - cmath.log(total) for z in logits]


def loss_of(network: Network, numbers: Mapping[str, Rows]) -> tuple[complex, float]:
    """Return the loss, and how near a pre-activation comes to the kink of a ReLU; one example after the other."""
    total, nearest = 0j, math.inf
    for example, target in zip(numbers["x"], network.target, strict=True):
        values = list(example)
        logits = values
        for place, layer in enumerate(network.layers):
            weights = numbers[f"W{place}"]
            inputs = [1 + 0j, *values] if layer.bias == "folded" else values
            logits = [sum(w * v for w, v in zip(row, inputs, strict=True)) for row in weights]
            if layer.bias == "separate":
                logits = [z + c[0] for z, c in zip(logits, numbers[f"c{place}"], strict=True)]
            if layer.activation in ("relu", "leaky_relu"):
                nearest = min([nearest, *(abs(z.real) for z in logits)])
            values = logits if layer.activation == "softmax" else [ACTIVATION[layer.activation](z) for z in logits]
        scores = values if network.loss.endswith("logits") else logits
        if network.loss == "squared_error":
            total += sum((v - t) ** 2 for v, t in zip(values, target, strict=True)) / 2
        elif network.loss.startswith("cross"):
            total -= sum(t * p for p, t in zip(log_softmax(scores), target, strict=True))
        else:
            total += sum(t * softplus(-z) + (1 - t) * softplus(z) for z, t in zip(scores, target, strict=True))
    if network.mean:
        total /= len(network.batch) * (1 if network.loss.startswith("cross") else len(network.target[0]))
    return total, nearest


def numbers_of(network: Network) -> dict[str, Rows]:
    found: dict[str, Rows] = {"x": [[complex(v) for v in row] for row in network.batch]}
    for place, layer in enumerate(network.layers):
        folded = [[o, *row] for o, row in zip(layer.offsets, layer.weights, strict=True)]
        rows = folded if layer.bias == "folded" else layer.weights
        found[f"W{place}"] = [[complex(v) for v in row] for row in rows]
        if layer.bias == "separate":
            found[f"c{place}"] = [[complex(o)] for o in layer.offsets]
    return found


def slopes(network: Network, numbers: dict[str, Rows], word: str) -> list[list[float]]:
    """Return the derivative of the loss by every entry of one quantity."""
    found: list[list[float]] = []
    for i, row in enumerate(numbers[word]):
        found.append([])
        for j, _ in enumerate(row):
            moved = [list(each) for each in numbers[word]]
            moved[i][j] += 1j * STEP
            found[-1].append(loss_of(network, {**numbers, word: moved})[0].imag / STEP)
    return found


#: The least slope that the other road, in floats, still knows to twelve digits where examples nearly cancel.
CANCELLED = 1e-3


def apart(one: list[list[float]], other: list[list[float]]) -> float:
    """Return how far two matrices are apart, relative to the largest entry of the second where that is no small one."""
    scale = max(abs(v) for row in other for v in row)
    off = max(abs(a - b) for row, line in zip(one, other, strict=True) for a, b in zip(row, line, strict=True))
    return off / max(scale, CANCELLED)


def worst(network: Network, *, scalar: bool = True) -> float:
    """Return how far the loss and its gradients are from those of the other road."""
    numbers = numbers_of(network)
    loss, _ = loss_of(network, numbers)
    found = network.calculated(scalar=scalar)
    errors = [apart(found.machine.rows(name("loss")), [[loss.real]])]
    for word in numbers:
        ours = found.machine.rows(name(word, of=name("loss")))
        ours = [list(row) for row in zip(*ours, strict=True)] if word == "x" else ours
        errors.append(apart(ours, slopes(network, numbers, word)))
    return max(errors)


def ordinary(network: Network) -> bool:
    """Return whether a network is away from kinks, and from where yhat - y is lost in the rounding of yhat."""
    loss, nearest = loss_of(network, numbers_of(network))
    return nearest > 1e-9 and (network.loss == "squared_error" or loss.real > 1e-2)


@given(networks())
@settings(max_examples=150)
def test_a_network_agrees_with_complex_steps(network: Network) -> None:
    assume(ordinary(network))
    assert worst(network) < 1e-12


@given(networks(most=4))
@settings(max_examples=80)
def test_numpy_agrees_as_well(network: Network) -> None:
    assume(ordinary(network))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nncalc.numbers.run.HAND_SIZED", 0)
        assert worst(network, scalar=False) < 1e-12


SPOILT = {
    "relu": "1.001 * step(x)", "sigmoid": "1.001 * out .* (1 - out)", "tanh": "1.001 * (1 - out.^2)",
    "softplus": "1.001 * sigmoid(x)", "leaky_relu": "1.001 * (step(x) + 0.01 * (1 - step(x)))",
}  # fmt: skip


@pytest.mark.parametrize("activation", SPOILT)
def test_a_slope_wrong_by_a_thousandth_is_caught(activation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    layers = [
        Layer(activation, "folded", [[0.75, -0.5], [0.25, 1.5]], [0.5, 0.25]),
        Layer("linear", "none", [[1.0, 2.0]], [0.0]),
    ]
    network = Network([[1.0, 2.0]], layers, "squared_error", [[3.0]], mean=False)
    assert worst(network) < 1e-12
    spoilt = OPS[activation]._replace(slope={"x": SPOILT[activation]}, careful={})
    monkeypatch.setitem(OPS, activation, spoilt)
    rule.cache_clear()
    assert worst(network) > 1e-4


#: For each loss, the operation whose rule gives its gradient, and the activation before it.
LAST = {
    "squared_error": ("squared_error", "p", "linear"),
    "cross_entropy": ("cross_entropy_logits", "z", "softmax"),
    "binary_cross_entropy": ("binary_cross_entropy_logits", "z", "sigmoid"),
    "cross_entropy_logits": ("cross_entropy_logits", "z", "linear"),
    "binary_cross_entropy_logits": ("binary_cross_entropy_logits", "z", "linear"),
}


@pytest.mark.parametrize("loss", LAST)
def test_a_loss_wrong_by_a_thousandth_is_caught(loss: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, argument, activation = LAST[loss]
    layers = [
        Layer("tanh", "separate", [[0.75, -0.5], [0.25, 1.5]], [0.5, 0.25]),
        Layer(activation, "folded", [[1.0, 2.0], [-0.5, 0.25]], [0.125, -0.25]),
    ]
    network = Network([[1.0, 2.0], [-0.5, 0.75]], layers, loss, [[1.0, 0.0], [0.0, 1.0]], mean=True)
    assert worst(network) < 1e-12
    op = OPS[kind]
    rules = [{**form.gradient, argument: f"1.001 * ({form.gradient[argument]})"} for form in op.forms]
    forms = tuple(form._replace(gradient=each) for form, each in zip(op.forms, rules, strict=True))
    monkeypatch.setitem(OPS, kind, op._replace(forms=forms, shorter={}, careful={}))
    assert worst(network) > 1e-4


def test_a_complex_step_is_the_slope_of_a_small_step() -> None:
    """A rough check of the checker itself."""
    network = Network(
        [[1.0, 2.0]], [Layer("tanh", "folded", [[0.5, -0.25]], [0.125])], "squared_error", [[1.0]], mean=False
    )
    numbers = numbers_of(network)
    moved: Rows = [[0.125 + 0j, 0.5 + 1e-6 + 0j, -0.25 + 0j]]
    change = loss_of(network, {**numbers, "W0": moved})[0] - loss_of(network, numbers)[0]
    assert math.isclose(change.real * 1e6, slopes(network, numbers, "W0")[0][1], rel_tol=1e-5)


@given(networks(most=3))
@settings(max_examples=60)
def test_stating_what_is_so_changes_nothing(network: Network) -> None:
    assume(ordinary(network))
    found = network.calculated()
    model, machine = found.model, found.machine
    values: dict[str, Given] = {}
    for equation in model.graph.equations:
        rows = machine.rows(equation.name)
        typed = [list(row) for row in zip(*rows, strict=True)] if equation.name in model.per_example else rows
        values[equation.name.base] = Given(typed, 2, batch=False, path=())
    again = calculate(stating(model, values), wrt=[of.base for of in found.wrt], backward=True, scalar=True)
    for of in found.wrt:
        slope = gradient_of(of, name("loss"))
        one, other = ([x for row in each.machine.rows(slope) for x in row] for each in (found, again))
        assert other == pytest.approx(one, rel=1e-9, abs=1e-9 * max(1.0, *map(abs, one)))
