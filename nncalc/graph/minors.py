"""Determinants, inverses and powers of matrices of formulas, as a person writes them out.

Knows formulas and no values: entries go in, entries come out. Equal minors are one formula.
"""

from __future__ import annotations

import math
from itertools import product
from typing import TypeAlias

from nncalc.language.formula import Formula, call, num, total

#: Scalar formulas, a list a row.
Grid: TypeAlias = list[list[Formula]]

#: The largest matrix whose determinant is written out, and the most operations in an entry of a power.
MOST_ROWS = 5
MOST_LENGTH = 10_000


def determinant(grid: Grid) -> Formula:
    """Return the determinant, expanded by its first row, and so on down.

    >>> from nncalc.language.formula import name
    >>> determinant([[name("a"), name("b")], [name("c"), name("d")]])
    add(mul(a, d), neg(mul(b, c)))
    """
    return _Minors(grid).minor(0, tuple(range(len(grid))))


def adjugate(grid: Grid) -> Grid:
    """Return the transposed matrix of cofactors."""
    size = len(grid)
    if size == 1:
        return [[num(1)]]
    found: Grid = []
    for i in range(size):
        found.append([])
        for j in range(size):
            rest = [[entry for k, entry in enumerate(row) if k != i] for r, row in enumerate(grid) if r != j]
            minor = determinant(rest)
            found[-1].append(call("neg", minor) if (i + j) % 2 else minor)
    return found


def adjugate_gradient(grid: Grid, arriving: Grid) -> Grid:
    """Return the derivative by each entry of `grid` of its adjugate's entries times those of `arriving`, summed.

    Entry (p, q) of the adjugate depends on entry (i, j) of the matrix through what is left of it without the rows q
    and i and the columns p and j.
    """
    size = range(len(grid))
    found: Grid = []
    for i in size:
        found.append([])
        for j in size:
            terms: list[Formula] = []
            for p, q in product(size, repeat=2):
                if p == j or q == i:
                    continue
                rows = [row for place, row in enumerate(grid) if place not in (q, i)]
                rest = [[entry for place, entry in enumerate(row) if place not in (p, j)] for row in rows]
                term = call("mul", arriving[p][q], determinant(rest)) if rest else arriving[p][q]
                odd = (i + j + p + q + (i > q) + (j > p)) % 2
                terms.append(call("neg", term) if odd else term)
            found[-1].append(total(terms) if terms else num(0))
    return found


def inverse(grid: Grid) -> Grid:
    """Return each cofactor over the determinant."""
    below = determinant(grid)
    return [[call("div", entry, below) for entry in row] for row in adjugate(grid)]


def power(grid: Grid, count: int) -> Grid:
    """Return the product of `count` times `grid`; of a negative count, of the inverse."""
    if count < 0:
        return power(inverse(grid), -count)
    found = grid
    for _ in range(count - 1):
        found = [
            [total([call("mul", a, b) for a, b in zip(row, column, strict=True)]) for column in zip(*grid, strict=True)]
            for row in found
        ]
    return found


def length(op: str, rows: int, count: int = 1) -> int:
    """Return about how many operations there are in an entry of the scalar form of an operation on `rows` rows."""
    minors = 2 * math.factorial(min(rows, 20))
    if op != "pow":
        return minors
    products: int = rows ** (abs(count) - 1)
    return products * abs(count) * (minors if count < 0 else 1)


class _Minors:
    """The minors of one matrix; a class because they are shared."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.known: dict[tuple[int, ...], Formula] = {}

    def minor(self, row: int, columns: tuple[int, ...]) -> Formula:
        """Return the determinant of the rows from `row` on and of these columns."""
        if len(columns) == 1:
            return self.grid[row][columns[0]]
        if columns not in self.known:
            terms: list[Formula] = []
            for place, column in enumerate(columns):
                term = call("mul", self.grid[row][column], self.minor(row + 1, columns[:place] + columns[place + 1 :]))
                terms.append(call("neg", term) if place % 2 else term)
            self.known[columns] = total(terms)
        return self.known[columns]
