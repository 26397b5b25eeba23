"""Random networks against PyTorch's automatic differentiation in double precision."""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from networks import Network, networks

from nncalc.cli.app import run
from nncalc.language.formula import name
from nncalc.numbers.array_machine import ArrayMachine
from nncalc.sheet.calculation import calculate
from nncalc.spec import value
from nncalc.spec.model import from_expressions, with_values

pytestmark = pytest.mark.oracle
#: How many networks are compared.
MANY = int(os.environ.get("NNCALC_NETWORKS") or 300)
if importlib.util.find_spec("torch"):
    import torch
    from torch.nn import functional as F


def from_torch(network: Network) -> dict[str, list[list[float]]]:
    """Return the loss and its gradients, each in the shape the spec has them in."""
    leaves = {"x": torch.tensor(network.batch, dtype=torch.float64, requires_grad=True)}
    values = leaves["x"]
    for place, layer in enumerate(network.layers):
        weights = torch.tensor(layer.weights, dtype=torch.float64)
        offsets = torch.tensor(layer.offsets, dtype=torch.float64)
        if layer.bias == "folded":
            whole = torch.cat([offsets[:, None], weights], 1).requires_grad_()
            values = torch.cat([torch.ones(len(values), 1, dtype=torch.float64), values], 1) @ whole.T
        else:
            whole = weights.requires_grad_()
            values = values @ whole.T
        leaves[f"W{place}"] = whole
        if layer.bias == "separate":
            leaves[f"c{place}"] = offsets.requires_grad_()
            values = values + offsets
        if layer.activation in ("relu", "leaky_relu"):
            assume(float(values.detach().abs().min()) > 1e-9)
        if layer.activation in ("tanh", "sigmoid"):  # PyTorch's 1 - out^2 and out (1 - out) lose digits far out
            assume(float(values.detach().abs().max()) < 4)
        if layer.activation == "softmax":
            values = torch.log_softmax(values, 1)
        elif layer.activation == "leaky_relu":
            values = F.leaky_relu(values, 0.01)
        elif layer.activation == "softplus":
            values = F.softplus(values, threshold=1e6)
        elif (
            layer.activation == "sigmoid"
            and network.loss == "binary_cross_entropy"
            and place == len(network.layers) - 1
        ):
            pass  # PyTorch clamps the logarithm of a probability; it is asked for the loss of the logits
        elif layer.activation != "linear":
            values = getattr(torch, layer.activation)(values)
    target = torch.tensor(network.target, dtype=torch.float64)
    if network.loss == "squared_error":
        loss = ((values - target) ** 2).sum() / 2
    elif network.loss.startswith("cross"):
        logs = torch.log_softmax(values, 1) if network.loss.endswith("logits") else values
        loss = -(target * logs).sum()
    else:
        loss = F.binary_cross_entropy_with_logits(values, target, reduction="sum")
    if network.mean:
        loss = loss / (len(target) if network.loss.startswith("cross") else target.numel())
    loss.backward()
    found = {"loss": [[float(loss.detach())]]}
    for word, leaf in leaves.items():
        rows = leaf.grad if leaf.grad.dim() == 2 else leaf.grad[:, None]
        found[word] = rows.T.tolist() if word == "x" else rows.tolist()
    return found


@given(networks(most=4))
@settings(max_examples=MANY)
def test_a_network_agrees_with_pytorch(network: Network) -> None:
    wanted = from_torch(network)
    assume(network.loss == "squared_error" or wanted["loss"][0][0] > 1e-2)  # else yhat - y is lost in rounding
    found = network.calculated(scalar=False)
    for word, rows in wanted.items():
        ours = found.machine.rows(name("loss") if word == "loss" else name(word, of=name("loss")))
        scale = max(abs(v) for row in rows for v in row)
        for line, row in zip(ours, rows, strict=True):
            for a, b in zip(line, row, strict=True):
                assert abs(a - b) <= 1e-12 * max(scale, 1e-3), word


