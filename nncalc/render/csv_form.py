"""Comma-separated values: a row a quantity, in the ASCII alphabet, for spreadsheets and scripts."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping

from nncalc.language.printer import Style
from nncalc.page import Page, Row
from nncalc.problems import safe
from nncalc.render.columns import as_said, reason, sized, spelled

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


def render(page: Page, style: Style) -> str:
    """Return the page as a table with a heading; formulas are in the input language, and parse."""
    style = style._replace(paper=False)
    found = io.StringIO()
    table = csv.writer(found, lineterminator="\n")
    table.writerow(page.columns)
    for section in page.sections:
        above = ""
        for row in section.rows:
            cells = {key: fact(row, style) for key, fact in _FACTS.items() if key in page.columns}
            if "name" in cells:
                above = cells["name"] = cells["name"] or above
            cells |= dict.fromkeys(("pass", "section"), section.heading.lower())
            facts = row.facts or {}
            table.writerow([cells[key] if key in cells else facts.get(key, "") for key in page.columns])
    return found.getvalue()


def _side(row: Row, role: str, style: Style) -> str:
    return next((spelled(side.formula, style) for side in row.sides if side.role == role), "")
