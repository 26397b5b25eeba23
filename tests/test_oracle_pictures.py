"""Convolutions and pooling beside PyTorch: values, gradients, and gradients of gradients, over all settings."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import Any, cast

import pytest

from nncalc.graph.calculus import gradient, gradient_of
from nncalc.graph.elements import elements
from nncalc.graph.graph import Equation, Graph
from nncalc.graph.shapes import Shapes, shapes_of
from nncalc.language.formula import Formula, Name, name, replace
from nncalc.language.parser import parse
from nncalc.numbers.array_machine import ArrayMachine
from nncalc.problems import Problem

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


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("conv2d(X, K)", "the kernel of 2×3 is larger than the picture of 2×2"),
        (
            "conv2d(X, K, padding=1, dilation=3)",
            "the kernel of 2×3 (spread by dilation=3) is larger than the picture of 2×2",
        ),
        ("conv2d(X, X, stride=0)", "its stride is 0, at least 1 is needed"),
        ("conv2d(X, X, stride=1.5)", "the settings, are whole numbers"),
        ("max_pool2d(X, size=0)", "its size is 0, at least 1 is needed"),
        ("max_pool2d(X, size=3)", "the window of 3×3 is larger than the picture of 2×2"),
        ("flatten(X, pictures=3)", "2 rows are not those of 3 pictures under each other"),
        ("unflatten(X, 3, 2)", "6×1 is needed, a column of 6 a picture, found 2×2"),
        ("unflatten(X, 2, 0)", "columns=0, at least 1 is needed"),
        ("conv1d(X, X)", "`conv1d` needs two columns, found 2×2 and 2×2"),
        ("put_back(X, 3, 3, 2, 2)", "3×3 has windows of 4×4, found 2×2"),
    ],
)
def test_what_does_not_fit_is_said(text: str, says: str) -> None:
    with pytest.raises(Problem) as problem:
        Shapes({X: (2, 2), K: (2, 3)}).of(parse(text))
    assert says in problem.value.message


@pytest.mark.sampled
@pytest.mark.parametrize("settings", list(product((1, 2, 3), (0, 1, 2), (1, 2), (1, 3))))
def test_every_setting_is_what_pytorch_has(settings: tuple[int, int, int, int]) -> None:
    for word in ("conv2d", "max_pool2d", "avg_pool2d"):
        agree(Case(Random(f"{word} {settings}"), word, *settings))
