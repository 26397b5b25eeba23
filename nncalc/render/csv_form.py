"""Comma-separated values: a row a quantity, in the ASCII alphabet, for spreadsheets and scripts."""

from __future__ import annotations

import csv
import io

from nncalc.language.printer import ASCII, Style, show
from nncalc.problems import safe
from nncalc.render.columns import sized
from nncalc.sheet.worksheet import Line, Worksheet

_HEADS = ("pass", "name", "formula", "substituted", "value", "shape", "rule", "note")


def render(worksheet: Worksheet, _: Style) -> str:
    """Return the worksheet as a table with a heading; formulas are in the input language, and parse."""
    found = io.StringIO()
    table = csv.writer(found, lineterminator="\n")
    table.writerow(_HEADS)
    table.writerows(_row(line) for line in worksheet.lines)
    return found.getvalue()


def _row(line: Line) -> list[str]:
    return [
        line.phase,
        show(line.name, ASCII),
        show(line.formula, ASCII) if line.formula is not None else "",
        show(line.substituted, ASCII) if line.substituted is not None else "",
        show(line.value, ASCII),
        sized(line.shape, ASCII),
        line.rule,
        safe("; ".join(line.notes)),
    ]
