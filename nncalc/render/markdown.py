"""Markdown: a table a section, in the letters of the blackboard, for viewers with or without mathematics.

Titles and notes may hold what a file says, so nothing in a cell acts in Markdown or HTML.
"""

from __future__ import annotations

from nncalc.language.printer import Style
from nncalc.problems import safe
from nncalc.render.columns import cells
from nncalc.render.escaping import escaped, listed, table
from nncalc.render.sections import sections, with_shapes
from nncalc.sheet.worksheet import Worksheet

_HEADS = ("quantity", "chain rule", "formula", "with numbers", "value", "remarks")


def render(worksheet: Worksheet, style: Style) -> str:
    """Return the worksheet as Markdown."""
    shapes = with_shapes(worksheet)
    blocks = [f"# {escaped(safe(worksheet.title))}"] if worksheet.title else []
    for heading, lines in sections(worksheet):
        rows = [cells(line, style, shapes=shapes) for line in lines]
        blocks += [f"## {heading}", table(_HEADS, rows)]
    if worksheet.notes:
        blocks.append(listed([safe(note) for note in worksheet.notes]))
    return "\n\n".join(blocks) + "\n"
