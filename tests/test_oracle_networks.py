"""Random networks of every activation, loss, layout, intercept, convention and file, against PyTorch.

How many is said by NNCALC_NETWORKS, 300 otherwise.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from networks import Dense, Picked, picked
from test_oracle_losses import ORACLES

from nncalc.language.formula import name
from nncalc.spec.layers import LOSSES

pytestmark = pytest.mark.oracle
MANY = int(os.environ.get("NNCALC_NETWORKS") or 300)
#: How many networks are one test.
EACH = 30
if importlib.util.find_spec("torch"):
    import torch
    from torch import Tensor
    from torch.nn import functional as F


def _of_torch(word: str) -> Callable[..., Any]:
    """Return a function of PyTorch's, found when it is called."""

    def found(x: Any) -> Any:
        return getattr(torch, word)(x)

    return found


def _functional(word: str, *settings: float, **more: object) -> Callable[..., Any]:
    """Return an activation of PyTorch's with settings, found when it is called."""
    return lambda x: getattr(F, word)(x, *settings, **more)


#: Activations that PyTorch does not have by the same name, or with other numbers.
OTHERS: dict[str, Callable[[Any], Any]] = {
    "linear": lambda x: x, "leaky_relu": _functional("leaky_relu", 0.01), "sigmoid": _of_torch("sigmoid"),
    "tanh": _of_torch("tanh"), "softplus": _functional("softplus", threshold=1e6), "sine": _of_torch("sin"),
    "softmax": _functional("softmax", 1), "softmin": _functional("softmin", 1),
    "log_softmax": _functional("log_softmax", 1), "prelu": lambda x: F.prelu(x, x.new_tensor([0.25])),
    "gelu_tanh": _functional("gelu", approximate="tanh"), "swish": _functional("silu"),
    "hard_sigmoid": lambda x: F.relu6(x + 3) / 6, "hard_tanh": _functional("hardtanh"),
    "hard_swish": _functional("hardswish"), "log_sigmoid": _functional("logsigmoid"),
    "threshold": _functional("threshold", 0.0, 0.0), "gaussian": lambda x: torch.exp(-(x**2)),
    "maxout": lambda x: torch.maximum(*x.chunk(2, 1)), "glu": _functional("glu", 1),
}  # fmt: skip


def activated(layer: Dense, values: Tensor, last: bool) -> Tensor:
    """Return what comes out of an activation; PyTorch's losses take the logits of the last one."""
    if last and layer.activation in ("softmax", "sigmoid", "log_softmax"):
        return values
    own = OTHERS.get(layer.activation)
    return own(values) if own is not None else getattr(F, layer.activation)(values)


def from_torch(network: Picked) -> dict[str, list[list[float]]]:
    """Return what is differentiated and its gradients, each in the shape that a spec has."""
    leaves: dict[str, Tensor] = {"x": torch.tensor(network.x, dtype=torch.float64, requires_grad=True)}
    values = leaves["x"]
    for place, layer in enumerate(network.layers):
        stored = torch.tensor(layer.spec(place)["weights"]["values"], dtype=torch.float64).requires_grad_()
        leaves[f"W{place}"] = stored
        rows = stored.T if layer.layout == "in_out" else stored
        ones = torch.ones(len(values), 1, dtype=torch.float64)
        inside = {"folded": (ones, values), "folded_last": (values, ones)}.get(layer.bias, (values,))
        values = torch.cat(inside, 1) @ rows.T
        if layer.bias in ("separate", "threshold", "one"):
            offsets = torch.tensor(layer.spec(place)["bias"]["values"], dtype=torch.float64).requires_grad_()
            leaves[f"c{place}"] = offsets
            values = values - offsets if layer.bias == "threshold" else values + offsets
        values = activated(layer, values, place == len(network.layers) - 1)
    oracle = ORACLES[network.kind]
    target, other = (torch.tensor(rows, dtype=torch.float64) for rows in (network.target, network.other))
    given = [other] if LOSSES[network.kind].others else []
    each = oracle.function(values, target, *given, **dict(oracle.settings))
    if network.loss["reduction"] == "mean":
        whole = each.mean()
    elif network.loss["reduction"] == "none" and LOSSES[network.kind].averages:
        whole = each.mean(1).sum()
    else:
        whole = each.sum()
    whole.backward()
    found = {"": [[float(whole.detach())]]}
    for word, leaf in leaves.items():
        assert leaf.grad is not None
        grad = leaf.grad.reshape(-1, 1) if leaf.grad.dim() < 2 else leaf.grad
        found[word] = grad.tolist()
    return found


@pytest.mark.sampled
@pytest.mark.parametrize("block", range(-(-MANY // EACH)))
def test_networks_of_everything_agree_with_pytorch(block: int, tmp_path: Path) -> None:
    for seed in range(block * EACH, min(MANY, (block + 1) * EACH)):
        network = picked(seed, ORACLES)
        found, wanted = network.calculated(tmp_path), from_torch(network)
        output = found.output
        assert output is not None
        for word, rows in wanted.items():
            ours = found.machine.rows(name(word, of=output) if word else output)
            if word == "x" and network.examples == "columns":
                ours = [list(row) for row in zip(*ours, strict=True)]
            scale = max(abs(value) for row in rows for value in row)
            for line, row in zip(ours, rows, strict=True):
                for a, b in zip(line, row, strict=True):
                    assert abs(a - b) <= 1e-12 * max(scale, 1e-3), (seed, word, network)
