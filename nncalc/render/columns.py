"""A worked line as cells of text, and cells in columns. Shared by the forms for people."""

import unicodedata
from typing import NamedTuple

from nncalc.show import Style, show
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


def cells(line: Line, style: Style, *, shapes: bool) -> Cells:
    """Return the texts of `line`; `=` says that two sides are equal, `≈` that rounding lies between them."""
    about = "≈" if style.paper else "~="
    chain = f"= {show(line.chain, style)}" if line.chain is not None else ""
    formula = f"= {show(line.formula, style)}" if line.formula is not None else ""
    substituted = ""
    if line.substituted is not None:
        substituted = f"{'=' if line.exact_from else about} {show(line.substituted, style)}"
        value = f"{'=' if line.equal else about} {show(line.value, style)}"
    else:
        value = f"{'=' if line.exact else about} {show(line.value, style)}"
    if substituted == formula:
        substituted = ""
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