def _torch(word: str) -> Callable[..., Any]:
    """Return an activation of PyTorch's, found when it is called."""

    def found(x: Any) -> Any:
        return getattr(F, word)(x)

    return found


#: How each activation is said here and in PyTorch; where it has none of it, by what it has.
ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "relu(x)": _torch("relu"), "leaky_relu(x, slope=0.2)": lambda x: F.leaky_relu(x, 0.2), "relu6(x)": _torch("relu6"),
    "prelu(x, 0.3)": lambda x: F.prelu(x, x.new_tensor([0.3])), "elu(x)": _torch("elu"),
    "elu(x, alpha=1.5)": lambda x: F.elu(x, 1.5), "selu(x)": _torch("selu"), "celu(x)": _torch("celu"),
    "celu(x, alpha=2)": lambda x: F.celu(x, 2.0), "gelu(x)": _torch("gelu"),
    "gelu_tanh(x)": lambda x: F.gelu(x, approximate="tanh"), "silu(x)": _torch("silu"),
    "swish(x, beta=1.5)": lambda x: x * torch.sigmoid(1.5 * x), "mish(x)": _torch("mish"),
    "softplus(x)": lambda x: F.softplus(x, threshold=1e6), "sigmoid(x)": _torch("sigmoid"),
    "log_sigmoid(x)": _torch("logsigmoid"), "tanh(x)": _torch("tanh"), "hard_tanh(x)": _torch("hardtanh"),
    "hard_sigmoid(x)": lambda x: F.relu6(x + 3) / 6,  # the slope of F.hardsigmoid is 1/6 as a single float
    "hard_swish(x)": _torch("hardswish"), "softsign(x)": _torch("softsign"),
    "softmax(x)": lambda x: F.softmax(x, 0), "log_softmax(x)": lambda x: F.log_softmax(x, 0),
    "softmin(x)": lambda x: F.softmin(x, 0), "sine(x, omega=3)": lambda x: torch.sin(3 * x),
    "gaussian(x)": lambda x: torch.exp(-(x**2)), "threshold(x, theta=0.5, value=2)": lambda x: F.threshold(x, 0.5, 2.0),
    "maxout(rows(x, 1, 20), rows(x, 21, 40))": lambda x: x.view(2, 20).amax(0),
    "glu(rows(x, 1, 20), rows(x, 21, 40))": lambda x: F.glu(x, 0),
    "normal_cdf(x / 2)": lambda x: torch.special.ndtr(x / 2), "cumsum(x)": lambda x: torch.cumsum(x, 0),
    "cumprod(x / 4)": lambda x: torch.cumprod(x / 4, 0),
    "logaddexp(x, 1)": lambda x: torch.logaddexp(x, x.new_ones(40)),
    "atan2(x, 2)": lambda x: torch.atan2(x, x.new_tensor(2.0)), "mod(x, 3)": lambda x: torch.remainder(x, 3),
    "log2(square(x) + 1)": lambda x: torch.log2(torch.square(x) + 1), "exp2(x / 2)": lambda x: torch.exp2(x / 2),
    "std(x, unbiased=1) * x + var(x)": lambda x: x.std() * x + x.var(unbiased=False),
    "prod(rows(x, 1, 5)) * x": lambda x: x[:5].prod() * x, "clamp(x, -1, 2)": lambda x: torch.clamp(x, -1, 2),
    "erfinv(tanh(x / 3))": lambda x: torch.erfinv(torch.tanh(x / 3)),
    "hypot(x, 2)": lambda x: torch.hypot(x, x.new_tensor(2.0)),
    "lgamma(square(x) + 3)": lambda x: torch.lgamma(x * x + 3),
    "polygamma(2, square(x) + 1)": lambda x: torch.polygamma(2, x * x + 1),
    "log10(reciprocal(x .* x))": lambda x: torch.log10(torch.reciprocal(x * x)),
}  # fmt: skip
#: Points to both sides of 0, and in places of the conventions of a kink: none is at one.
POINTS = [(-1) ** k * 0.005 * k * k + 0.1 for k in range(40)]


