"""Rounding, for display only: how many digits a number is shown with.

What was typed is shown as typed, what is exact and short is shown exactly, the rest, and
what was drawn or comes from a program, to some significant digits. Knows numbers and texts; formulas it only fills in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeVar

from nncalc.language.figures import Exact, Figure, Rows, decimal, exact, fraction_of, text_of
from nncalc.language.formula import ACROSS, DOWN, Formula, call, literal

T = TypeVar("T")

LEAST = 6
MOST = 17
#: An exact decimal is shown whole up to so many digits.
WHOLE = 10


#: How many rows and columns are left at either end of a quantity that is cut.
ENDS = 3


class Shown(NamedTuple):
    """A number as it is shown: its text, and whether that is exactly the number."""

    text: str
    exact: bool


class Known(NamedTuple):
    """What is known of one number: its float, its exact value, whether it was typed."""

    value: float
    exact: Exact | None = None
    typed: bool = False


class Numbers:
    """What is known of one quantity's entries: their floats, their exact values, whether they were typed.

    `precise` writes them to any number of digits. A class because what was once worked out is kept.
    """

    def __init__(
        self,
        rows: Rows,
        exacts: Sequence[Sequence[Exact | None]] | None = None,
        typed: bool = False,
        precise: Callable[[int], list[list[str | None]]] | None = None,
    ) -> None:
        self.rows: Final = rows
        self.precise: Final = precise
        self.exacts: Final = exacts
        self.typed: Final = typed
        self.cache: dict[tuple[int, int, bool], list[list[Shown]]] = {}

    def ends(self, most: int) -> Numbers | None:
        """Return the rows and columns at either end where there are more than `most`; None where none are left out."""
        rows, columns = len(self.rows), len(self.rows[0])
        if max(rows, columns) <= most:
            return None
        down, across = _ends(rows, most), _ends(columns, most)

        def cut(grid: Sequence[Sequence[T]]) -> list[list[T]]:
            return [[grid[i][j] for j in across] for i in down]

        return Numbers(cut(self.rows), cut(self.exacts) if self.exacts else None, self.typed)

    def cut(self, most: int, digits: int, *, fractions: bool = False, whole: int = WHOLE) -> list[list[Shown]]:
        """Return what `shown` does, with a sign in place of the middle where there are more than `most` in a row."""
        ends = self.ends(most)
        if ends is None:
            return self.shown(digits, fractions=fractions, whole=whole)
        shown = ends.shown(digits, fractions=fractions, whole=whole)
        if len(ends.rows[0]) < len(self.rows[0]):
            shown = [[*row[:ENDS], Shown(ACROSS, True), *row[ENDS:]] for row in shown]
        if len(ends.rows) < len(self.rows):
            shown = [*shown[:ENDS], [Shown(DOWN, True)] * len(shown[0]), *shown[ENDS:]]
        return shown

    def shown(self, digits: int, *, fractions: bool = False, whole: int = WHOLE) -> list[list[Shown]]:
        """Return every entry to `digits` significant digits, exactly where that takes no more than `whole`."""
        found = self.cache.get((digits, whole, fractions))
        if found is None:
            exacts = self.exacts or [[None] * len(row) for row in self.rows]
            found = self.cache[digits, whole, fractions] = [
                [
                    shown(Known(value, known, self.typed), digits, whole, fractions=fractions)
                    for value, known in zip(row, line, strict=True)
                ]
                for row, line in zip(self.rows, exacts, strict=True)
            ]
        return found

    def beyond(self, digits: int, *, fractions: bool = False) -> list[list[Shown]]:
        """Return every entry to more digits than a float has, where they are known."""
        found = self.shown(MOST, fractions=fractions)
        if self.precise is None or self.typed or all(entry.exact for row in found for entry in row):
            return found
        return [
            [
                entry if entry.exact or text is None else Shown(text, False)
                for entry, text in zip(row, texts, strict=True)
            ]
            for row, texts in zip(found, self.precise(digits), strict=True)
        ]


def _ends(count: int, most: int) -> Sequence[int]:
    """Return the places at either end of so many, or all where there are no more than `most`."""
    return range(count) if count <= most else [*range(ENDS), *range(count - ENDS, count)]


def shown(number: Known, digits: int, whole: int, *, fractions: bool) -> Shown:
    """Return a number to `digits` significant digits, exactly where that takes no more than `whole`."""
    value, known, typed = number
    if typed:
        own = fractions or isinstance(value, Figure | int)
        return Shown(text_of(value), True) if own else _of_float(value, digits, whole)
    if known is not None:
        text = fraction_of(known) if fractions else decimal(known, max(digits, whole))
        if text is not None:
            return Shown(text, True)
    text = rounded(value, digits)
    return Shown(text, known is not None and exact(text) == known)


def _of_float(value: float, digits: int, whole: int) -> Shown:
    """Return a float that nobody typed to `digits`, exactly where its shortest text takes no more than `whole`."""
    text = rounded(value, max(digits, whole))
    return Shown(text, True) if float(text) == value else Shown(rounded(value, digits), False)


def rounded(value: float, digits: int) -> str:
    """Return `value` to `digits` significant digits, without trailing zeros, and without zeros that are not known.

    >>> rounded(0.5932699921, 6), rounded(1e-20, 6), rounded(-0.0, 6)
    ('0.59327', '1e-20', '0')
    >>> rounded(123456789.0, 6), rounded(1200000.0, 6)
    ('1.23457e8', '1200000')
    """
    if value == 0:
        return "0"
    text = repr(float(value)) if digits >= MOST else f"{value:.{digits}g}"
    mantissa, _, exponent = text.partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    power = int(exponent or 0)
    if 0 < power <= 15 and float(text) == value:
        return f"{value:.0f}"
    return f"{mantissa}e{power}" if power else mantissa


def literals(shown: Sequence[Sequence[Shown]]) -> Formula:
    """Return the numbers of a quantity as a formula: a number, a column, or a matrix."""
    if len(shown) == len(shown[0]) == 1:
        return literal(shown[0][0].text)
    if len(shown[0]) == 1:
        return call("column", *[literal(row[0].text) for row in shown])
    return call("matrix", *[call("row", *[literal(entry.text) for entry in row]) for row in shown])


def floats(shown: Sequence[Sequence[Shown]]) -> Rows:
    """Return the numbers that the texts say."""
    return [[_number(entry.text) for entry in row] for row in shown]


def _number(text: str) -> float:
    return float(Figure(text)) if "/" in text else float(text)


def exactly(shown: Sequence[Sequence[Shown]]) -> list[list[Exact]]:
    """Return the rationals that the texts say."""
    return [[exact(entry.text) for entry in row] for row in shown]
