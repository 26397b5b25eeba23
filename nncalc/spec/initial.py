"""Initialisers: the first values of parameters, drawn from a seed or all alike.

Draws come from Python's `random.Random(seed)`, row after row, so the same spec gives the same
numbers everywhere. Fan-in is the number of columns, fan-out the number of rows; of kernels, the first of four sizes
being outputs and the second inputs, each is that of one place times the size of a kernel, as in PyTorch.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random
from typing import Final

from nncalc.language.figures import Rows
from nncalc.spec.node import Node
from nncalc.spec.values import INITIALISERS, MOST_VALUES, Values, one_number


def _uniform(node: Node, _: tuple[int, int]) -> Callable[[Random], float]:
    low, high = one_number(node.need("low")), one_number(node.need("high"))
    if low >= high:
        raise node.at("high").problem(f"must be larger than `low`, {low}", code="domain")
    return lambda random: random.uniform(low, high)


def _normal(node: Node, _: tuple[int, int]) -> Callable[[Random], float]:
    mean, std = node.get("mean"), node.get("std")
    center, spread = one_number(mean) if mean else 0, one_number(std) if std else 1
    if std and spread <= 0:
        raise std.problem("must be larger than 0", code="domain")
    return lambda random: random.gauss(center, spread)


def _constant(node: Node, _: tuple[int, int]) -> Callable[[Random], float]:
    value = one_number(node.need("value"))
    return lambda _: value


def _xavier(_: Node, shape: tuple[int, int]) -> Callable[[Random], float]:
    bound = math.sqrt(6 / (shape[0] + shape[1]))
    return lambda random: random.uniform(-bound, bound)


def _he(_: Node, shape: tuple[int, int]) -> Callable[[Random], float]:
    spread = math.sqrt(2 / shape[1])
    return lambda random: random.gauss(0, spread)


_DRAWS: Final[dict[str, Callable[[Node, tuple[int, int]], Callable[[Random], float]]]] = {
    "uniform": _uniform,
    "normal": _normal,
    "zeros": lambda _, __: lambda _: 0,
    "ones": lambda _, __: lambda _: 1,
    "constant": _constant,
    "xavier": _xavier,
    "glorot_uniform": _xavier,
    "he_normal": _he,
}


def initialised(node: Node, levels: int = 2) -> Values:
    """Return the values that the table `node` with `shape` and `init` asks for."""
    sizes = _shape(node.need("shape", "like `shape = [4, 3]`"), levels)
    outer, columns = sizes[:-2], [1, *sizes][-1]
    rows = math.prod(sizes) // columns
    kind = node.at("init").choice(INITIALISERS)
    draw = _DRAWS[kind](node, _fans(sizes) if outer else (rows, columns))
    seed = 0
    if "seed" in INITIALISERS[kind]:
        seed = node.need("seed", "a random start needs a `seed`, so that it can be repeated").whole(0, 2**63 - 1)
    random = Random(seed)  # noqa: S311 - numbers to start from, not secrets
    drawn: Rows = [[draw(random) for _ in range(columns)] for _ in range(rows)]
    return Values(drawn, len(sizes), node.at("init"), outer=outer)


def _fans(sizes: tuple[int, ...]) -> tuple[int, int]:
    """Return fan-out and fan-in of kernels."""
    place = math.prod(sizes[-2:])
    return sizes[0] * place, math.prod(sizes[1:-2]) * place


def _shape(node: Node, levels: int) -> tuple[int, ...]:
    """Return the sizes of a shape."""
    value = node.value
    if isinstance(value, int):
        sizes = [node.whole(1, MOST_VALUES)]
    elif isinstance(value, list) and len(value) <= levels:
        sizes = [node.at(i).whole(1, MOST_VALUES) for i in range(len(value))]
    else:
        raise node.expected(f"a list of at most {('two', 'three', 'four')[levels - 2]} integers")
    if math.prod(sizes) > MOST_VALUES:
        raise node.problem(f"asks for {math.prod(sizes)} values; at most {MOST_VALUES} are held")
    return tuple(sizes)
