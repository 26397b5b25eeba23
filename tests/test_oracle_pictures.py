"""Convolutions and pooling beside PyTorch: values, gradients, and gradients of gradients, over all settings."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import Any, cast

import pytest

from nncalc.graph.calculus import gradient, gradient_of
from nncalc.graph.elements import elements
from nncalc.graph.graph import Equation, Graph
from nncalc.graph.shapes import shapes_of
from nncalc.language.formula import Formula, Name, name, replace
from nncalc.language.parser import parse
from nncalc.numbers.array_machine import ArrayMachine

torch = pytest.importorskip("torch")

X, K, L, H = (name(word) for word in ("X", "K", "l", "h"))


class Case:
    """Pictures, a kernel, and an operation on them as nncalc and as PyTorch have it."""

    def __init__(self, random: Random, word: str, stride: int, padding: int, dilation: int, pictures: int) -> None:
        self.height, self.width = random.randint(4, 6), random.randint(4, 6)
        self.kernel = random.randint(1, 2), random.randint(1, 2)
        if dilation == 1 and random.random() < 0.5:
            self.kernel = (self.kernel[0] + 1,) * 2
        self.pictures = pictures
        self.values: dict[Name, Any] = {
            X: [[random.uniform(-2, 2) for _ in range(self.width)] for _ in range(self.height * pictures)],
            K: [[random.uniform(-2, 2) for _ in range(self.kernel[1])] for _ in range(self.kernel[0])],
        }
        functional = torch.nn.functional
        if word == "conv2d":
            self.text = f"conv2d(X, K, stride={stride}, padding={padding}, dilation={dilation}, pictures={pictures})"
            self.made = lambda x, k: functional.conv2d(x, k, stride=stride, padding=padding, dilation=dilation)
        else:
            size = padding + 1
            call = f"{word}(X, size={size}, stride={stride}, pictures={pictures})"
            self.text = f"{call} * sum(K)"
            pool = functional.max_pool2d if word == "max_pool2d" else functional.avg_pool2d
            self.made = lambda x, k: pool(x, size, stride) * k.sum()

    def expected(self) -> list[Any]:
        """Return the loss, its gradients, and the gradients of a function of those."""
        x, k = (torch.tensor(self.values[each], dtype=torch.float64, requires_grad=True) for each in (X, K))
        out = self.made(x.reshape(self.pictures, 1, self.height, self.width), k[None, None])
        loss = (torch.tanh(out) ** 2).sum()
        gx, gk = torch.autograd.grad(loss, (x, k), create_graph=True)
        again = (gx**3).sum() + (gk**2).sum()
        return [
            *(each.detach().numpy() for each in (loss, gx, gk)),
            *(each.numpy() for each in torch.autograd.grad(again, (x, k))),
        ]

    def found(self) -> list[Any]:
        graph = Graph((X, K), (Equation(L, parse(f"sum(tanh({self.text}).^2)")),))
        shapes = shapes_of(graph, {each: (len(rows), len(rows[0])) for each, rows in self.values.items()})
        once = gradient(graph, shapes, L, [X, K])
        fresh: dict[Formula, Formula] = {each.name: name(f"d{each.name.base}") for each in once.equations}
        one, two = (cast(Name, fresh[gradient_of(each, L)]) for each in (X, K))
        renamed = [Equation(cast(Name, fresh[each.name]), replace(each.formula, fresh)) for each in once.equations]
        forward = (*graph.equations, *renamed, Equation(H, parse("sum(dX.^3) + sum(dK.^2)")))
        again = Graph((X, K), forward)
        shapes = shapes_of(again, {each: (len(rows), len(rows[0])) for each, rows in self.values.items()})
        back = gradient(again, shapes, H, [X, K])
        machine = ArrayMachine()
        for of, rows in self.values.items():
            machine.load(of, rows)
        for equation in (*forward, *back.equations):
            machine.assign(equation)
        assert len(elements(graph, shapes).equations) == 1
        return [machine.rows(each) for each in (L, one, two, gradient_of(X, H), gradient_of(K, H))]


def agree(case: Case) -> None:
    for found, expected in zip(case.found(), case.expected(), strict=True):
        assert found == pytest.approx(expected.reshape(len(found), -1), rel=1e-12, abs=1e-12), case.text


@pytest.mark.parametrize("word", ["conv2d", "max_pool2d", "avg_pool2d"])
@pytest.mark.parametrize("settings", [(1, 0, 1, 1), (1, 1, 1, 2), (2, 1, 2, 1)])
def test_pictures_are_what_pytorch_has(word: str, settings: tuple[int, int, int, int]) -> None:
    agree(Case(Random(f"{word} {settings}"), word, *settings))


@pytest.mark.sampled
@pytest.mark.parametrize("settings", list(product((1, 2, 3), (0, 1, 2), (1, 2), (1, 3))))
def test_every_setting_is_what_pytorch_has(settings: tuple[int, int, int, int]) -> None:
    for word in ("conv2d", "max_pool2d", "avg_pool2d"):
        agree(Case(Random(f"{word} {settings}"), word, *settings))
