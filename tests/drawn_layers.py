"""Random networks of layers that are templates, as specs, and the same in PyTorch."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch.nn import functional as F

Leaves = Mapping[str, Any]


class Step(NamedTuple):
    """A layer as a spec has it, what it makes of its input in PyTorch, and how many values a step then has."""

    layer: dict[str, Any]
    forward: Callable[[Any, Leaves], Any]
    width: int


class Drawn(NamedTuple):
    """A network: its spec, its parameters and input by name, and its loss in PyTorch."""

    spec: dict[str, Any]
    leaves: dict[str, Any]
    loss: Callable[[Leaves], Any]


class Drawer:
    """Draws one network from a seed; a class because names and numbers are drawn as layers are."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.leaves: dict[str, Any] = {}
        self.steps = self.random.randint(1, 3)
        self.widths: dict[str, int] = {}

    def numbers(self, *shape: int) -> Any:
        if len(shape) == 1:
            return [self.random.randint(-120, 120) / 64 + 1 / 4096 for _ in range(shape[0])]
        return [self.numbers(*shape[1:]) for _ in range(shape[0])]

    def given(self, *shape: int) -> dict[str, Any]:
        """Return a new quantity with its name and numbers."""
        name = f"p{len(self.leaves)}"
        values = self.numbers(*shape)
        self.leaves[name] = torch.tensor(values, dtype=torch.float64, requires_grad=True)
        return {"name": name, "values": values}

    def drawn(self, *, sequence: bool) -> Drawn:
        width = self.random.randint(1, 3)
        entry = self.given(self.steps, width)
        entry |= {"kind": "sequence" if sequence else "batch"}
        kinds = SEQUENCE if sequence else BATCH
        chosen: list[Step] = []
        self.widths[entry["name"]] = width
        for place in range(self.random.randint(1, 4)):
            chosen.append(kinds[self.random.choice([*kinds])](self, width))
            chosen[-1].layer["output"] = f"z{place}"
            self.widths[f"z{place}"] = width = chosen[-1].width
        target = self.numbers(self.steps, width)
        layers = [step.layer for step in chosen]
        if layers[-1].get("returns") and self.random.random() < 0.5:
            layers[-1]["returns"] = "last"
            target = target[0]
        loss = {"type": "squared_error", "name": "loss", "target": {"name": "y", "values": target}}

        def forward(leaves: Leaves) -> Any:
            known = dict(leaves)
            x = leaves[entry["name"]]
            for step in chosen:
                known[step.layer["output"]] = x = step.forward(x, known)
            x = x[-1] if layers[-1].get("returns") == "last" else x
            return ((x - torch.tensor(target, dtype=torch.float64)) ** 2).sum() / 2

        return Drawn({"input": entry, "layers": layers, "loss": loss}, self.leaves, forward)

    # -- layers -----------------------------------------------------------------------------------------------

    def dense(self, width: int) -> Step:
        units = self.random.randint(1, 3)
        weights, bias = self.given(units, width), self.given(units)
        act = self.random.choice(["tanh", "sigmoid", "linear"])
        layer = {"type": "dense", "weights": weights, "bias": bias, "activation": act}

        def forward(x: Any, p: Leaves) -> Any:
            out = x @ p[weights["name"]].T + p[bias["name"]]
            return out if act == "linear" else getattr(torch, act)(out)

        return Step(layer, forward, units)

    def softmax(self, width: int) -> Step:
        return Step({"type": "activation", "activation": "softmax"}, lambda x, _: F.softmax(x, -1), width)

    def residual(self, width: int) -> Step:
        name = self.random.choice([name for name, other in self.widths.items() if other == width])
        return Step({"type": "residual", "from": name}, lambda x, p: x + p[name], width)

    def concat(self, _: int) -> Step:
        names = self.random.sample([*self.widths], self.random.randint(1, len(self.widths)))
        wide = sum(self.widths[name] for name in names)
        return Step({"type": "concat", "from": names}, lambda _, p: torch.cat([p[name] for name in names], 1), wide)

    def dropout(self, width: int) -> Step:
        mask = [[self.random.randint(0, 1) for _ in range(width)] for _ in range(self.steps)]
        rate = self.random.choice([0, 0.25, 0.5])
        layer = {"type": "dropout", "mask": mask, "rate": rate}
        return Step(layer, lambda x, _: x * torch.tensor(mask) / (1 - rate), width)

    def layer_norm(self, width: int) -> Step:
        gamma, beta = self.given(width), self.given(width)
        eps = self.random.choice([1e-5, 0.125])
        layer = {"type": "layer_norm", "gamma": gamma, "beta": beta, "eps": eps}
        return Step(layer, lambda x, p: F.layer_norm(x, (width,), p[gamma["name"]], p[beta["name"]], eps), width)

    def batch_norm(self, width: int) -> Step:
        gamma, beta = self.given(width), self.given(width)
        mean, var = self.numbers(width), [abs(each) + 0.5 for each in self.numbers(width)]
        layer = {"type": "batch_norm", "gamma": gamma, "beta": beta, "running_mean": mean, "running_var": var}

        def forward(x: Any, p: Leaves) -> Any:
            own = [torch.tensor(each, dtype=torch.float64) for each in (mean, var)]
            return F.batch_norm(x, *own, p[gamma["name"]], p[beta["name"]])

        return Step(layer, forward, width)

    def recurrent(self, kind: str, width: int) -> Step:
        units, pieces = self.random.randint(1, 2), {"rnn": 1, "gru": 3, "lstm": 4}[kind]
        into, back = self.given(pieces * units, width), self.given(pieces * units, units)
        layer = {"type": kind, "input_weights": into, "hidden_weights": back, "returns": "all"}
        biases = []
        for key in ["bias"] + ["hidden_bias"] * (kind == "gru"):
            if self.random.random() < 0.7:
                layer[key] = self.given(pieces * units)
            biases.append(layer.get(key))
        if self.random.random() < 0.5:
            layer["h0"] = self.numbers(units)
        if kind == "lstm" and self.random.random() < 0.5:
            layer["c0"] = self.numbers(units)
        zeros = [0.0] * units

        def forward(x: Any, p: Leaves) -> Any:
            none = torch.zeros(pieces * units, dtype=torch.float64)
            own = [p[each["name"]] if each else none for each in (*biases, None)][:2]
            start = [torch.tensor(layer.get(key, zeros), dtype=torch.float64)[None, None] for key in ("h0", "c0")]
            weights = (p[into["name"]], p[back["name"]], *own)
            if kind == "lstm":
                return torch.lstm(x[None], tuple(start), weights, True, 1, 0.0, False, False, True)[0][0]
            run = torch.gru if kind == "gru" else torch.rnn_tanh
            return run(x[None], start[0], weights, True, 1, 0.0, False, False, True)[0][0]

        return Step(layer, forward, units)

    def rnn(self, width: int) -> Step:
        return self.recurrent("rnn", width)

    def lstm(self, width: int) -> Step:
        return self.recurrent("lstm", width)

    def gru(self, width: int) -> Step:
        return self.recurrent("gru", width)

    def attention(self, width: int) -> Step:
        heads, depth, value = self.random.randint(1, 2), self.random.randint(1, 2), self.random.randint(1, 2)
        query, key = self.given(width, heads * depth), self.given(width, heads * depth)
        values = self.given(width, heads * value)
        layer = {"type": "attention", "query": query, "key": key, "value": values, "heads": heads}
        out, positions = None, None
        causal = self.random.random() < 0.5
        if causal:
            layer["mask"] = "causal"
        if self.random.random() < 0.5:
            layer["positions"] = positions = self.given(self.steps, width)
        if self.random.random() < 0.5:
            layer["output_weights"] = out = self.given(heads * value, 2)

        def forward(x: Any, p: Leaves) -> Any:
            x = x + p[positions["name"]] if positions else x
            q, k, v = (
                (x @ p[each["name"]]).reshape(len(x), heads, -1).transpose(0, 1) for each in (query, key, values)
            )
            found = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
            found = found.transpose(0, 1).reshape(len(x), -1)
            return found @ p[out["name"]] if out else found

        return Step(layer, forward, 2 if out else heads * value)


SEQUENCE: dict[str, Callable[[Drawer, int], Step]] = {
    "dense": Drawer.dense, "softmax": Drawer.softmax, "dropout": Drawer.dropout, "layer_norm": Drawer.layer_norm,
    "residual": Drawer.residual, "concat": Drawer.concat, "rnn": Drawer.rnn, "lstm": Drawer.lstm, "gru": Drawer.gru,
    "attention": Drawer.attention,
}  # fmt: skip
BATCH: dict[str, Callable[[Drawer, int], Step]] = {
    "dense": Drawer.dense, "softmax": Drawer.softmax, "dropout": Drawer.dropout, "layer_norm": Drawer.layer_norm,
    "batch_norm": Drawer.batch_norm, "residual": Drawer.residual, "concat": Drawer.concat,
}  # fmt: skip
