"""Lines under each other in columns, one line each however long: for a pipe, a file, a wide terminal."""

from __future__ import annotations

from nncalc.render.columns import aligned, cells
from nncalc.render.sections import sections, with_shapes
from nncalc.show import Style
from nncalc.text import safe
from nncalc.worksheet import Worksheet


def render(worksheet: Worksheet, style: Style) -> str:
    """Return the worksheet as text."""
    shapes = with_shapes(worksheet)
    blocks: list[str] = []
    for heading, lines in sections(worksheet):
        rows = aligned([cells(line, style, shapes=shapes) for line in lines])
        blocks.append("\n".join([heading, *(f"  {row}" for row in rows)]))
    notes = [f"note: {safe(note)}" for note in worksheet.notes]
    title = [safe(worksheet.title)] if worksheet.title else []
    return "\n\n".join([*title, *blocks, *(["\n".join(notes)] if notes else [])]) + "\n"
