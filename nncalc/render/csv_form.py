"""Comma-separated values: a row a quantity, in the ASCII alphabet, for spreadsheets and scripts."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping

from nncalc.language.printer import Style
from nncalc.page import Page, Row
from nncalc.problems import safe
from nncalc.render.columns import as_said, reason, sized, spelled

#: How many characters are written at once.
PIECE = 60_000
#: The facts of a row that a page may name as columns, beside its section and those it has for programs.
_FACTS: Mapping[str, Callable[[Row, Style], str]] = {
    "name": lambda row, style: spelled(row.name, style) if row.name is not None else "",
    "formula": lambda row, style: _side(row, "formula", style) or _side(row, "", style),
    "substituted": lambda row, style: _side(row, "substituted", style),
    "value": lambda row, style: _side(row, "value", style),
    "shape": lambda row, style: sized(row.shape, style) if row.shape is not None else "",
    "why": reason,
    "note": lambda row, style: safe(as_said(row, style)),
}


def render(page: Page, style: Style) -> Iterator[str]:
    """Yield the page as a table with a heading, in pieces; formulas are in the input language, and parse."""
    style = style._replace(paper=False)
    piece = io.StringIO()
    table = csv.writer(piece, lineterminator="\n")
    table.writerow(page.columns)
    facts_of = [(key, fact) for key, fact in _FACTS.items() if key in page.columns]
    above = ""
    for heading, row in page.rows():
        cells = {key: fact(row, style) for key, fact in facts_of}
        if "name" in cells:
            above = cells["name"] = cells["name"] or above
        cells["pass"] = cells["section"] = heading.lower()
        facts = row.facts or {}
        table.writerow([cells[key] if key in cells else facts.get(key, "") for key in page.columns])
        if piece.tell() > PIECE:
            yield piece.getvalue()
            piece.seek(0)
            piece.truncate()
    yield piece.getvalue()


def _side(row: Row, role: str, style: Style) -> str:
    for side in row.sides:
        if side.role == role:
            return spelled(side.formula, style)
    return ""
