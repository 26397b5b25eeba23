"""Figures: numbers as a person typed them.

A `Figure` is a float that remembers its text, so what was typed is shown as typed and
taken exactly where exactness is asked for. Nothing here knows where a figure came from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from nncalc.problems import Problem

if TYPE_CHECKING:
    from fractions import Fraction

#: An exact value: what `--exact` computes with. Python's own integers, and rationals once one is needed.
Exact: TypeAlias = "int | Fraction"

#: Rows of numbers: a column vector has one number a row, a scalar one row of one.
Rows: TypeAlias = Sequence[Sequence[float]]

#: How many digits an exact value has at most where it is printed.
MOST_DIGITS = 4_000

DECIMAL = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?")
_BARE_POINT = re.compile(r"(?<=[0-9])\.(?=[eE]|$)")
FRACTION = re.compile(r"[0-9]+/[0-9]+")


class Figure(float):
    """A number and the text it was typed as: `0.10`, `1e-3`, `1/3`.

    >>> Figure("1/3").text, float(Figure("0.10"))
    ('1/3', 0.1)
    """

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Figure:
        """Raise ValueError when `text` is neither a decimal number nor a fraction of whole numbers."""
        bare = text.removeprefix("-").removeprefix("+")
        if FRACTION.fullmatch(bare):
            over, under = bare.split("/")
            if int(under) == 0:
                raise ValueError(text)
            value = int(over) / int(under)
        elif DECIMAL.fullmatch(bare):
            value = float(bare)
        else:
            raise ValueError(text)
        self = super().__new__(cls, -value if text.startswith("-") else value)
        self.text = text.removeprefix("+")
        return self


def whole_point(text: str) -> str:
    """Return a number without a point that no digit follows: `1.` is 1, `2.e5` is 2e5.

    >>> whole_point("1."), whole_point("-2.e5"), whole_point("1.5")
    ('1', '-2e5', '1.5')
    """
    return _BARE_POINT.sub("", text) if "." in text else text


def is_figure(text: str) -> bool:
    """Return whether a text is one number.

    >>> is_figure("-1/3"), is_figure("1,2")
    (True, False)
    """
    try:
        Figure(text)
    except ValueError:
        return False
    return True


def text_of(number: float) -> str:
    """Return `number` as it was typed, or the shortest text that reads back as it."""
    if isinstance(number, Figure):
        return number.text
    if isinstance(number, int):
        return str(number)
    text = repr(float(number))
    return text.removesuffix(".0")


def fraction_of(value: Exact) -> str:
    """Return an exact value as an integer or a fraction; raise Problem (`domain`) where nobody could read it."""
    digits = int((value.numerator.bit_length() + value.denominator.bit_length()) / 3.32)
    if digits > MOST_DIGITS:
        raise Problem(
            f"an exact value has about {digits:,} digits, at most {MOST_DIGITS:,} are printed", None,
            "leave out --exact to compute in floating point", "domain",
        )  # fmt: skip
    return str(value)


def plain(number: float) -> float:
    """Return a number without the text it was typed as, 0 without a sign."""
    if not number:
        return abs(number)
    return float(number) if isinstance(number, Figure) else number


def unwrapped(rows: Sequence[Sequence[Any]], cell: Callable[[Any], Any]) -> Any:
    """Return rows of numbers as a program wants them: one number as itself, a column as a list, else a list a row.

    >>> unwrapped([[1], [2]], float), unwrapped([[3]], str)
    ([1.0, 2.0], '3')
    """
    entries = [[cell(value) for value in row] for row in rows]
    if len(entries) == len(entries[0]) == 1:
        return entries[0][0]
    return [row[0] for row in entries] if len(entries[0]) == 1 else entries


def exact_of(number: float) -> Exact:
    """Return the rational that the text of `number` says: 0.1 is one tenth."""
    return exact(text_of(number))


@lru_cache(maxsize=4096)
def exact(text: str) -> Exact:
    """Return the rational that `text` says, as an integer where it is one.

    >>> exact("0.50")
    Fraction(1, 2)
    """
    if text.removeprefix("-").isdecimal():
        return int(text)
    from fractions import Fraction  # costs more to import than a hand-sized run in integers

    value = Fraction(text)
    return value.numerator if value.denominator == 1 else value


def decimal(value: Exact, digits: int) -> str | None:
    """Return the decimal that is exactly `value`, or None where there is none of at most `digits` digits.

    >>> decimal(exact("3/8"), 6), decimal(exact("1/3"), 6), decimal(1234567, 10)
    ('0.375', None, '1234567')
    """
    if isinstance(value, int):
        return str(value) if value.bit_length() <= 60 and len(str(abs(value))) <= max(digits, 15) else None
    under = value.denominator
    places = 0
    while under % 10 == 0:
        under //= 10
        places += 1
    for prime in (2, 5):
        while under % prime == 0:
            under //= prime
            places += 1
            if places > digits + 20:
                return None
    if under != 1:
        return None
    scaled = abs(value) * 10**places
    figures = str(scaled.numerator)
    if len(figures.strip("0")) > digits or places > digits + 6:
        return None
    figures = figures.rjust(places + 1, "0")
    text = f"{figures[:-places]}.{figures[-places:]}".rstrip("0").rstrip(".") if places else figures
    return f"-{text}" if value < 0 else text
