"""What a node of ONNX is given, as formulas in our language.

An array of at most two axes is a matrix, a list its row; one of four axes, pictures, a matrix for each channel with the
pictures under each other, as everywhere here. What else there is, is refused.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from nncalc.exchange.onnx_file import REALS, Node, Tensor
from nncalc.language.figures import text_of
from nncalc.problems import Problem, safe
from nncalc.spec.words import shown

_ATOM = re.compile(r"[A-Za-z_0-9.]+'?")


def is_atom(text: str) -> bool:
    """Return whether a formula stands beside others without brackets: a name, a number, a call."""
    return _ATOM.fullmatch(text) is not None


class Matrix(NamedTuple):
    """A quantity as a formula, and its shape in ONNX, of at most two axes."""

    text: str
    sizes: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Its rows and columns."""
        rows, columns = (1, 1, *self.sizes)[-2:]
        return rows, columns

    @property
    def held(self) -> str:
        """The formula, in brackets where another may stand beside it."""
        return self.text if is_atom(self.text) else f"({self.text})"

    @property
    def turned(self) -> str:
        """The formula of its transpose."""
        if is_atom(self.text) and self.text.endswith("'"):
            return self.text[:-1]
        return self.text if self.shape == (1, 1) else f"{self.held}'"


class Pictures(NamedTuple):
    """Pictures: a formula for each channel, and the shape in ONNX: pictures, channels, rows, columns."""

    channels: tuple[str, ...]
    sizes: tuple[int, ...]

    def matrix(self, channel: str) -> Matrix:
        """Return a channel as a matrix, its pictures under each other."""
        count, _, rows, columns = self.sizes
        return Matrix(channel, (count * rows, columns))


#: What a name in a graph stands for; a tensor is numbers that are known, and have no place in the spec yet.
Thing: TypeAlias = "Matrix | Pictures | Tensor"


class Reading(NamedTuple):
    """A node that is read: what it is told, what goes into it, and what makes a quantity of a tensor."""

    node: Node
    args: tuple[Thing | None, ...]
    placed: Callable[[Tensor], Matrix]
    kernels: Callable[[Tensor], list[list[str]]]

    def problem(self, why: str, hint: str | None = None) -> Problem:
        """Return the problem of a node that cannot be read."""
        name = f" {shown(self.node.name)}" if self.node.name and self.node.name != self.node.op else ""
        return Problem(f"the node{name}, {safe(self.node.op, 60)}: {why}", None, hint, "file")

    def given(self, place: int) -> bool:
        return place < len(self.args) and self.args[place] is not None

    def arg(self, place: int) -> Thing:
        found = self.args[place] if place < len(self.args) else None
        if found is None:
            raise self.problem(f"its input {place + 1} is missing")
        return found

    def matrix(self, place: int) -> Matrix:
        """Return an input as a matrix."""
        found = self.arg(place)
        if isinstance(found, Pictures):
            raise self.problem("it takes pictures, which Conv, pools and activations do here")
        return self.placed(found) if isinstance(found, Tensor) else found

    def pictures(self, place: int) -> Pictures:
        """Return an input as pictures."""
        found = self.arg(place)
        if not isinstance(found, Pictures):
            raise self.problem("it takes an array of four axes: pictures, channels, rows, columns")
        return found

    def whole(self, place: int) -> list[int]:
        """Return an input that is whole numbers, which are known."""
        found = self.arg(place)
        if not isinstance(found, Tensor) or found.kind in REALS:
            raise self.problem(f"its input {place + 1} must be whole numbers that stand in the file")
        return [int(each) for each in found.numbers]

    def real(self, name: str, default: float) -> float:
        """Return an attribute that is a number, as short as it reads back in single precision."""
        found = self.node.attributes.get(name, default)
        if not isinstance(found, int | float):
            raise self.problem(f"`{safe(name, 40)}` is no number")
        return shortest(float(found))

    def integer(self, name: str, default: int) -> int:
        found = self.node.attributes.get(name, default)
        if not isinstance(found, int):
            raise self.problem(f"`{safe(name, 40)}` is no whole number")
        return found

    def integers(self, name: str, default: Sequence[int]) -> list[int]:
        found = self.node.attributes.get(name, list(default))
        if not isinstance(found, list):
            raise self.problem(f"`{safe(name, 40)}` is no list of whole numbers")
        return [int(each) for each in found]

    def axis(self, default: int, axes: int) -> int:
        """Return the attribute `axis`, counted from the first."""
        return self.counted(self.integer("axis", default), axes)

    def counted(self, axis: int, axes: int) -> int:
        found = axis + axes if axis < 0 else axis
        if not 0 <= found < axes:
            raise self.problem(f"there is no axis {axis}")
        return found


def shortest(number: float) -> float:
    """Return the number of fewest digits that is the same in single precision, which attributes have.

    >>> shortest(0.009999999776482582)
    0.01
    """
    for digits in range(1, 10):
        found = float(f"{number:.{digits}g}")
        if struct.pack("<f", found) == struct.pack("<f", number):
            return found
    return number


def spread(reading: Reading, x: Matrix, y: Matrix) -> tuple[Matrix, Matrix, tuple[int, ...]]:
    """Return two matrices of one shape, columns or rows spread by ones, and that shape; a number needs none."""
    axes = max(len(x.sizes), len(y.sizes))
    pairs = [*zip((1,) * (axes - len(x.sizes)) + x.sizes, (1,) * (axes - len(y.sizes)) + y.sizes, strict=True)]
    if any(a != b and 1 not in (a, b) for a, b in pairs):
        raise reading.problem(f"the shapes {x.sizes} and {y.sizes} do not go together")
    sizes = tuple(max(pair) for pair in pairs)
    shape = Matrix("", sizes).shape
    return filling(x, shape), filling(y, shape), sizes


def filling(x: Matrix, shape: tuple[int, int]) -> Matrix:
    """Return a number as it is, and a row or column spread by ones over a shape."""
    if x.shape in ((1, 1), shape):
        return x
    text = f"ones({shape[0]}) * {x.held}" if x.shape[0] == 1 else f"{x.held} * ones({shape[1]})'"
    return Matrix(text, shape)


def scaled(text: str, by: float) -> str:
    """Return a formula times a number, where that is not 1."""
    return text if by == 1 else f"{text_of(by)} * {text}"
