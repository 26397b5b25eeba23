"""One line of text a quantity, nothing aligned and nothing else: for grep, awk and diff.

Remarks follow a `#`, so that every line is still a formula.
"""

from __future__ import annotations

from nncalc.language.printer import Style
from nncalc.render.columns import cells
from nncalc.render.sections import with_shapes
from nncalc.sheet.worksheet import Worksheet


def render(worksheet: Worksheet, style: Style) -> str:
    """Return the worksheet as text."""
    shapes = with_shapes(worksheet)
    lines: list[str] = []
    for line in worksheet.lines:
        row = cells(line, style, shapes=shapes)
        text = " ".join([row.name, *row.equalities()])
        lines.append(f"{text}  # {row.remarks}" if row.remarks else text)
    return "".join(f"{line}\n" for line in lines)
