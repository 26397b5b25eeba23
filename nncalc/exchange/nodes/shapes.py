"""Operators that put the same entries into another shape, as formulas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Final

from nncalc.exchange.nodes.reading import Matrix, Pictures, Reading, Thing
from nncalc.exchange.onnx_file import INT64, Tensor


def _shape(reading: Reading) -> Thing:
    found = reading.arg(0)
    return Tensor("", INT64, (len(found.sizes),), found.sizes)


def _reshape(reading: Reading) -> Thing:
    found = reading.arg(0)
    kept = (*found.sizes, 0, 0, 0, 0)  # what a size of 0 stands for
    sizes = [size or kept[at] for at, size in enumerate(reading.whole(1)[: len(kept)])]
    count = prod(found.sizes)
    if sizes.count(-1) == 1:
        rest = -prod(sizes)
        sizes[sizes.index(-1)] = count // rest if rest else 0
    if prod(sizes) != count or any(size < 1 for size in sizes):
        raise reading.problem(f"the shape {tuple(sizes)} does not hold what the shape {found.sizes} does")
    return reshaped(reading, found, tuple(sizes))


def reshaped(reading: Reading, found: Thing, sizes: tuple[int, ...]) -> Thing:
    """Return the same entries, row by row, in another shape."""
    if isinstance(found, Tensor):
        return found._replace(sizes=sizes)
    if found.sizes == sizes:
        return found
    if isinstance(found, Pictures):
        return _unpictured(reading, found, sizes)
    if len(sizes) == 4:
        count, channels, height, width = sizes
        if channels != 1:
            raise reading.problem("pictures of several channels are made of a matrix")
        return Pictures((_arranged(found, (count * height, width)),), sizes)
    if len(sizes) > 2:
        raise reading.problem(f"an array of {len(sizes)} axes is not read")
    shape = Matrix("", sizes).shape
    return Matrix(_arranged(found, shape), sizes)


def _arranged(x: Matrix, shape: tuple[int, int]) -> str:
    """Return the formula of the same entries, row by row, in rows and columns."""
    (rows, _), (new_rows, new_columns) = x.shape, shape
    if x.shape == shape:
        return x.text
    if 1 in x.shape and 1 in shape:
        return x.turned
    if new_columns == 1:
        return f"flatten({x.text})"
    if rows % new_rows == 0:  # a picture becomes a row
        pictures = f", pictures={new_rows}" if new_rows > 1 else ""
        return f"flatten({x.text}{pictures})'"
    if new_rows % rows == 0:  # a row becomes a picture
        pictures = f", pictures={rows}" if rows > 1 else ""
        return f"unflatten({x.turned}, {new_rows // rows}, {new_columns}{pictures})"
    return f"unflatten(flatten({x.text}), {new_rows}, {new_columns})"


def _unpictured(reading: Reading, found: Pictures, sizes: tuple[int, ...]) -> Thing:
    count, channels, rows, columns = found.sizes
    if len(sizes) == 2 and sizes == (count, channels * rows * columns):
        return Matrix(Matrix(_flat(found), sizes[::-1]).turned, sizes)
    if channels == 1 and len(sizes) <= 2:
        return reshaped(reading, found.matrix(found.channels[0]), sizes)
    raise reading.problem(f"pictures of the shape {found.sizes} become an array of the shape {sizes}")


def _flat(found: Pictures) -> str:
    """Return pictures as columns, channel under channel."""
    pictures = f", pictures={found.sizes[0]}" if found.sizes[0] > 1 else ""
    parts = [f"flatten({each}{pictures})" for each in found.channels]
    return parts[0] if len(parts) == 1 else f"stack({', '.join(parts)})"


def _flatten(reading: Reading) -> Thing:
    found = reading.arg(0)
    axis = reading.counted(reading.integer("axis", 1), len(found.sizes) + 1)
    return reshaped(reading, found, (prod(found.sizes[:axis]), prod(found.sizes[axis:])))


def _squeeze(reading: Reading) -> Thing:
    found = reading.arg(0)
    axes = axes_of(reading, len(found.sizes)) or [at for at, size in enumerate(found.sizes) if size == 1]
    if any(found.sizes[at] != 1 for at in axes):
        raise reading.problem("it takes away an axis that is not of one")
    return reshaped(reading, found, tuple(size for at, size in enumerate(found.sizes) if at not in axes))


def _unsqueeze(reading: Reading) -> Thing:
    found = reading.arg(0)
    said = reading.whole(1) if reading.given(1) else reading.integers("axes", ())
    axes = [reading.counted(each, len(found.sizes) + len(said)) for each in said]
    rest = iter(found.sizes)
    return reshaped(
        reading, found, tuple(1 if at in axes else next(rest) for at in range(len(found.sizes) + len(axes)))
    )


def axes_of(reading: Reading, axes: int) -> list[int]:
    """Return the axes that a node is told, as an input or an attribute, counted from the first."""
    said = reading.whole(1) if reading.given(1) else reading.integers("axes", ())
    return sorted(reading.counted(each, axes) for each in said)


OPERATORS: Final[Mapping[str, Callable[[Reading], Thing]]] = {
    "Shape": _shape,
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
}