@pytest.mark.parametrize("machine", ["numbers", "arrays"])
@pytest.mark.parametrize("text", ACTIVATIONS)
def test_an_activation_and_its_gradient_agree_with_pytorch(
    text: str, machine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if machine == "arrays":
        monkeypatch.setattr("nncalc.sheet.calculation.machine_for", lambda *_, **__: ArrayMachine())
    x = torch.tensor(POINTS, dtype=torch.float64, requires_grad=True)
    there = ACTIVATIONS[text](x)
    weights = [1 + 0.1 * k for k in range(len(there))]
    (there * torch.tensor(weights, dtype=torch.float64)).sum().backward()
    assert x.grad is not None
    model, _ = from_expressions([f"z = {text}", "f = w'*z"])
    given = {"x": ",".join(map(repr, POINTS)), "w": ",".join(map(repr, weights))}
    model = with_values(model, {word: value(numbers, word) for word, numbers in given.items()})
    found = calculate(model, wrt=["x"], backward=True)
    for ours, theirs in ((name("z"), there.tolist()), (name("x", of=name("f")), x.grad.tolist())):
        size = max(map(abs, theirs))
        for (a,), b in zip(found.machine.rows(ours), theirs, strict=True):
            assert abs(a - b) <= 1e-12 * max(abs(b), 1e-3 * size), text


#: Indices, slices and sums over an index, as PyTorch writes them, which counts from 0.
INDICES: dict[str, Callable[..., Any]] = {
    "x[2]*A[1,2]": lambda x, A, _: x[1] * A[0, 1],
    "norm2(x[2:3])^2 + A[1,:]*w": lambda x, A, w: x[1:3] @ x[1:3] + A[0] @ w,
    "-log(softmax(A*w)[3])": lambda x, A, w: F.cross_entropy((A @ w)[None], torch.tensor([2])),  # noqa: ARG005
    "sum(tanh(A[2:3,1]).*exp(x[1:2]))": lambda x, A, _: (torch.tanh(A[1:3, 0]) * torch.exp(x[:2])).sum(),
    "sum(i, (x[i] - A[i,:]*w)^2) + 0.1*sum(j, w[j]^2)": lambda x, A, w: ((x - A @ w) ** 2).sum() + 0.1 * w @ w,
    "sum(i, log(1 + exp(-x[i]*A[i,:]*w)))": lambda x, A, w: F.softplus(-x * (A @ w)).sum(),
    "sum(i, sum(j, A[i,j]*x[i]*w[j]))": lambda x, A, w: torch.einsum("ij,i,j->", A, x, w),
    "sum(i, sum(j, (A[i,j] - x[i]*w[j])^2))": lambda x, A, w: ((A - torch.outer(x, w)) ** 2).sum(),
    "sum(i=1:2, (x[i+1] - x[i])^2) + lse(i, x[i])": lambda x, *_: (x.diff() ** 2).sum() + torch.logsumexp(x, 0),
    "sum(i, norm2(A[i,:]' - w)^2)": lambda x, A, w: ((A - w) ** 2).sum(),  # noqa: ARG005
}


@pytest.mark.parametrize("text", INDICES)
def test_indices_and_sums_over_them_agree_with_pytorch(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    numbers = {"x": [0.3, -0.7, 1.1], "A": [[0.5, -1.2], [0.8, 0.1], [-0.4, 0.9]], "w": [0.6, -0.2]}
    leaves = {of: torch.tensor(rows, dtype=torch.float64, requires_grad=True) for of, rows in numbers.items()}
    loss = INDICES[text](*leaves.values())
    loss.backward()
    used = {of: leaf for of, leaf in leaves.items() if leaf.grad is not None}
    for form in ("scalar", "vector"):
        words = [f"{of}={numbers[of]}" for of in used]
        assert run(["backward", "-e", f"f = {text}", *words, "--form", form, "--format", "json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert found["values"]["f"] == pytest.approx(float(loss.detach()), rel=1e-14)
        for of, leaf in used.items():
            assert np.array(found["gradients"][of]) == pytest.approx(leaf.grad.numpy(), rel=1e-12, abs=1e-15)
