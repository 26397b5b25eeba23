"""A worked line as cells of text, and cells in columns. Shared by the forms for people."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from nncalc.formula import Formula
from nncalc.show import Style, show

if TYPE_CHECKING:
    from nncalc.worksheet import Line


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
    about = "≈" if style.paper else "~="
    chain, formula, substituted, value = (
        f"{'=' if side.equal else about} {show(side.formula, style)}" if side else "" for side in sides(line, style)
    )
    return Cells(show(line.name, style), chain, formula, substituted, value, remarks(line, style, shapes=shapes))


def remarks(line: Line, style: Style, *, shapes: bool) -> str:
    """Return what is said beside a line: its shape, what it updates, what it reuses, which convention decided."""
    found: list[str] = []
    if shapes:
        found.append(f"({line.shape[0]}{'×' if style.paper else 'x'}{line.shape[1]})")
    if line.updates is not None:
        found.append(f"updates {show(line.updates, style)}")
    if line.phase == "backward" and line.reuses:
        found.append("reuses " + ", ".join(show(used, style) for used in line.reuses))
    notes = line.notes if style.paper else [note.replace("′", "'").replace("½", "1/2") for note in line.notes]
    return (
        "; ".join([*found, *notes]) if not shapes else "  ".join([found[0], "; ".join([*found[1:], *notes])]).rstrip()
    )


def width(text: str) -> int:
    """Return how many columns of a terminal `text` takes."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def padded(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))


def aligned(rows: list[Cells]) -> list[str]:
    """Return the rows with their cells under each other; a cell that no row fills takes no room."""
    table = [[row.name, row.chain, row.formula, row.substituted, row.value, row.remarks] for row in rows]
    widths = [max((width(row[i]) for row in table), default=0) for i in range(6)]
    lines: list[str] = []
    for row in table:
        text = " ".join(padded(cell, w) for cell, w in zip(row[:5], widths, strict=False) if w)
        lines.append(f"{text}   {row[5]}".rstrip())
    return lines


def stacked(rows: list[Cells]) -> list[str]:
    """Return the rows with one equality under the other, as in a derivation on a narrow page."""
    lines: list[str] = []
    for row in rows:
        indent = " " * width(row.name)
        for place, text in enumerate(row.equalities()):
            lines.append(f"{indent if place else row.name} {text}")
        if row.remarks:
            lines.append(f"{indent}   {row.remarks}")
    return lines
