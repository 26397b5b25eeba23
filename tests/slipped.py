"""Networks for which mistakes are planted: of each kind of layer, with random numbers of a few digits."""

from __future__ import annotations

import json
import random
from typing import Any

#: What a network may end in: an activation and a loss.
ENDS = [
    ("softmax", "cross_entropy"), ("linear", "squared_error"), ("sigmoid", "squared_error"),
    ("softmax", "squared_error"),
]  # fmt: skip


def network(seed: int) -> dict[str, Any]:
    """Return the spec of a small network, as JSON has it."""
    draw = random.Random(seed)
    digits = draw.randint(2, 3)

    def number() -> float:
        return draw.choice([-1, 1]) * round(draw.uniform(0.11, 1.9), digits)

    def matrix(rows: int, columns: int) -> list[list[float]]:
        return [[number() for _ in range(columns)] for _ in range(rows)]

    makers = [
        _dense, _dense, _dense, _regression, _normalised, _recurrent, _attention, _picture, _dropped, _skipped,
        _embedded,
    ]  # fmt: skip
    return makers[seed % len(makers)](draw, number, matrix)


def _dense(draw: random.Random, number: Any, matrix: Any) -> dict[str, Any]:
    inputs, hidden, outputs = draw.randint(2, 3), draw.randint(2, 3), draw.randint(2, 3)
    batch = draw.choice([0, 0, 3])
    act = draw.choice(["relu", "sigmoid", "tanh"])
    last, loss = draw.choice(ENDS)
    target: Any = [draw.randrange(outputs) for _ in range(batch)] if batch else draw.randrange(outputs)
    if loss == "squared_error":
        target = matrix(batch, outputs) if batch else matrix(1, outputs)[0]
    layers = []
    for units, width, active in ((hidden, inputs, act), (outputs, hidden, last)):
        style = draw.choice(["folded", "none", "separate"])
        layer: dict[str, Any] = {"type": "dense", "activation": active}
        layer["weights"] = {"values": matrix(units, width + (style == "folded"))}
        layer["bias"] = {"values": matrix(1, units)[0]} if style == "separate" else style
        layers.append(layer)
    spec: dict[str, Any] = {
        "input": {"values": matrix(batch, inputs) if batch else matrix(1, inputs)[0]},
        "layers": layers,
        "loss": {"type": loss, "target": target},
        "training": {"optimizer": "sgd", "rate": 0.1},
    }
    if draw.random() < 0.4 and (batch or loss == "squared_error"):
        spec["loss"]["reduction"] = "mean"
    if draw.random() < 0.3:
        spec["layers"][0]["weights"]["name"] = "U"
        spec["loss"]["penalties"] = [{"type": "l2", "of": ["U"], "strength": 0.1}]
    if draw.random() < 0.3:
        spec["training"] = {"optimizer": "nesterov", "rate": 0.1, "momentum": 0.8}
    return spec


def _embedded(draw: random.Random, number: Any, matrix: Any) -> dict[str, Any]:
    return {
        "input": {"values": [0, 2, 0, 1]},
        "layers": [
            {"type": "embedding", "table": matrix(3, 2)},
            {"type": "rnn", "input_weights": matrix(2, 2), "hidden_weights": matrix(2, 2)},
        ],
        "loss": {"type": "squared_error", "target": matrix(1, 2)[0]},
    }  # fmt: skip


def _regression(draw: random.Random, number: Any, matrix: Any) -> dict[str, Any]:
    return {
        "inputs": {"X": matrix(4, 3), "y": matrix(1, 4)[0]}, "parameters": {"w": matrix(1, 3)[0], "b": number()},
        "equations": {"p": "sigmoid(X*w + b)", "loss": "mean((p - y).^2)"},
    }  # fmt: skip


def _normalised(draw: random.Random, number: Any, matrix: Any) -> dict[str, Any]:
    kind = draw.choice(["batch_norm", "layer_norm"])
    return {
        "input": {"values": matrix(4, 3)},
        "layers": [
            {"type": "dense", "weights": {"values": matrix(3, 3)}, "bias": "none"},
            {"type": kind, "gamma": matrix(1, 3)[0], "beta": matrix(1, 3)[0]},
            {"type": "dense", "weights": {"values": matrix(1, 3)}, "bias": "none"},
        ],
        "loss": {"type": "squared_error", "target": matrix(1, 4)[0]},
    }


def _recurrent(draw: random.Random, number: Any, matrix: Any) -> dict[str, Any]:
    return {
        "input": {"values": matrix(3, 2), "kind": "sequence"},
        "layers": [
            {"type": "rnn", "input_weights": matrix(2, 2), "hidden_weights": matrix(2, 2), "bias": matrix(1, 2)[0]},
            {"type": "dense", "weights": {"values": matrix(2, 2)}, "bias": "none"},
        ],
        "loss": {"type": "squared_error", "target": matrix(1, 2)[0]},
    }


def _attention(draw: random.Random, number: Any, matrix: Any) -> dict[str, Any]:
    layer = {"type": "attention", "query": matrix(2, 2), "key": matrix(2, 2), "value": matrix(2, 2)}
    if draw.random() < 0.5:
        layer["mask"] = "causal"
    return {
        "input": {"values": matrix(3, 2), "kind": "sequence"}, "layers": [layer],
        "loss": {"type": "squared_error", "target": matrix(3, 2)},
    }  # fmt: skip


def _picture(draw: random.Random, number: Any, matrix: Any) -> dict[str, Any]:
    stride, padding = draw.choice([1, 1, 2]), draw.choice([0, 1])
    size = 5 if stride == 1 else 6
    side = ((size - 2) // stride + 1) // 2  # after pooling by two
    flat = (side + 2 * padding - 1) ** 2
    return {
        "input": {"values": matrix(size, size)},
        "layers": [
            {"type": "conv2d", "kernels": [{"values": matrix(2, 2)}], "stride": stride, "activation": "relu"},
            {"type": "max_pool2d", "size": 2},
            {"type": "conv2d", "kernels": [{"values": matrix(2, 2)}], "padding": 1 if side < 2 else padding},
            {"type": "flatten"},
            {"type": "dense", "weights": {"values": matrix(2, 4 if side < 2 else flat)}, "bias": "none"},
        ],
        "loss": {"type": "squared_error", "target": matrix(1, 2)[0]},
    }


def _dropped(draw: random.Random, number: Any, matrix: Any) -> dict[str, Any]:
    return {
        "input": {"values": matrix(1, 3)[0]},
        "layers": [
            {"type": "dropout", "mask": [1, 0, 1], "rate": 0.25},
            {"type": "dense", "weights": {"values": matrix(2, 3)}, "bias": "none", "activation": "tanh"},
        ],
        "loss": {"type": "squared_error", "target": matrix(1, 2)[0]},
    }


def _skipped(draw: random.Random, number: Any, matrix: Any) -> dict[str, Any]:
    return {
        "input": {"name": "x", "values": matrix(1, 2)[0]},
        "layers": [
            {"type": "dense", "weights": {"values": matrix(2, 2)}, "bias": "none", "activation": "relu"},
            {"type": "residual", "from": "x"},
            {
                "type": "dense", "activation": "sigmoid",
                "weights": {"values": matrix(2, 2)}, "bias": {"values": matrix(1, 2)[0]},
            },
        ],
        "loss": {"type": "binary_cross_entropy", "target": [0, 1]},
    }  # fmt: skip


def text(spec: dict[str, Any]) -> bytes:
    return json.dumps(spec).encode()
