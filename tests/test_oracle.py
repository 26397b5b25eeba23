"""Random networks against PyTorch's automatic differentiation in double precision."""

from __future__ import annotations

import importlib.util
import os

import pytest
from hypothesis import assume, given, settings
from networks import Network, networks

from nncalc.language.formula import name

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
