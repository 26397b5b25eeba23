"""The sizes of windows of pictures, of convolutions and of pooling, from whole numbers.

Knows the operations by name; no values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nncalc.problems import Problem


class Sizes(NamedTuple):
    """The shape of a result, what the letters in the rules of its operation come to, and the first form that fits."""

    shape: tuple[int, int]
    letters: dict[str, int]
    form: int = 0


class Windows(NamedTuple):
    """Windows of pictures of a size: what is between rows and columns, around them, and how many pictures there are."""

    height: int
    width: int
    stride: int
    padding: int
    sides: int
    dilation: int
    pictures: int

    @property
    def by(self) -> int:
        """Return how far a window is from the one before; a stride of 0 is the window's height."""
        return self.stride or self.height

    def places(self, rows: int, columns: int, what: str = "window") -> tuple[int, int]:
        """Return how many windows there are of pictures under each other, down and across; raise Problem (`shape`)."""
        for word, value in self._asdict().items():
            least = int(word not in ("padding", "sides", "stride"))
            if value < least:
                raise _problem(f"its {word} is {value}, at least {least} is needed")
        if rows % self.pictures:
            raise _problem(f"{rows} rows are not those of {self.pictures} pictures under each other")
        each = rows // self.pictures
        found = []
        for size, window, around in ((each, self.height, self.padding), (columns, self.width, self.sides)):
            reach = self.dilation * (window - 1) + 1
            if reach > size + 2 * around:
                spread = f" (spread by dilation={self.dilation})" * (self.dilation > 1)
                padded = f" with {around} zeros on each side" * (around > 0)
                raise _problem(
                    f"the {what} of {self.height}×{self.width}{spread} "
                    f"is larger than the picture of {each}×{columns}{padded}"
                )
            found.append((size + 2 * around - reach) // self.by + 1)
        return found[0], found[1]


def _problem(says: str) -> Problem:
    return Problem(says, None, None, "shape")


def sizes_of(op: str, shapes: Sequence[tuple[int, int]], numbers: Sequence[int]) -> Sizes:
    """Return the sizes of a call with arguments of these shapes, then numbers; raise Problem (`shape`).

    >>> sizes_of("conv2d", [(5, 5), (2, 3)], [1, 0, 1, 1]).shape
    (4, 3)
    """
    (m, n), *others = shapes
    if op == "put_back":
        return _put_back((m, n), numbers)
    if op == "windows":
        down, across = Windows(*numbers).places(m, n)
        height, width, *_, pictures = numbers
        return Sizes((height * width, pictures * down * across), {"m": m, "n": n})
    if op == "flatten":
        (pictures,) = numbers
        if pictures < 1 or m % pictures:
            raise _problem(f"{m} rows are not those of {pictures} pictures under each other")
        return Sizes((m // pictures * n, pictures), {"m": m, "n": n, "h": m // pictures})
    if op == "unflatten":
        return _unflattened((m, n), *numbers)
    if op.startswith("conv"):
        return _convolved(op, (m, n), others[0], numbers)
    return _pooled(others[0] if others else (m, n), (m, n) if others else None, numbers)


def _unflattened(shape: tuple[int, int], rows: int, columns: int, pictures: int) -> Sizes:
    """Return the sizes of pictures under each other that are columns."""
    for word, value in (("rows", rows), ("columns", columns), ("pictures", pictures)):
        if value < 1:
            raise _problem(f"{word}={value}, at least 1 is needed")
    if shape != (rows * columns, pictures):
        wanted = f"{rows * columns}×{pictures}"
        raise _problem(f"{wanted} is needed, a column of {rows * columns} a picture, found {shape[0]}×{shape[1]}")
    return Sizes((pictures * rows, columns), {"m": shape[0], "n": shape[1], "r": pictures * rows})


def _pooled(picture: tuple[int, int], pooled: tuple[int, int] | None, numbers: Sequence[int]) -> Sizes:
    """Return the sizes of a pool of a picture, or of what such a pool passes back to it."""
    (m, n), (size, stride, pictures) = picture, numbers
    if size < 1:
        raise _problem(f"its size is {size}, at least 1 is needed")
    down, across = Windows(size, size, stride, 0, 0, 1, pictures).places(m, n)
    found = pictures * down, across
    if pooled not in (None, found):
        raise _problem(f"a pool of {m}×{n} is {found[0]}×{found[1]}, and what it passes back as well")
    letters = {"m": m, "n": n, "d": stride or size, "r": found[0], "s": found[1]}
    return Sizes(found if pooled is None else picture, letters)


def _convolved(op: str, picture: tuple[int, int], kernel: tuple[int, int], numbers: Sequence[int]) -> Sizes:
    (m, n), (p, q) = picture, kernel
    stride, padding, dilation, *rest = numbers
    if op == "conv1d" and (n, q) != (1, 1):
        raise _problem(f"`conv1d` needs two columns, found {m}×{n} and {p}×{q}; `conv2d` takes matrices")
    if stride < 1:
        raise _problem(f"its stride is {stride}, at least 1 is needed")
    pictures = rest[0] if rest else 1
    sides = padding if op == "conv2d" else 0
    down, across = Windows(p, q, stride, padding, sides, dilation, pictures).places(m, n, "kernel")
    letters = {"m": m, "n": n, "p": p, "q": q, "r": pictures * down, "s": across, "t": p - 1 - padding}
    reached = [(size + 2 * around - dilation * (kernel - 1) - 1) % stride == 0
               for size, around, kernel in ((m, padding, p), (n, sides, q))]  # fmt: skip
    square = op == "conv1d" or p == q
    if pictures > 1 or not all(reached):
        form = 2
    else:
        form = 0 if stride == dilation == 1 and square and padding < p else 1
    return Sizes((pictures * down, across), letters, form)


def _put_back(shape: tuple[int, int], numbers: Sequence[int]) -> Sizes:
    rows, columns, *places = numbers
    windows = Windows(*places)
    down, across = windows.places(rows, columns)
    wanted = windows.height * windows.width, windows.pictures * down * across
    if shape != wanted:
        raise _problem(f"{rows}×{columns} has windows of {wanted[0]}×{wanted[1]}, found {shape[0]}×{shape[1]}")
    return Sizes((rows, columns), {"m": shape[0], "n": shape[1]})
