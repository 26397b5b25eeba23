"""Plots in characters, dots of Braille or stars in ASCII, and as lines for documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import NamedTuple

from nncalc.page import Plot

#: How many characters a plot is wide and high; a character of Braille has two dots beside each other, four in a column.
COLUMNS, ROWS = 60, 12
ACROSS, DOWN = 2, 4
#: The dots of a character of Braille, by row and column.
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BLANK = 0x2800
#: Values so many times larger than nearly all are not drawn.
FAR, NEARLY = 4, 0.9
#: How much of the height two neighbours are apart at most, where nothing jumps between them.
JUMP = 0.5


class Window(NamedTuple):
    """What part of the plane is seen."""

    left: float
    right: float
    low: float
    high: float


def seen(plot: Plot) -> Window:
    """Return the part of the plane that holds nearly all of a plot, with 0 where that is near."""
    sizes = sorted(abs(y) for _, y in plot.points if y is not None)
    most = FAR * sizes[ceil(NEARLY * (len(sizes) - 1))] or 1.0
    heights = [y for _, y in plot.points if y is not None and abs(y) <= most]
    low, high = min(heights), max(heights)
    room = (high - low) or 1.0
    low = min(low, 0.0) if low < room else low
    high = max(high, 0.0) if high > -room else high
    if low == high:
        low, high = low - 1, high + 1
    return Window(plot.points[0][0], plot.points[-1][0], low, high)


def drawn(plot: Plot, *, ascii_only: bool) -> list[str]:
    """Return a plot as lines of characters, with the ends of its axes."""
    window = seen(plot)
    across, down = (1, 1) if ascii_only else (ACROSS, DOWN)
    dots = set(_dots(plot, window, COLUMNS * across - 1, ROWS * down - 1))
    zero_row = _place(0.0, window.high, window.low, ROWS - 1)
    zero_column = _place(0.0, window.left, window.right, COLUMNS - 1)
    labels = {0: window.high, ROWS - 1: window.low}
    if zero_row is not None and min(abs(zero_row - row) for row in labels) > 0:
        labels[zero_row] = 0.0
    texts = {row: f"{value:.3g}" for row, value in labels.items()}
    margin = max(map(len, texts.values()))
    lines = []
    for row in range(ROWS):
        cells = ""
        for column in range(COLUMNS):
            cell = [(i, j) for i in range(down) for j in range(across) if (column * across + j, row * down + i) in dots]
            cells += _cell(cell, ascii_only=ascii_only) if cell else _axis(
                row == zero_row, column == zero_column, ascii_only=ascii_only
            )  # fmt: skip
        lines.append(f"{texts.get(row, ''):>{margin}} {cells}".rstrip())
    ends = f"{window.left:.2g}", f"{window.right:.2g}"
    middle = plot.across.center(COLUMNS - len(ends[0]) - len(ends[1]))
    return [*lines, f"{'':{margin}} {ends[0]}{middle}{ends[1]}".rstrip()]


def _cell(dots: Sequence[tuple[int, int]], *, ascii_only: bool) -> str:
    return "*" if ascii_only else chr(_BLANK + sum(_DOTS[i][j] for i, j in dots))


def _axis(on_row: bool, on_column: bool, *, ascii_only: bool) -> str:
    signs = "+-| " if ascii_only else "┼─│ "
    return signs[0 if on_row and on_column else 1 if on_row else 2 if on_column else 3]


def _place(value: float, first: float, last: float, most: int) -> int | None:
    """Return which of `most` + 1 places from `first` to `last` a value has, None where it is beyond them."""
    part = (value - first) / (last - first)
    return round(part * most) if 0 <= part <= 1 else None


def _dots(plot: Plot, window: Window, right: int, bottom: int) -> Iterator[tuple[int, int]]:
    """Yield the dots of a curve, counted from the top left; neighbours are joined unless something jumps there."""
    for line in strokes(plot, window):
        before: tuple[int, int] | None = None
        for x, y in line:
            here = _place(x, window.left, window.right, right), _place(y, window.high, window.low, bottom)
            assert here[0] is not None
            assert here[1] is not None
            above = before[1] if before else here[1]
            yield from ((here[0], row) for row in range(min(above, here[1]), max(above, here[1]) + 1))
            before = here[0], here[1]


def strokes(plot: Plot, window: Window) -> Iterator[list[tuple[float, float]]]:
    """Yield the points of a plot in pieces, parted where there is no value in sight, and where something jumps."""
    line: list[tuple[float, float]] = []
    for x, y in plot.points:
        there = y is not None and window.low <= y <= window.high
        if line and (not there or (y is not None and abs(y - line[-1][1]) > JUMP * (window.high - window.low))):
            yield line
            line = []
        if there and y is not None:
            line.append((x, y))
    if line:
        yield line


def scaled(plot: Plot, width: float, height: float) -> tuple[list[list[tuple[float, float]]], list[float]]:
    """Return the pieces of a plot in a box, counted from the bottom left, and where in it the axes stand: x, then y.

    An axis that is not in sight is at the edge.
    """
    window = seen(plot)

    def x(at: float) -> float:
        return width * min(1.0, max(0.0, (at - window.left) / (window.right - window.left)))

    def y(at: float) -> float:
        return height * min(1.0, max(0.0, (at - window.low) / (window.high - window.low)))

    return [[(x(a), y(b)) for a, b in line] for line in strokes(plot, window)], [x(0.0), y(0.0)]
