"""Random networks of pictures, as specs, and the same in PyTorch."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch.nn import functional as F


class Pictured(NamedTuple):
    """A network: its spec, each tensor with the names of the matrices that it is, and its loss in PyTorch.

    `names` has, of a tensor of kernels, a list for each kernel with a name for each channel; of pictures one list.
    """

    spec: dict[str, Any]
    leaves: dict[str, Any]
    names: dict[str, list[Any]]
    loss: Callable[[], Any]


class Painter:
    """Draws one network of pictures from a seed; a class because sizes follow from layer to layer."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.leaves: dict[str, Any] = {}
        self.names: dict[str, list[Any]] = {}
        self.flat = seed % 5 == 4
        self.batch = 0 if self.flat or self.random.random() < 0.5 else self.random.randint(1, 3)
        self.steps: list[Callable[[Any], Any]] = []

    def tensor(self, key: str, *shape: int) -> Any:
        numbers = [self.random.randint(-9999, 9999) / 4096 for _ in range(torch.Size(shape).numel())]
        self.leaves[key] = torch.tensor(numbers, dtype=torch.float64).reshape(shape).requires_grad_()
        return self.leaves[key]

    def drawn(self) -> Pictured:
        channels = self.random.randint(1, 2)
        size = (self.random.randint(4, 7),) if self.flat else (self.random.randint(3, 6), self.random.randint(3, 6))
        x = self.tensor("x", self.batch or 1, channels, *size)
        self.names["x"] = ["x"] if channels == 1 else [f"x{c + 1}" for c in range(channels)]
        values = x.detach() if self.batch else x.detach()[0]
        entry = {"name": "x", "values": values.tolist() if self.batch or channels > 1 else values[0].tolist()}
        entry["kind"] = "batch" if self.batch else "image"
        layers = []
        for place in range(self.random.randint(1, 3)):
            kinds = [self.convolution, self.normalised]
            kinds += [] if self.flat else [self.pool, self.activation, self.residual]
            made = self.random.choice(kinds if place else kinds[: 2 - self.flat])(place)
            if made:
                layers.append(made)
        layers.append(self.random.choice([self.flatten, self.average])())
        before = self.forward(x)
        target = self.numbers(*before.shape) if self.batch else self.numbers(before.shape[1])
        wanted = torch.tensor(target, dtype=torch.float64)
        loss = {"type": "squared_error", "name": "loss", "target": {"name": "y", "values": target}}
        spec = {"input": entry, "layers": layers, "loss": loss}
        return Pictured(spec, self.leaves, self.names, lambda: ((self.forward(x) - wanted) ** 2).sum() / 2)

    def numbers(self, *shape: int) -> Any:
        if not shape:
            return self.random.randint(-999, 999) / 512
        return [self.numbers(*shape[1:]) for _ in range(shape[0])]

    def forward(self, x: Any) -> Any:
        for step in self.steps:
            x = step(x)
        return x

    def now(self) -> Any:
        """Return the shape of what goes into the next layer."""
        return self.forward(self.leaves["x"]).shape

    # -- layers -----------------------------------------------------------------------------------------------

    def convolution(self, place: int) -> dict[str, Any] | None:
        _, channels, *sizes = self.now()
        padding = self.random.randint(0, 2)
        dilation, stride = self.random.choice([1, 1, 2]), self.random.randint(1, 2)
        most = [(size + 2 * padding - 1) // dilation + 1 for size in sizes]
        kernel = [self.random.randint(1, min(3, each)) for each in most]
        if self.random.random() < 0.2 and len({*kernel}) == 1 and kernel[0] % 2:
            stride, padding = 1, dilation * (kernel[0] - 1) // 2
        count = self.random.randint(1, 2)
        key, flip = f"k{place}", self.random.random() < 0.3
        weights = self.tensor(key, count, channels, *kernel)
        self.names[key] = [
            [f"{key}{o}"] if channels == 1 else [f"{key}{o}_{c + 1}" for c in range(channels)] for o in range(count)
        ]
        kernels = [
            {"name": f"{key}{o}", "values": (each[0] if channels == 1 else each).tolist()}
            for o, each in enumerate(weights.detach())
        ]
        layer = {
            "type": "conv1d" if self.flat else "conv2d", "kernels": kernels, "stride": stride, "padding": padding,
            "dilation": dilation, "flip": flip, "output": f"z{place}_",
        }  # fmt: skip
        bias = None
        if self.random.random() < 0.6:
            bias = self.tensor(f"c{place}", count)
            self.names[f"c{place}"] = [f"c{place}"]
            layer["bias"] = {"name": f"c{place}", "values": bias.detach().tolist()}
        act = self.random.choice(["linear", "tanh", "sigmoid", "relu"])
        layer["activation"] = act
        axes = (2,) if self.flat else (2, 3)
        slid = F.conv1d if self.flat else F.conv2d

        def step(x: Any) -> Any:
            out = slid(x, weights.flip(*axes) if flip else weights, bias, stride, padding, dilation)
            return out if act == "linear" else getattr(torch, act)(out)

        self.steps.append(step)
        return layer

    def normalised(self, place: int) -> dict[str, Any] | None:
        examples, channels, *sizes = self.now()
        if examples * torch.Size(sizes).numel() < 2:
            return None
        gamma, beta = (self.tensor(f"{key}{place}", channels) for key in "gh")
        layer: dict[str, Any] = {"type": "batch_norm2d", "eps": 0.25}
        for key, own, word in (("gamma", gamma, f"g{place}"), ("beta", beta, f"h{place}")):
            self.names[word] = [word]
            layer[key] = {"name": word, "values": own.detach().tolist()}
        mean = var = None
        if self.random.random() < 0.3:
            mean, var = (torch.tensor(self.numbers(channels), dtype=torch.float64) for _ in range(2))
            var = var**2
            layer |= {"running_mean": mean.tolist(), "running_var": var.tolist()}
        self.steps.append(lambda x: F.batch_norm(x, mean, var, gamma, beta, training=mean is None, eps=0.25))
        return layer

    def pool(self, _: int) -> dict[str, Any] | None:
        least = min(self.now()[2:])
        size = self.random.randint(1, min(3, least))
        kind = self.random.choice(["max", "avg"])
        layer: dict[str, Any] = {"type": f"{kind}_pool2d", "size": size}
        stride = self.random.choice([None, 1, 2])
        if stride:
            layer["stride"] = stride
        pool = F.max_pool2d if kind == "max" else F.avg_pool2d
        self.steps.append(lambda x: pool(x, size, stride or size))
        return layer

    def activation(self, _: int) -> dict[str, Any] | None:
        self.steps.append(torch.tanh)
        return {"type": "activation", "activation": "tanh"}

    def residual(self, _: int) -> dict[str, Any] | None:
        if self.now() != self.leaves["x"].shape:
            return None
        self.steps.append(lambda x: x + self.leaves["x"])
        return {"type": "residual", "from": "x"}

    def flatten(self) -> dict[str, Any]:
        self.steps.append(lambda x: x.flatten(1))
        return {"type": "flatten"}

    def average(self) -> dict[str, Any]:
        self.steps.append(lambda x: x.flatten(2).mean(2))
        return {"type": "global_avg_pool"}
