"""Lines under each other in columns, one line each however long: for a pipe, a file, a wide terminal."""

from __future__ import annotations

from nncalc.language.printer import Style
from nncalc.problems import safe
from nncalc.render.columns import beside, cells, words
from nncalc.render.sections import sections, with_shapes
from nncalc.sheet.worksheet import Worksheet


def render(worksheet: Worksheet, style: Style) -> str:
    """Return the worksheet as text."""
    shapes = with_shapes(worksheet)
    blocks: list[str] = []
    for heading, lines in sections(worksheet):
        rows = beside([cells(line, style, shapes=shapes) for line in lines])
        blocks.append("\n".join([heading, *(row.text for row in rows)]))
    notes = [f"note: {words(safe(note), style)}" for note in worksheet.notes]
    title = [safe(worksheet.title)] if worksheet.title else []
    return "\n\n".join([*title, *blocks, *(["\n".join(notes)] if notes else [])]) + "\n"
