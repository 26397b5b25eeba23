"""Random networks, as specs: what the tests against mpmath and PyTorch both draw."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any, NamedTuple

from hypothesis import strategies as st

from nncalc.sheet.calculation import Calculation, calculate
from nncalc.spec import read
from nncalc.spec.model import from_spec

ACTIVATIONS = ("linear", "relu", "leaky_relu", "sigmoid", "tanh", "softplus")
LOSSES = (
    "squared_error", "cross_entropy", "binary_cross_entropy", "cross_entropy_logits", "binary_cross_entropy_logits",
)  # fmt: skip


class Layer(NamedTuple):
    activation: str
    bias: str
    weights: list[list[float]]
    offsets: list[float]


class Network(NamedTuple):
    """A network by its numbers: `batch` holds one example per row, as the target does."""

    batch: list[list[float]]
    layers: list[Layer]
    loss: str
    target: list[list[float]]
    mean: bool

    def spec(self) -> dict[str, Any]:
        """Return the network as a spec in layers."""
        layers = []
        for place, layer in enumerate(self.layers):
            weights = [[o, *row] for o, row in zip(layer.offsets, layer.weights, strict=True)]
            layers.append({
                "type": "dense", "activation": layer.activation,
                "weights": {"name": f"W{place}", "values": weights if layer.bias == "folded" else layer.weights},
                "bias": {"name": f"c{place}", "values": layer.offsets} if layer.bias == "separate" else layer.bias,
            })  # fmt: skip
        return {
            "input": {"name": "x", "values": self.batch if len(self.batch) > 1 else self.batch[0]},
            "layers": layers,
            "loss": {
                "type": self.loss, "reduction": "mean" if self.mean else "sum",
                "target": self.target if len(self.batch) > 1 else self.target[0],
            },
        }  # fmt: skip

    def calculated(self, *, scalar: bool = True) -> Calculation:
        """Return the network forward and backward, by its parameters and its input."""
        spec = read(json.dumps(self.spec()).encode(), "net.json", "json", None)
        model = from_spec(spec)
        wrt = [of.base for of in (*model.parameters, *model.inputs)]
        return calculate(model, wrt=wrt, backward=True, scalar=scalar)


def figures(low: float = -2, high: float = 2) -> st.SearchStrategy[float]:
    return st.integers(round(low * 64), round(high * 64)).map(lambda n: n / 64 + 1 / 4096)


@st.composite
def networks(draw: st.DrawFn, most: int = 3) -> Network:
    """Return a network of 1 to 4 layers of 1 to 5 units; its numbers keep it away from kinks."""
    depth = draw(st.integers(1, 4))
    widths = draw(st.lists(st.integers(1, 5), min_size=depth + 1, max_size=depth + 1))
    loss = draw(st.sampled_from(LOSSES))
    if loss.startswith("cross") and widths[-1] == 1:
        widths[-1] = 2
    examples = draw(st.sampled_from([1, 1, 1, most]))
    layers = []
    for place, (before, after) in enumerate(pairwise(widths)):
        activation = draw(st.sampled_from(ACTIVATIONS))
        if place == depth - 1:
            last = {"cross_entropy": "softmax", "binary_cross_entropy": "sigmoid"}
            activation = last.get(loss, "linear" if loss.endswith("logits") else activation)
        bias = draw(st.sampled_from(["folded", "none", "separate"]))
        offsets = [0.0] * after if bias == "none" else [draw(figures()) for _ in range(after)]
        layers.append(
            Layer(activation, bias, [[draw(figures()) for _ in range(before)] for _ in range(after)], offsets)
        )
    batch = [[draw(figures()) for _ in range(widths[0])] for _ in range(examples)]
    target: list[list[float]] = []
    for _ in range(examples):
        if loss.startswith("cross"):
            chosen = draw(st.integers(0, widths[-1] - 1))
            target.append([float(place == chosen) for place in range(widths[-1])])
        elif loss.startswith("binary"):
            target.append([float(draw(st.booleans())) for _ in range(widths[-1])])
        else:
            target.append([draw(figures()) for _ in range(widths[-1])])
    return Network(batch, layers, loss, target, draw(st.booleans()))
