"""Blocks: rows of numbers that stay in memory as a file has them, and become lists only where somebody reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, overload

from nncalc.language.figures import Rows


class Block(Sequence[Sequence[float]]):
    """Rows of doubles, one after the other in `data`; of one that is `turned`, columns.

    >>> from array import array
    >>> block = Block(memoryview(array("d", [1, 2, 3, 4, 5, 6])), 2, 3)
    >>> len(block), block[1], block.transposed()[0]
    (2, [4.0, 5.0, 6.0], [1.0, 4.0])
    """

    def __init__(self, data: memoryview[float], rows: int, columns: int, turned: bool = False) -> None:
        self.data: Final = data
        self.rows: Final = rows
        self.columns: Final = columns
        self.turned: Final = turned

    def __len__(self) -> int:
        return self.rows

    @overload
    def __getitem__(self, place: int) -> list[float]: ...
    @overload
    def __getitem__(self, place: slice) -> list[list[float]]: ...
    def __getitem__(self, place: int | slice) -> list[float] | list[list[float]]:
        if isinstance(place, slice):
            return [self[each] for each in range(self.rows)[place]]
        at = range(self.rows)[place]
        found = self.data[at :: self.rows] if self.turned else self.data[at * self.columns : (at + 1) * self.columns]
        return [*found]

    def transposed(self) -> Block:
        """Return the same numbers, rows as columns."""
        return Block(self.data, self.columns, self.rows, not self.turned)


def transposed(rows: Rows) -> Rows:
    """Return rows of numbers as columns.

    >>> transposed([[1, 2, 3]])
    [[1], [2], [3]]
    """
    return rows.transposed() if isinstance(rows, Block) else [list(column) for column in zip(*rows, strict=True)]


def some(rows: Rows, each: int, examples: Sequence[int]) -> list[list[float]]:
    """Return the numbers of some examples, counted from 0, of which each has so many rows; 0 where it is a column.

    >>> some([[1, 2], [3, 4], [5, 6], [7, 8]], 2, [1]), some([[1, 2], [3, 4]], 0, [1])
    ([[5, 6], [7, 8]], [[2], [4]])
    """
    if not each:
        return [[row[example] for example in examples] for row in rows]
    return [[*rows[example * each + row]] for example in examples for row in range(each)]
