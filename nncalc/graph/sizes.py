"""Sizes of shapes: a whole number, a symbol (`n`, `n+1`), a sum (`m+n`), a product (`2*m*p`), or not known yet.

Knows how they are written, multiplied and unequal, not which formula has which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TypeAlias

from nncalc.language.formula import Formula, call, name, names_in, num


class Unknown:
    """A size that is still to be found; one with `factors` is their product, and `more`, one with `terms` their sum."""

    __slots__ = ("factors", "label", "more", "terms")

    def __init__(self, label: str, factors: tuple[Size, ...] = (), more: int = 0, terms: tuple[Size, ...] = ()) -> None:
        self.label = label
        self.factors = factors
        self.more = more
        self.terms = terms

    def __repr__(self) -> str:
        return f"?{self.label}"


Size: TypeAlias = int | str | Unknown
Shape: TypeAlias = tuple[Size, Size]
SCALAR: Shape = (1, 1)


def text_of(shape: Shape, times: str = "×") -> str:
    """Return `shape` as it is written, a size that is a product or a sum in brackets.

    >>> text_of((2, 3)), text_of(("n", 1)), text_of(("d*n", "k+1"))
    ('2×3', 'n×1', '(d·n)×(k+1)')
    """
    return times.join(map(_text_of_size, shape))


def _text_of_size(size: Size) -> str:
    if isinstance(size, Unknown):
        return "?"
    text = str(size).replace("*", "·")
    return text if isinstance(size, int) or size.isidentifier() else f"({text})"


def product(*sizes: Size) -> Size:
    """Return the product of sizes: its number first, then its other factors in order.

    >>> product("p", 2, "m*n", 3), product("n", 1), product("n+1", "m")
    ('6*m*n*p', 'n', '(n+1)*m')
    """
    if len(sizes) == 1 and isinstance(sizes[0], Unknown):
        return sizes[0]
    if any(isinstance(size, Unknown) for size in sizes):
        return Unknown("product", sizes)
    number = 1
    factors: list[str] = []
    for size in sizes:
        if isinstance(size, int):
            number *= size
            continue
        text = str(size)
        for factor in [f"({text})"] if len(_parted(text, "+")) > 1 else _parted(text, "*"):
            if factor.isdecimal():
                number *= int(factor)
            else:
                factors.append(factor)
    if len(factors) == 1 and number == 1:
        return factors[0].removeprefix("(").removesuffix(")")
    return "*".join([*([str(number)] if number != 1 else []), *sorted(factors)]) if factors else number


def added(*sizes: Size) -> Size:
    """Return the sum of sizes: equal terms counted, in order, its number last.

    >>> added("n", 2, "m"), added("n", "n+1"), added("2*n", "m*n", "n"), added(1, 2)
    ('m+n+2', '2*n+1', 'm*n+3*n', 3)
    """
    if any(isinstance(size, Unknown) for size in sizes):
        return Unknown("sum", terms=sizes)
    if len(sizes) == 1:
        return sizes[0]
    table, number = _table(sizes[0])
    for size in sizes[1:]:
        more, plus = _table(size)
        number += plus
        for term, count in more.items():
            table[term] = table.get(term, 0) + count
    return _of_table(table, number)


def without(size: Size, other: Size) -> Size | None:
    """Return `size` less `other`, or None where that is no size.

    >>> without("m+n+1", "m"), without("m", "m"), without("n", "m"), without(5, 3)
    ('n+1', None, None, 2)
    """
    table, number = _table(size)
    less, minus = _table(other)
    number -= minus
    for term, count in less.items():
        table[term] = table.get(term, 0) - count
    if min(number, *table.values(), 0) < 0 or not (number or any(table.values())):
        return None
    return _of_table(table, number)


def _table(size: Size) -> tuple[dict[str, int], int]:
    """Return how often a size has each of its terms, and its number."""
    table: dict[str, int] = {}
    number = 0
    for term in _parted(str(size), "+"):
        first, *others = _parted(term, "*")
        if first.isdecimal() and not others:
            number += int(first)
        else:
            count, rest = (int(first), "*".join(others)) if first.isdecimal() else (1, term)
            table[rest] = table.get(rest, 0) + count
    return table, number


def _of_table(table: Mapping[str, int], number: int) -> Size:
    terms = [term if count == 1 else f"{count}*{term}" for term, count in sorted(table.items()) if count]
    return "+".join([*terms, *([str(number)] if number else [])]) if terms else number


def size_formula(size: Size) -> Formula:
    """Return a size as a formula, for a rule that uses it.

    >>> size_formula(3), size_formula("m*p"), size_formula("2*n+1")
    (3, mul(m, p), add(mul(2, n), 1))
    """
    if isinstance(size, int):
        return num(size)
    assert isinstance(size, str)
    terms = _parted(size, "+")
    if len(terms) > 1:
        return call("add", *map(size_formula, [int(term) if term.isdecimal() else term for term in terms]))
    found: Formula | None = None
    for factor in _parted(size, "*"):
        if factor.startswith("("):
            each = size_formula(factor[1:-1])
        else:
            each = num(factor) if factor.isdecimal() else name(factor)
        found = each if found is None else call("mul", found, each)
    assert found is not None
    return found


def letters_in(shape: Shape) -> set[str]:
    """Return the symbols that a shape is written with."""
    return {n.base for size in shape if isinstance(size, str) for n in names_in(size_formula(size))}


def split(size: str) -> tuple[str, int]:
    """Return a size as what comes before `+1`, and the number added."""
    stem, plus, more = size.rpartition("+")
    return (stem, int(more)) if plus and more.isdecimal() else (size, 0)


def _parted(size: str, sign: str) -> list[str]:
    """Return what stands between the signs of a size, outside brackets; a factor that is a sum is in brackets."""
    found = [""]
    level = 0
    for character in size:
        level += {"(": 1, ")": -1}.get(character, 0)
        if character == sign and level == 0:
            found.append("")
        else:
            found[-1] += character
    return found


def moved(size: Size, by: int) -> Size | None:
    """Return `size + by`, or None where that is no size."""
    if isinstance(size, int):
        return size + by if size + by > 0 else None
    if isinstance(size, str):
        stem, more = split(size)
        total = more + by
        return None if total < 0 else f"{stem}+{total}" if total else stem
    return None


@cache
def signature(text: str) -> tuple[list[list[tuple[str, int]]], list[tuple[str, int]]]:
    """Return the sizes of each argument and of the result, each a letter and what is added to it.

    A size of the result may be a product.

    >>> signature("n p -> n+1 p*n")
    ([[('n', 0), ('p', 0)]], [('n', 1), ('p*n', 0)])
    """
    before, _, after = text.partition("->")
    return [_pair(argument) for argument in before.split(",")], _pair(after)


def _pair(text: str) -> list[tuple[str, int]]:
    return [(word.partition("+")[0], int(word.partition("+")[2] or 0)) for word in text.split()]


def sized_pair(pair: Sequence[tuple[str, int]]) -> Shape:
    """Return the shape that a pair of sizes in a signature is, its letters as symbols.

    >>> sized_pair([("n", 1), ("1", 0)])
    ('n+1', 1)
    """
    rows, columns = (int(size) + more if size.isdecimal() else moved(size, more) or size for size, more in pair)
    return rows, columns
