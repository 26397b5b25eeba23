"""Lines of text in columns, and a worked line as cells of text. Shared by the forms for people."""

from __future__ import annotations

import shutil
import textwrap
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from nncalc.graph.sizes import Shape, text_of
from nncalc.language.alphabet import in_ascii
from nncalc.language.formula import Formula
from nncalc.language.printer import Style, show

if TYPE_CHECKING:
    from nncalc.sheet.worksheet import Line


class Marked(NamedTuple):
    """A line of text, and which of it a terminal may set apart.

    `role` is that of the whole line: `heading`, `remark` or nothing; else its first `left` characters after the
    indentation are a quantity, and what follows the first `said` characters a remark.
    """

    text: str
    role: str = ""
    left: int = 0
    said: int | None = None


class Cells(NamedTuple):
    """A line's texts: the quantity, then each thing it equals with the sign before it, then remarks."""

    name: str
    chain: str
    formula: str
    substituted: str
    value: str
    remarks: str

    def equalities(self) -> list[str]:
        """Return what the quantity equals, in order, each with its sign."""
        return [text for text in (self.chain, self.formula, self.substituted, self.value) if text]


class Side(NamedTuple):
    """What a quantity equals, and whether it does exactly or rounding lies between them."""

    formula: Formula
    equal: bool = True


def sides(line: Line, style: Style) -> tuple[Side | None, Side | None, Side | None, Side]:
    """Return what `line` says: the chain rule, the formula, the formula with its numbers, and the value."""
    chain = Side(line.chain) if line.chain is not None else None
    formula = Side(line.formula) if line.formula is not None else None
    if line.substituted is None:
        return chain, formula, None, Side(line.value, line.exact)
    substituted = Side(line.substituted, line.exact_from)
    repeated = (
        formula is not None and substituted.equal and show(formula.formula, style) == show(line.substituted, style)
    )
    return chain, formula, None if repeated else substituted, Side(line.value, line.equal)


def cells(line: Line, style: Style, *, shapes: bool) -> Cells:
    """Return the texts of `line`; `=` says that two sides are equal, `≈` that rounding lies between them."""
    chain, formula, substituted, value = (
        f"{sign(style, equal=side.equal)} {show(side.formula, style)}" if side else "" for side in sides(line, style)
    )
    return Cells(show(line.name, style), chain, formula, substituted, value, remarks(line, style, shapes=shapes))


def sign(style: Style, *, equal: bool) -> str:
    """Return the sign between two sides."""
    return "=" if equal else words("≈", style)


def remarks(line: Line, style: Style, *, shapes: bool) -> str:
    """Return what is said beside a line: its shape, what it updates, what it reuses, which convention decided."""
    found: list[str] = []
    if line.updates is not None:
        found.append(f"updates {show(line.updates, style)}")
    if line.phase == "backward" and line.reuses:
        found.append("reuses " + ", ".join(show(used, style) for used in line.reuses))
    said = "; ".join([*found, *(words(note, style) for note in line.notes)])
    return f"({sized(line.shape, style)})  {said}".rstrip() if shapes else said


def words(text: str, style: Style) -> str:
    """Return words in the alphabet of a style."""
    return text if style.paper else in_ascii(text)


def sized(shape: Shape, style: Style) -> str:
    """Return a shape in the alphabet of a style."""
    return words(text_of(shape), style)


def width(text: str) -> int:
    """Return how many columns of a terminal `text` takes."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def padded(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))


def aligned(rows: Sequence[Sequence[str]], gap: int, most: int | None = None) -> list[str]:
    """Return rows with their cells under each other, `gap` blanks between; a cell that no row fills takes no room.

    What is wider than `most` pushes the rest of its own line away, not that of the others.

    >>> aligned([["x", "", "1"], ["yhat", "", "2", "!"]], 2)
    ['x     1', 'yhat  2  !']
    """
    places = range(max(map(len, rows), default=0))
    widths = [max(width(row[place]) for row in rows if place < len(row)) for place in places]
    widths = [min(each, most or each) for each in widths]
    between = " " * gap
    return [between.join(padded(cell, w) for cell, w in zip(row, widths, strict=False) if w).rstrip() for row in rows]


def beside(rows: list[Cells]) -> list[Marked]:
    """Return worked lines in columns, one line each however long."""
    said = aligned([row[:5] for row in rows], 1)
    lines = aligned([[text, row.remarks] for text, row in zip(said, rows, strict=True)], 3)
    return [
        Marked(f"  {line}", "", len(row.name), len(text) + 2) for line, row, text in zip(lines, rows, said, strict=True)
    ]


def stacked(rows: list[Cells]) -> list[Marked]:
    """Return worked lines with one equality under the other, as in a derivation on a narrow page."""
    lines: list[Marked] = []
    for row in rows:
        indent = " " * width(row.name)
        for place, text in enumerate(row.equalities()):
            lines.append(Marked(f"  {indent if place else row.name} {text}", "", 0 if place else len(row.name)))
        if row.remarks:
            lines.append(Marked(f"  {indent}   {row.remarks}", "remark"))
    return lines


def joined(blocks: Sequence[Sequence[Marked]]) -> list[Marked]:
    """Return the lines of blocks, an empty line between them."""
    lines = [line for block in blocks for line in (Marked(""), *block)]
    return lines[1:]


def room() -> int:
    """Return how wide the terminal is."""
    return max(20, shutil.get_terminal_size().columns)


def wrapped(text: str, room: int, indent: str = "", more: str = "  ") -> list[str]:
    """Return words in lines of at most `room` characters, those after the first with `more` before them."""
    return textwrap.wrap(text, room, initial_indent=indent, subsequent_indent=indent + more)
