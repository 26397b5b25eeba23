"""Random networks, as specs: what the tests against mpmath and PyTorch both draw."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from nncalc.sheet.calculation import Calculation, calculate
from nncalc.spec import read
from nncalc.spec.layers import LOSSES as LOSSES_SAID
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


# -- everything a layer, a loss and a file can say ----------------------------------------------------------

#: Activations that layers are drawn with: what PyTorch or a definition of one line has.
EVERY = (
    "linear", "relu", "leaky_relu", "sigmoid", "tanh", "softplus", "softmax", "relu6", "prelu", "elu", "selu", "celu",
    "gelu", "gelu_tanh", "silu", "swish", "hard_sigmoid", "hard_tanh", "hard_swish", "softsign", "mish", "log_sigmoid",
    "threshold", "sine", "gaussian", "maxout", "glu", "softmin", "log_softmax",
)  # fmt: skip
BIASES = ("folded", "folded_last", "none", "separate", "threshold", "one")
FORMS = ("list", "csv", "header", "json", "npy", "npz", "one csv")


class Dense(NamedTuple):
    """A layer by its numbers, a row of weights for each unit it goes to, and how it is said."""

    activation: str
    bias: str
    layout: str
    weights: list[list[float]]
    offsets: list[float]

    def spec(self, place: int) -> dict[str, Any]:
        """Return the layer as a spec has it."""
        pairs = [*zip(self.weights, self.offsets, strict=True)]
        rows = {"folded": [[o, *row] for row, o in pairs], "folded_last": [[*row, o] for row, o in pairs]}
        stored = rows.get(self.bias, self.weights)
        if self.layout == "in_out":
            stored = [list(column) for column in zip(*stored, strict=True)]
        own = self.offsets[0] if self.bias == "one" else self.offsets
        return {
            "type": "dense", "activation": self.activation, "layout": self.layout,
            "preactivation": f"a{place}", "output": f"z{place}",
            "weights": {"name": f"W{place}", "values": stored},
            "bias": self.bias if self.bias in {*rows, "none"} else {"name": f"c{place}", "values": own},
            **({"sign": "minus"} if self.bias == "threshold" else {}),
        }  # fmt: skip


class Picked(NamedTuple):
    """A network of everything, and how its batch is written and where it is kept."""

    x: list[list[float]]
    layers: list[Dense]
    kind: str
    target: list[list[float]]
    other: list[list[float]]
    loss: dict[str, Any]
    examples: str
    form: str

    def calculated(self, folder: Path, examples: str | None = None) -> Calculation:
        """Return the network forward and backward, read from a spec and its files in a folder."""
        entry, target = self.kept(folder)
        layers = [layer.spec(place) for place, layer in enumerate(self.layers)]
        spec = {
            "input": {"name": "x", **entry}, "layers": layers,
            "loss": {"type": self.kind, "name": "loss", **self.loss, "target": {"name": "y", **target}},
            "conventions": {"examples": examples or self.examples},
        }  # fmt: skip
        model = from_spec(read(json.dumps(spec).encode(), "net.json", "json", str(folder)))
        return calculate(model, wrt=[of.base for of in (*model.parameters, *model.inputs)], backward=True)

    def kept(self, folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what a spec says of the input and of the target, once they are where they are kept."""
        if self.form == "list":
            return {"values": self.x}, {"values": self.target}
        if self.form == "one csv":
            rows = [[*x, *y] for x, y in zip(self.x, self.target, strict=True)]
            names = [f"{of}{place}" for of, row in zip("xy", (self.x[0], self.target[0]), strict=True)
                     for place, _ in enumerate(row)]  # fmt: skip
            _csv(folder / "data.csv", rows, names)
            return (
                {"file": "data.csv", "columns": names[: len(self.x[0])]},
                {"file": "data.csv", "columns": names[len(self.x[0]) :]},
            )
        return _kept(folder, self.form, "x", self.x), _kept(folder, self.form, "y", self.target)


def _csv(path: Path, rows: list[list[float]], names: list[str] | None) -> None:
    lines = [",".join(map(repr, row)) for row in rows]
    path.write_text("\n".join([*([",".join(names)] if names else []), *lines]) + "\n", "utf-8")


def _kept(folder: Path, form: str, of: str, rows: list[list[float]]) -> dict[str, Any]:
    """Write rows to a file of a form; return what a spec says of it."""
    if form in ("csv", "header"):
        _csv(
            folder / f"{of}.csv",
            rows,
            [f"{of}_{place}" for place, _ in enumerate(rows[0])] if form == "header" else None,
        )
        return {"file": f"{of}.csv"}
    if form == "json":
        (folder / f"{of}.json").write_text(json.dumps({of: rows, "other": [1]}), "utf-8")
        return {"file": f"{of}.json", "key": of}
    if form == "npy":
        np.save(folder / f"{of}.npy", np.array(rows))
        return {"file": f"{of}.npy"}
    np.savez(folder / f"{of}.npz", **{of: np.asfortranarray(rows), "other": np.zeros(2)})
    return {"file": f"{of}.npz", "key": of}


def picked(seed: int, losses: Mapping[str, Any]) -> Picked:
    """Return the network that a number draws; `losses` say of each its target, its activation, its settings."""
    draw = random.Random(seed)
    one = lambda: draw.uniform(-1.25, 1.25)  # noqa: E731 -- in four places
    kind = draw.choice([*losses])
    about = losses[kind]
    depth, examples = draw.randint(1, 2), draw.randint(1, 3)
    widths = [draw.randint(1, 3) for _ in range(depth)] + [3]
    layers: list[Dense] = []
    for place in range(depth):
        activation = about.activation if place == depth - 1 else draw.choice(EVERY)
        pieces = 2 if activation in ("maxout", "glu") else 1
        rows = [[one() for _ in range(widths[place])] for _ in range(widths[place + 1] * pieces)]
        bias = draw.choice(BIASES)
        offsets = [0.0 if bias == "none" else one() for _ in rows]
        offsets = offsets[:1] * len(rows) if bias == "one" else offsets
        layers.append(Dense(activation, bias, draw.choice(["out_in", "in_out"]), rows, offsets))
    x = [[one() for _ in range(widths[0])] for _ in range(examples)]
    target, other = drawn_target(about.target, examples, draw), drawn_target(about.other or "numbers", examples, draw)
    loss = {
        "reduction": draw.choice(["sum", "mean", "none"]), **dict(about.settings),
        **{key: {"name": key, "values": other} for key in LOSSES_SAID[kind].others.values()},
    }  # fmt: skip
    return Picked(x, layers, kind, target, other, loss, draw.choice(["columns", "rows"]), draw.choice(FORMS))


def drawn_target(kind: str, examples: int, draw: random.Random) -> list[list[float]]:
    """Return rows of targets of a kind, that no prediction meets by chance."""
    if kind == "classes":
        return [[float(place == chosen) for place in range(3)] for chosen in draw.choices(range(3), k=examples)]
    if kind == "distribution":
        raw = [[draw.uniform(0.1, 1) for _ in range(3)] for _ in range(examples)]
        return [[value / sum(row) for value in row] for row in raw]
    if kind == "labels":
        return [[float(draw.randrange(2))] for _ in range(examples)]
    one = {
        "numbers": lambda: draw.uniform(-2, 2), "positive": lambda: draw.uniform(0.2, 3),
        "probabilities": lambda: float(draw.randrange(2)), "signs": lambda: draw.choice((-1.0, 1.0)),
    }[kind]  # fmt: skip
    return [[one() for _ in range(3)] for _ in range(examples)]
