"""Values: the numbers of one quantity, as they were typed.

Knows numbers, lists and lists of lists; not what the quantity is for.
"""

from __future__ import annotations

import math
from math import prod
from typing import Final, NamedTuple, cast

from nncalc.language.blocks import Block, transposed
from nncalc.language.figures import DECIMAL, FRACTION, Figure, Rows
from nncalc.spec.node import Node
from nncalc.spec.numbers import EXACT, LARGEST, number, whole
from nncalc.spec.words import Odd, Path, counted, shown

MOST_VALUES = 2_000_000
SOURCES: Final = ("values", "file", "init")
INITIALISERS: Final = {
    "uniform": ("low", "high", "seed"),
    "normal": ("mean", "std", "seed"),
    "zeros": (),
    "ones": (),
    "constant": ("value",),
    "xavier": ("seed",),
    "glorot_uniform": ("seed",),
    "he_normal": ("seed",),
}


class Choice(NamedTuple):
    """What a spec says of a table: its columns, the words that stand for classes, whether it begins with a header."""

    columns: Node | None = None
    classes: Node | None = None
    header: Node | None = None


#: What goes with numbers in place, and with a file; with an initialiser a shape goes, and what it asks for.
GO_TOGETHER: Final = {"values": ("values",), "file": ("file", "key", *Choice._fields)}
KEYS: Final = ("values", "file", "key", *Choice._fields, "shape", "init", "low", "high", "mean", "std", "value", "seed")


class Values(NamedTuple):
    """Numbers as typed: a number is one row of one, a list one row, a list of lists its rows.

    Of a list of matrices the rows stand under each other, and `outer` says how many there are: `(3,)`, or `(2, 3)`
    where two lists hold three each. A `table` comes from a file that has rows and columns but no brackets to say what
    it is; `notes` say what was made of it.
    """

    rows: Rows
    dims: int
    node: Node
    table: bool = False
    notes: tuple[str, ...] = ()
    outer: tuple[int, ...] = ()

    @property
    def axes(self) -> tuple[int, ...]:
        """The length of each level of lists."""
        rows, columns = self.shape
        return (*self.outer, rows // prod(self.outer), columns)[-self.dims or 4 :]

    def matrices(self) -> list[Rows]:
        """Return the matrices of a list of them, whatever levels it has; of one, that alone."""
        height = len(self.rows) // prod(self.outer)
        return [self.rows[start : start + height] for start in range(0, len(self.rows), height)]

    @property
    def shape(self) -> tuple[int, int]:
        """The number of rows and of columns, as typed."""
        return len(self.rows), len(self.rows[0])

    def said(self) -> str:
        """Return what was typed, in words."""
        if self.dims >= 2:
            said = "×".join(map(str, self.axes))
        else:
            said = f"a list of {counted(len(self.rows[0]), 'value')}" if self.dims else "a number"
        return f"{said} in {shown(self.node.text())}" if self.node.path[-1] == "file" else said

    def about(self, owner: Node) -> Path:
        """Return the key path to name in a message: the file's or the initialiser's key, else the owner's."""
        return owner.path if self.node.path[-1] not in SOURCES[1:] else self.node.path

    def listed(self) -> Values:
        """Return a table of one row or one column as the list it may stand for; anything else as it is."""
        if not self.table or 1 not in self.shape:
            return self
        return Values([[value for row in self.rows for value in row]], 1, self.node, notes=self.notes)

    def first(self, most: int | None) -> Values:
        """Return the numbers of the first examples of a batch, which a list of lists has one a row."""
        if most is None or self.dims == 0:
            return self
        return self._replace(rows=self.rows[:most] if self.dims == 2 else [self.rows[0][:most]])

    def as_examples(self, width: int) -> Values:
        """Return numbers as examples of so many values, one a row; a list is one of them, or where that is 1 all."""
        if self.dims == 2:
            return self
        return self._replace(rows=transposed(self.rows) if width == 1 else self.rows, dims=2)

    def column(self) -> Rows:
        """Return a list as a column; a number or a list of lists as it is."""
        return transposed(self.rows) if self.dims == 1 else self.rows

    def rounded(self) -> float | None:
        """Return the first integer that a floating-point number cannot hold exactly, or None."""
        for row in self.rows if not isinstance(self.rows, Block) else ():
            for value in row if max(row) > EXACT or min(row) < -EXACT else ():
                if isinstance(value, int) and int(float(value)) != value:
                    return value
        return None


def numbers(node: Node, levels: int = 2) -> Values:
    """Return the numbers that stand in the document at `node`, in at most so many levels of lists, or an array."""
    value = node.value
    if isinstance(value, Values):
        if value.dims > levels:
            raise node.problem(f"is an array of {value.dims} axes, at most {levels} are read here", code="shape")
        return value._replace(node=node)
    if levels > 2 and _nested(value) > 2:
        return _matrices(node, levels)
    if not isinstance(value, list):
        return Values([[_one(node, value, "a number, a list of numbers or a list of lists")]], 0, node)
    if not value:
        raise node.expected("at least one number")
    if not isinstance(value[0], list):
        return Values([_row(node, value)], 1, node)
    rows = [_row_of(node, i, row) for i, row in enumerate(value)]
    widths = list(map(len, rows))
    if len(set(widths)) > 1:
        odd = next(i for i, width in enumerate(widths) if width != widths[0])
        raise node.at(odd).problem(
            f"rows of different lengths: row 1 has {counted(widths[0], 'value')}, row {odd + 1} has {widths[odd]}",
            code="shape", about=node.path,
        )  # fmt: skip
    return Values(rows, 2, node)


def _nested(value: object) -> int:
    """Return how many lists stand in each other at the beginning of a value."""
    return 1 + _nested(value[0]) if isinstance(value, list) and value else 0


def _matrices(node: Node, levels: int) -> Values:
    """Return a list of matrices, or of lists of them, all of one size."""
    assert isinstance(node.value, list)
    found = [numbers(node.at(place), levels - 1) for place in range(len(node.value))]
    odd = next((place for place, each in enumerate(found) if each.axes != found[0].axes), None)
    if odd is not None:
        raise node.at(odd).problem(
            f"is {found[odd].said()}, and the first is {found[0].said()}: all have one size", code="shape"
        )
    rows = [row for each in found for row in each.rows]
    return Values(rows, found[0].dims + 1, node, outer=(len(found), *found[0].outer))


def _row_of(node: Node, index: int, row: object) -> list[float]:
    if not isinstance(row, list):
        raise node.at(index).expected("a list of numbers like the rows before it")
    if not row:
        raise node.at(index).expected("a list of at least one number")
    return _row(node.at(index), row)


def _row(node: Node, row: list[object]) -> list[float]:
    kinds = set(map(type, row))
    if kinds <= {int, Figure}:
        plain = cast("list[float]", row)
        if -LARGEST <= min(plain) <= max(plain) <= LARGEST:
            return plain
    return [_one(node.at(i), value, "a number") for i, value in enumerate(row)]


def _one(node: Node, value: object, wanted: str) -> float:
    if isinstance(value, str):
        return _from_string(node, value)
    if isinstance(value, bool) or not isinstance(value, int | Figure):
        hint = "numbers nest at most two levels deep: a list of lists" if isinstance(value, list) else None
        raise node.expected(wanted, hint)
    found = whole(value) if isinstance(value, int) else value
    if isinstance(found, Odd):
        raise Node(node.document, node.path, found).expected("a number")
    return found


def _from_string(node: Node, text: str) -> float:
    bare = text.removeprefix("-")
    if bare.isdecimal() and bare.isascii():
        raise node.expected("a number", f"write {text[:40]} without quotes")
    if not (FRACTION.fullmatch(bare) or DECIMAL.fullmatch(bare)):
        raise node.expected("a number", 'only exact numbers are written as strings: "1/3", "0.1"')
    value = number(text)
    if isinstance(value, Odd):
        raise Node(node.document, node.path, value).expected("a number")
    return value


def one_number(node: Node) -> float:
    """Return the single number at `node`."""
    value = _one(node, node.value, "a number")
    assert math.isfinite(value)
    return value
